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
  /** The platform asked for a pause: nobody's turn comes before it is over. */
  pause(key: string, rate: Rate, ms: number): void;
}

export function createPace(parts: { clock: Clock; signal: AbortSignal }): Pace {
  const { clock, signal } = parts;
  /** When the bucket of the key would be empty again. */
  const emptyAt = new LRUCache<string, number>({ max: 2_000 });
  return {
    async turn(key, { burst, everyMs }) {
      const now = clock.now();
      const from = Math.max(now, emptyAt.get(key) ?? 0);
      const at = from - (burst - 1) * everyMs;
      if (at - now > longestWaitMs) throw new SegueError("RateLimited", { scope: "service" }, { retryAt: at });
      emptyAt.set(key, from + everyMs);
      if (at > now) await clock.sleep(at - now, signal);
    },
    pause(key, { burst, everyMs }, ms) {
      const until = clock.now() + ms + (burst - 1) * everyMs;
      emptyAt.set(key, Math.max(until, emptyAt.get(key) ?? 0));
    },
  };
}
