import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildMusic, buildPlaylists, buildShows } from "./build.ts";
import { parseArtists, parseSections, parseTracks, type TrackLine } from "./parse.ts";
import type { Catalogue } from "./types.ts";

export { coverSvg } from "./cover.ts";
export { type CatalogueSearch, type SearchType, search } from "./search.ts";
export type {
  Catalogue,
  CatalogueAlbum,
  CatalogueEpisode,
  CatalogueShow,
  CatalogueTrack,
} from "./types.ts";

const DATA = fileURLToPath(new URL("./data/", import.meta.url));
const NOT_TRACKS = new Set(["artists.txt", "shows.txt", "playlists.txt"]);

/** Reads the data files (format: parse.ts). The same files give the same ids, codes and lengths every time. */
export function loadCatalogue(): Catalogue {
  const read = (file: string): string => readFileSync(DATA + file, "utf8");
  const lines: TrackLine[] = [];
  for (const file of readdirSync(DATA).sort()) {
    if (!NOT_TRACKS.has(file)) lines.push(...parseTracks(file, read(file)));
  }
  const music = buildMusic(lines, parseArtists("artists.txt", read("artists.txt")));
  return {
    ...music,
    ...buildShows(parseSections("shows.txt", read("shows.txt"))),
    playlists: buildPlaylists(parseSections("playlists.txt", read("playlists.txt")), music),
  };
}
