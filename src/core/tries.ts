import { LRUCache } from "lru-cache";
import type { Clock } from "../contracts/clock.ts";

const firstPauseMs = 60_000;
const longestPauseMs = 60 * 60_000;
const maxUnderWay = 100;

/** "nowhere": there was nobody to be reached; "later": it was not the time. Nothing was sent then. */
export type Telling = "told" | "failed" | "nowhere" | "later";

/**
 * What is told unasked: one try at a time for each thing, held until the platform has answered it, and after one that failed a
 * pause that grows. A platform that answers late has told it all the same; asked again at once it would tell it twice.
 */
export interface Tries {
  /** How many are under way. */
  readonly open: number;
  /** True where it may be tried now; then it is under way until `end`. */
  begin(key: string): boolean;
  end(key: string, how: Telling): void;
}

export function createTries(clock: Pick<Clock, "now">): Tries {
  const underWay = new Set<string>();
  const failed = new LRUCache<string, { times: number; at: number; pauseMs: number }>({ max: 1_000 });
  /** A clock that was put back must not make the pause last as long as it was put back by. */
  function paused(key: string): boolean {
    const last = failed.get(key);
    if (!last) return false;
    last.at = Math.min(last.at, clock.now());
    return clock.now() < last.at + last.pauseMs;
  }

  return {
    get open() {
      return underWay.size;
    },
    begin(key) {
      if (underWay.has(key) || underWay.size >= maxUnderWay) return false;
      if (paused(key)) return false;
      underWay.add(key);
      return true;
    },
    end(key, how) {
      underWay.delete(key);
      if (how === "told") failed.delete(key);
      if (how !== "failed") return;
      const times = (failed.get(key)?.times ?? 0) + 1;
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(times - 1, 10));
      failed.set(key, { times, at: clock.now(), pauseMs: pause });
    },
  };
}
