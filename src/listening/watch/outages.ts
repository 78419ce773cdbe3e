import type { Clock } from "../../contracts/clock.ts";

/**
 * Services that are down, for everybody who asks them: one try at a time finds out whether they are back, and each that fails
 * makes the next one later. Every try costs calls, whoever's account it is made for.
 */
export interface Outages {
  /** No call to the service makes sense before. */
  notBeforeAt(origin: string): number;
  /** The last try failed. */
  isDown(origin: string): boolean;
  /** A try begins: while the service is down, others wait for what comes of it. */
  tries(origin: string): void;
  failed(origin: string): void;
  answered(origin: string): void;
}

/** Longer than a try lasts. */
const TRY_MS = 30_000;

export function createOutages(clock: Clock, { retryMs, retryMaxMs }: { retryMs: number; retryMaxMs: number }): Outages {
  const down = new Map<string, { failures: number; untilAt: number }>();
  return {
    notBeforeAt: (origin) => down.get(origin)?.untilAt ?? 0,
    isDown: (origin) => down.has(origin),
    tries(origin) {
      const outage = down.get(origin);
      if (outage) down.set(origin, { ...outage, untilAt: clock.now() + TRY_MS });
    },
    failed(origin) {
      const failures = down.get(origin)?.failures ?? 0;
      const wait = Math.min(retryMs * 2 ** Math.min(failures, 20), retryMaxMs);
      down.set(origin, { failures: failures + 1, untilAt: clock.now() + wait });
    },
    answered: (origin) => void down.delete(origin),
  };
}
