import { z } from "zod";
import { empty, type Reply, refuse } from "../http/exchange.ts";
import { savedIds } from "../people.ts";
import { topTracks } from "../player/contexts.ts";
import { simpleAlbum, track } from "../render/music.ts";
import { publicUser } from "../render/person.ts";
import { simplePlaylist } from "../render/playlist.ts";
import { episode, simpleShow } from "../render/spoken.ts";
import { MARKETS } from "../render/view.ts";
import { isId } from "../uris.ts";
import { type Call, listener, ok, param, type Route } from "./call.ts";
import { albumById, artistById, audiobookById, chapterById } from "./catalogue.ts";
import { commaList, jsonBody, notFound, page, pathId, rawJson } from "./input.ts";
import { exists, holds, type LibraryKind } from "./library.ts";
import { paged } from "./paging.ts";
import { addItems, arrangeItems, readItems, removeUris } from "./playlist-items.ts";
import { createPlaylist, playlistOf, playlistsOf } from "./playlists.ts";
import { resumeOf } from "./resume.ts";

/** What Development Mode lost in February 2026 and Extended Quota still has. */
export const withdrawnRoutes: readonly Route[] = [
  several("tracks", 50, (call, id) => track(call.view, id)),
  several("albums", 20, albumById),
  several("artists", 50, artistById),
  several("episodes", 50, (call, id) => episode(call.view, id, resumeOf(call, id))),
  several("shows", 50, (call, id) => {
    const show = call.world.catalogue.shows.get(id);
    return show === undefined ? undefined : simpleShow(call.view, show);
  }),
  several("audiobooks", 50, audiobookById),
  several("chapters", 50, chapterById),
  old("GET", "/artists/{id}/top-tracks", [], (call) => {
    if (artistById(call, pathId(call)) === undefined) throw notFound();
    return ok({
      tracks: topTracks(call.world, pathId(call))
        .slice(0, 10)
        .map((id) => track(call.view, id)),
    });
  }),
  old("GET", "/browse/new-releases", [], (call) => {
    const newest = [...call.world.catalogue.albums.values()]
      .sort((a, b) => b.releaseDate.localeCompare(a.releaseDate))
      .slice(0, 100);
    return ok({ albums: paged(call, newest, page(call), (each) => simpleAlbum(call.view, each)) });
  }),
  old("GET", "/browse/categories", [], (call) => ok({ categories: paged(call, [], page(call), () => null) })),
  old("GET", "/browse/categories/{category_id}", [], () => {
    throw notFound();
  }),
  old("GET", "/markets", [], () => ok({ markets: MARKETS })),
  old("GET", "/users/{user_id}", [], (call) => {
    const person = call.world.people.get(param(call, "user_id"));
    if (person === undefined) throw notFound();
    return ok(publicUser(call.view, person));
  }),
  old("GET", "/users/{user_id}/playlists", ["playlist-read-private"], (call) => {
    const userId = param(call, "user_id");
    const all = playlistsOf(call, userId).filter((each) => each.public || userId === call.person?.id);
    return ok(paged(call, all, page(call), (each) => simplePlaylist(call.view, each)));
  }),
  old("GET", "/playlists/{playlist_id}/tracks", [], readItems),
  old("POST", "/playlists/{playlist_id}/tracks", [], addItems),
  old("PUT", "/playlists/{playlist_id}/tracks", [], arrangeItems),
  old("DELETE", "/playlists/{playlist_id}/tracks", [], (call) => {
    const body = jsonBody(
      call,
      z.object({ tracks: z.array(z.object({ uri: z.string() })), snapshot_id: z.string().optional() }),
    );
    return removeUris(call, body.tracks, body.snapshot_id);
  }),
  ...ownShelf("/me/tracks", "track"),
  ...ownShelf("/me/albums", "album"),
  ...ownShelf("/me/shows", "show"),
  ...ownShelf("/me/episodes", "episode"),
  ...ownShelf("/me/audiobooks", "audiobook"),
  ...followShelf(),
  ...playlistFollowing(),
  ...[
    "/recommendations",
    "/recommendations/available-genre-seeds",
    "/audio-features",
    "/audio-features/{id}",
    "/audio-analysis/{id}",
  ].map(gone),
  ...["/artists/{id}/related-artists", "/browse/featured-playlists", "/browse/categories/{category_id}/playlists"].map(
    gone,
  ),
  old("POST", "/users/{user_id}/playlists", [], (call) => {
    if (param(call, "user_id") !== listener(call).id)
      throw refuse(403, "You cannot create a playlist for another user.");
    return createPlaylist(call);
  }),
];

