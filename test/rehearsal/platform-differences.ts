import type { Mode } from "./openapi.ts";

type Json = { [key: string]: unknown };

/**
 * Where the live platform is known to differ from its description, each by name. Anything that is not listed here must be
 * as described.
 */

/** Required by the description, but withdrawn from Development Mode in February 2026. */
const WITHDRAWN_REQUIRED: Readonly<Record<string, readonly string[]>> = {
  AlbumBase: ["available_markets"],
  AlbumObject: ["label", "popularity"],
  ArtistDiscographyAlbumObject: ["album_group"],
  ShowBase: ["available_markets", "publisher"],
  AudiobookBase: ["available_markets", "publisher"],
};

/** Null in practice, though the description does not say so. */
const NULL_IN_PRACTICE: Readonly<Record<string, readonly string[]>> = {
  // Ads, episodes without additional_types, things that are not there any more; a list of uris has no context.
  CurrentlyPlayingContextObject: ["item", "context"],
  CurrentlyPlayingObject: ["item", "context"],
  QueueObject: ["currently_playing"],
  PlaylistTrackObject: ["item", "track"],
  PlayHistoryObject: ["context"],
  // The last page of a list by cursor.
  CursorPagingObject: ["next", "cursors"],
  CursorObject: ["after", "before"],
};

/** Lists whose entries may be null: search results the app may not see; ids that do not exist in batch reads. */
const NULL_ENTRIES = new Set(["PagingPlaylistObject"]);

/** Batch reads answer null for each id that does not exist. */
const BATCH = /^\/(tracks|albums|artists|shows|episodes|audiobooks|chapters)$/;

/** The same answer without what the description has no place for. */
export function withoutKnownNulls(path: string, body: unknown): unknown {
  const key = BATCH.exec(path)?.[1];
  if (key === undefined || typeof body !== "object" || body === null) return body;
  const list = (body as Json)[key];
  return Array.isArray(list) ? { ...body, [key]: list.filter((each) => each !== null) } : body;
}

/** A file of the listener's own: no ids, no addresses, the rest by its tags. */
const LOCAL_TRACK = {
  type: "object",
  required: ["is_local", "uri", "name", "duration_ms", "artists", "id"],
  properties: {
    is_local: { const: true },
    uri: { type: "string", pattern: "^spotify:local:" },
    id: { type: "null" },
    name: { type: "string" },
    duration_ms: { type: "integer" },
    artists: { type: "array" },
  },
};

/** Never required even of a platform that is complete: they appear under circumstances, or not at all any more. */
const OPTIONAL = new Set([
  "restrictions",
  "linked_from",
  "resume_point",
  "reason",
  "edition",
  "ean",
  "isrc",
  "upc",
  "followers",
  "progress_ms",
  "language",
]);

/** Absent for those who may not read the contents, and with `fields`. */
const OPTIONAL_IN: Readonly<Record<string, readonly string[]>> = {
  PlaylistObject: ["items", "followers"],
  DisallowsObject: [
    "interrupting_playback",
    "pausing",
    "resuming",
    "seeking",
    "skipping_next",
    "skipping_prev",
    "toggling_repeat_context",
    "toggling_shuffle",
    "toggling_repeat_track",
    "transferring_playback",
  ],
  CursorObject: ["before"],
  CursorPagingObject: ["total"],
  ExternalUrlObject: ["spotify"],
};

/** The component with these differences worked in, and with every field that is not optional required. */
export function adjusted(name: string, schema: Json, mode: Mode): Json {
  const withdrawn = mode === "development" ? (WITHDRAWN_REQUIRED[name] ?? []) : [];
  const result = loosen(name, schema, withdrawn);
  if (!Array.isArray(result.allOf)) return result;
  return {
    ...result,
    allOf: result.allOf.map((part: Json) => ("properties" in part ? loosen(name, part, withdrawn) : part)),
  };
}

function loosen(name: string, schema: Json, withdrawn: readonly string[]): Json {
  const properties = { ...(schema.properties as Record<string, Json> | undefined) };
  for (const key of NULL_IN_PRACTICE[name] ?? []) {
    const inner = properties[key];
    if (inner !== undefined) properties[key] = { ...withLocalTracks(inner), nullable: true };
  }
  if (name === "QueueObject" && properties.queue !== undefined) {
    properties.queue = { type: "array", items: withLocalTracks(properties.queue.items as Json) };
  }
  if (NULL_ENTRIES.has(name) && properties.items !== undefined) {
    properties.items = { type: "array", items: { ...(properties.items.items as Json), nullable: true } };
  }
  const always = Object.entries(properties)
    .filter(([key, inner]) => inner.deprecated !== true && !OPTIONAL.has(key) && !OPTIONAL_IN[name]?.includes(key))
    .map(([key]) => key);
  const required = [...new Set([...((schema.required as string[] | undefined) ?? []), ...always])].filter(
    (key) => !withdrawn.includes(key),
  );
  return { ...schema, ...(Object.keys(properties).length > 0 ? { properties } : {}), required };
}

function withLocalTracks(schema: Json): Json {
  return Array.isArray(schema.oneOf) ? { ...schema, oneOf: [...schema.oneOf, LOCAL_TRACK] } : schema;
}

const PLAYER_WRITE = /^\/me\/player(?:\/(?:play|pause|next|previous|seek|volume|shuffle|repeat|queue))?$/;

/** Answers that occur though the description has no place for them. */
export function isKnownAnswer(method: string, path: string, status: number): boolean {
  // Nothing playing.
  if (method === "GET" && path === "/me/player/currently-playing" && status === 204) return true;
  // Since July 2024: https://github.com/spotify/spotify-web-api-ts-sdk/issues/119
  if (method !== "GET" && PLAYER_WRITE.test(path) && status === 200) return true;
  // Accepted, not yet done: https://github.com/spotify/web-api/issues/778
  return method === "PUT" && path === "/me/player/play" && status === 202;
}
