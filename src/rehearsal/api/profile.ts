import { refuse } from "../http/exchange.ts";
import { savedIds } from "../people.ts";
import { createRandom, seedFrom, shuffled } from "../random.ts";
import { artist, track } from "../render/music.ts";
import { privateUser } from "../render/person.ts";
import { type Call, listener, ok, type Route } from "./call.ts";
import { page, wholeNumber } from "./input.ts";
import { paged } from "./paging.ts";

const RANGES = ["short_term", "medium_term", "long_term"];

/** How many top items there are at most. */
const TOP = 50;

export const profileRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/me",
    scopes: [],
    bucket: "profile",
    lives: "everywhere",
    handle: (call) => ok(privateUser(call.view, listener(call), call.scopes)),
  },
  {
    method: "GET",
    path: "/me/top/tracks",
    scopes: ["user-top-read"],
    bucket: "profile",
    lives: "everywhere",
    handle: (call) => ok(paged(call, topTrackIds(call).slice(0, TOP), page(call), (id) => track(call.view, id))),
  },
  {
    method: "GET",
    path: "/me/top/artists",
    scopes: ["user-top-read"],
    bucket: "profile",
    lives: "everywhere",
    handle: (call) => {
      const { tracks } = call.world.catalogue;
      const artists = [...new Set(topTrackIds(call).flatMap((id) => tracks.get(id)?.artistIds ?? []))];
      return ok(paged(call, artists.slice(0, TOP), page(call), (id) => artist(call.view, id)));
    },
  },
  {
    method: "GET",
    path: "/me/following",
    scopes: ["user-follow-read"],
    bucket: "library",
    lives: "everywhere",
    handle: following,
  },
];

/** What was played lately leads, then the liked songs in an order of the range's own. */
function topTrackIds(call: Call): string[] {
  const person = listener(call);
  const range = call.exchange.query.get("time_range") ?? "medium_term";
  if (!RANGES.includes(range)) throw refuse(400, "Invalid time_range");
  const random = createRandom(seedFrom(call.world.seed, "top", person.id, range));
  const played = person.plays.map((play) => play.trackUri.split(":")[2] ?? "").reverse();
  const liked = shuffled([...savedIds(person, "track").keys()], random);
  const lately = range === "short_term" ? played : [];
  return [...new Set([...lately, ...liked])].filter((id) => call.world.catalogue.tracks.has(id));
}

/** Artists followed, by cursor: `after` is the id of the last one seen. */
function following(call: Call) {
  const { query } = call.exchange;
  if (query.get("type") !== "artist") throw refuse(400, "Invalid type");
  const limit = wholeNumber(call, "limit", { min: 1, max: 50, fallback: 20 });
  const all = [...savedIds(listener(call), "artist").keys()]
    .filter((id) => call.world.catalogue.artists.has(id))
    .sort();
  const after = query.get("after");
  const from = after === null ? 0 : all.findIndex((id) => id > after);
  const ids = from < 0 ? [] : all.slice(from, from + limit);
  const last = ids.at(-1);
  const more = last !== undefined && last !== all.at(-1);
  const href = `${call.world.url}/v1/me/following?type=artist&limit=${limit}`;
  return ok({
    artists: {
      href,
      items: ids.map((id) => artist(call.view, id)),
      limit,
      next: more ? `${href}&after=${last}` : null,
      cursors: { after: more ? last : null },
      total: all.length,
    },
  });
}
