import type { ItemType, Lane, Need } from "../../../contracts/music.ts";

/*
 * Every route of the Web API that Segue calls. Only those that Development Mode still has:
 * https://developer.spotify.com/documentation/web-api/tutorials/february-2026-migration-guide
 */

/**
 * Calls that are believed to share a quota. The platform tells neither its buckets nor their sizes
 * (https://developer.spotify.com/documentation/web-api/concepts/quota-modes); what is known is that they are real: a
 * discography refused for a day while the profile still answered, 600 episode lists before the 601st was refused. A group
 * too many costs one more refusal to learn of a closed bucket, a group too few closes what still works.
 */
type Group = "profile" | "player" | "history" | "search" | "catalogue" | "episodes" | "playlists" | "library" | "token";

/**
 * read: asks, changes nothing. settle: a write that may be sent twice with the same end. act: a write that may not, or that
 * the platform refuses the second time.
 */
type RouteKind = "read" | "settle" | "act";

/** What was being tried, for the words of a refusal. */
export type Attempt =
  | "pause"
  | "resume"
  | "play"
  | "next"
  | "previous"
  | "seek"
  | "volume"
  | "shuffle"
  | "repeat"
  | "queue"
  | "transfer"
  | "read"
  | "library"
  | "playlist";

export type Route = {
  method: "GET" | "PUT" | "POST" | "DELETE";
  path: string;
  group: Group;
  kind: RouteKind;
  needs: readonly Need[];
  lane: Lane;
  attempt: Attempt;
  /** What a 404 means is not there. */
  what: ItemType | "device" | "page";
  /** A 403 without a word may be about the thing asked for, not about the route. */
  guarded?: boolean;
};

const get = (path: string, group: Group, needs: readonly Need[], lane: Lane, what: Route["what"]): Route => ({
  method: "GET",
  path,
  group,
  kind: "read",
  needs,
  lane,
  attempt: "read",
  what,
});
const command = (method: "PUT" | "POST", path: string, attempt: Attempt, what: Route["what"] = "device"): Route => ({
  method,
  path,
  group: "player",
  kind: "act",
  needs: ["playback"],
  lane: "controls",
  attempt,
  what,
  guarded: true,
});
const settle = (method: "PUT" | "DELETE", path: string, group: Group, needs: readonly Need[]): Route => ({
  method,
  path,
  group,
  kind: "settle",
  needs,
  lane: "controls",
  attempt: group === "library" ? "library" : "playlist",
  what: group === "library" ? "page" : "playlist",
});
/** Following a playlist, and deleting one, which is to stop following one's own. */
const onPlaylist = (method: "PUT" | "DELETE"): Route => ({
  ...settle(method, "/me/library", "library", ["library.write", "playlists.write"]),
  what: "playlist",
});
const edit = (method: "PUT" | "POST" | "DELETE", path: string): Route => ({
  method,
  path,
  group: "playlists",
  kind: "act",
  needs: ["playlists.write"],
  lane: "controls",
  attempt: "playlist",
  what: "playlist",
  guarded: true,
});

export const routes = {
  profile: get("/me", "profile", [], "metadata", "page"),
  search: get("/search", "search", [], "controls", "page"),

  state: get("/me/player", "player", ["state"], "now_playing", "device"),
  devices: get("/me/player/devices", "player", ["state"], "controls", "device"),
  queue: get("/me/player/queue", "player", ["state"], "now_playing", "device"),
  play: command("PUT", "/me/player/play", "play", "track"),
  resume: command("PUT", "/me/player/play", "resume"),
  pause: command("PUT", "/me/player/pause", "pause"),
  next: command("POST", "/me/player/next", "next"),
  previous: command("POST", "/me/player/previous", "previous"),
  seek: command("PUT", "/me/player/seek", "seek"),
  volume: command("PUT", "/me/player/volume", "volume"),
  shuffle: command("PUT", "/me/player/shuffle", "shuffle"),
  repeat: command("PUT", "/me/player/repeat", "repeat"),
  enqueue: command("POST", "/me/player/queue", "queue", "track"),
  transfer: command("PUT", "/me/player", "transfer"),
  recentlyPlayed: get("/me/player/recently-played", "history", ["history"], "history", "page"),

  track: get("/tracks/{id}", "catalogue", [], "metadata", "track"),
  album: get("/albums/{id}", "catalogue", [], "metadata", "album"),
  albumTracks: get("/albums/{id}/tracks", "catalogue", [], "metadata", "album"),
  artist: get("/artists/{id}", "catalogue", [], "metadata", "artist"),
  show: get("/shows/{id}", "catalogue", [], "metadata", "show"),
  showEpisodes: get("/shows/{id}/episodes", "episodes", [], "metadata", "show"),
  episode: get("/episodes/{id}", "catalogue", [], "metadata", "episode"),
  audiobook: get("/audiobooks/{id}", "catalogue", [], "metadata", "audiobook"),

  contains: get("/me/library/contains", "library", ["library.read"], "metadata", "page"),
  save: settle("PUT", "/me/library", "library", ["library.write"]),
  unsave: settle("DELETE", "/me/library", "library", ["library.write"]),
  follow: onPlaylist("PUT"),
  unfollow: onPlaylist("DELETE"),
  likedTracks: get("/me/tracks", "library", ["library.read"], "metadata", "page"),
  topTracks: get("/me/top/tracks", "history", ["history"], "history", "page"),

  playlist: { ...get("/playlists/{id}", "playlists", [], "metadata", "playlist"), guarded: true },
  playlists: get("/me/playlists", "playlists", ["playlists.read"], "metadata", "playlist"),
  playlistItems: {
    ...get("/playlists/{id}/items", "playlists", ["playlists.read"], "metadata", "playlist"),
    guarded: true,
  },
  createPlaylist: edit("POST", "/me/playlists"),
  renamePlaylist: { ...settle("PUT", "/playlists/{id}", "playlists", ["playlists.write"]), guarded: true },
  addToPlaylist: edit("POST", "/playlists/{id}/items"),
  removeFromPlaylist: { ...settle("DELETE", "/playlists/{id}/items", "playlists", ["playlists.write"]), guarded: true },
  reorderPlaylist: edit("PUT", "/playlists/{id}/items"),
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
