import { LRUCache } from "lru-cache";
import type { AccountRow } from "../contracts/people-store.ts";
import type { Job } from "../contracts/scheduler.ts";
import { steady } from "../steady.ts";
import type { Parts } from "./parts.ts";
import type { Refresh } from "./refresh.ts";
import { isServiceFault } from "./service-fault.ts";
import { VaultError } from "./vault-error.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/**
 * A service may call living grants dead for a while, everybody's at once: Spotify has
 * (https://github.com/metabrainz/listenbrainz-server/pull/3766). So what it called dead is asked about once more, so long
 * after the first refusal, before anybody is told; and again later while it looks as if the service were to blame.
 */
const LOOKS_MS = [15 * MINUTE_MS, 60 * MINUTE_MS, 4 * 60 * MINUTE_MS];
const LAST_LOOK_MS = Math.max(...LOOKS_MS);
const EVERY_MS = MINUTE_MS;
const NOT_YET_MS = 1_000;
/** Who could not be told is tried again so much later. */
const TELL_AGAIN_MS = 60 * MINUTE_MS;

export type Lapses = {
  /** When to ask once more about a grant that has just been refused; undefined when the refusal is to be believed. */
  nextLook(row: AccountRow, refusedAt: number): Promise<number | undefined>;
  /** The service has renewed a grant: it does not refuse everybody. */
  granted(provider: string): void;
  /** To the person, once, where they are reached alone. False where they are being told already. */
  tell(row: AccountRow): boolean;
};

/** Links that the service calls dead: what is believed of it, and who hears of it. */
export function createLapses(parts: Pick<Parts, "store" | "providers" | "clock" | "events" | "cache">): Lapses {
  const { store, providers, clock, events, cache } = parts;
  const grantedAt = new Map<string, number>();
  const saidAt = new LRUCache<string, true>({ max: 5_000, ttl: TELL_AGAIN_MS, ttlResolution: 0, perf: steady(clock) });

  /** Several refused and nobody granted since is the service's fault rather than theirs. */
  async function suspect(row: AccountRow, refusedAt: number): Promise<boolean> {
    if ((grantedAt.get(row.provider) ?? 0) > refusedAt) return false;
    return store.accounts.othersRefused(row);
  }

  return {
    async nextLook(row, refusedAt) {
      const now = clock.now();
      const lifeMs = providers.get(row.provider)?.linking?.consentLifetimeMs;
      // It was to die about now.
      if (lifeMs !== undefined && row.consentedAt + lifeMs - now < DAY_MS) return undefined;
      const elapsed = now - refusedAt;
      const next = LOOKS_MS.find((ms) => ms > elapsed);
      if (next === undefined || (next !== LOOKS_MS[0] && !(await suspect(row, refusedAt)))) return undefined;
      return refusedAt + next;
    },

    granted(provider) {
      grantedAt.set(provider, clock.now());
    },

    tell(row) {
      const key = `link-lost:${row.id}:${row.refusedAt ?? row.version}`;
      if (saidAt.has(key)) return false;
      saidAt.set(key, true);
      const provider = providers.get(row.provider)?.name ?? row.provider;
      events.emit({
        type: "person.needed",
        personId: row.personId,
        key,
        words: { skill: "core", key: "error.NeedsRelink", values: { provider } },
        buttons: [{ label: "button.relink", intent: "account.link", slots: { provider: row.provider } }],
        async told() {
          await store.accounts.markTold(row.id, clock.now());
          cache.forget(row.personId);
        },
      });
      return true;
    },
  };
}

/** Asks about refused grants once more when it is time, and tells whoever has lost theirs until they were told. */
export function createLapsesJob(
  parts: Pick<Parts, "store" | "clock" | "log"> & { lapses: Lapses; refresh: Refresh; isOpen(): boolean },
): Job {
  const { store, clock, log, lapses, refresh } = parts;

  function isDue(lookAt: number): boolean {
    const now = clock.now();
    // One that is further off than any was set by a clock that has been put back since.
    return lookAt <= now || lookAt > now + LAST_LOOK_MS;
  }

  return {
    name: "accounts.lapses",
    async run(signal) {
      if (!parts.isOpen()) return { againInMs: NOT_YET_MS };
      for (const row of await store.accounts.parked()) {
        if (signal.aborted) break;
        if (row.lookAt === undefined) lapses.tell(row);
        else if (isDue(row.lookAt)) {
          try {
            await refresh(row.id, row);
          } catch (error) {
            const refused = (await store.accounts.get(row.id))?.version !== row.version;
            if (refused) continue;
            if (isServiceFault(error)) {
              log.debug({ err: error, accountId: row.id }, "a refused grant could not be looked at again yet");
              break;
            }
            // What does not open cannot be asked about, and is lost whatever the service would say.
            if (!(error instanceof VaultError) || lapses.tell(row))
              log.error({ err: error, accountId: row.id }, "a refused grant cannot be looked at again");
          }
        }
      }
      return { againInMs: EVERY_MS };
    },
  };
}
