import { LRUCache } from "lru-cache";
import type { Clock } from "../contracts/clock.ts";
import { fold } from "../contracts/fold.ts";
import type { Item, ItemType, Lane, PlayerState, Playlist, SearchHits, Track, Years } from "../contracts/music.ts";
import type { Deck } from "./deck.ts";
import { surface } from "./ranking/fold.ts";
import { hitLists } from "./ranking/rank.ts";

/** Things seen lately, so that a chosen hit or a playing track is never looked up again. In memory only, per provider uri. */
export interface ItemMemory {
  get(uri: string): Item | undefined;
  /** `playerKey` is whose player met them. */
  remember(items: Iterable<Item>, playerKey?: string): void;
  /** What that player met lately, newest first. */
  seenBy(playerKey: string): Item[];
}

/** Terms of services ask that catalogue data is kept only for a while. */
const SEEN_MS = 60 * 60_000;
const SEEN = 20_000;
/** Players, and things of each, of which is known that they met. */
const PLAYERS = 1_000;
const EACH = 300;

export function createItemMemory(clock: Clock): ItemMemory {
  const seen = new LRUCache<string, { item: Item; at: number }>({ max: SEEN });
  const byPlayer = new LRUCache<string, LRUCache<string, true>>({ max: PLAYERS });
  const get = (uri: string) => {
    const found = seen.get(uri);
    return found && clock.now() - found.at <= SEEN_MS ? found.item : undefined;
  };
  const met = (playerKey: string) => {
    // By `max` it would take the room of all of them at once, some 8 KB for each player.
    const known = byPlayer.get(playerKey) ?? new LRUCache<string, true>({ maxSize: EACH, sizeCalculation: () => 1 });
    byPlayer.set(playerKey, known);
    return known;
  };
  return {
    get,
    remember(items, playerKey) {
      const at = clock.now();
      for (const item of items) {
        seen.set(item.uri, { item, at });
        if (playerKey !== undefined) met(playerKey).set(item.uri, true);
      }
    },
    seenBy(playerKey) {
      return [...(byPlayer.get(playerKey)?.keys() ?? [])].map(get).filter((item) => item !== undefined);
    },
  };
}

export function rememberState(memory: ItemMemory, state: PlayerState | undefined): void {
  if (state?.item) memory.remember([state.item]);
}

/** Same words, same answer: a search is paid once an hour. */
const SEARCH_MS = 60 * 60_000;
/** What a shared player holds may be changed by anybody, and asking it again costs nothing. */
const SHARED_MS = 30_000;
const keptFor = (deck: Deck, ms: number) => (deck.shared ? SHARED_MS : ms);
/** Most that a service may be asked for per kind in one call. */
const PER_KIND = 10;

const searchKey = (deck: Deck, query: string, types: readonly ItemType[], years?: Years) =>
  `music.search:${deck.key}:${[...types].sort().join(",")}:${years ? `${years.from}-${years.to}` : ""}:${fold(query)}`;

/** The answer to a search of the last hour; never a call. */
export async function cachedSearch(
  deck: Deck,
  words: string,
  types: readonly ItemType[],
): Promise<SearchHits | undefined> {
  return deck.house.cache.get<SearchHits>(searchKey(deck, surface(words), types));
}

/** One search call, or none when the same was asked within the hour. Kept per player: results differ by country and owner. */
export async function searchCatalogue(
  deck: Deck,
  words: string,
  types: readonly ItemType[],
  how: { years?: Years; lane?: Lane; reason?: string } = {},
): Promise<SearchHits> {
  const { years, lane, reason = "search" } = how;
  const query = surface(words);
  const { cache, items } = deck.house;
  const key = searchKey(deck, query, types, years);
  const cached = await cache.get<SearchHits>(key);
  if (cached) {
    items.remember(hitLists(cached).flat(), deck.key);
    return cached;
  }
  const options = { ...deck.options(reason, lane), limit: PER_KIND, ...(years ? { years } : {}) };
  const hits = await deck.read((session) => session.search(query, types, options));
  items.remember(hitLists(hits).flat(), deck.key);
  await cache.set(key, hits, keptFor(deck, SEARCH_MS));
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
  if (!cached) await cache.set(key, tracks, keptFor(deck, SEARCH_MS));
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
  await deck.house.cache.set(listKey(deck), list, keptFor(deck, LIST_MS));
}

/** Changes the kept list where there is one; a list never read stays unread. */
export async function changePlaylists(deck: Deck, change: (list: Playlist[]) => Playlist[]): Promise<void> {
  const list = await deck.house.cache.get<Playlist[]>(listKey(deck));
  if (list) await keepPlaylists(deck, change(list));
}
