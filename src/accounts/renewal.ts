import { LRUCache } from "lru-cache";
import { isSegueError } from "../contracts/errors.ts";
import type { AccountRow } from "../contracts/people-store.ts";
import type { Job } from "../contracts/scheduler.ts";
import type { Parts } from "./parts.ts";
import type { Refresh } from "./refresh.ts";
import { isServiceFault } from "./service-fault.ts";

/** As long as access tokens live, as a rule: nobody's is renewed who has not used the one before. */
const IN_USE_MS = 60 * 60_000;
const MOST_EVERY_MS = 60_000;
const LEAST_EVERY_MS = 1_000;

export type Renewal = {
  /** Somebody asked for this account's token. */
  used(row: AccountRow): void;
  job: Job;
};

/**
 * Renews the tokens of accounts in use before anybody has to wait for it. What nobody uses is renewed when somebody asks again,
 * so that a link costs nothing while it rests.
 */
export function createRenewal(
  parts: Pick<Parts, "clock" | "cache" | "log"> & { refresh: Refresh; refreshAheadMs: number },
): Renewal {
  const { clock, cache, log, refresh, refreshAheadMs } = parts;
  const inUse = new LRUCache<string, { usedAt: number; expiresAt: number }>({ max: 5_000 });
  const everyMs = Math.max(LEAST_EVERY_MS, Math.min(MOST_EVERY_MS, refreshAheadMs / 2));

  /** Whether it would be due before the next round. */
  const isDue = (expiresAt: number) => expiresAt - clock.now() <= refreshAheadMs + everyMs;

  /** The row as it is now; undefined where there is nothing to renew any more. */
  async function renewed(accountId: string): Promise<AccountRow | undefined> {
    const row = await cache.get(accountId);
    if (row?.status !== "ok") return undefined;
    return isDue(row.accessExpiresAt) ? refresh(accountId, row) : row;
  }

  return {
    used: (row) => void inUse.set(row.id, { usedAt: clock.now(), expiresAt: row.accessExpiresAt }),

    job: {
      name: "accounts.renewal",
      async run(signal) {
        for (const [accountId, { usedAt, expiresAt }] of [...inUse.entries()]) {
          if (signal.aborted) break;
          // Either way: a clock may have been put back.
          if (Math.abs(clock.now() - usedAt) > IN_USE_MS) inUse.delete(accountId);
          else if (isDue(expiresAt)) {
            try {
              const row = await renewed(accountId);
              if (row) inUse.set(accountId, { usedAt, expiresAt: row.accessExpiresAt });
              else inUse.delete(accountId);
            } catch (error) {
              if (isServiceFault(error)) {
                // What they hold lives on for minutes; a service that is down is not asked for everybody.
                log.debug({ err: error, accountId }, "tokens could not be renewed ahead of time yet");
                break;
              }
              inUse.delete(accountId);
              if (!isSegueError(error, "NeedsRelink") && !isSegueError(error, "NotLinked"))
                log.error({ err: error, accountId }, "tokens cannot be renewed ahead of time");
            }
          }
        }
        return { againInMs: everyMs };
      },
    },
  };
}
