import { SegueError } from "../../../contracts/errors.ts";
import type { MusicSession } from "../../../contracts/music.ts";
import type { Listener } from "./catalogue.ts";
import type { Call } from "./http.ts";
import { bounded, collect, pieces } from "./pages.ts";
import { ownedBy, playableSchema, playlistSchema } from "./parse.ts";
import { parsePage, rowSchema } from "./parse-lists.ts";
import { demandUri, isLocal } from "./uris.ts";

const PAGE = 50;
/** Ten calls at most: a person with more has their first 500. */
const MAX_PLAYLISTS = 500;
const MAX_ITEMS = 500;
/** Items in one call. https://developer.spotify.com/documentation/web-api/reference/add-items-to-playlist */
const MAX_EDIT = 100;
const MAX_NAME = 100;

const itemRow = rowSchema(playableSchema);

/** Contents only of one's own and collaborative playlists since February 2026; others tell their name and no more. */
export function createPlaylists(call: Call, listener: Listener): NonNullable<MusicSession["playlists"]> {
  const idOf = (uri: string) => demandUri(uri, ["playlist"]).id;

  return {
    async list(options) {
      const self = await listener.find();
      const { items } = await collect({ limit: MAX_PLAYLISTS, pageSize: PAGE }, async (limit, offset) =>
        parsePage(playlistSchema, await call("playlists", { query: { limit, offset }, options }), "playlists"),
      );
      return items.map((found) => ownedBy(self, found));
    },
    async create({ name, public: isPublic, description }, options) {
      const json = {
        name: demandName(name),
        public: isPublic,
        ...(description === undefined ? {} : { description: oneLine(description).slice(0, 300) }),
      };
      const found = playlistSchema.safeParse(await call("createPlaylist", { json, options }));
      // It was made, but under which name nobody can tell: making another would be worse than saying so.
      if (!found.success) throw new SegueError("Unconfirmed", { action: "playlist.create" }, { cause: found.error });
      return { ...found.data.playlist, own: true };
    },
    async rename(uri, name, options) {
      await call("renamePlaylist", { id: idOf(uri), json: { name: demandName(name) }, options });
      return { uri };
    },
    // Following, and deleting, which is unfollowing one's own, are entries of the library.
    async follow(uri, options) {
      await call("follow", { query: { uris: demandUri(uri, ["playlist"]).uri }, options });
    },
    async unfollow(uri, options) {
      await call("unfollow", { query: { uris: demandUri(uri, ["playlist"]).uri }, options });
    },
    async items(uri, options = {}) {
      const { limit, offset, ...rest } = options;
      const id = idOf(uri);
      return collect({ limit: bounded(limit, PAGE, MAX_ITEMS), offset, pageSize: PAGE }, async (count, from) => {
        const query = { limit: count, offset: from, additional_types: "track,episode" };
        return parsePage(itemRow, await call("playlistItems", { id, query, options: rest }), "playlist items");
      });
    },
    async add(uri, items, options = {}) {
      const { position, ...rest } = options;
      const id = idOf(uri);
      let at = position;
      for (const uris of chunks(items.map(addable), MAX_EDIT)) {
        await call("addToPlaylist", {
          id,
          json: { uris, ...(at === undefined ? {} : { position: at }) },
          options: rest,
        });
        if (at !== undefined) at += uris.length;
      }
    },
    async remove(uri, items, options) {
      const id = idOf(uri);
      for (const piece of pieces(items.map(removable), MAX_EDIT))
        await call("removeFromPlaylist", { id, json: { items: piece.map((each) => ({ uri: each })) }, options });
    },
    async reorder(uri, { from, to, length = 1 }, options) {
      for (const [field, value] of Object.entries({ from, to, length }))
        if (!Number.isInteger(value) || value < (field === "length" ? 1 : 0))
          throw new SegueError("InvalidInput", { field, why: "range", given: String(value), min: 0 });
      if (from === to) return;
      // The platform counts the place before which to insert while the moved items are still where they were.
      const json = { range_start: from, range_length: length, insert_before: to > from ? to + length : to };
      await call("reorderPlaylist", { id: idOf(uri), json, options });
    },
  };
}

function addable(uri: string): string {
  if (isLocal(uri)) throw new SegueError("Restricted", { reason: "content_unavailable" });
  return demandUri(uri, ["track", "episode"]).uri;
}

function removable(uri: string): string {
  return isLocal(uri) ? uri : addable(uri);
}

/** The same item may be added twice on purpose, so nothing is made unique here. */
function chunks<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, n) => values.slice(n * size, (n + 1) * size));
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

function demandName(name: string): string {
  const clean = [...oneLine(name)].slice(0, MAX_NAME).join("").trim();
  if (clean === "") throw new SegueError("InvalidInput", { field: "name", why: "empty" });
  return clean;
}
