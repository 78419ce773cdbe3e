import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "./contracts/clock.ts";

const longestMs = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    const until = Date.now() + ms;
    try {
      // Node's own timers fire at once when they are set for longer than 2^31-1 ms.
      for (let left = ms; left > longestMs; left = until - Date.now()) await wait(longestMs, undefined, { signal });
      await wait(Math.max(0, Math.min(ms, until - Date.now())), undefined, { signal });
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
};
