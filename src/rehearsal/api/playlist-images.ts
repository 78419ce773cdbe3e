import { empty, refuse } from "../http/exchange.ts";
import { playlistImages } from "../render/playlist.ts";
import { listener, ok, type Route } from "./call.ts";
import { needModifyScope, playlistOf } from "./playlists.ts";

/** Of the base64 text, as the platform counts. */
const MOST_BYTES = 256 * 1024;

export const playlistImageRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/playlists/{playlist_id}/images",
    scopes: [],
    bucket: "playlists",
    lives: "everywhere",
    handle: (call) => ok(playlistImages(call.view, playlistOf(call))),
  },
  {
    method: "PUT",
    path: "/playlists/{playlist_id}/images",
    scopes: ["ugc-image-upload"],
    bucket: "playlists",
    lives: "everywhere",
    handle: (call) => {
      const playlist = playlistOf(call);
      if (playlist.ownerId !== listener(call).id) throw refuse(403, "You cannot change a playlist you don't own");
      needModifyScope(call, playlist.public);
      const { body } = call.exchange;
      if (body.length > MOST_BYTES) throw refuse(413, "Request entity too large");
      const picture = Buffer.from(body.toString("latin1"), "base64");
      if (picture[0] !== 0xff || picture[1] !== 0xd8) throw refuse(400, "Image is not a JPEG");
      playlist.picture = picture;
      return empty(202);
    },
  },
];
