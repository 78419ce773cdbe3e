import { z } from "zod";
import { type Columns, cleanName, type Format, isNameless, numberOf, type RowRead, USUAL_MS, utcOf } from "./format.ts";

/**
 * Last.fm has no export of its own; these are what people's tools write: its API's pages as they are
 * (https://www.last.fm/api/show/user.getRecentTracks), lists of `{track, artist, album, date}`, and tables of
 * artist, album, track and date, with a line of names or without. A time is the start.
 */
const words = z.union([z.string(), z.object({ "#text": z.string() }), z.object({ name: z.string() })]).nullish();
const moment = z
  .union([z.string(), z.number(), z.object({ uts: z.union([z.string(), z.number()]) })])
  .nullish()
  .catch(undefined);
const rowSchema = z.object({
  artist: words,
  album: words,
  name: words,
  track: words,
  title: words,
  date: moment,
  uts: moment,
  utc_time: moment,
  timestamp: moment,
});
type Words = z.infer<typeof words>;

const source = { origin: "lastfm", way: "history" } as const;

function textOf(value: Words): string {
  if (typeof value !== "object" || value === null) return cleanName(value);
  return cleanName("#text" in value ? value["#text"] : value.name);
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const dayFirst = /^(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4}),? (\d\d):(\d\d)(?::(\d\d))?$/;
/** From here on a number can only be ms: as seconds it would be in the year 5138. */
const MS_FROM = 1e11;

type Moment = { at: number; exact: "start" | "neither" };
/** Seconds or ms since 1970, `31 Dec 2020, 23:59`, or a moment as ISO 8601 writes it: all UTC. */
function momentOf(value: z.infer<typeof moment>): Moment | undefined {
  if (typeof value === "object" && value !== null) return momentOf(value.uts);
  if (value === undefined || value === null) return undefined;
  const number = numberOf(value);
  if (number !== undefined) return { at: number >= MS_FROM ? number : number * 1_000, exact: "start" };
  const text = String(value).trim();
  const found = dayFirst.exec(text);
  if (found) {
    const month = months.indexOf((found[2] ?? "").toLowerCase());
    const [day, year, hour, minute, second] = [1, 3, 4, 5, 6].map((at) => Number(found[at] ?? 0));
    if (month < 0) return undefined;
    return { at: Date.UTC(year ?? 0, month, day, hour, minute, second), exact: found[6] ? "start" : "neither" };
  }
  const at = utcOf(text);
  return at === undefined ? undefined : { at, exact: /:\d\d:\d\d/.test(text) ? "start" : "neither" };
}

function read(value: unknown): RowRead {
  const parsed = rowSchema.safeParse(value);
  if (!parsed.success) return "failed";
  const row = parsed.data;
  const title = textOf(row.track) || textOf(row.name) || textOf(row.title);
  const by = textOf(row.artist);
  // What plays right now has no date yet: it comes with the next export.
  const moment = momentOf(row.uts ?? row.timestamp ?? row.date ?? row.utc_time);
  if (!moment) return "time";
  if (isNameless(title)) return "nameless";
  const album = textOf(row.album);
  return [
    {
      source,
      key: `${moment.at} ${title} ${by}`,
      heard: {
        kind: "track",
        title,
        artists: by === "" ? [] : [{ name: by }],
        ...(album !== "" && { album: { name: album } }),
      },
      startedAt: moment.at,
      endedAt: moment.at + USUAL_MS,
      exact: moment.exact,
    },
  ];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A page of the API, a list of rows, or a row. */
function rows(element: unknown): unknown[] {
  if (Array.isArray(element)) return element.flatMap(rows);
  if (isObject(element) && isObject(element.recenttracks)) {
    const { track } = element.recenttracks;
    return Array.isArray(track) ? track : [track];
  }
  return [element];
}

const known = ["artist", "album", "track", "date", "uts", "utc_time", "timestamp", "name", "title"];
const lower = (name: string): string => name.replace(/#.*$/, "").trim().toLowerCase().replaceAll(" ", "_");

function columns(firstLines: readonly (readonly string[])[]): Columns | undefined {
  const names = (firstLines[0] ?? []).map(lower);
  const has = (...any: string[]) => any.some((name) => names.includes(name));
  if (has("artist") && has("track", "title", "name") && has("date", "uts", "utc_time", "timestamp"))
    return { names: names.map((name) => (known.includes(name) ? name : `other ${name}`)), titled: true };
  // The best known of these tools writes no names (https://github.com/benjaminbenben/lastfm-to-csv); what plays has no date.
  const untitled = firstLines.some((line) => line.length === 4 && momentOf(line[3]) !== undefined);
  return untitled ? { names: ["artist", "album", "track", "date"], titled: false } : undefined;
}

export const lastFm: Format = {
  name: "lastfm",
  claims: (row) =>
    isObject(row.recenttracks) ||
    ("artist" in row && ("track" in row || "name" in row) && ("date" in row || "uts" in row || "timestamp" in row)) ||
    ("artist" in row && "name" in row && "@attr" in row),
  rows,
  columns,
  read,
};
