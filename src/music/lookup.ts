import { SegueError } from "../contracts/errors.ts";
import type { Item, Lane, Track } from "../contracts/music.ts";
import type { SlotValues } from "../contracts/vocabulary.ts";
import { type Deck, notOffered } from "./deck.ts";

/** A thing by uri: from what was seen lately, else one call. People without an account can look up where the provider lets an app. */
export async function lookup(deck: Deck, given: string, lane?: Lane): Promise<Item> {
  const { items } = deck.house;
  const uri = deck.provider.recognise(given)?.uri ?? given;
  const seen = items.get(uri);
  if (seen) {
    items.remember([seen], deck.key);
    return seen;
  }
  const item = await read(deck, uri, lane);
  items.remember([item], deck.key);
  return item;
}

async function read(deck: Deck, uri: string, lane: Lane | undefined): Promise<Item> {
  const { provider } = deck;
  if (!deck.offered && provider.publicLookup) return provider.publicLookup(uri, deck.options("lookup", lane));
  return deck.read((session) => {
    if (!session.lookup) throw notOffered();
    return session.lookup(uri, deck.options("lookup", lane));
  });
}

/** The link or uri that a wish carries, as the provider names it. A uri may also stand where a title does: a choice made in a picker. */
export function linkIn(deck: Deck, given: string | undefined, slots: SlotValues): string | undefined {
  const named = slots.track === undefined ? undefined : deck.provider.recognise(slots.track);
  if (named && named.start === 0 && named.end === slots.track?.length) return named.uri;
  const text = given ?? slots.uri ?? slots.url;
  if (!text) return undefined;
  const found = deck.provider.recognise(text);
  if (found) return found.uri;
  const why = deck.provider.unreadable?.(text)?.why ?? "unknown_link";
  throw new SegueError("InvalidInput", { field: "url", why, given: text });
}

/** An album's tracks in order. One call an hour. */
export async function albumTracks(deck: Deck, uri: string): Promise<Track[]> {
  const key = `music.album:${deck.key}:${uri}`;
  const cached = await deck.house.cache.get<Track[]>(key);
  if (cached) return cached;
  const tracks = await deck.read((session) => {
    if (!session.albumTracks) throw notOffered();
    return session.albumTracks(uri, deck.options("album"));
  });
  deck.house.items.remember(tracks);
  await deck.house.cache.set(key, tracks, 60 * 60_000);
  return tracks;
}
