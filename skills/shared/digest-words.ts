import type { Digest, DigestKind, DigestRow } from "../../src/contracts/digests.ts";
import type { Block } from "../../src/contracts/reply.ts";
import type { Translate } from "../../src/contracts/skill.ts";

const hourMs = 60 * 60_000;
const shown = { tracks: 5, names: 5, new: 3 };
/** Some platforms let a picture have a thousand characters of words. */
const longest = 60;

/**
 * The time as its own zone names it. Not as a moment that a platform would turn into each reader's own: "November" is a month there,
 * and half an hour of October in another zone.
 */
export function periodIn(
  locale: string,
  { kind, fromAt, untilAt, zone: timeZone }: Pick<Digest, "kind" | "fromAt" | "untilAt" | "zone">,
): string {
  const styles: Record<DigestKind, Intl.DateTimeFormatOptions> = {
    day: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
    week: { day: "numeric", month: "long", year: "numeric" },
    month: { month: "long", year: "numeric" },
    year: { year: "numeric" },
  };
  // Months and years that were asked for may begin on any day.
  const [month, day] = new Intl.DateTimeFormat("en-US", { month: "numeric", day: "numeric", timeZone })
    .format(fromAt)
    .split("/");
  const isWhole = kind === "year" ? month === "1" && day === "1" : kind !== "month" || day === "1";
  const style = isWhole ? styles[kind] : styles.week;
  return new Intl.DateTimeFormat(locale, { ...style, timeZone }).formatRange(fromAt, untilAt - 1);
}

/** The day from which on anything was recorded, where that is not the first one. */
export function sinceIn(locale: string, { sinceAt, zone: timeZone }: Digest): string | undefined {
  if (sinceAt === undefined) return undefined;
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", timeZone }).format(sinceAt);
}

/** An hour of the day, as times are written everywhere. */
export function hourIn(locale: string, hour: number): string {
  const style = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(locale, style).format(Date.UTC(2000, 0, 1, hour));
}

export function namesOf(locale: string, names: readonly string[]): string {
  return new Intl.ListFormat(locale, { type: "conjunction" }).format(names.map(short));
}

/** "3 h 5 min". */
export function shortLength(ms: number, t: Translate): string {
  const minutes = Math.round(ms / 60_000);
  return t("length", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** What a digest says, without its pictures. `early`: the time is not over. */
export function digestWords(
  digest: Digest,
  { t, locale, early }: { t: Translate; locale: string; early: boolean },
): { heading: string; blocks: Block[]; text: string } {
  const { kind, charts, listeners, plays, listenedMs } = digest;
  const own = digest.own ? "yes" : "no";
  const heading = t("heading", { kind, own, when: periodIn(locale, digest) });
  const time = shortLength(listenedMs, t);
  const sums = [t("sums", { time, plays, own, listeners }), ...(early ? [] : compared(digest, t))].join(" ");
  const items = charts.tracks.slice(0, shown.tracks).map((row) => ({
    title: row.by === undefined ? short(row.name) : t("by", { title: short(row.name), maker: short(row.by) }),
    detail: t("row", { plays: row.plays, ...movement(row) }),
    ...(row.url === undefined ? {} : { url: row.url }),
  }));
  const facts = [
    ...named("artists", charts.artists, t),
    ...(kind === "month" || kind === "year" ? named("albums", charts.albums, t) : []),
    ...discovered(digest, locale, t),
    ...(digest.streakDays === undefined ? [] : [t("streak", { own, days: digest.streakDays })]),
    ...rhythm(digest, locale, t),
  ];
  const unknown = unknownWords(digest, locale, t);
  const since = sinceIn(locale, digest);
  const said = [...facts, ...(since === undefined ? [] : [t("since", { since })]), ...unknown].join("\n");
  const lines = items.map(({ title, detail }, at) => `${at + 1}. ${title} · ${detail}`);
  return {
    heading,
    text: [heading, sums, ...lines, said].filter(Boolean).join("\n"),
    blocks: [
      { type: "text", text: sums },
      ...(items.length === 0 ? [] : [{ type: "list", ordered: true, items } as const]),
      ...(said === "" ? [] : [{ type: "text", text: said } as const]),
    ],
  };
}

function compared({ kind, before, listenedMs }: Digest, t: Translate): string[] {
  if (!before) return [];
  const difference = listenedMs - before.listenedMs;
  if (Math.abs(difference) < 60_000) return [t("compared", { how: "same", kind, time: "" })];
  const how = difference > 0 ? "more" : "less";
  return [t("compared", { how, kind, time: shortLength(Math.abs(difference), t) })];
}

function movement({ moved }: DigestRow): { moved: string; by: number } {
  if (moved === undefined) return { moved: "none", by: 0 };
  if (moved === "new") return { moved: "new", by: 0 };
  return { moved: moved.by > 0 ? "up" : moved.by < 0 ? "down" : "same", by: Math.abs(moved.by) };
}

function named(what: "artists" | "albums", rows: readonly DigestRow[], t: Translate): string[] {
  if (rows.length === 0) return [];
  // Names have commas and an "and" of their own.
  return [
    t(what, {
      names: rows
        .slice(0, shown.names)
        .map(({ name }) => short(name))
        .join(" · "),
    }),
  ];
}

function discovered({ discoveries, own }: Digest, locale: string, t: Translate): string[] {
  const { total, names } = discoveries;
  if (total === 0) return [];
  return [
    t("discoveries", {
      total,
      own: own ? "yes" : "no",
      all: total <= shown.new ? "yes" : "no",
      names: namesOf(locale, names.slice(0, shown.new)),
    }),
  ];
}

/** How often and when. */
function rhythm({ sessions, hours }: Digest, locale: string, t: Translate): string[] {
  const most = Math.max(...hours);
  if (most <= 0) return [];
  const hour = hourIn(locale, hours.indexOf(most));
  return [t("rhythm", { sessions: sessions.total, longest: shortLength(sessions.longestMs, t), hour })];
}

/** Sums are honest about what nobody knows. */
function unknownWords({ unknown, kind, zone, own }: Digest, locale: string, t: Translate): string[] {
  const hours = Math.round(unknown.ms / hourMs);
  if (hours < 1) return [];
  const style: Intl.DateTimeFormatOptions = kind === "week" ? { weekday: "long" } : { day: "numeric", month: "long" };
  const day = new Intl.DateTimeFormat(locale, { ...style, timeZone: zone });
  const days = unknown.days
    .filter(({ ms }) => ms >= hourMs / 2)
    .map(({ at, ms }) => t("unknown.day", { hours: Math.max(1, Math.round(ms / hourMs)), day: day.format(at) }));
  const where = kind === "day" || days.length === 0 ? "" : new Intl.ListFormat(locale).format(days);
  return [t("unknown", { hours, own: own ? "yes" : "no", said: where === "" ? "no" : "yes", days: where })];
}

function short(name: string): string {
  const letters = [...name.slice(0, longest * 2)];
  return letters.length <= longest ? name : `${letters.slice(0, longest - 1).join("")}…`;
}
