import type { Need } from "../../../contracts/music.ts";

/*
 * Which of the platform's scopes stand behind each neutral need: the documented ones of the routes in routes.ts, no more.
 * https://developer.spotify.com/documentation/web-api/concepts/scopes
 */

/** Whose account it is (`GET /me`). `user-read-email` would buy nothing: Development Mode gives no address. */
const ALWAYS = ["user-read-private"] as const;

const scopesOf: Record<Need, readonly string[]> = {
  // The queue lists both.
  state: ["user-read-playback-state", "user-read-currently-playing"],
  playback: ["user-modify-playback-state"],
  // The one library of all kinds documents three scopes for each of its two directions, whatever kind is asked for.
  "library.read": ["user-library-read", "user-follow-read", "playlist-read-private"],
  "library.write": ["user-library-modify", "user-follow-modify", "playlist-modify-public"],
  "playlists.read": ["playlist-read-private", "playlist-read-collaborative"],
  "playlists.write": ["playlist-modify-private", "playlist-modify-public"],
  history: ["user-read-recently-played", "user-top-read"],
};
const allNeeds = Object.keys(scopesOf) as Need[];

/** The least that serves `needs`, in a stable order, with the operator's own `extra` ones. */
export function scopesFor(needs: readonly Need[], extra: readonly string[] = []): string[] {
  return [...new Set([...ALWAYS, ...needs.flatMap((need) => scopesOf[need]), ...extra])].sort();
}

/** The needs that a grant of `scopes` serves whole. */
export function needsOf(scopes: readonly string[]): Need[] {
  const granted = new Set(scopes);
  return allNeeds.filter((need) => scopesOf[need].every((scope) => granted.has(scope)));
}
