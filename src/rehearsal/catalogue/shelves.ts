import MiniSearch from "minisearch";
import type { Catalogue } from "./types.ts";
import { indexWords, mainWords, words } from "./words.ts";

export type SearchType = "track" | "album" | "artist" | "playlist" | "show" | "episode";

/** One thing that can be found, with what the filters and the ranking look at. */
export interface Entry {
  readonly id: string;
  readonly name: string;
  readonly by: string;
  readonly on: string;
  /** Other spellings; for an artist and an album also the titles it holds. */
  readonly also: string;
  readonly popularity: number;
  /** The words of the title without version and guests. */
  readonly main: ReadonlySet<string>;
  /** The artists' names, each as its folded words in one string. */
  readonly artistNames: ReadonlySet<string>;
  readonly artistWords: ReadonlySet<string>;
  readonly albumWords: ReadonlySet<string>;
  readonly genreWords: ReadonlySet<string>;
  readonly year: number | undefined;
  readonly isrc?: string;
  readonly upc?: string;
}

export interface Shelf {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly index: MiniSearch<Entry>;
}

const NONE: ReadonlySet<string> = new Set();

function shelf(entries: Entry[]): Shelf {
  const index = new MiniSearch<Entry>({
    fields: ["name", "by", "on", "also"],
    tokenize: (text) => indexWords(text),
    processTerm: (term) => term,
    // Queries come in already as words: taken apart in the same way, but without the joined forms.
    searchOptions: { tokenize: (text) => text.split(" "), maxFuzzy: 2 },
  });
  index.addAll(entries);
  return { entries: new Map(entries.map((entry) => [entry.id, entry])), index };
}

function entryOf(id: string, name: string, popularity: number, more: Partial<Entry> = {}): Entry {
  return {
    id,
    name,
    by: "",
    on: "",
    also: "",
    popularity,
    main: new Set(mainWords(name)),
    artistNames: NONE,
    artistWords: NONE,
    albumWords: NONE,
    genreWords: NONE,
    year: undefined,
    ...more,
  };
}

/** One full-text index for each type. */
export function stock(catalogue: Catalogue): Readonly<Record<SearchType, Shelf>> {
  const known = new Map<string, { text: string; names: string[]; words: string[]; genres: string[] }>();
  for (const artist of catalogue.artists.values()) {
    const text = [artist.name, ...artist.aliases].join(" ");
    const names = [artist.name, ...artist.aliases].map((name) => words(name).join(" "));
    known.set(artist.id, { text, names, words: indexWords(text), genres: indexWords(artist.genres.join(" ")) });
  }
  const creditsOf = (ids: readonly string[]) => {
    const credited = ids.flatMap((id) => known.get(id) ?? []);
    return {
      by: credited.map(({ text }) => text).join(" "),
      artistNames: new Set(credited.flatMap(({ names }) => names)),
      artistWords: new Set(credited.flatMap((artist) => artist.words)),
      genreWords: new Set(credited.flatMap(({ genres }) => genres)),
    };
  };

  /** By artist and album: how well known the best known track is, and the titles. */
  const fame = new Map<string, { popularity: number; titles: string[] }>();
  const fameOf = (id: string) => {
    const found = fame.get(id) ?? { popularity: 0, titles: [] };
    fame.set(id, found);
    return found;
  };

  const tracks: Entry[] = [];
  for (const track of catalogue.tracks.values()) {
    const album = catalogue.albums.get(track.albumId);
    const on = album?.name ?? "";
    const more = {
      ...creditsOf(track.artistIds),
      on,
      also: track.alias ?? "",
      albumWords: new Set(indexWords(on)),
      year: Number(album?.releaseDate.slice(0, 4)),
      isrc: track.isrc,
    };
    tracks.push(entryOf(track.id, track.name, track.popularity, more));
    for (const id of [...track.artistIds, track.albumId]) {
      const found = fameOf(id);
      found.popularity = Math.max(found.popularity, track.popularity);
      found.titles.push(track.name);
    }
  }
  const albums = [...catalogue.albums.values()].map((album) => {
    const { popularity, titles } = fameOf(album.id);
    return entryOf(album.id, album.name, popularity, {
      ...creditsOf(album.artistIds),
      also: titles.join(" "),
      albumWords: new Set(indexWords(album.name)),
      year: Number(album.releaseDate.slice(0, 4)),
      upc: album.upc,
    });
  });
  const artists = [...catalogue.artists.values()].map((artist) => {
    const { popularity, titles } = fameOf(artist.id);
    const more = { ...creditsOf([artist.id]), by: artist.aliases.join(" "), also: titles.join(" ") };
    return entryOf(artist.id, artist.name, popularity, more);
  });
  const playlists = [...catalogue.playlists.values()]
    .filter((playlist) => playlist.public)
    .map((list) => entryOf(list.id, list.name, list.ownedByService ? 80 : 40, { also: list.description }));
  const shows = [...catalogue.shows.values()].map((show) => entryOf(show.id, show.name, 50, { by: show.publisher }));
  const episodes = [...catalogue.episodes.values()].map((episode) =>
    entryOf(episode.id, episode.name, 30, { on: catalogue.shows.get(episode.showId)?.name ?? "" }),
  );
  return {
    track: shelf(tracks),
    album: shelf(albums),
    artist: shelf(artists),
    playlist: shelf(playlists),
    show: shelf(shows),
    episode: shelf(episodes),
  };
}
