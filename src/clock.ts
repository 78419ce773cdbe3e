import type { Clock } from "./contracts/clock.ts";

/** Node's own timers fire at once when they are set for longer. */
const longestMs = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Nearly all sleeps are deadlines that are called off. `node:timers/promises` makes an error with a stack for each of those.
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const until = Date.now() + ms;
      let timer: NodeJS.Timeout;
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const wait = (left: number) => {
        timer = setTimeout(left > longestMs ? () => wait(until - Date.now()) : onTime, Math.min(longestMs, left));
      };
      const onTime = () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      wait(Math.max(0, ms));
    }),
};
