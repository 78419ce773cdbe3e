import { SegueError } from "../../../contracts/errors.ts";
import type { CallOptions, MusicSession } from "../../../contracts/music.ts";
import type { Call } from "./http.ts";
import { bounded, collect, pieces } from "./pages.ts";
import { trackSchema } from "./parse.ts";
import { parseBooleans, parsePage, rowSchema } from "./parse-lists.ts";
import { demandUri, isLocal } from "./uris.ts";

/** Uris in one call, in the query. https://developer.spotify.com/documentation/web-api/reference/save-library-items */
const MAX_URIS = 40;
const PAGE = 50;
const MAX_LIKED = 500;

const ranges = { month: "short_term", half_year: "medium_term", year: "long_term" } as const;
const likedRow = rowSchema(trackSchema);

/** The one library that replaced all the old ones in February 2026; it keeps tracks, albums, shows and playlists alike. */
export function createLibrary(call: Call): Required<NonNullable<MusicSession["library"]>> {
  /** Saving and removing twice ends the same, so a failure between two pieces loses nothing that a second try does not do. */
  const write = async (name: "save" | "unsave", uris: string[], options?: CallOptions): Promise<void> => {
    for (const piece of pieces(uris.map(savable), MAX_URIS))
      await call(name, { query: { uris: piece.join(",") }, options });
  };

  return {
    async contains(uris, options) {
      const saved = new Map<string, boolean>();
      const asked = uris.filter((uri) => !isLocal(uri)).map((uri) => demandUri(uri).uri);
      for (const piece of pieces(asked, MAX_URIS)) {
        const answers = parseBooleans(
          await call("contains", { query: { uris: piece.join(",") }, options }),
          piece.length,
        );
        for (const [n, uri] of piece.entries()) saved.set(uri, answers[n] ?? false);
      }
      // The listener's own files are not in it and cannot be asked for.
      return uris.map((uri) => !isLocal(uri) && (saved.get(demandUri(uri).uri) ?? false));
    },
    save: (uris, options) => write("save", uris, options),
    remove: (uris, options) => write("unsave", uris, options),
    async likedTracks(options = {}) {
      const { limit, offset, ...rest } = options;
      const { items, total } = await collect(
        { limit: bounded(limit, PAGE, MAX_LIKED), offset, pageSize: PAGE },
        async (count, from) =>
          parsePage(
            likedRow,
            await call("likedTracks", { query: { limit: count, offset: from }, options: rest }),
            "liked",
          ),
      );
      return { tracks: items, total };
    },
    async topTracks(options) {
      const { limit, range = "half_year", ...rest } = options ?? {};
      const raw = await call("topTracks", {
        query: { time_range: ranges[range], limit: bounded(limit, 20, PAGE) },
        options: rest,
      });
      return parsePage(trackSchema, raw, "top tracks").items;
    },
  };
}

function savable(uri: string): string {
  if (isLocal(uri)) throw new SegueError("Restricted", { reason: "content_unavailable" });
  return demandUri(uri, ["track", "album", "episode", "show", "audiobook", "playlist"]).uri;
}
