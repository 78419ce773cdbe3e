import { z } from "zod";
import { json, refuse } from "../http/exchange.ts";
import { surroundings } from "../player/session.ts";
import { isSnapshot, isTheirs, type Playlist, snapshotOf } from "../playlists.ts";
import { playlistItem } from "../render/playlist.ts";
import { parseUri } from "../uris.ts";
import { type Call, listener, needAnyScope, ok, type Route } from "./call.ts";
import { pickFields } from "./fields.ts";
import { checkMarket, jsonBody, page, wholeNumber } from "./input.ts";
import { paged } from "./paging.ts";
import { needModifyScope, playlistOf } from "./playlists.ts";

/** Uris in one change, and items in one playlist. */
const MOST_URIS = 100;
const MOST_ITEMS = 10_000;

const addSchema = z.object({ uris: z.array(z.string()).optional(), position: z.int().optional() });
const replaceSchema = z.object({
  uris: z.array(z.string()).optional(),
  range_start: z.int().nonnegative().optional(),
  insert_before: z.int().nonnegative().optional(),
  range_length: z.int().positive().optional(),
  snapshot_id: z.string().optional(),
});
const removeEntry = z.object({ uri: z.string() });
const removeSchema = z.object({ items: z.array(removeEntry), snapshot_id: z.string().optional() });

export const playlistItemRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/playlists/{playlist_id}/items",
    scopes: [],
    bucket: "playlists",
    lives: "everywhere",
    handle: readItems,
  },
  {
    method: "POST",
    path: "/playlists/{playlist_id}/items",
    scopes: [],
    bucket: "playlists",
    lives: "everywhere",
    handle: addItems,
  },
  {
    method: "PUT",
    path: "/playlists/{playlist_id}/items",
    scopes: [],
    bucket: "playlists",
    lives: "everywhere",
    handle: arrangeItems,
  },
  {
    method: "DELETE",
    path: "/playlists/{playlist_id}/items",
    scopes: [],
    bucket: "playlists",
    lives: "everywhere",
    handle: removeItems,
  },
];

/** Contents are for the owner and collaborators; everybody else is refused (February 2026). */
export function readItems(call: Call) {
  checkMarket(call);
  const playlist = playlistOf(call);
  needAnyScope(call, "playlist-read-private", "playlist-read-collaborative");
  if (!call.view.extended && !isTheirs(playlist, listener(call).id)) throw refuse(403, "Forbidden");
  const rendered = paged(call, playlist.items, page(call), (item) => playlistItem(call.view, item));
  return ok(pickFields(rendered, call.exchange.query.get("fields")));
}

export function addItems(call: Call) {
  const playlist = writable(call);
  const body = jsonBody(call, addSchema);
  const uris = checkUris(call, body.uris ?? queryUris(call) ?? []);
  if (uris.length === 0) throw refuse(400, "No uris provided");
  const { length } = playlist.items;
  const position = body.position ?? wholeNumber(call, "position", { min: 0, max: length, fallback: length });
  if (position < 0 || position > length) throw refuse(400, "Index out of bounds.");
  if (length + uris.length > MOST_ITEMS) throw refuse(400, "Playlist size limit reached");
  playlist.items.splice(position, 0, ...uris.map((uri) => newItem(call, uri)));
  return changed(playlist, 201);
}

/** Replace (`uris`) or reorder (`range_start`, `insert_before`): the same address, never both at once. */
export function arrangeItems(call: Call) {
  const playlist = writable(call);
  const body = jsonBody(call, replaceSchema);
  checkSnapshot(playlist, body.snapshot_id);
  const uris = body.uris ?? queryUris(call);
  const { range_start: start, insert_before: before, range_length: length = 1 } = body;
  if (uris !== undefined) {
    if (start !== undefined || before !== undefined) throw refuse(400, "Cannot replace and reorder in one request");
    playlist.items = checkUris(call, uris).map((uri) => newItem(call, uri));
    return changed(playlist, 200);
  }
  if (start === undefined || before === undefined) throw refuse(400, "Missing range_start or insert_before");
  if (start + length > playlist.items.length || before > playlist.items.length)
    throw refuse(400, "Index out of bounds.");
  const moving = playlist.items.splice(start, length);
  const target = before <= start ? before : Math.max(start, before - length);
  playlist.items.splice(target, 0, ...moving);
  return changed(playlist, 200);
}

function removeItems(call: Call) {
  const { items, snapshot_id: snapshot } = jsonBody(call, removeSchema);
  return removeUris(call, items, snapshot);
}

/** Every occurrence of each uri goes; one that is not there is no error. */
export function removeUris(call: Call, entries: readonly { uri: string }[], snapshot: string | undefined) {
  const playlist = writable(call);
  checkSnapshot(playlist, snapshot);
  if (entries.length === 0) throw refuse(400, "No items provided");
  if (entries.length > MOST_URIS) throw refuse(400, "You can remove a maximum of 100 tracks per request.");
  const gone = new Set(entries.map((entry) => entry.uri));
  for (const uri of gone) if (!isListable(uri)) throw refuse(400, `Invalid track uri: ${uri}`);
  playlist.items = playlist.items.filter((item) => !gone.has(item.uri));
  return changed(playlist, 200);
}

function writable(call: Call): Playlist {
  const playlist = playlistOf(call);
  if (!isTheirs(playlist, listener(call).id)) throw refuse(403, "You cannot add tracks to a playlist you don't own.");
  needModifyScope(call, playlist.public);
  return playlist;
}

function checkSnapshot(playlist: Playlist, snapshot: string | undefined): void {
  if (snapshot !== undefined && !isSnapshot(playlist, snapshot)) throw refuse(400, "Invalid snapshot id");
}

function checkUris(call: Call, uris: readonly string[]): readonly string[] {
  if (uris.length > MOST_URIS) throw refuse(400, "You can add a maximum of 100 tracks per request.");
  const { describe } = surroundings(call.world, listener(call));
  for (const uri of uris) {
    const kind = parseUri(uri)?.kind;
    if (kind !== "track" && kind !== "episode") throw refuse(400, `Invalid track uri: ${uri}`);
    if (describe(uri) === undefined) throw refuse(400, "Payload contains a non-existing ID");
  }
  return uris;
}

function isListable(uri: string): boolean {
  const kind = parseUri(uri)?.kind;
  return kind === "track" || kind === "episode" || uri.startsWith("spotify:local:");
}

function queryUris(call: Call): string[] | undefined {
  const given = call.exchange.query.get("uris");
  return given === null ? undefined : given.split(",").filter((uri) => uri !== "");
}

function newItem(call: Call, uri: string) {
  return { uri, addedAt: call.at, addedBy: listener(call).id };
}

function changed(playlist: Playlist, status: 200 | 201) {
  playlist.version += 1;
  return json(status, { snapshot_id: snapshotOf(playlist) });
}
