import { SegueError } from "../../../contracts/errors.ts";
import type { Album, Artist, Item, MusicSession, Playlist, Track } from "../../../contracts/music.ts";
import { coded, type Daemon } from "./daemon.ts";
import type { Lists } from "./lists.ts";
import type { AlbumShelf } from "./shelves.ts";
import { named, type Song, trackOf } from "./songs.ts";
import { albumUri, artistUri, demandUri } from "./uris.ts";
import { createWordIndexBuilder } from "./words.ts";

type Catalogue = Required<Pick<MusicSession, "search" | "genreTracks" | "lookup" | "albumTracks">>;

const DEFAULT_LIMIT = 10;
const MOST = 50;
const GENRE_SONGS = 200;

/** Everything but the names of stored lists is answered from memory: a search costs the daemon next to nothing. */
export function createCatalogue(daemon: Daemon, lists: Pick<Lists, "names" | "one">): Catalogue {
  const { library, pictureOf } = daemon;
  const tracks = (songs: readonly Song[]): Track[] => songs.map((song) => trackOf(song, pictureOf));
  const art = (song: Song | undefined) => {
    const url = song && pictureOf(song);
    return url === undefined ? [] : [{ url }];
  };
  const albumOf = ({ artist, album, songs, year }: AlbumShelf): Album => ({
    type: "album",
    uri: albumUri(artist, album),
    title: album,
    artists: artist === "" ? [] : [named(artist)],
    trackCount: songs.length,
    ...(year === undefined ? {} : { releaseYear: year }),
    art: art(songs[0]),
  });
  const artistOf = (name: string): Artist => ({ type: "artist", uri: artistUri(name), name, art: [] });

  return {
    search: (query, types, options) =>
      coded("track", async () => {
        if (query.trim() === "") throw new SegueError("InvalidInput", { field: "query", why: "empty" });
        const limit = Math.max(0, Math.min(MOST, Math.trunc(options?.limit ?? DEFAULT_LIMIT) || 0));
        const shelves = await library.shelves(options);
        const years = options?.years;
        // Asked for first: the daemon answers while the rest is found here.
        const named = types.includes("playlist") ? lists.names(options) : undefined;
        named?.catch(() => undefined);
        return {
          tracks: types.includes("track") ? tracks(shelves.searchSongs(query, limit, years)) : [],
          albums: types.includes("album") ? shelves.searchAlbums(query, limit, years).map(albumOf) : [],
          artists: types.includes("artist") ? shelves.searchArtists(query, limit).map(artistOf) : [],
          playlists: named ? searchLists(await named, query, limit) : [],
          shows: [],
          episodes: [],
          audiobooks: [],
          unordered: true,
        };
      }),
    genreTracks: (genre, options) =>
      coded("track", async () => tracks(mixed((await library.shelves(options)).genre(genre)))),
    lookup: (text, options) => {
      return coded("item", async (): Promise<Item> => {
        const uri = demandUri(text, ["track", "album", "artist", "playlist"]);
        const gone = () => new SegueError("NotFound", { what: uri.type });
        if (uri.type === "playlist") return lists.one(text, options);
        const shelves = await library.shelves(options);
        if (uri.type === "track") {
          const song = shelves.song(uri.file);
          if (!song) throw gone();
          return trackOf(song, pictureOf);
        }
        if (uri.type === "album") {
          const album = shelves.album(uri.artist, uri.album);
          if (!album) throw gone();
          return albumOf(album);
        }
        if (shelves.artist(uri.name).length === 0) throw gone();
        return artistOf(uri.name);
      });
    },
    albumTracks: (text, options) =>
      coded("album", async () => {
        const { artist, album } = demandUri(text, ["album"]);
        const found = (await library.shelves(options)).album(artist, album);
        if (!found) throw new SegueError("NotFound", { what: "album" });
        return tracks(found.songs);
      }),
  };
}

function searchLists(lists: readonly Playlist[], query: string, limit: number): Playlist[] {
  const words = createWordIndexBuilder();
  for (const [index, { name }] of lists.entries()) words.add(index, [name, "", ""]);
  return words
    .finish()
    .search(query, limit)
    .flatMap((index) => lists[index] ?? []);
}

/** Nobody counts plays here. So that a genre is not one album after another, its artists take turns. */
function mixed(songs: readonly Song[]): Song[] {
  const byArtist = new Map<string, Song[]>();
  for (const song of songs) {
    const own = byArtist.get(song.albumArtist);
    if (own) own.push(song);
    else byArtist.set(song.albumArtist, [song]);
  }
  const turns: Song[] = [];
  const all = [...byArtist.values()];
  for (let turn = 0; turns.length < Math.min(GENRE_SONGS, songs.length); turn++)
    for (const own of all) {
      const song = own[turn];
      if (song && turns.length < GENRE_SONGS) turns.push(song);
    }
  return turns;
}
