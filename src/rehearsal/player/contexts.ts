import { AUDIOBOOKS } from "../audiobooks.ts";
import { parseUri } from "../uris.ts";
import type { World } from "../world.ts";
import type { Context } from "./state.ts";

/** What a context plays, in its own order; undefined where it does not exist or cannot be a context. */
export function openContext(world: World, uri: string): { context: Context; list: string[] } | undefined {
  const parsed = parseUri(uri);
  if (parsed === undefined) return undefined;
  const { catalogue } = world;
  const as = (type: Context["type"], list: string[] | undefined) =>
    list === undefined ? undefined : { context: { uri, type }, list };
  switch (parsed.kind) {
    case "album":
      return as("album", catalogue.albums.get(parsed.id)?.trackIds.map(trackUri));
    case "artist":
      return as("artist", catalogue.artists.has(parsed.id) ? topTracks(world, parsed.id).map(trackUri) : undefined);
    case "playlist":
      return as(
        "playlist",
        world.playlists.get(parsed.id)?.items.map((item) => item.uri),
      );
    case "show": {
      const chapters = AUDIOBOOKS.get(parsed.id)?.chapters.map((chapter) => chapter.id);
      return as(
        "show",
        (chapters ?? catalogue.shows.get(parsed.id)?.episodeIds)?.map((id) => `spotify:episode:${id}`),
      );
    }
    default:
      return undefined;
  }
}

/** An artist's tracks, best known first. */
export function topTracks(world: World, artistId: string): string[] {
  return [...world.catalogue.tracks.values()]
    .filter((track) => track.artistIds.includes(artistId))
    .sort((a, b) => b.popularity - a.popularity || a.name.localeCompare(b.name, "en"))
    .map((track) => track.id);
}

function trackUri(id: string): string {
  return `spotify:track:${id}`;
}
