import { LRUCache } from "lru-cache";
import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type { Rate } from "./limits.ts";

/** Whoever would wait longer is told so instead. It bounds the queues as well. */
export const longestWaitMs = 30_000;

/** Keeps limits before the platform has to: first come, first served under each key. */
export interface Pace {
  /** Resolves when it is this call's turn. Raises RateLimited with `retryAt` when that is too far away. */
  turn(key: string, rate: Rate): Promise<void>;
  /** Whether it would be a call's turn at once. */
  free(key: string, rate: Rate): boolean;
  /** The platform asked for a pause: nobody's turn comes before it is over. */
  pause(key: string, rate: Rate, ms: number): void;
}

export function createPace(parts: { clock: Clock; signal: AbortSignal }): Pace {
  const { clock, signal } = parts;
  /** When the bucket of the key would be empty again, and when that was noted. */
  const buckets = new LRUCache<string, { emptyAt: number; notedAt: number }>({ max: 2_000 });

  /** What was noted ahead of a clock that was set back counts as noted now: nobody's turn would come until it has caught up. */
  function emptyAt(key: string, now: number): number {
    const bucket = buckets.get(key);
    if (!bucket) return 0;
    if (bucket.notedAt > now) {
      bucket.emptyAt -= bucket.notedAt - now;
      bucket.notedAt = now;
    }
    return bucket.emptyAt;
  }
  /** When a call's turn would be, and from when on the bucket holds it. */
  function next(key: string, { burst, everyMs }: Rate) {
    const now = clock.now();
    const from = Math.max(now, emptyAt(key, now));
    return { now, from, at: from - (burst - 1) * everyMs };
  }

  return {
    free(key, rate) {
      const { now, at } = next(key, rate);
      return at <= now;
    },
    async turn(key, rate) {
      const { now, from, at } = next(key, rate);
      if (at - now > longestWaitMs) throw new SegueError("RateLimited", { scope: "service" }, { retryAt: at });
      buckets.set(key, { emptyAt: from + rate.everyMs, notedAt: now });
      if (at > now) await clock.sleep(at - now, signal);
    },
    pause(key, { burst, everyMs }, ms) {
      const now = clock.now();
      const until = now + ms + (burst - 1) * everyMs;
      buckets.set(key, { emptyAt: Math.max(until, emptyAt(key, now)), notedAt: now });
    },
  };
}
