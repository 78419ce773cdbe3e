import type { Clock } from "../../contracts/clock.ts";
import type { Job } from "../../contracts/scheduler.ts";
import type { Store } from "../../contracts/store.ts";

const DAY_MS = 24 * 60 * 60_000;
/** A few hundred plays of who listens much: some milliseconds of the main thread, then others have a turn. */
const STEP_MS = 10 * DAY_MS;
const EVERY_MS = 6 * 60 * 60_000;

/**
 * Deletes what is older than the operator wants to keep, whoever heard it and wherever it came from; a file that brings it back
 * is read, and swept again. Stopped in between, nothing is half done.
 */
export function createRetention({
  store: { plays },
  keepDays,
  clock,
}: {
  store: Pick<Store, "plays">;
  keepDays: number;
  clock: Clock;
}): Job {
  return {
    name: "listening.retention",
    async run(signal) {
      const untilAt = clock.now() - keepDays * DAY_MS;
      for (const listener of await plays.heardBefore(untilAt)) {
        for (let first = await plays.bounds(listener); first && first.firstAt < untilAt; ) {
          if (signal.aborted) return { againInMs: EVERY_MS };
          const step = { fromAt: first.firstAt, untilAt: Math.min(first.firstAt + STEP_MS, untilAt) };
          await plays.revise(listener, { periods: [step] }, (near) => ({
            put: [],
            gone: near.plays.map(({ id }) => id),
          }));
          await clock.sleep(0);
          first = await plays.bounds(listener);
        }
        await plays.closeGaps(listener, { fromAt: 0, untilAt });
      }
      return { againInMs: EVERY_MS };
    },
  };
}
