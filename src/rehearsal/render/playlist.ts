import { type Playlist, type PlaylistItem, snapshotOf } from "../playlists.ts";
import { parseUri } from "../uris.ts";
import { localTrack, type Rendered, track } from "./music.ts";
import { episode } from "./spoken.ts";
import { apiUrl, identity, images, type View } from "./view.ts";

/** A track, episode or local file by its uri; null for one that is no longer there. */
export function playable(view: View, uri: string): Rendered | null {
  const parsed = parseUri(uri);
  if (parsed?.kind === "track") return track(view, parsed.id) ?? null;
  if (parsed?.kind === "episode") return episode(view, parsed.id, undefined) ?? null;
  return localTrack(uri) ?? null;
}

export function playlistItem(view: View, item: PlaylistItem): Rendered {
  const rendered = playable(view, item.uri);
  return {
    added_at: isoSeconds(item.addedAt),
    added_by: identity(view, "user", item.addedBy),
    is_local: item.uri.startsWith("spotify:local:"),
    primary_color: null,
    item: rendered,
    ...(showsOldNames(view) ? { track: rendered } : {}),
  };
}

export function simplePlaylist(view: View, playlist: Playlist): Rendered {
  const contents = { href: apiUrl(view, `/playlists/${playlist.id}/items`), total: playlist.items.length };
  return { ...head(view, playlist), items: contents, ...(showsOldNames(view) ? { tracks: contents } : {}) };
}

/** The whole playlist; `contents` only for those who may read them, others get the metadata alone. */
export function playlist(view: View, given: Playlist, contents: Rendered | undefined): Rendered {
  return {
    ...head(view, given),
    followers: { href: null, total: followersOf(view, given) },
    ...(contents === undefined ? {} : { items: contents, ...(showsOldNames(view) ? { tracks: contents } : {}) }),
  };
}

export function playlistImages(
  view: View,
  given: Playlist,
): { url: string; height: number | null; width: number | null }[] {
  if (given.picture !== null) return [{ url: `${view.world.url}/image/${given.id}`, height: null, width: null }];
  return given.items.length === 0 ? [] : images(view, given.id);
}

function head(view: View, given: Playlist): Rendered {
  const owner = view.world.people.get(given.ownerId);
  return {
    ...identity(view, "playlist", given.id),
    collaborative: given.collaborative,
    description: given.description,
    images: playlistImages(view, given),
    name: given.name,
    owner: { ...identity(view, "user", given.ownerId), display_name: owner?.name ?? given.ownerId },
    primary_color: null,
    public: given.public,
    snapshot_id: snapshotOf(given),
  };
}

/** March 2026: at least one client still saw `tracks` and `track` beside the new names. Extended apps always do. */
function showsOldNames(view: View): boolean {
  return view.extended || view.world.settings.playlists.shape === "both";
}

function followersOf(view: View, given: Playlist): number {
  return [...view.world.people.values()].filter((person) => person.library.get("playlist")?.has(given.id)).length;
}

/** Without fractions of a second, as added_at is given. */
export function isoSeconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
