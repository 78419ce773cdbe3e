import { z } from "zod";
import type { AccountRow } from "../contracts/people-store.ts";
import type { Job } from "../contracts/scheduler.ts";
import type { Parts } from "./parts.ts";

const DAY_MS = 24 * 60 * 60_000;
/** Before a consent ends, its person is told: so many days before, the first one first. */
const WARN_DAYS = [14, 3] as const;
const EVERY_MS = 60 * 60_000;
const NOT_YET_MS = 1_000;
const WARNED = "consent_warned";

const warnedSchema = z.object({ consentedAt: z.number(), days: z.number() });

/**
 * The calendar of consents that end by themselves, whatever is done with them: warns in time, so that linking anew replaces a
 * grant that still lives. It only warns: whether a grant is dead is for the service to say.
 */
export function createConsentJob(
  parts: Pick<Parts, "store" | "providers" | "clock" | "events" | "cache"> & { isOpen(): boolean },
): Job {
  const { store, providers, clock, events, cache } = parts;

  async function warn(row: AccountRow, names: { provider: string; providerName: string }, endsAt: number) {
    const left = endsAt - clock.now();
    // After the last of them, an earlier one that was missed says nothing new.
    const days = WARN_DAYS.findLast((each) => left <= each * DAY_MS);
    if (left <= 0 || days === undefined) return;
    const warned = warnedSchema.safeParse(await store.settings.get(row.id, WARNED)).data;
    if (warned?.consentedAt === row.consentedAt && warned.days <= days) return;
    // Of several accounts the one linked last is used, and no other is worth a word.
    if ((await cache.current(row.personId, row.provider))?.id !== row.id) return;
    const { provider, providerName } = names;
    events.emit({
      type: "person.needed",
      personId: row.personId,
      key: `consent:${row.id}:${row.consentedAt}:${days}`,
      words: { skill: "account", key: "consent.ends", values: { provider: providerName, at: endsAt } },
      buttons: [{ label: "button.renew", intent: "account.link", slots: { provider } }],
      byDay: true,
      told: () => store.settings.put(row.id, WARNED, { consentedAt: row.consentedAt, days }),
    });
  }

  return {
    name: "accounts.consent",
    async run(signal) {
      if (!parts.isOpen()) return { againInMs: NOT_YET_MS };
      for (const { id: provider, name: providerName, linking } of providers.values()) {
        const lifeMs = linking?.consentLifetimeMs;
        if (lifeMs === undefined) continue;
        for (const row of await store.accounts.all(provider)) {
          if (signal.aborted) break;
          if (row.status === "ok") await warn(row, { provider, providerName }, row.consentedAt + lifeMs);
        }
      }
      return { againInMs: EVERY_MS };
    },
  };
}
