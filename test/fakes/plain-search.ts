import { distance } from "fastest-levenshtein";
import type { Item, ItemType, SearchHits } from "../../src/contracts/music.ts";
import type { Catalogue } from "./scripted-session.ts";

/** Finds what holds every word, a letter more or less allowed, in the order of the catalogue. */
export function plainSearch(catalogue: Catalogue) {
  const plain = (text: string) =>
    text
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim();
  const textOf = (item: Item): string => {
    const name = "title" in item ? item.title : item.name;
    const by = "artists" in item ? item.artists.map((artist) => artist.name).join(" ") : "";
    const on =
      item.type === "track" ? (item.album?.name ?? "") : item.type === "episode" ? (item.show?.name ?? "") : "";
    return plain(`${name} ${by} ${on}`);
  };
  return (query: string, types: readonly ItemType[], limit: number): SearchHits => {
    const words = plain(query)
      .split(" ")
      .filter((word) => word !== "by");
    const pick = <T extends Item>(type: ItemType, list: T[]): T[] => {
      if (!types.includes(type)) return [];
      const hits = list.filter((item) => {
        const text = textOf(item).split(" ");
        return words.every((word) =>
          text.some((other) => other === word || (word.length > 4 && distance(word, other) < 2)),
        );
      });
      return hits.slice(0, limit);
    };
    return {
      tracks: pick("track", catalogue.tracks),
      albums: pick("album", catalogue.albums),
      artists: pick("artist", catalogue.artists),
      playlists: pick("playlist", catalogue.playlists),
      shows: pick("show", catalogue.shows),
      episodes: pick("episode", catalogue.episodes),
      audiobooks: [],
    };
  };
}
