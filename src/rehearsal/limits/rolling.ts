/** Times of calls, oldest first, of which those too old are forgotten. Unix ms. */
export interface RollingCounter {
  add(at: number): void;
  /** Drops every call made at `until` or before. */
  forget(until: number): void;
  count(): number;
  /** The time of the call at `index`, oldest first. */
  nth(index: number): number | undefined;
}

/** Calls that one counter remembers at most. */
const MOST = 200_000;

export function createRollingCounter(): RollingCounter {
  let times: number[] = [];
  let first = 0;
  const count = () => times.length - first;
  return {
    add(at) {
      if (count() >= MOST) first += 1;
      times.push(at);
    },
    forget(until) {
      while (first < times.length && (times[first] as number) <= until) first += 1;
      // Copying only when half is dead keeps a call's cost constant on average.
      if (first > 1024 && first * 2 > times.length) {
        times = times.slice(first);
        first = 0;
      }
    },
    count,
    nth: (index) => times[first + index],
  };
}