function old(method: Route["method"], path: string, scopes: string[], handle: (call: Call) => Reply): Route {
  return { method, path, scopes, bucket: "catalogue", lives: "extended", handle };
}

/** Withdrawn in November 2024 from all but apps that had them then. */
function gone(path: string): Route {
  return { method: "GET", path, scopes: [], bucket: "catalogue", lives: "gone", handle: () => empty(404) };
}

/** `?ids=`: one entry for each, null where there is none. */
function several(name: string, most: number, find: (call: Call, id: string) => unknown): Route {
  return old("GET", `/${name}`, [], (call) => {
    const ids = commaList(call, "ids", most);
    if (!ids.every(isId)) throw refuse(400, "Invalid base62 id");
    return ok({ [name]: ids.map((id) => find(call, id) ?? null) });
  });
}

/** `?ids=` or `{"ids":[…]}`. */
function idsOf(call: Call): string[] {
  if (call.exchange.query.has("ids")) return commaList(call, "ids", 50);
  const given = z.union([z.object({ ids: z.array(z.string()) }), z.array(z.string())]).safeParse(rawJson(call));
  if (!given.success) throw refuse(400, "Missing required field: ids");
  return Array.isArray(given.data) ? given.data : given.data.ids;
}

function shelf(
  path: string,
  kindOf: (call: Call) => LibraryKind,
  scopes: { read: string; write: string },
  status: 200 | 204,
): Route[] {
  const change = (method: "PUT" | "DELETE", apply: (call: Call, kind: LibraryKind, id: string) => void) =>
    old(method, path, [scopes.write], (call) => {
      const kind = kindOf(call);
      for (const id of idsOf(call)) {
        if (!exists(call, { kind, id })) throw refuse(400, `Non existing id: '${id}'`);
        apply(call, kind, id);
      }
      return empty(status);
    });
  return [
    change("PUT", (call, kind, id) => savedIds(listener(call), kind).set(id, call.at)),
    change("DELETE", (call, kind, id) => savedIds(listener(call), kind).delete(id)),
    old("GET", `${path}/contains`, [scopes.read], (call) =>
      ok(idsOf(call).map((id) => holds(call, listener(call), kindOf(call), id))),
    ),
  ];
}

function ownShelf(path: string, kind: LibraryKind): Route[] {
  return shelf(path, () => kind, { read: "user-library-read", write: "user-library-modify" }, 200);
}

function followShelf(): Route[] {
  const kindOf = (call: Call): LibraryKind => {
    const type = call.exchange.query.get("type");
    if (type !== "artist" && type !== "user") throw refuse(400, "Invalid type");
    return type;
  };
  return shelf("/me/following", kindOf, { read: "user-follow-read", write: "user-follow-modify" }, 204);
}

function playlistFollowing(): Route[] {
  const path = "/playlists/{playlist_id}/followers";
  return [
    old("PUT", path, ["playlist-modify-public"], (call) => {
      savedIds(listener(call), "playlist").set(playlistOf(call).id, call.at);
      return empty(200);
    }),
    old("DELETE", path, ["playlist-modify-public"], (call) => {
      savedIds(listener(call), "playlist").delete(playlistOf(call).id);
      return empty(200);
    }),
    old("GET", `${path}/contains`, [], (call) => ok([holds(call, listener(call), "playlist", playlistOf(call).id)])),
  ];
}
