import { type Choice, isSegueError, SegueError } from "../contracts/errors.ts";
import type { Episode, Lane, Playable, Playlist, Track } from "../contracts/music.ts";
import type { PlayWish } from "../contracts/player.ts";
import { type Deck, notOffered, within } from "./deck.ts";
import { MOST_ITEMS, playablesOf } from "./expand.ts";
import { changePlaylists } from "./items.ts";
import { currentItem, currentState } from "./reading.ts";
import type { Found } from "./resolve.ts";
import { rememberAct } from "./undo-memory.ts";
import { wished } from "./wished.ts";

export type What = PlayWish | "current" | "previous" | "next";
export type ItemsChange = { items: (Track | Episode)[]; changed: boolean };

const ITEMS_MS = 10 * 60_000;
/** A playlist no longer than one page is looked through before something is added twice; a longer one is not worth the calls. */
const PAGE = 50;
const MOST_FILL = 1_000;
const keyOf = (deck: Deck, uri: string) => `music.playlist_uris:${deck.key}:${uri}`;

/** The uris of a whole short playlist: kept, or read in one call; undefined when it is longer or may not be read. */
async function contentsOf(deck: Deck, uri: string, fresh = false): Promise<string[] | undefined> {
  const kept = fresh ? undefined : await deck.house.cache.get<string[]>(keyOf(deck, uri));
  if (kept) return kept;
  const known = deck.house.items.get(uri);
  if (known?.type === "playlist" && (known.trackCount ?? 0) > PAGE) return undefined;
  try {
    const page = await playlistItems(deck, uri, PAGE, 0);
    return page.total <= page.items.length ? page.items.map((item) => item.uri) : undefined;
  } catch (error) {
    // The contents of another's playlist are not told; that stops no one from filling a shared one.
    if (isSegueError(error, "Forbidden") || isSegueError(error, "NotFound")) return undefined;
    throw error;
  }
}

async function keepContents(deck: Deck, uri: string, uris: string[]): Promise<void> {
  await deck.house.cache.set(keyOf(deck, uri), uris, ITEMS_MS);
}

/** What is kept of lists whose names now mean others. */
export async function forgetContents(deck: Deck, uris: readonly string[]): Promise<void> {
  for (const uri of uris) await deck.house.cache.delete(keyOf(deck, uri));
}

export async function playlistItems(
  deck: Deck,
  uri: string,
  limit: number,
  offset: number,
  lane?: Lane,
): Promise<{ items: Playable[]; total: number }> {
  within("limit", limit, 1, MOST_ITEMS);
  within("offset", offset, 0, 100_000);
  const page = await deck.read((session) => {
    if (!session.playlists) throw notOffered();
    return session.playlists.items(uri, { ...deck.options("playlist", lane), limit, offset });
  });
  deck.house.items.remember(page.items);
  if (offset === 0 && page.items.length >= page.total) {
    await keepContents(
      deck,
      uri,
      page.items.map((item) => item.uri),
    );
  }
  return page;
}

/** The write, and what follows from it for what is kept. One call. */
export async function changeItems(deck: Deck, uri: string, items: Playable[], act: "add" | "remove"): Promise<void> {
  const uris = items.map((item) => item.uri);
  await deck.read(async (session) => {
    if (!session.playlists) throw notOffered();
    await session.playlists[act](uri, uris, deck.options(`playlist_${act}`));
  });
  const kept = await deck.house.cache.get<string[]>(keyOf(deck, uri));
  const gone = new Set(uris);
  if (kept) await keepContents(deck, uri, act === "add" ? [...kept, ...uris] : kept.filter((one) => !gone.has(one)));
  const by = act === "add" ? uris.length : -uris.length;
  await changePlaylists(deck, (list) =>
    list.map((playlist: Playlist) =>
      playlist.uri === uri && playlist.trackCount !== undefined
        ? { ...playlist, trackCount: Math.max(0, playlist.trackCount + by) }
        : playlist,
    ),
  );
}

async function previousItem(deck: Deck): Promise<Playable> {
  const current = await currentState(deck);
  const plays = await deck.read((session) => {
    if (!session.recentlyPlayed) throw notOffered();
    return session.recentlyPlayed({ ...deck.options("previous"), limit: 5 });
  });
  const before = plays.find(({ track }) => track.uri !== current?.item?.uri)?.track;
  if (!before) throw new SegueError("NotFound", { what: "previous" });
  return before;
}

async function nextItem(deck: Deck): Promise<Playable> {
  const shown = await deck.read(async (session) => {
    if (!session.queue) throw notOffered();
    return session.queue.show(deck.options("queue"));
  });
  const [item] = shown.next;
  if (!item) throw new SegueError("NotFound", { what: "next" });
  return item;
}

