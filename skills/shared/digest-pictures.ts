import type { Digest, DigestRow } from "../../src/contracts/digests.ts";
import { type Picture, type PictureKind, type Pictures, previewSubject } from "../../src/contracts/pictures.ts";
import type { Block } from "../../src/contracts/reply.ts";
import type { Translate } from "../../src/contracts/skill.ts";
import { hourIn, namesOf, periodIn, shortLength, sinceIn } from "./digest-words.ts";

/** What a digest is shown with, the one that says most first: platforms with room for one show that. */
export const picturesOf: Record<Digest["kind"], readonly PictureKind[]> = {
  day: ["top"],
  week: ["top", "clock"],
  month: ["albums", "top"],
  year: ["year", "albums"],
};

export type Drawing = {
  pictures: Pictures;
  /** The digest's key; without one it is for somebody to look at alone. */
  key?: string;
  personId: string;
  locale: string;
  /** Whose names and covers it shows, as they want to be named. */
  attribution: string;
  t: Translate;
};

const altRows = 5;
const labelHours = [0, 3, 6, 9, 12, 15, 18, 21];
const yearRows = 5;

/** The picture as a block with what it says in words; none where there is nothing on it, or it cannot be drawn. */
export async function pictureBlock(kind: PictureKind, digest: Digest, drawing: Drawing): Promise<Block[]> {
  const { t, pictures, key, personId } = drawing;
  const made = pictureOf(kind, digest, drawing);
  if (!made) return [];
  const whose = digest.own ? "own" : digest.listeners;
  const subject = key ?? `${previewSubject}${personId}:${whose}:${digest.fromAt}`;
  const url = await pictures.draw({ subject, slot: kind }, made.picture);
  return url === undefined
    ? []
    : [{ type: "image", url, alt: t("alt", { title: made.picture.title, says: made.says }), large: true }];
}

function pictureOf(
  kind: PictureKind,
  digest: Digest,
  { t, locale, attribution }: Drawing,
): { picture: Picture; says: string } | undefined {
  const { charts, listeners } = digest;
  const own = digest.own ? "yes" : "no";
  const when = periodIn(locale, digest);
  const hours = Math.round(digest.unknown.ms / 3_600_000);
  const frame = (title: string) => ({
    tone: digest.kind,
    title,
    subtitle: kind === "year" ? t("picture.of", { own, listeners }) : t("picture.subtitle", { when, own, listeners }),
    footer: t("picture.footer", { attribution, hours, since: sinceIn(locale, digest) ?? "none" }),
  });
  switch (kind) {
    case "top": {
      const most = charts.tracks[0]?.plays ?? 0;
      if (most === 0) return undefined;
      const rows = charts.tracks.map((row) => ({
        ...titled(row),
        value: t("picture.plays", { plays: row.plays }),
        share: row.plays / most,
        ...(row.moved === undefined ? {} : { moved: row.moved }),
      }));
      const picture: Picture = { kind, ...frame(t("picture.top")), newly: t("picture.new"), rows };
      return { picture, says: said(charts.tracks, locale, t) };
    }
    case "albums": {
      if (charts.albums.length === 0) return undefined;
      const picture: Picture = { kind, ...frame(t("picture.albums")), rows: charts.albums.map(titled) };
      return { picture, says: said(charts.albums, locale, t) };
    }
    case "clock": {
      const most = Math.max(...digest.hours);
      if (most <= 0) return undefined;
      const peak = hourIn(locale, digest.hours.indexOf(most));
      const time = shortLength(digest.listenedMs, t);
      const picture: Picture = {
        kind,
        ...frame(t("picture.clock")),
        hours: digest.hours,
        labels: labelHours.map(String),
        middle: [time, t("picture.peak", { hour: peak })],
      };
      return { picture, says: t("alt.clock", { time, hour: peak }) };
    }
    case "year": {
      if (charts.tracks.length === 0) return undefined;
      const minutes = Math.round(digest.listenedMs / 60_000);
      const numbers = new Intl.NumberFormat(locale);
      const month = new Intl.DateTimeFormat(locale, { month: "narrow", timeZone: digest.zone });
      const fact = (value: number | undefined, label: string) =>
        value ? [{ value: numbers.format(value), label: t(label, { count: value }) }] : [];
      const picture: Picture = {
        kind,
        ...frame(t("picture.year", { when })),
        figure: { value: numbers.format(minutes), label: t("picture.minutes", { count: minutes }) },
        months: (digest.months ?? []).map(({ at, listenedMs }) => ({ label: month.format(at), sum: listenedMs })),
        lists: [
          { title: t("picture.songs"), rows: charts.tracks.slice(0, yearRows).map(titled) },
          { title: t("picture.artists"), rows: charts.artists.slice(0, yearRows).map(titled) },
        ],
        facts: [
          ...fact(digest.plays, "picture.fact.plays"),
          ...(digest.own ? fact(digest.own.artists, "picture.fact.artists") : []),
          ...fact(digest.discoveries.total, "picture.fact.new"),
          ...fact(digest.streakDays, "picture.fact.streak"),
          ...(digest.own ? [] : fact(digest.sessions.total, "picture.fact.sessions")),
        ],
      };
      return { picture, says: t("alt.year", { minutes, songs: said(charts.tracks, locale, t) }) };
    }
  }
}

function titled({ name, by, art }: DigestRow) {
  return { title: name, ...(by === undefined ? {} : { detail: by }), ...(art ? { art } : {}) };
}

function said(rows: readonly DigestRow[], locale: string, t: Translate): string {
  const names = rows
    .slice(0, altRows)
    .map(({ name, by }) => (by === undefined ? name : t("by", { title: name, maker: by })));
  return namesOf(locale, names);
}
