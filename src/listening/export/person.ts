import type { ListenerKey } from "../../contracts/listening.ts";
import { personSettings } from "../../contracts/people-store.ts";
import type { Store } from "../../contracts/store.ts";

export type PersonSource = Pick<
  Store,
  "people" | "accounts" | "settings" | "shares" | "aliases" | "diaries" | "digests" | "plays" | "imports" | "audit"
>;

/** What a line that is no play is about. */
export const personKinds = [
  "person",
  "identity",
  "account",
  "setting",
  "share",
  "alias",
  "diary",
  "digest",
  "hidden",
  "gap",
  "import",
  "act",
] as const;
export type PersonLine = { about: (typeof personKinds)[number] } & Record<string, unknown>;

/** Whatever is kept of everybody whom the bot has met, and that they asked for an export before. */
const ofAnybody: ReadonlySet<PersonLine["about"]> = new Set(["person", "identity", "setting", "act"]);
export const saysMore = (lines: readonly PersonLine[]): boolean => lines.some(({ about }) => !ofAnybody.has(about));

const ALWAYS = { fromAt: 0, untilAt: Number.MAX_SAFE_INTEGER };

/**
 * What is kept of a person besides their plays. Nothing that opens anything (tokens, secrets of diaries) is in it, and nothing that is
 * over within days by itself: questions that wait for an answer, one-time links, messages on their way; nor what is a player's: its
 * queue, timers and devices.
 */
export async function personLines(
  store: PersonSource,
  { personId, listener }: { personId: string; listener: ListenerKey },
): Promise<PersonLine[]> {
  const [person, identities, accounts, settings, shares, aliases, diaries, orders, rules, gaps, imports, acts] =
    await Promise.all([
      store.people.get(personId),
      store.people.identities(personId),
      store.accounts.ofPerson(personId),
      store.settings.of(personSettings.owner(personId)),
      store.shares.of(personId),
      store.aliases.of(personId),
      store.diaries.ofPerson(personId),
      store.digests.orders({ personId }),
      store.plays.rules(listener),
      store.plays.gaps(listener, ALWAYS),
      store.imports.of(listener),
      store.audit.ofPerson(personId),
    ]);
  const lines: PersonLine[] = [
    ...(person ? [{ about: "person" as const, ...person }] : []),
    ...identities.map((each) => ({ about: "identity" as const, ...each })),
    ...accounts.map(({ provider, subject, displayName, status, scopes, consentedAt, createdAt }) => ({
      about: "account" as const,
      provider,
      subject,
      displayName,
      status,
      scopes,
      consentedAt,
      createdAt,
    })),
    ...Object.entries(settings).map(([name, value]) => ({ about: "setting" as const, name, value })),
    ...shares.map(({ use, place, sinceAt }) => ({ about: "share" as const, use, place, sinceAt })),
    ...aliases.map(({ personId: _, folded: __, ...alias }) => ({ about: "alias" as const, ...alias })),
    ...diaries.map(({ id: _, personId: __, secret: ___, pending: ____, ...diary }) => ({
      about: "diary" as const,
      ...diary,
    })),
    ...orders.map(({ owner: _, ...order }) => ({ about: "digest" as const, ...order })),
    ...rules.map(({ id: _, ...rule }) => ({ about: "hidden" as const, ...rule })),
    ...gaps.map((gap) => ({ about: "gap" as const, ...gap })),
    ...imports.map(({ name, status, counts, startedAt, updatedAt }) => ({
      about: "import" as const,
      name,
      status,
      counts,
      startedAt,
      updatedAt,
    })),
    ...acts.map(({ personId: _, ...act }) => ({ about: "act" as const, ...act, at: moment(act.at) })),
  ];
  return lines.map((line) => inMoments(line) as PersonLine);
}

/** Moments as the lines of plays have them. */
function inMoments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inMoments);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, key.endsWith("At") ? moment(each) : inMoments(each)]),
  );
}

/** The last moment that a date can be (https://tc39.es/ecma262/#sec-time-values-and-time-range). */
const LAST_AT = 8.64e15;
function moment(value: unknown): unknown {
  return typeof value === "number" && Math.abs(value) <= LAST_AT ? new Date(value).toISOString() : value;
}
