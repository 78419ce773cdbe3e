import type {
  Album,
  Artist,
  Episode,
  ItemType,
  Playlist,
  SearchHits,
  Show,
  Track,
} from "../../../src/contracts/music.ts";
import { type Catalogue as Facts, loadCatalogue, search } from "../../../src/rehearsal/catalogue/index.ts";
import type { Catalogue } from "../../fakes/scripted-session.ts";

/** The rehearsal's catalogue and its search, as a provider would hand them over. */
export function createRehearsalShelf(): {
  catalogue: Catalogue;
  find: (query: string, types: readonly ItemType[], limit: number) => SearchHits;
} {
  const facts = loadCatalogue();
  const index = search(facts);
  const catalogue: Catalogue = {
    tracks: [...facts.tracks.keys()].map((id) => trackOf(facts, id)),
    albums: [...facts.albums.keys()].map((id) => albumOf(facts, id)),
    artists: [...facts.artists.keys()].map((id) => artistOf(facts, id)),
    playlists: [...facts.playlists.values()].map(
      (list): Playlist => ({
        type: "playlist",
        uri: `scripted:playlist:${list.id}`,
        name: list.name,
        own: false,
        art: [],
      }),
    ),
    shows: [...facts.shows.values()].map(
      (show): Show => ({
        type: "show",
        uri: `scripted:show:${show.id}`,
        title: show.name,
        publisher: show.publisher,
        art: [],
      }),
    ),
    episodes: [...facts.episodes.values()].map((episode): Episode => {
      const show = facts.shows.get(episode.showId);
      return {
        type: "episode",
        uri: `scripted:episode:${episode.id}`,
        title: episode.name,
        ...(show ? { show: { name: show.name, uri: `scripted:show:${show.id}` } } : {}),
        durationMs: episode.durationMs,
        art: [],
      };
    }),
  };
  const byUri = new Map(
    Object.values(catalogue).flatMap((list: { uri: string }[]) => list.map((item) => [item.uri, item])),
  );
  const all = <T>(type: ItemType, ids: readonly string[]): T[] =>
    ids.map((id) => byUri.get(`scripted:${type}:${id}`) as T);
  return {
    catalogue,
    find(query, types, limit) {
      const served = types.filter((type) => type !== "audiobook");
      const found = index.find(query, served, { limit: Math.min(10, limit), offset: 0 });
      return {
        tracks: all<Track>("track", found.tracks.items),
        albums: all<Album>("album", found.albums.items),
        artists: all<Artist>("artist", found.artists.items),
        playlists: all<Playlist>("playlist", found.playlists.items),
        shows: all<Show>("show", found.shows.items),
        episodes: all<Episode>("episode", found.episodes.items),
        audiobooks: [],
      };
    },
  };
}

const named = (facts: Facts, ids: readonly string[]) =>
  ids.map((id) => ({ name: facts.artists.get(id)?.name ?? "", uri: `scripted:artist:${id}` }));

function artistOf(facts: Facts, id: string): Artist {
  return { type: "artist", uri: `scripted:artist:${id}`, name: facts.artists.get(id)?.name ?? "", art: [] };
}

function albumOf(facts: Facts, id: string): Album {
  const album = facts.albums.get(id);
  return {
    type: "album",
    uri: `scripted:album:${id}`,
    title: album?.name ?? "",
    artists: named(facts, album?.artistIds ?? []),
    kind: album?.albumType ?? "album",
    releaseYear: Number(album?.releaseDate.slice(0, 4)),
    art: [],
  };
}

function trackOf(facts: Facts, id: string): Track {
  const track = facts.tracks.get(id);
  const album = facts.albums.get(track?.albumId ?? "");
  return {
    type: "track",
    uri: `scripted:track:${id}`,
    title: track?.name ?? "",
    artists: named(facts, track?.artistIds ?? []),
    album: {
      name: album?.name ?? "",
      uri: `scripted:album:${album?.id}`,
      releaseYear: Number(album?.releaseDate.slice(0, 4)),
    },
    durationMs: track?.durationMs ?? 0,
    isrc: track?.isrc ?? "",
    art: [],
  };
}
