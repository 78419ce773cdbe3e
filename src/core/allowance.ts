import { LRUCache } from "lru-cache";

/** How many commands one person may send within a sliding window. In memory: a restart forgives. */
export interface Allowance {
  /** Undefined when this one is allowed; otherwise the time (Unix ms) from which the next one is. */
  take(key: string, now: number): number | undefined;
}

export function createAllowance(limit: { count: number; windowMs: number }): Allowance {
  const recent = new LRUCache<string, number[]>({ max: 10_000 });
  return {
    take(key, now) {
      const times = (recent.get(key) ?? []).filter((at) => at > now - limit.windowMs && at <= now);
      recent.set(key, times);
      const oldest = times[0];
      if (oldest !== undefined && times.length >= limit.count) return oldest + limit.windowMs;
      times.push(now);
      return undefined;
    },
  };
}
