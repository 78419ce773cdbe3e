import type { CatalogueAlbum, CatalogueTrack } from "../catalogue/index.ts";
import { parseLocalUri } from "../uris.ts";
import { identity, images, MARKETS, type View } from "./view.ts";

export type Rendered = Record<string, unknown>;

function simpleArtist(view: View, id: string): Rendered {
  return { ...identity(view, "artist", id), name: view.world.catalogue.artists.get(id)?.name ?? "" };
}

export function artist(view: View, id: string): Rendered {
  const { artists } = view.world.catalogue;
  const popularity = (seed: string) => 30 + (seed.charCodeAt(0) % 60);
  return {
    ...simpleArtist(view, id),
    genres: artists.get(id)?.genres ?? [],
    images: images(view, id),
    ...(view.extended ? { followers: { href: null, total: popularity(id) * 12_345 }, popularity: popularity(id) } : {}),
  };
}

export function simpleAlbum(view: View, album: CatalogueAlbum): Rendered {
  return {
    ...identity(view, "album", album.id),
    album_type: album.albumType,
    name: album.name,
    artists: album.artistIds.map((id) => simpleArtist(view, id)),
    images: images(view, album.id),
    release_date: album.releaseDate,
    release_date_precision: precisionOf(album.releaseDate),
    total_tracks: album.trackIds.length,
    ...(view.extended ? { available_markets: MARKETS } : {}),
  };
}

export function album(view: View, given: CatalogueAlbum, tracks: Rendered): Rendered {
  const first = view.world.catalogue.artists.get(given.artistIds[0] ?? "");
  return {
    ...simpleAlbum(view, given),
    tracks,
    copyrights: [{ text: `© ${given.releaseDate.slice(0, 4)} ${first?.name ?? ""}`.trim(), type: "C" }],
    external_ids: { upc: given.upc },
    genres: [],
    ...(view.extended ? { label: first?.name ?? "", popularity: 50 } : {}),
  };
}

export function discographyAlbum(view: View, given: CatalogueAlbum, artistId: string): Rendered {
  const group = given.artistIds.includes(artistId) ? given.albumType : "appears_on";
  return { ...simpleAlbum(view, given), ...(view.extended ? { album_group: group } : {}) };
}

/** A track inside its album's answer: no album, no ISRC. */
export function simpleTrack(view: View, given: CatalogueTrack): Rendered {
  return {
    ...identity(view, "track", given.id),
    name: given.name,
    artists: given.artistIds.map((id) => simpleArtist(view, id)),
    disc_number: given.discNumber,
    track_number: given.trackNumber,
    duration_ms: given.durationMs,
    explicit: given.explicit,
    is_local: false,
    is_playable: !view.world.unplayable.has(`spotify:track:${given.id}`),
    preview_url: null,
    ...(view.extended ? { available_markets: MARKETS } : {}),
  };
}

/** A track by its id. A relinked one comes under another id, and only extended apps are told from which. */
export function track(view: View, id: string): Rendered | undefined {
  const { catalogue, relinks } = view.world;
  const given = catalogue.tracks.get(relinks.get(id) ?? id);
  const on = given === undefined ? undefined : catalogue.albums.get(given.albumId);
  if (given === undefined || on === undefined) return undefined;
  const relinked = given.id !== id && view.extended ? { linked_from: identity(view, "track", id) } : {};
  return {
    ...simpleTrack(view, given),
    album: simpleAlbum(view, on),
    external_ids: { isrc: given.isrc },
    ...relinked,
    ...(view.extended ? { popularity: given.popularity } : {}),
  };
}

/** A file of the person's own: named by its tags, without id, address or art. */
export function localTrack(uri: string): Rendered | undefined {
  const file = parseLocalUri(uri);
  if (file === undefined) return undefined;
  const nobody = { external_urls: {}, href: null, id: null, uri: null };
  return {
    ...nobody,
    uri,
    type: "track",
    name: file.title,
    artists: file.artist === "" ? [] : [{ ...nobody, type: "artist", name: file.artist }],
    album: {
      ...nobody,
      type: "album",
      album_type: null,
      name: file.album,
      artists: [],
      images: [],
      release_date: null,
      release_date_precision: null,
      total_tracks: 0,
    },
    disc_number: 0,
    track_number: 0,
    duration_ms: file.durationMs,
    explicit: false,
    external_ids: {},
    is_local: true,
    is_playable: true,
    preview_url: null,
  };
}

function precisionOf(date: string): "year" | "month" | "day" {
  if (date.length === 4) return "year";
  return date.length === 7 ? "month" : "day";
}