/** In a command about a playlist `uri` is the playlist, so a chosen song takes the place of its title. */
function aboutTrack(choice: Choice): Choice {
  return { ...choice, slots: { track: choice.slots.uri } };
}

async function found(deck: Deck, wish: PlayWish): Promise<Found> {
  try {
    return await wished(deck, wish, "tracks");
  } catch (error) {
    if (isSegueError(error, "Ambiguous") && error.details.what === "item") {
      throw new SegueError("Ambiguous", { what: "item", choices: error.details.choices.map(aboutTrack) });
    }
    if (!isSegueError(error, "NotFound") || !error.details.choices) throw error;
    throw new SegueError("NotFound", { ...error.details, choices: error.details.choices.map(aboutTrack) });
  }
}

async function itemsOf(deck: Deck, what: What): Promise<Playable[]> {
  if (what === "current") return [(await currentItem(deck)).item];
  if (what === "previous") return [await previousItem(deck)];
  if (what === "next") return [await nextItem(deck)];
  return playablesOf(deck, await found(deck, what));
}

/** What a change has not done yet, as far as the playlist can be seen. Raises Unconfirmed where adding again might double. */
async function stillOpen<T extends Playable>(
  deck: Deck,
  uri: string,
  items: T[],
  act: "add" | "remove",
  again: boolean,
): Promise<T[]> {
  const there = await contentsOf(deck, uri, again);
  if (again && act === "add" && !there) throw new SegueError("Unconfirmed", { action: "playlist.add" });
  const inside = new Set(there);
  return there ? items.filter((item) => inside.has(item.uri) === (act === "remove")) : items;
}

/** Takes a change of ours back. One call; a second run looks first. */
export async function changeBack(
  deck: Deck,
  uri: string,
  items: Playable[],
  act: "add" | "remove",
  again: boolean,
): Promise<void> {
  const open = again ? await stillOpen(deck, uri, items, act, true) : items;
  if (open.length > 0) await changeItems(deck, uri, open, act);
}

async function change(deck: Deck, uri: string, what: What, act: "add" | "remove"): Promise<ItemsChange> {
  const { value: items, again } = await deck.plan(`playlist.${act}`, async () => {
    const songs = await itemsOf(deck, what);
    if (songs.some((item) => item.type === "track" && item.local)) {
      throw new SegueError("Restricted", { reason: "content_unavailable" });
    }
    return songs;
  });
  const open = await stillOpen(deck, uri, items, act, again);
  if (open.length === 0) return { items, changed: false };
  try {
    await changeItems(deck, uri, open, act);
  } catch (error) {
    if (!isSegueError(error, "Unconfirmed") || !(await showsChange(deck, uri, open, act))) throw error;
  }
  const playlist = deck.house.items.get(uri);
  const name = playlist?.type === "playlist" ? playlist.name : "";
  await rememberAct(deck, { act: act === "add" ? "playlist_add" : "playlist_remove", uri, name, items: open });
  return { items, changed: true };
}

async function showsChange(deck: Deck, uri: string, items: Playable[], act: "add" | "remove"): Promise<boolean> {
  const there = await contentsOf(deck, uri, true);
  if (!there) return false;
  const inside = new Set(there);
  return items.every((item) => inside.has(item.uri) === (act === "add"));
}

export const playlistAdd = (deck: Deck, uri: string, what: What): Promise<ItemsChange> =>
  change(deck, uri, what, "add");
export const playlistRemove = (deck: Deck, uri: string, what: What): Promise<ItemsChange> =>
  change(deck, uri, what, "remove");

/** For a list made just now: no search and no look for what is there. One call per hundred. */
export async function playlistFill(deck: Deck, uri: string, items: string[]): Promise<void> {
  const uris = items.slice(0, MOST_FILL);
  const { again } = await deck.plan("playlist.fill", async () => uris.length);
  // A run that died had put in whole pages, or none.
  const done = again ? (await playlistItems(deck, uri, 1, 0)).total : 0;
  for (let from = done; from < uris.length; from += MOST_ITEMS) {
    const page = uris.slice(from, from + MOST_ITEMS);
    await deck.read(async (session) => {
      if (!session.playlists) throw notOffered();
      await session.playlists.add(uri, page, deck.options("playlist_add"));
    });
  }
  await keepContents(deck, uri, uris);
  await changePlaylists(deck, (list) =>
    list.map((playlist) => (playlist.uri === uri ? { ...playlist, trackCount: uris.length } : playlist)),
  );
}

export async function playlistReorder(deck: Deck, uri: string, from: number, to: number): Promise<void> {
  within("from", from, 1, 100_000);
  within("to", to, 1, 100_000);
  await deck.read(async (session) => {
    if (!session.playlists) throw notOffered();
    await session.playlists.reorder(uri, { from: from - 1, to: to - 1 }, deck.options("playlist_reorder"));
  });
  await deck.house.cache.delete(keyOf(deck, uri));
}
