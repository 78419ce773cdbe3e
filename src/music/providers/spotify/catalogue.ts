import { SegueError } from "../../../contracts/errors.ts";
import type { CallOptions, Item, ItemType, MusicSession } from "../../../contracts/music.ts";
import type { Call } from "./http.ts";
import { bounded, collect } from "./pages.ts";
import { episodeSchema, parseItem, trackSchema } from "./parse.ts";
import { parseAlbumTracks, parsePage, parseSearch, withAlbum } from "./parse-lists.ts";
import type { RouteName } from "./routes.ts";
import { toldAsUnserved } from "./unserved.ts";
import { demandUri } from "./uris.ts";

/** Of each kind in one answer; 400 "Invalid limit" beyond it in Development Mode. */
const MAX_HITS = 10;
const MAX_QUERY = 250;
const PAGE = 50;
/** An album's tracks beyond this are box sets; each further page is a call. */
const MAX_ALBUM_TRACKS = 200;

/** A playlist's own fields without its contents, which can be a hundred tracks that nobody asked for. */
const PLAYLIST_FIELDS =
  "uri,name,public,collaborative,owner,images,snapshot_id,external_urls,items(total),tracks(total)";

/** Who the listener is to the platform: as far as it is known, and whatever it costs. */
export type Listener = { known(): string | undefined; find(): Promise<string | undefined> };

export function createCatalogue(
  call: Call,
  listener: Listener,
): Required<Pick<MusicSession, "search" | "genreTracks" | "lookup" | "albumTracks" | "showEpisodes">> {
  return {
    /** One call for all kinds. The filter works for tracks, albums and artists. */
    async search(query, types, options = {}) {
      const { limit, years, ...rest } = options;
      const filter = years === undefined ? "" : ` year:${years.from}-${years.to}`;
      const words = cleanQuery(query, MAX_QUERY - filter.length);
      if (words === "") throw new SegueError("InvalidInput", { field: "query", why: "empty" });
      if (types.length === 0) return parseSearch({});
      const raw = await call("search", {
        query: { q: words + filter, type: [...new Set(types)].join(","), limit: bounded(limit, MAX_HITS, MAX_HITS) },
        options: rest,
      });
      return parseSearch(raw, listener.known());
    },
    /** The filter is for artists and tracks only: https://developer.spotify.com/documentation/web-api/reference/search */
    async genreTracks(genre, options) {
      const words = cleanQuery(genre.replaceAll('"', " "), MAX_QUERY - 8);
      if (words === "") return [];
      const query = { q: `genre:"${words}"`, type: "track", limit: MAX_HITS };
      return parseSearch(await call("search", { query, options })).tracks;
    },
    lookup: (uri, options) => lookupWith(call, uri, { options, listener }),
    async albumTracks(uri, options) {
      const { id } = demandUri(uri, ["album"]);
      // The album brings its first tracks along: most albums are one call, and the tracks get name and art from it.
      const { album, page } = parseAlbumTracks(await call("album", { id, options }));
      const rest = page.more
        ? await collect(
            { limit: MAX_ALBUM_TRACKS - page.read, offset: page.read, pageSize: PAGE },
            async (limit, offset) =>
              parsePage(
                trackSchema,
                await call("albumTracks", { id, query: { limit, offset }, options }),
                "album tracks",
              ),
          )
        : { items: [] };
      return [...page.items, ...rest.items].map((track) => withAlbum(track, album));
    },
    async showEpisodes(uri, options = {}) {
      const { limit, ...rest } = options;
      const { id } = demandUri(uri, ["show"]);
      const raw = await call("showEpisodes", { id, query: { limit: bounded(limit, 20, PAGE) }, options: rest });
      return parsePage(episodeSchema, raw, "episodes").items;
    },
  };
}

const routeOf = {
  track: "track",
  album: "album",
  artist: "artist",
  playlist: "playlist",
  show: "show",
  episode: "episode",
  audiobook: "audiobook",
} as const satisfies Record<ItemType, RouteName>;

/** `market` for callers without a country of their own: shows, episodes and audiobooks do not exist outside a market. */
export async function lookupWith(
  call: Call,
  uri: string,
  { options, listener, market }: { options?: CallOptions | undefined; listener?: Listener; market?: string },
): Promise<Item> {
  const named = demandUri(uri);
  const { type, id } = named;
  const needsMarket = market !== undefined && (type === "show" || type === "episode" || type === "audiobook");
  const query = { ...(type === "playlist" ? { fields: PLAYLIST_FIELDS } : {}), ...(needsMarket ? { market } : {}) };
  const input = { id, ...(Object.keys(query).length > 0 ? { query } : {}), options };
  const raw = await call(routeOf[type], input).catch((error: unknown) => {
    throw toldAsUnserved(named, error);
  });
  return parseItem(type, raw, type === "playlist" ? await listener?.find() : undefined);
}

/** Control characters and invisible direction marks mean nothing to a search, and more than 250 characters are refused. */
function cleanQuery(query: string, longest: number): string {
  const visible = query.slice(0, 4 * longest).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
  return [...visible.replace(/\s+/g, " ").trim()].slice(0, longest).join("").trim();
}
