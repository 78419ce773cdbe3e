import { LRUCache } from "lru-cache";
import type { Clock } from "../contracts/clock.ts";
import type { Item, ItemType, Lane, PlayerState, Playlist, SearchHits, Track, Years } from "../contracts/music.ts";
import type { Deck } from "./deck.ts";
import { fold, surface } from "./ranking/fold.ts";
import { hitLists } from "./ranking/rank.ts";

/** Things seen lately, so that a chosen hit or a playing track is never looked up again. In memory only, per provider uri. */
export interface ItemMemory {
  get(uri: string): Item | undefined;
  remember(items: Iterable<Item>): void;
}

/** Terms of services ask that catalogue data is kept only for a while. */
const SEEN_MS = 60 * 60_000;
const SEEN = 20_000;

export function createItemMemory(clock: Clock): ItemMemory {
  const seen = new LRUCache<string, { item: Item; at: number }>({ max: SEEN });
  return {
    get(uri) {
      const found = seen.get(uri);
      return found && clock.now() - found.at <= SEEN_MS ? found.item : undefined;
    },
    remember(items) {
      const at = clock.now();
      for (const item of items) seen.set(item.uri, { item, at });
    },
  };
}

export function rememberState(memory: ItemMemory, state: PlayerState | undefined): void {
  if (state?.item) memory.remember([state.item]);
}

/** Same words, same answer: a search is paid once an hour. */
const SEARCH_MS = 60 * 60_000;
/** Most that a service may be asked for per kind in one call. */
const PER_KIND = 10;

/** One search call, or none when the same was asked within the hour. Kept per player: results differ by country and owner. */
export async function searchCatalogue(
  deck: Deck,
  words: string,
  types: readonly ItemType[],
  years?: Years,
): Promise<SearchHits> {
  const query = surface(words);
  const { cache, items } = deck.house;
  const key = `music.search:${deck.key}:${[...types].sort().join(",")}:${years ? `${years.from}-${years.to}` : ""}:${fold(query)}`;
  const cached = await cache.get<SearchHits>(key);
  if (cached) {
    items.remember(hitLists(cached).flat());
    return cached;
  }
  const options = { ...deck.options("search"), limit: PER_KIND, ...(years ? { years } : {}) };
  const hits = await deck.read((session) => session.search(query, types, options));
  items.remember(hitLists(hits).flat());
  await cache.set(key, hits, SEARCH_MS);
  return hits;
}

/** Songs of a genre, where the provider knows any: one call an hour. */
export async function genreTracks(deck: Deck, genre: string): Promise<Track[]> {
  if (!deck.offered?.genreTracks) return [];
  const words = surface(genre);
  const { cache, items } = deck.house;
  const key = `music.genre:${deck.key}:${fold(words)}`;
  const cached = await cache.get<Track[]>(key);
  const tracks =
    cached ?? (await deck.read(async (session) => session.genreTracks?.(words, deck.options("genre")) ?? []));
  items.remember(tracks);
  if (!cached) await cache.set(key, tracks, SEARCH_MS);
  return tracks;
}

const LIST_MS = 10 * 60_000;
const listKey = (deck: Deck) => `music.playlists:${deck.key}`;

/** The listener's playlists: one reading in ten minutes, kept up by our own writes. */
export async function playlistsOf(
  deck: Deck,
  options: { cachedOnly?: boolean; fresh?: boolean; lane?: Lane } = {},
): Promise<Playlist[]> {
  const cached = options.fresh ? undefined : await deck.house.cache.get<Playlist[]>(listKey(deck));
  if (cached || options.cachedOnly) return cached ?? [];
  const list = await deck.read(
    async (session) => session.playlists?.list(deck.options("playlists", options.lane)) ?? [],
  );
  await keepPlaylists(deck, list);
  return list;
}

async function keepPlaylists(deck: Deck, list: Playlist[]): Promise<void> {
  deck.house.items.remember(list);
  await deck.house.cache.set(listKey(deck), list, LIST_MS);
}

/** Changes the kept list where there is one; a list never read stays unread. */
export async function changePlaylists(deck: Deck, change: (list: Playlist[]) => Playlist[]): Promise<void> {
  const list = await deck.house.cache.get<Playlist[]>(listKey(deck));
  if (list) await keepPlaylists(deck, change(list));
}
