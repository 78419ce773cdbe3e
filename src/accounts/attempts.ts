import { LRUCache } from "lru-cache";
import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";

/** Counts tries per person. `take` raises RateLimited, with when the oldest counted try is forgotten, once there are too many. */
export type Attempts = { take(key: string): void };

export function createAttempts(clock: Clock, limit: { tries: number; withinMs: number }): Attempts {
  const seen = new LRUCache<string, number[]>({ max: 10_000 });
  return {
    take(key) {
      const now = clock.now();
      // Either way: what was counted before a clock was put back must not be counted until it has caught up.
      const recent = (seen.get(key) ?? []).filter((at) => Math.abs(now - at) < limit.withinMs);
      const [oldest] = recent;
      if (oldest !== undefined && recent.length >= limit.tries) {
        throw new SegueError("RateLimited", { scope: "person" }, { retryAt: oldest + limit.withinMs });
      }
      seen.set(key, [...recent, now]);
    },
  };
}
