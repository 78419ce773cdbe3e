import { hasFilter, parseQuery, type Query } from "./query.ts";
import { type Entry, type SearchType, type Shelf, stock } from "./shelves.ts";
import type { Catalogue } from "./types.ts";
import { indexWords } from "./words.ts";

export type { SearchType } from "./shelves.ts";

interface Found {
  /** Ids, best first. */
  readonly items: readonly string[];
  /** How many there are in all, also beyond this page. */
  readonly total: number;
}

export type SearchResult = Readonly<Record<`${SearchType}s`, Found>>;

export interface CatalogueSearch {
  /** Types that were not asked for come back empty. `limit` is held within 0-50, `offset` within 0-1000. */
  find(query: string, types: readonly SearchType[], page: { limit: number; offset: number }): SearchResult;
}

/** Words that say little: a query may hold them without the thing holding them. */
const LITTLE = new Set("a an and by from in of on the to with feat ft von und".split(" "));

const BOOST = { name: 3, by: 2.4, on: 0.4, also: 1 };

const NOTHING: Found = { items: [], total: 0 };

/** A search over the catalogue that ranks like one: full text, prefixes, small typing errors, and popularity. */
export function search(catalogue: Catalogue): CatalogueSearch {
  const shelves = stock(catalogue);
  return {
    find(text, types, page) {
      const query = parseQuery(text);
      const limit = clamp(page.limit, 50);
      const offset = clamp(page.offset, 1000);
      const look = (type: SearchType): Found => {
        if (!types.includes(type) || !applies(query, type)) return NOTHING;
        const ids = ranked(shelves[type], query);
        return { items: ids.slice(offset, offset + limit), total: ids.length };
      };
      return {
        tracks: look("track"),
        albums: look("album"),
        artists: look("artist"),
        playlists: look("playlist"),
        shows: look("show"),
        episodes: look("episode"),
      };
    },
  };
}

function clamp(value: number, max: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(Math.trunc(value), 0), max) : 0;
}

/** Which filters a type knows; a filter it does not know finds nothing of that type. */
function applies(query: Query, type: SearchType): boolean {
  if (type === "playlist" || type === "show" || type === "episode") return !hasFilter(query);
  if (type !== "track" && (query.isrc !== undefined || query.track.length > 0)) return false;
  if (type !== "album" && query.upc !== undefined) return false;
  if (type === "artist" && query.album.length > 0) return false;
  return !(type === "album" && query.genre.length > 0);
}

function admits(query: Query, entry: Entry): boolean {
  if (query.isrc !== undefined && entry.isrc !== query.isrc) return false;
  if (query.upc !== undefined && entry.upc !== query.upc) return false;
  if (query.years !== undefined && entry.year !== undefined) {
    if (!(entry.year >= query.years[0] && entry.year <= query.years[1])) return false;
  }
  return (
    holds(entry.artistWords, query.artist) &&
    holds(entry.albumWords, query.album) &&
    holds(entry.genreWords, query.genre) &&
    (query.track.length === 0 || holds(new Set(indexWords(`${entry.name} ${entry.also}`)), query.track))
  );
}

function holds(all: ReadonlySet<string>, wanted: readonly string[]): boolean {
  return wanted.every((word) => all.has(word));
}

function ranked(shelf: Shelf, query: Query): string[] {
  const ordered = query.words.length > 0 ? matches(shelf, query) : filtered(shelf, query);
  ordered.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  return ordered.map(({ id }) => id);
}

interface Scored {
  readonly id: string;
  readonly score: number;
}

function filtered(shelf: Shelf, query: Query): Scored[] {
  if (!hasFilter(query)) return [];
  const admitted = [...shelf.entries.values()].filter((entry) => admits(query, entry));
  return admitted.map(({ id, popularity }) => ({ id, score: popularity }));
}

function matches(shelf: Shelf, query: Query): Scored[] {
  const telling = query.words.filter((word) => !LITTLE.has(word));
  const needed = new Set(telling.length > 0 ? telling : query.words);
  // Of a longer query about a third may go unmatched: people add words that no title holds.
  const enough = needed.size < 3 ? needed.size : Math.ceil(needed.size * 0.65);
  const hits = shelf.index.search(query.words.join(" "), {
    boost: BOOST,
    prefix: (term, at, terms) => at === terms.length - 1 || term.length > 4,
    fuzzy: tolerance,
    weights: { fuzzy: 0.3, prefix: 0.5 },
  });
  const scored: Scored[] = [];
  for (const hit of hits) {
    const entry = shelf.entries.get(String(hit.id));
    const matched = hit.queryTerms.filter((term) => needed.has(term)).length;
    if (entry === undefined || matched < enough || !admits(query, entry)) continue;
    const coverage = (matched / needed.size) ** 3;
    scored.push({ id: entry.id, score: hit.score * coverage * fame(entry) * aptness(entry, query.words) });
  }
  return scored;
}

/** How many letters of a word may be wrong. None in a number: 1999 is not 1990. */
function tolerance(word: string): number | false {
  if (word.length < 4 || LITTLE.has(word) || /^\d+$/.test(word)) return false;
  return word.length < 7 ? 1 : 2;
}

/** Between two that match alike the better known one wins, and clearly. */
function fame(entry: Entry): number {
  return 0.15 + (entry.popularity / 100) ** 2;
}

/** A title that is just what was asked, or just that and its artist, is what was meant; so is all by an artist asked for by name. */
function aptness(entry: Entry, asked: readonly string[]): number {
  if (entry.artistNames.has(asked.join(" "))) return 3;
  const askedWords = new Set(asked);
  if (![...entry.main].every((word) => askedWords.has(word))) return 1;
  const rest = asked.filter((word) => !entry.main.has(word));
  return rest.every((word) => entry.artistWords.has(word) || LITTLE.has(word)) ? 2.5 : 1.3;
}
