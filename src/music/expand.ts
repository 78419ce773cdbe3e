import { SegueError } from "../contracts/errors.ts";
import type { Playable } from "../contracts/music.ts";
import { type Deck, notOffered } from "./deck.ts";
import { searchCatalogue } from "./items.ts";
import { albumTracks } from "./lookup.ts";
import { usualTypes } from "./ranking/asks.ts";
import { episodeOf, type Found, isBy } from "./resolve.ts";

/** Most that one wish puts into a queue or a playlist. */
export const MOST_ITEMS = 100;
const PAGE = 50;

async function playlistItems(deck: Deck, uri: string): Promise<Playable[]> {
  const items: Playable[] = [];
  while (items.length < MOST_ITEMS) {
    const offset = items.length;
    const page = await deck.read((session) => {
      if (!session.playlists) throw notOffered();
      return session.playlists.items(uri, { ...deck.options("playlist"), limit: PAGE, offset });
    });
    items.push(...page.items);
    if (page.items.length === 0 || items.length >= page.total) break;
  }
  deck.house.items.remember(items);
  return items;
}

/** The tracks behind a thing, for places that hold only tracks. No call for a track; one for an album; one per 50 of a playlist. */
export async function playablesOf(
  deck: Deck,
  { chosen, tracks }: Pick<Found, "chosen" | "tracks">,
): Promise<Playable[]> {
  const all = tracks ?? (await insideOf(deck, chosen));
  const fit = all.filter((item) => item.type === "episode" || item.local !== true).slice(0, MOST_ITEMS);
  if (fit.length === 0) throw new SegueError("Restricted", { reason: "content_unavailable" });
  return fit;
}

async function insideOf(deck: Deck, chosen: Found["chosen"]): Promise<Playable[]> {
  switch (chosen.type) {
    case "track":
    case "episode":
      return [chosen];
    case "album":
      return albumTracks(deck, chosen.uri);
    case "playlist":
      return playlistItems(deck, chosen.uri);
    case "artist": {
      // No service lists an artist's best to a program any more; a search for the name does, and is mostly paid for already.
      const { tracks } = await searchCatalogue(deck, chosen.name, usualTypes);
      return tracks.filter((track) => isBy(track, chosen));
    }
    case "show":
      return [await episodeOf(deck, chosen.uri, "")];
    case "audiobook":
      throw notOffered();
  }
}
