import type { Digest, DigestKind, DigestRow } from "../../contracts/digests.ts";
import type { ChartRow, Gap, Ledger, ListenerKey, Period, Stats } from "../../contracts/listening.ts";
import type { Movement } from "../../contracts/pictures.ts";
import { dayOf, monthsOf, periodBefore } from "./calendar.ts";

/** The most that a picture shows. */
const ROWS = 10;
/** Who was further down than that before counts as new. */
const ROWS_BEFORE = 100;
const DISCOVERED = 5;
const UNKNOWN_DAYS = 3;
/**
 * Streaks, sessions and discoveries are of one listener each, and are asked one by one. Among more than these they say little, and
 * would take longer than all the rest together.
 */
const FEW = 10;
const AT_ONCE = 5;

/**
 * What there is to say of that time, of all these together; undefined where nothing counts. Nothing in it tells who heard what:
 * sums over all, and how many there were. `own`: it is for the one listener alone.
 */
export type Compose = (of: {
  listeners: readonly ListenerKey[];
  kind: DigestKind;
  period: Period;
  zone: string;
  own?: boolean;
}) => Promise<Digest | undefined>;

export function createCompose({ stats, ledger }: { stats: Stats; ledger: Pick<Ledger, "gaps"> }): Compose {
  return async ({ listeners: asked, kind, period, zone, own = false }) => {
    const sums = await stats.totals(asked, period);
    const heard = asked.flatMap((listener, at) => ((sums[at]?.plays ?? 0) > 0 ? [{ listener, sum: sums[at] }] : []));
    if (heard.length === 0) return undefined;
    const listeners = heard.map(({ listener }) => listener);
    const few = listeners.length <= FEW ? listeners : [];
    const earlier = periodBefore(kind, zone, period);
    const begun = await each(few, async (listener) => (await stats.first(listener))?.startedAt ?? period.fromAt);
    const longKnown = few.filter((_, at) => (begun[at] ?? 0) <= Math.max(earlier.fromAt, period.fromAt - KNOWN_MS));
    const sinceAt = begun.length > 0 ? Math.min(...begun) : 0;
    const [before, tracks, artists, albums, hours, months, discoveries, sessions, streaks, gaps] = await Promise.all([
      stats.totals(listeners, earlier),
      chart(stats, "tracks", listeners, period, earlier),
      chart(stats, "artists", listeners, period, earlier),
      // Covers are shown without how they moved.
      stats.top(listeners, "albums", period, { limit: ROWS }),
      // A year of many is a million plays, each with an hour of its own.
      kind === "year" && few.length === 0 ? [] : stats.clock(listeners, period, zone),
      kind === "year" ? byMonth(stats, listeners, monthsOf(zone, period)) : undefined,
      each(longKnown, (listener) => stats.discoveries(listener, "artists", period, { limit: DISCOVERED })),
      each(few, (listener) => stats.sessions(listener, period, { limit: 1 })),
      each(few, (listener) => stats.streaks(listener, zone)),
      each(listeners, (listener) => ledger.gaps(listener, period)),
    ]);
    // Half a time before is none to compare with: all would be more, and much of it new.
    const whole = begun.every((at) => at <= earlier.fromAt);
    const known = whole && before.reduce((sum, { plays }) => sum + plays, 0) > 0;
    const days = streaks.map(({ current }) =>
      current && current.untilAt >= period.untilAt - DAY_MS ? current.days : 0,
    );
    const longestStreak = Math.max(0, ...days);
    const [alone] = heard;
    return {
      ...period,
      kind,
      zone,
      listeners: heard.length,
      plays: total(heard, ({ sum }) => sum?.plays ?? 0),
      listenedMs: total(heard, ({ sum }) => sum?.listenedMs ?? 0),
      ...(known
        ? {
            before: {
              plays: total(before, ({ plays }) => plays),
              listenedMs: total(before, ({ listenedMs }) => listenedMs),
            },
          }
        : {}),
      charts: {
        tracks: moved(tracks, known),
        artists: moved(artists, known),
        albums,
      },
      discoveries: {
        total: total(discoveries, (found) => found.total),
        names: mostNamed(discoveries.flatMap(({ rows }) => rows)),
      },
      ...(longestStreak > 1 ? { streakDays: longestStreak } : {}),
      sessions: {
        total: total(sessions, (found) => found.total),
        longestMs: Math.max(
          0,
          ...sessions.flatMap(({ longest }) => longest.map(({ fromAt, untilAt }) => untilAt - fromAt)),
        ),
      },
      hours: hours.map(({ listenedMs }) => listenedMs),
      ...(months ? { months } : {}),
      ...(dayOf(zone, sinceAt) > period.fromAt ? { sinceAt } : {}),
      unknown: unknownOf(gaps.flat(), period, zone),
      ...(own && alone?.sum ? { own: { tracks: alone.sum.tracks, artists: alone.sum.artists } } : {}),
    };
  };
}

const DAY_MS = 24 * 60 * 60_000;
/** Whose listening is known for as long before has made what they know to be known too. */
const KNOWN_MS = 28 * DAY_MS;

type Charted = { now: ChartRow[]; before: ChartRow[] };

async function chart(
  stats: Stats,
  what: "tracks" | "artists",
  listeners: readonly ListenerKey[],
  period: Period,
  earlier: Period,
): Promise<Charted> {
  const [now, before] = await Promise.all([
    stats.top(listeners, what, period, { limit: ROWS }),
    stats.top(listeners, what, earlier, { limit: ROWS_BEFORE }),
  ]);
  return { now, before };
}

/** `known`: something is known of the time before; else everything would be new. */
function moved({ now, before }: Charted, known: boolean): DigestRow[] {
  if (!known) return now;
  const places = new Map(before.map(({ id }, at) => [id, at]));
  return now.map((row, at) => {
    const was = places.get(row.id);
    const movement: Movement = was === undefined ? "new" : { by: was - at };
    return { ...row, moved: movement };
  });
}

async function byMonth(stats: Stats, listeners: readonly ListenerKey[], months: readonly Period[]) {
  const listened = await stats.listened(listeners, months);
  return months.map(({ fromAt }, at) => ({ at: fromAt, listenedMs: listened[at] ?? 0 }));
}

function mostNamed(rows: readonly ChartRow[]): string[] {
  const byName = new Map<string, number>();
  for (const { name, plays } of rows) byName.set(name, (byName.get(name) ?? 0) + plays);
  return [...byName]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, DISCOVERED)
    .map(([name]) => name);
}

function unknownOf(gaps: readonly Gap[], period: Period, zone: string): Digest["unknown"] {
  const byDay = new Map<number, number>();
  let ms = 0;
  for (const gap of gaps) {
    let from = Math.max(gap.fromAt, period.fromAt);
    const until = Math.min(gap.untilAt, period.untilAt);
    ms += Math.max(0, until - from);
    while (from < until) {
      const day = dayOf(zone, from);
      // Past its midnight however long it is.
      const next = Math.min(until, dayOf(zone, day + DAY_MS + DAY_MS / 4));
      byDay.set(day, (byDay.get(day) ?? 0) + (next - from));
      from = next;
    }
  }
  const days = [...byDay]
    .toSorted(([dayA, a], [dayB, b]) => b - a || dayA - dayB)
    .slice(0, UNKNOWN_DAYS)
    .map(([at, unknown]) => ({ at, ms: unknown }));
  return { ms, days };
}

function total<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((sum, one) => sum + of(one), 0);
}

async function each<T, Made>(all: readonly T[], make: (one: T) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  for (let at = 0; at < all.length; at += AT_ONCE)
    made.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(make))));
  return made;
}
