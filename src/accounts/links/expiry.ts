import type { Job } from "../../contracts/scheduler.ts";
import type { Parts } from "../parts.ts";
import type { Attempt } from "./attempt.ts";

const EVERY_MS = 10_000;

/** Ends attempts whose time is over, so that the message in chat says so. */
export function createExpiry({ store, clock, attempt }: Pick<Parts, "store" | "clock"> & { attempt: Attempt }): Job {
  return {
    name: "accounts.link-expiry",
    async run(signal) {
      for (const row of await store.links.expired(clock.now())) {
        if (signal.aborted) break;
        await attempt.settle(row);
      }
      return { againInMs: EVERY_MS };
    },
  };
}
