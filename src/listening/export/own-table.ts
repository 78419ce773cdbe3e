import type { OwnRow } from "./own-row.ts";

/**
 * The same rows as a table. What has several values stands as JSON in one cell; the columns `artist` and `album` are for
 * readers alone.
 */
export const ownColumns = [
  "started_at",
  "ended_at",
  "listened_ms",
  "counts",
  "kind",
  "title",
  "artist",
  "album",
  "duration_ms",
  "uri",
  "isrc",
  "url",
  "skipped",
  "device",
  "context",
  "artists",
  "album_details",
  "sources",
] as const;
type Column = (typeof ownColumns)[number];

/** Programs for tables run what begins so (https://owasp.org/www-community/attacks/CSV_Injection), and songs are called "-" and "=". */
const formula = /^'*[=+\-@\t\r]/;
const shielded = /^'+[=+\-@\t\r]/;
const shield = (text: string): string => (formula.test(text) ? `'${text}` : text);
const unshield = (text: string): string => (shielded.test(text) ? text.slice(1) : text);

export function cellsOf(row: OwnRow): string[] {
  const said = (value: string | number | boolean | undefined): string => (value === undefined ? "" : String(value));
  const cells: Record<Column, string> = {
    started_at: row.startedAt,
    ended_at: row.endedAt,
    listened_ms: said(row.listenedMs),
    counts: said(row.counts),
    kind: row.kind,
    title: row.title,
    artist: said(row.artists[0]?.name),
    album: said(row.album?.name),
    duration_ms: said(row.durationMs),
    uri: said(row.uri),
    isrc: said(row.isrc),
    url: said(row.url),
    skipped: said(row.skipped),
    device: said(row.device),
    context: said(row.context),
    artists: JSON.stringify(row.artists),
    album_details: row.album ? JSON.stringify(row.album) : "",
    sources: JSON.stringify(row.sources),
  };
  return ownColumns.map((name) => shield(cells[name]));
}

/** The row that the cells stand for, yet to be looked at; undefined where a cell does not hold what it should. */
export function rowOfCells(cells: Readonly<Record<string, string>>): Record<string, unknown> | undefined {
  const text = (name: Column): string => unshield(cells[name] ?? "");
  const optional = (name: Column): string | undefined => text(name) || undefined;
  const number = (name: Column): number | undefined => (text(name) === "" ? undefined : Number(text(name)));
  const yes = (name: Column): boolean | undefined => (text(name) === "" ? undefined : text(name) === "true");
  try {
    return {
      startedAt: text("started_at"),
      endedAt: text("ended_at"),
      listenedMs: number("listened_ms"),
      counts: yes("counts"),
      kind: text("kind"),
      title: text("title"),
      artists: JSON.parse(text("artists")),
      album: text("album_details") === "" ? undefined : JSON.parse(text("album_details")),
      durationMs: number("duration_ms"),
      uri: optional("uri"),
      isrc: optional("isrc"),
      url: optional("url"),
      skipped: yes("skipped"),
      device: optional("device"),
      context: optional("context"),
      sources: JSON.parse(text("sources")),
    };
  } catch {
    return undefined;
  }
}
