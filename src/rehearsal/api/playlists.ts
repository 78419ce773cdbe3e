import { randomBytes } from "node:crypto";
import { z } from "zod";
import { empty, json, refuse } from "../http/exchange.ts";
import { savedIds } from "../people.ts";
import { isTheirs, type Playlist } from "../playlists.ts";
import { playlistItem, playlist as renderPlaylist, simplePlaylist } from "../render/playlist.ts";
import { type Call, listener, missingScope, ok, type Route } from "./call.ts";
import { pickFields } from "./fields.ts";
import { checkMarket, jsonBody, notFound, page, pathId } from "./input.ts";
import { framed, paged } from "./paging.ts";

const newPlaylistSchema = z.object({
  name: z.string().min(1).max(100),
  public: z.boolean().default(true),
  collaborative: z.boolean().default(false),
  description: z.string().max(300).default(""),
});
const detailsSchema = newPlaylistSchema.partial();

/** Playlists that one person may have. */
const MOST_PLAYLISTS = 10_000;

export const playlistRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/me/playlists",
    scopes: ["playlist-read-private"],
    bucket: "playlists",
    lives: "everywhere",
    handle: mine,
  },
  {
    method: "POST",
    path: "/me/playlists",
    scopes: [],
    bucket: "playlists",
    lives: "everywhere",
    handle: createPlaylist,
  },
  {
    method: "GET",
    path: "/playlists/{playlist_id}",
    scopes: [],
    bucket: "playlists",
    lives: "everywhere",
    handle: one,
  },
  {
    method: "PUT",
    path: "/playlists/{playlist_id}",
    scopes: [],
    bucket: "playlists",
    lives: "everywhere",
    handle: changeDetails,
  },
];

/** The playlist of the path. Those made by the service are not there for apps (November 2024). */
export function playlistOf(call: Call): Playlist {
  const playlist = call.world.playlists.get(pathId(call, "playlist_id"));
  if (playlist === undefined || playlist.ofTheService) throw notFound();
  return playlist;
}

/** Changing a playlist asks for the scope of its kind. */
export function needModifyScope(call: Call, isPublic: boolean): void {
  if (!call.scopes.has(isPublic ? "playlist-modify-public" : "playlist-modify-private")) throw missingScope(call.world);
}

/** Own playlists and those followed. Collaborative ones of others only with the scope for them. */
export function playlistsOf(call: Call, userId: string): Playlist[] {
  const person = call.world.people.get(userId);
  const followed = person === undefined ? new Map<string, number>() : savedIds(person, "playlist");
  const collaborative = call.scopes.has("playlist-read-collaborative");
  return [...call.world.playlists.values()].filter(
    (each) => followed.has(each.id) && (each.ownerId === userId || !each.collaborative || collaborative),
  );
}

function mine(call: Call) {
  const all = playlistsOf(call, listener(call).id);
  return ok(paged(call, all, page(call), (each) => simplePlaylist(call.view, each)));
}

export function createPlaylist(call: Call) {
  const person = listener(call);
  const body = jsonBody(call, newPlaylistSchema);
  needModifyScope(call, body.public);
  if (body.collaborative && body.public) throw refuse(400, "Collaborative playlists can only be private.");
  if (playlistsOf(call, person.id).length >= MOST_PLAYLISTS) throw refuse(400, "Too many playlists");
  const id = newId();
  const made: Playlist = { id, ...body, ownerId: person.id, items: [], version: 1, picture: null, ofTheService: false };
  call.world.playlists.set(id, made);
  savedIds(person, "playlist").set(id, call.at);
  return json(201, renderPlaylist(call.view, made, contents(call, made)), {
    location: `${call.world.url}/v1/playlists/${id}`,
  });
}

function one(call: Call) {
  checkMarket(call);
  const playlist = playlistOf(call);
  const visible = call.view.extended || (call.person !== undefined && isTheirs(playlist, call.person.id));
  const rendered = renderPlaylist(call.view, playlist, visible ? contents(call, playlist) : undefined);
  return ok(pickFields(rendered, call.exchange.query.get("fields")));
}

function changeDetails(call: Call) {
  const playlist = playlistOf(call);
  if (playlist.ownerId !== listener(call).id) throw refuse(403, "You cannot change a playlist you don't own");
  needModifyScope(call, playlist.public);
  const change = jsonBody(call, detailsSchema);
  const next = {
    public: change.public ?? playlist.public,
    collaborative: change.collaborative ?? playlist.collaborative,
  };
  if (next.public && next.collaborative) throw refuse(400, "Collaborative playlists can only be private.");
  playlist.name = change.name ?? playlist.name;
  playlist.description = change.description ?? playlist.description;
  playlist.public = next.public;
  playlist.collaborative = next.collaborative;
  playlist.version += 1;
  return empty(200);
}

/** The first hundred items, as they stand inside the playlist's own answer. */
function contents(call: Call, playlist: Playlist) {
  const first = { limit: 100, offset: 0 };
  const items = playlist.items.slice(0, first.limit).map((item) => playlistItem(call.view, item));
  return { ...framed(call, items, first, playlist.items.length, `/playlists/${playlist.id}/items`) };
}

function newId(): string {
  const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return Array.from(randomBytes(22), (byte) => alphabet[byte % alphabet.length]).join("");
}
