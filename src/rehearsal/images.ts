import { AUDIOBOOKS } from "./audiobooks.ts";
import { coverSvg } from "./catalogue/index.ts";
import type { Exchange, Reply } from "./http/exchange.ts";
import { text } from "./http/exchange.ts";
import type { World } from "./world.ts";

const SIZES = new Set([640, 300, 64]);

/** `GET /image/<id>?size=640|300|64`: a drawn cover for anything that has one, or the picture its owner gave a playlist. */
export function answerImage(world: World, exchange: Exchange): Reply {
  const id = exchange.path.slice("/image/".length);
  const size = Number(exchange.query.get("size") ?? "640");
  const { albums, artists, shows } = world.catalogue;
  const playlist = world.playlists.get(id);
  const headers = { "x-content-type-options": "nosniff", "cache-control": "public, max-age=86400" };
  if (playlist?.picture)
    return { status: 200, headers: { ...headers, "content-type": "image/jpeg" }, body: playlist.picture };
  const name = (albums.get(id) ?? artists.get(id) ?? shows.get(id) ?? playlist ?? AUDIOBOOKS.get(id))?.name;
  if (name === undefined || !SIZES.has(size)) return text(404, "No such image");
  return {
    status: 200,
    headers: { ...headers, "content-type": "image/svg+xml; charset=utf-8" },
    body: coverSvg(id, name, size),
  };
}
