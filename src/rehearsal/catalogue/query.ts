import { words } from "./words.ts";

/**
 * The field filters of the service's search:
 * https://developer.spotify.com/documentation/web-api/reference/search
 */
export interface Query {
  /** Folded words outside of filters, at most `MAX_WORDS`. */
  readonly words: readonly string[];
  readonly artist: readonly string[];
  readonly track: readonly string[];
  readonly album: readonly string[];
  readonly genre: readonly string[];
  readonly isrc: string | undefined;
  readonly upc: string | undefined;
  /** From and to, both included. NaN where the filter held no year: nothing was released then. */
  readonly years: readonly [number, number] | undefined;
}

/** The service refuses longer queries; the rehearsal's server decides that, here the rest is not read. */
const MAX_LENGTH = 250;
const MAX_WORDS = 12;
const MAX_WORD_LENGTH = 40;

const FILTER = /(?<![\p{L}\p{N}])(artist|track|album|genre|year|isrc|upc):(?:"([^"]*)"|(\S+))/giu;

export function parseQuery(text: string): Query {
  const values = new Map<string, string>();
  const rest = text.slice(0, MAX_LENGTH).replace(FILTER, (_whole, field: string, quoted?: string, bare?: string) => {
    values.set(field.toLowerCase(), quoted ?? bare ?? "");
    return " ";
  });
  const many = (field: string): string[] => bounded(words(values.get(field) ?? ""));
  const code = (field: string): string | undefined => values.get(field)?.replaceAll("-", "").toUpperCase();
  return {
    words: bounded(words(rest)),
    artist: many("artist"),
    track: many("track"),
    album: many("album"),
    genre: many("genre"),
    isrc: code("isrc"),
    upc: code("upc"),
    years: years(values.get("year")),
  };
}

function bounded(list: string[]): string[] {
  return list.slice(0, MAX_WORDS).map((word) => word.slice(0, MAX_WORD_LENGTH));
}

function years(value: string | undefined): [number, number] | undefined {
  if (value === undefined) return undefined;
  const match = /^"?(\d{4})(?:-(\d{4}))?"?$/.exec(value.trim());
  if (match === null) return [Number.NaN, Number.NaN];
  return [Number(match[1]), Number(match[2] ?? match[1])];
}

export function hasFilter(query: Query): boolean {
  const { artist, track, album, genre, isrc, upc, years: range } = query;
  const listed = artist.length + track.length + album.length + genre.length > 0;
  return listed || isrc !== undefined || upc !== undefined || range !== undefined;
}
