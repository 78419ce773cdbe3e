import { AUDIOBOOKS } from "../audiobooks.ts";
import { empty, refuse } from "../http/exchange.ts";
import { type Person, savedIds } from "../people.ts";
import { track } from "../render/music.ts";
import { isoSeconds } from "../render/playlist.ts";
import { episode, simpleShow } from "../render/spoken.ts";
import { parseUri, type Uri } from "../uris.ts";
import { type Call, listener, missingScope, ok, type Route } from "./call.ts";
import { albumById, audiobookById } from "./catalogue.ts";
import { commaList, page } from "./input.ts";
import { paged } from "./paging.ts";
import { resumeOf } from "./resume.ts";

export type LibraryKind = Exclude<Uri["kind"], "chapter">;
type LibraryUri = { kind: LibraryKind; id: string };

/** Uris in one call to the unified library routes. */
const MOST_URIS = 40;

export const libraryRoutes: readonly Route[] = [
  change("PUT", (person, { kind, id }, at) => {
    const saved = savedIds(person, kind);
    if (!saved.has(id)) saved.set(id, at);
  }),
  change("DELETE", (person, { kind, id }) => savedIds(person, kind).delete(id)),
  {
    method: "GET",
    path: "/me/library/contains",
    scopes: [],
    bucket: "library",
    lives: "everywhere",
    handle: (call) => {
      const uris = urisOf(call);
      needScopes(call, uris, {
        own: "user-library-read",
        follow: "user-follow-read",
        playlist: "playlist-read-private",
      });
      return ok(uris.map(({ kind, id }) => holds(call, listener(call), kind, id)));
    },
  },
  saved("/me/tracks", "track", [], (call, id) => track(call.view, id)),
  saved("/me/albums", "album", [], albumById),
  saved("/me/shows", "show", [], (call, id) => {
    const show = call.world.catalogue.shows.get(id);
    return show === undefined ? undefined : simpleShow(call.view, show);
  }),
  saved("/me/episodes", "episode", ["user-read-playback-position"], (call, id) =>
    episode(call.view, id, resumeOf(call, id)),
  ),
  saved("/me/audiobooks", "audiobook", [], audiobookById),
];

function change(method: "PUT" | "DELETE", apply: (person: Person, uri: LibraryUri, at: number) => void): Route {
  return {
    method,
    path: "/me/library",
    scopes: [],
    bucket: "library",
    lives: "everywhere",
    handle: (call) => {
      const person = listener(call);
      const uris = urisOf(call);
      needScopes(call, uris, {
        own: "user-library-modify",
        follow: "user-follow-modify",
        playlist: "playlist-modify-public",
      });
      for (const uri of uris)
        if (!exists(call, uri)) throw refuse(400, `Non existing id: 'spotify:${uri.kind}:${uri.id}'`);
      for (const uri of uris) apply(person, uri, call.at);
      return empty(200);
    },
  };
}

/** A page of what was saved, latest first, each entry under the kind's own name. */
function saved(
  path: string,
  kind: LibraryKind,
  moreScopes: string[],
  render: (call: Call, id: string) => unknown,
): Route {
  return {
    method: "GET",
    path,
    scopes: ["user-library-read", ...moreScopes],
    bucket: "library",
    lives: "everywhere",
    handle: (call) => {
      const entries = [...savedIds(listener(call), kind)].sort((a, b) => b[1] - a[1]);
      return ok(
        paged(call, entries, page(call), ([id, addedAt]) => ({
          added_at: isoSeconds(addedAt),
          [kind]: render(call, id),
        })),
      );
    },
  };
}

function urisOf(call: Call): LibraryUri[] {
  return commaList(call, "uris", MOST_URIS).map((text) => {
    const uri = parseUri(text);
    if (uri === undefined || uri.kind === "chapter") throw refuse(400, `Invalid uri: ${text}`);
    return { kind: uri.kind, id: uri.id };
  });
}

/** The documentation lists three scopes at once; whether each kind asks only for its own is a setting. */
function needScopes(
  call: Call,
  uris: readonly LibraryUri[],
  names: { own: string; follow: string; playlist: string },
): void {
  const needed =
    call.world.settings.library.scopes === "all"
      ? Object.values(names)
      : uris.map(({ kind }) =>
          kind === "playlist" ? names.playlist : kind === "artist" || kind === "user" ? names.follow : names.own,
        );
  if (!needed.every((scope) => call.scopes.has(scope))) throw missingScope(call.world);
}

export function exists(call: Call, { kind, id }: LibraryUri): boolean {
  const { catalogue, playlists, people } = call.world;
  switch (kind) {
    case "track":
      return catalogue.tracks.has(id);
    case "album":
      return catalogue.albums.has(id);
    case "artist":
      return catalogue.artists.has(id);
    case "show":
      return catalogue.shows.has(id);
    case "episode":
      return catalogue.episodes.has(id);
    case "audiobook":
      return AUDIOBOOKS.has(id);
    case "playlist":
      return playlists.has(id);
    case "user":
      return people.has(id);
  }
}

/** A playlist of one's own is followed from birth; removing it from the library is how it is deleted. */
export function holds(call: Call, person: Person, kind: LibraryKind, id: string): boolean {
  return savedIds(person, kind).has(id) && exists(call, { kind, id });
}
