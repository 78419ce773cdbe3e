import type { Clock } from "../../../contracts/clock.ts";

const FOR_MS = 86_400_000;
const MAX_HELD = 1000;

export type RemovedRoutes = { has(route: string): boolean; add(route: string): void };

/**
 * Routes that were answered as taken away. Asking again costs a call of the day's budget and always ends the same, but the
 * platform has also given things back (https://developer.spotify.com/documentation/web-api/references/changes/march-2026):
 * so they are asked again after a day. Kept per account: a bare "Forbidden" may yet be about one person, and must not take
 * the route from everybody.
 */
export function createRemovedRoutes(clock: Clock): { of(holder: string): RemovedRoutes } {
  const untilAt = new Map<string, number>();
  return {
    of: (holder) => ({
      has(route) {
        const endsAt = untilAt.get(`${holder} ${route}`);
        return endsAt !== undefined && clock.now() < endsAt;
      },
      add(route) {
        const oldest = untilAt.keys().next();
        if (untilAt.size >= MAX_HELD && !oldest.done) untilAt.delete(oldest.value);
        untilAt.set(`${holder} ${route}`, clock.now() + FOR_MS);
      },
    }),
  };
}
