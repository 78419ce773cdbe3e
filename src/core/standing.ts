import { LRUCache } from "lru-cache";
import type { Adapter, Standing } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Place, UserRef } from "../contracts/incoming.ts";
import type { Log } from "../contracts/log.ts";
import { steady } from "../steady.ts";
import { within } from "../within.ts";

const keptMs = 60_000;
/** A platform that could not be asked is let alone for this long. */
const failedMs = 10_000;
const patienceMs = 2_000;
const maxKept = 5_000;

const nobody: Standing = { manager: false, groups: [] };
/** Nobody knows whether they are there at all. */
const unknown: Standing & { unsure: true } = { ...nobody, absent: true, unsure: true };

/** How platforms see people in their places: asked at most once a minute, and no rights where the platform does not answer. */
export type Standings = {
  (place: Place, user: UserRef): Promise<Standing & { unsure?: true }>;
  /** They spoke there just now: the platform is there, whether or not it answered before, and may have told of them with that. */
  heard(place: Place, user: UserRef): void;
};

export function createStandings(parts: {
  adapter(platform: string): Adapter | undefined;
  clock: Clock;
  log: Log;
}): Standings {
  const { adapter, clock, log } = parts;
  const failed = Promise.resolve(unknown);
  const kept = new LRUCache<string, ReturnType<Standings>>({
    max: maxKept,
    ttl: keptMs,
    perf: steady(clock),
    ttlResolution: 0,
  });

  async function ask(of: Adapter, place: Place, user: UserRef): Promise<Standing> {
    return within(clock, patienceMs, "platform", async () => of.standing?.(place, user) ?? nobody);
  }

  const keyOf = (place: Place, user: UserRef) =>
    JSON.stringify([place.platform, place.tenant, place.id, user.tenant, user.id]);

  function standingOf(place: Place, user: UserRef): ReturnType<Standings> {
    const of = adapter(place.platform);
    if (!of?.standing) return Promise.resolve(nobody);
    const key = keyOf(place, user);
    const known = kept.get(key);
    if (known) return known;
    const asked = ask(of, place, user).catch((error: unknown) => {
      log.warn({ error, platform: place.platform }, "a platform did not say what a person may do");
      kept.set(key, failed, { ttl: failedMs });
      return unknown;
    });
    kept.set(key, asked);
    return asked;
  }

  return Object.assign(standingOf, {
    heard(place: Place, user: UserRef) {
      const key = keyOf(place, user);
      if (kept.peek(key) === failed) kept.delete(key);
    },
  });
}
