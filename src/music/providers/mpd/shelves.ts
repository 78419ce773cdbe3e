import { fold } from "../../../contracts/fold.ts";
import type { Years } from "../../../contracts/music.ts";
import type { Song } from "./songs.ts";
import { createVocabulary, type Vocabulary } from "./vocabulary.ts";
import { createWordIndexBuilder, type WordIndex } from "./words.ts";

/** The whole library as it was when it was read: songs, what they make up, and the words that lead to them. */
export type Shelves = {
  readonly songs: readonly Song[];
  song(file: string): Song | undefined;
  album(artist: string, album: string): AlbumShelf | undefined;
  /** Songs in the order of their albums; empty for somebody who is not there. */
  artist(name: string): Song[];
  genre(words: string): Song[];
  searchSongs(query: string, limit: number, years?: Years): Song[];
  searchAlbums(query: string, limit: number, years?: Years): AlbumShelf[];
  /** Of one name in several spellings, the one that most songs have. */
  searchArtists(query: string, limit: number): string[];
  /** One song for each picture there may be: of every album the first, and those on no album. */
  covers(): Iterable<Song>;
};

/** `songs` in the order of the album. */
export type AlbumShelf = { artist: string; album: string; songs: readonly Song[]; year: number | undefined };

const keyOf = (artist: string, album: string) => `${artist}\n${album}`;

export type ShelvesBuilder = { readonly size: number; add(song: Song): void; finish(): Shelves };

export function createShelvesBuilder(): ShelvesBuilder {
  const strings = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  const one = (text: string): string => {
    const known = strings.get(text);
    if (known === undefined) strings.set(text, text);
    return known ?? text;
  };
  const list = (texts: readonly string[]): readonly string[] => {
    const key = texts.join("\n");
    const known = lists.get(key);
    if (known) return known;
    const own = texts.map(one);
    lists.set(key, own);
    return own;
  };
  const songs: Song[] = [];
  const byFile = new Map<string, number>();
  const albums = new Map<string, number[]>();
  const artists = new Map<string, number[]>();
  const vocabulary = createVocabulary();
  const words = createWordIndexBuilder(vocabulary);

  const put = (shelf: Map<string, number[]>, key: string, index: number) => {
    const there = shelf.get(key);
    if (there) there.push(index);
    else shelf.set(key, [index]);
  };

  return {
    get size() {
      return songs.length;
    },
    add(raw) {
      // A page that moved under the reading brings a song twice.
      if (byFile.has(raw.file)) return;
      const index = songs.length;
      const song: Song = {
        ...raw,
        artists: list(raw.artists),
        genres: list(raw.genres),
        albumArtist: one(raw.albumArtist),
        album: one(raw.album),
      };
      songs.push(song);
      byFile.set(song.file, index);
      if (song.album !== "") put(albums, keyOf(song.albumArtist, song.album), index);
      for (const artist of new Set([...song.artists, song.albumArtist])) if (artist !== "") put(artists, artist, index);
      words.add(index, [song.title, song.artists.join(" "), `${song.album} ${song.albumArtist}`]);
    },
    finish: () => createShelves({ songs, byFile, albums, artists, vocabulary, songWords: words.finish() }),
  };
}

function createShelves(parts: {
  songs: Song[];
  byFile: ReadonlyMap<string, number>;
  albums: ReadonlyMap<string, number[]>;
  artists: ReadonlyMap<string, number[]>;
  vocabulary: Vocabulary;
  songWords: WordIndex;
}): Shelves {
  const { songs, byFile, albums, artists, vocabulary, songWords } = parts;
  const at = (indexes: readonly number[]) => indexes.flatMap((index) => songs[index] ?? []);
  const shelfOf = (indexes: readonly number[]): AlbumShelf | undefined => {
    const all = at(indexes).sort(inAlbum);
    const [first] = all;
    return first && { artist: first.albumArtist, album: first.album, songs: all, year: yearOf(all) };
  };
  const albumLists = [...albums.values()];
  const albumWords = createWordIndexBuilder(vocabulary);
  for (const [index, list] of albumLists.entries()) {
    const first = songs[list[0] ?? -1];
    albumWords.add(index, [first?.album ?? "", first?.albumArtist ?? "", ""]);
  }
  const albumIndex = albumWords.finish();
  const spellings = new Map<string, string>();
  for (const [name, own] of artists) {
    const same = spellings.get(fold(name));
    if (same === undefined || own.length > (artists.get(same)?.length ?? 0)) spellings.set(fold(name), name);
  }
  const artistNames = [...spellings.values()];
  const artistWords = createWordIndexBuilder(vocabulary);
  for (const [index, name] of artistNames.entries()) artistWords.add(index, [name, "", ""]);
  const artistIndex = artistWords.finish();
  vocabulary.close();
  const within = (year: number | undefined, years: Years | undefined) =>
    years === undefined || (year !== undefined && year >= years.from && year <= years.to);

  return {
    songs,
    song: (file) => songs[byFile.get(file) ?? -1],
    album: (artist, album) => shelfOf(albums.get(keyOf(artist, album)) ?? []),
    artist: (name) => at(artists.get(name) ?? []).sort(byAlbum),
    genre(text) {
      const asked = fold(text);
      const known = new Map<readonly string[], boolean>();
      const isOf = (song: Song) => {
        const before = known.get(song.genres);
        if (before !== undefined) return before;
        const found = song.genres.some((genre) => genre.split(/[;/,]/).some((each) => fold(each) === asked));
        known.set(song.genres, found);
        return found;
      };
      return asked === "" ? [] : songs.filter(isOf);
    },
    searchSongs: (query, limit, years) =>
      at(songWords.search(query, limit, years && ((index) => within(songs[index]?.year, years)))),
    searchAlbums: (query, limit, years) =>
      albumIndex
        .search(query, limit, years && ((index) => within(yearOf(at(albumLists[index] ?? [])), years)))
        .flatMap((index) => shelfOf(albumLists[index] ?? []) ?? []),
    searchArtists: (query, limit) => artistIndex.search(query, limit).flatMap((index) => artistNames[index] ?? []),
    *covers() {
      for (const list of albumLists) {
        const [first] = at(list).sort(inAlbum);
        if (first) yield first;
      }
      for (const song of songs) if (song.album === "") yield song;
    },
  };
}

const inAlbum = (a: Song, b: Song): number => a.disc - b.disc || a.track - b.track || compare(a.file, b.file);
const byAlbum = (a: Song, b: Song): number =>
  (a.year ?? 9999) - (b.year ?? 9999) || compare(a.album, b.album) || inAlbum(a, b);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function yearOf(songs: readonly Song[]): number | undefined {
  return songs.reduce<number | undefined>(
    (least, { year }) => (year !== undefined && (least === undefined || year < least) ? year : least),
    undefined,
  );
}
