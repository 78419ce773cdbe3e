import { SegueError } from "../contracts/errors.ts";
import type { Item, Track } from "../contracts/music.ts";
import { type Deck, notOffered } from "./deck.ts";
import { lookup } from "./lookup.ts";
import { currentItem } from "./reading.ts";
import { rememberAct } from "./undo-memory.ts";

const LIKED_MS = 30 * 60_000;
const TOP_MS = 60 * 60_000;
export const likedSongsKey = (deck: Deck): string => `music.liked_songs:${deck.key}`;
const likedKey = (deck: Deck, uri: string) => `music.liked:${deck.key}:${uri}`;

/** Whether a thing is liked, as our own acts and earlier answers tell it; never a call. */
export async function liked(deck: Deck, uri: string): Promise<boolean | undefined> {
  return deck.house.cache.get<boolean>(likedKey(deck, uri));
}

/** One page of what is liked. One call. */
export async function likedSongs(
  deck: Deck,
  limit: number,
  offset: number,
): Promise<{ items: Track[]; total: number }> {
  const { tracks, total } = await deck.read((session) => {
    if (!session.library) throw notOffered();
    return session.library.likedTracks({ ...deck.options("liked", "metadata"), limit, offset });
  });
  deck.house.items.remember(tracks);
  return { items: tracks, total };
}

/** The write itself. One call; none when it is known to be so already. */
export async function setLiked(deck: Deck, item: Item, on: boolean): Promise<boolean> {
  if (item.type === "track" && item.local) throw new SegueError("Restricted", { reason: "content_unavailable" });
  if ((await liked(deck, item.uri)) === on) return false;
  await deck.read(async (session) => {
    if (!session.library) throw notOffered();
    const options = deck.options(on ? "like" : "unlike");
    // Saying it twice changes nothing, so a lost answer is simply asked again by the HTTP layer.
    await (on ? session.library.save([item.uri], options) : session.library.remove([item.uri], options));
  });
  await deck.house.cache.set(likedKey(deck, item.uri), on, LIKED_MS);
  await deck.house.cache.delete(likedSongsKey(deck));
  deck.house.events.emit({ type: "view.changed", kind: "now-playing", key: deck.key });
  await rememberAct(deck, { act: on ? "like" : "unlike", item });
  return true;
}

/** What plays, or the thing named. What plays is kept for a second run: by then another track may be on. */
export async function like(
  deck: Deck,
  uri: string | undefined,
  on: boolean,
): Promise<{ item: Item; changed: boolean }> {
  if (deck.offered && !deck.offered.library) throw notOffered();
  const { value: item } = await deck.plan<Item>(on ? "like" : "unlike", async () =>
    uri === undefined ? (await currentItem(deck)).item : lookup(deck, uri),
  );
  return { item, changed: await setLiked(deck, item, on) };
}

export async function topTracks(
  deck: Deck,
  range: "month" | "half_year" | "year",
  limit: number,
): Promise<Track[] | undefined> {
  const library = deck.session().library;
  if (!library?.topTracks) return undefined;
  const key = `music.top:${deck.key}:${range}:${limit}`;
  const cached = await deck.house.cache.get<Track[]>(key);
  if (cached) return cached;
  const tracks = await library.topTracks({ ...deck.options("top", "metadata"), range, limit });
  deck.house.items.remember(tracks);
  await deck.house.cache.set(key, tracks, TOP_MS);
  return tracks;
}
