import type { Clock } from "../contracts/clock.ts";
import type { Job } from "../contracts/scheduler.ts";
import type { Store } from "../contracts/store.ts";
import type { Bot } from "../core/bot.ts";

const recoverMs = 15_000;
const sweepMs = 60 * 60_000;

/** Renews what is in hand, and takes up what others left behind. */
export function recoverJob(bot: Pick<Bot, "recover">): Job {
  return {
    name: "recover",
    async run() {
      await bot.recover();
      return { againInMs: recoverMs };
    },
  };
}

/** Deletes what has had its time. */
export function sweepJob(store: Pick<Store, "sweep">, clock: Clock): Job {
  return {
    name: "sweep",
    async run() {
      await store.sweep(clock.now());
      return { againInMs: sweepMs };
    },
  };
}
