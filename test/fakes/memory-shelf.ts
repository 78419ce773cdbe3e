import { SegueError } from "../../src/contracts/errors.ts";
import type {
  Album,
  Artist,
  Item,
  ItemType,
  MusicSession,
  Playlist,
  SearchHits,
  Track,
} from "../../src/contracts/music.ts";

/** What the player in memory has to play: three records, and ways to find things among them. */

export type MemoryAlbum = {
  name: string;
  artist: string;
  year: number;
  tracks: { title: string; durationMs: number }[];
};

export const memoryShelf: readonly MemoryAlbum[] = [
  {
    name: "Harbour Lights",
    artist: "The Tidewrights",
    year: 1994,
    tracks: [
      { title: "Low Water", durationMs: 181_000 },
      { title: "Stop the Ferry", durationMs: 203_000 },
      { title: "Lamp Oil", durationMs: 154_000 },
      { title: "Play It Out", durationMs: 239_000 },
    ],
  },
  {
    name: "Nocturnes for No One",
    artist: "Irène Vasseur",
    year: 2011,
    tracks: [
      { title: "Première lueur", durationMs: 265_000 },
      { title: "1999", durationMs: 198_000 },
      { title: "By and By", durationMs: 222_000 },
    ],
  },
  {
    name: "Lone Single",
    artist: "The Tidewrights",
    year: 2020,
    tracks: [{ title: "Low Water (Live)", durationMs: 320_000 }],
  },
];

const ID = /^memory:(track|album|artist|playlist):([\w-]{1,80})$/;

export type Shelf = {
  tracks: Map<string, Track>;
  albums: Map<string, Album & { tracks: string[] }>;
  artists: Map<string, Artist>;
  playlists: Map<string, Playlist & { items: string[] }>;
};

/** A list that is loaded, and where it begins. */
export type Loaded = { context?: { uri: string; type: ItemType }; list: string[]; first: number };

export function fillShelf(albums: readonly MemoryAlbum[]): Shelf {
  const shelf: Shelf = { tracks: new Map(), albums: new Map(), artists: new Map(), playlists: new Map() };
  for (const [a, { name, artist, year, tracks }] of albums.entries()) {
    const artistUri = `memory:artist:${slug(artist)}`;
    const albumUri = `memory:album:${slug(name)}`;
    const artists = [{ name: artist, uri: artistUri }];
    shelf.artists.set(artistUri, { type: "artist", uri: artistUri, name: artist, art: [] });
    const uris = tracks.map(({ title, durationMs }, t) => {
      const uri = `memory:track:${a}-${t}-${slug(title)}`;
      const album = { name, uri: albumUri, releaseYear: year };
      shelf.tracks.set(uri, {
        type: "track",
        uri,
        title,
        artists,
        album,
        durationMs,
        url: `https://memory.example/track/${uri.slice(13)}`,
        art: [],
      });
      return uri;
    });
    shelf.albums.set(albumUri, {
      type: "album",
      uri: albumUri,
      title: name,
      artists,
      kind: tracks.length > 1 ? "album" : "single",
      releaseYear: year,
      trackCount: tracks.length,
      art: [],
      tracks: uris,
    });
  }
  return shelf;
}

function slug(text: string): string {
  return text
    .normalize("NFD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-");
}

export function search(shelf: Shelf, query: string, types: readonly ItemType[], limit: number): SearchHits {
  const words = slug(query).split("-").filter(Boolean);
  const fits = (...texts: string[]) =>
    words.length > 0 && words.every((word) => texts.some((text) => slug(text).split("-").includes(word)));
  const pick = <T>(type: ItemType, items: Iterable<T>, texts: (item: T) => string[]) =>
    types.includes(type) ? [...items].filter((item) => fits(...texts(item))).slice(0, limit) : [];
  const names = (items: { name: string }[]) => items.map((item) => item.name);
  return {
    tracks: pick("track", shelf.tracks.values(), (track) => [track.title, ...names(track.artists)]),
    albums: pick("album", shelf.albums.values(), (album) => [album.title, ...names(album.artists)]).map(plainAlbum),
    artists: pick("artist", shelf.artists.values(), (artist) => [artist.name]),
    playlists: [],
    shows: [],
    episodes: [],
    audiobooks: [],
  };
}

function plainAlbum({ tracks: _, ...album }: Album & { tracks: string[] }): Album {
  return album;
}

export function plainPlaylist({ items, ...playlist }: Playlist & { items: string[] }): Playlist {
  return { ...playlist, trackCount: items.length };
}

export function itemOf(shelf: Shelf, uri: string): Item {
  const type = ID.exec(uri)?.[1];
  if (type === undefined)
    throw new SegueError("InvalidInput", { field: "uri", why: "format", given: uri.slice(0, 100) });
  const album = shelf.albums.get(uri);
  const list = shelf.playlists.get(uri);
  const found =
    shelf.tracks.get(uri) ?? (album && plainAlbum(album)) ?? shelf.artists.get(uri) ?? (list && plainPlaylist(list));
  if (found === undefined) throw new SegueError("NotFound", { what: type });
  return found;
}

export function trackOf(shelf: Shelf, uri: string): Track {
  const item = itemOf(shelf, uri);
  if (item.type !== "track")
    throw new SegueError("InvalidInput", { field: "uri", why: "format", given: uri.slice(0, 100) });
  return item;
}

export function listOf(shelf: Shelf, target: Parameters<MusicSession["play"]>[0]): Loaded {
  if ("uris" in target) return { list: target.uris.map((uri) => trackOf(shelf, uri).uri), first: 0 };
  const item = itemOf(shelf, target.context);
  const list =
    item.type === "album"
      ? (shelf.albums.get(item.uri)?.tracks ?? [])
      : item.type === "playlist"
        ? (shelf.playlists.get(item.uri)?.items ?? [])
        : [...shelf.tracks.values()]
            .filter((track) => track.artists.some((artist) => artist.uri === item.uri))
            .map((track) => track.uri);
  const { from } = target;
  const first = from === undefined ? 0 : "uri" in from ? list.indexOf(from.uri) : from.position;
  if (list[first] === undefined) throw new SegueError("NotFound", { what: "track" });
  return { context: { uri: item.uri, type: item.type }, list: [...list], first };
}
