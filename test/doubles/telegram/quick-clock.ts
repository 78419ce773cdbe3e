import { systemClock } from "../../../src/clock.ts";
import type { Clock } from "../../../src/contracts/clock.ts";

/** Real time, five times as fast: paces and deadlines are kept for real, and nobody waits that long for them. */
export function createQuickClock(times = 5): Clock {
  const start = systemClock.now();
  return {
    now: () => start + (systemClock.now() - start) * times,
    sleep: (ms, signal) => systemClock.sleep(Math.ceil(ms / times), signal),
  };
}
