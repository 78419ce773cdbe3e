/** More than anything is kept for. */
const longMs = 365 * 24 * 60 * 60_000;

/**
 * A time for whoever keeps things for a while: it never goes back. By a clock that was set back by a day what is kept for a minute
 * would be kept for a day; who had the right to manage a place would have it that long. How much time has passed meanwhile nobody
 * knows, so all of it is old.
 */
export function steady(clock: { now(): number }): { now(): number } {
  let last = clock.now();
  let ahead = 0;
  return {
    now() {
      const now = clock.now();
      if (now + ahead < last) ahead = last - now + longMs;
      last = now + ahead;
      return last;
    },
  };
}
