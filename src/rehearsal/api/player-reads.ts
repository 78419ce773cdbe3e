import { empty, refuse } from "../http/exchange.ts";
import { visible } from "../player/history.ts";
import { upcoming } from "../player/order.ts";
import { playerNow, surroundings } from "../player/session.ts";
import { activeDevice, type PlayerState } from "../player/state.ts";
import { track } from "../render/music.ts";
import { context, currentlyPlaying, device, playbackState } from "../render/player.ts";
import { playable } from "../render/playlist.ts";
import { type Call, listener, ok, type Route } from "./call.ts";
import { checkMarket, wholeNumber } from "./input.ts";

export const playerReads: readonly Route[] = [
  read("/me/player", ["user-read-playback-state"], (call) => {
    checkMarket(call);
    const { person, state } = look(call);
    const rendered = playbackState(call.view, state, surroundings(call.world, person), call.at, understands(call));
    return rendered === undefined || hidden(call, state) ? empty(204) : ok(rendered);
  }),
  read("/me/player/currently-playing", ["user-read-currently-playing"], (call) => {
    checkMarket(call);
    const { person, state } = look(call);
    const rendered = currentlyPlaying(call.view, state, surroundings(call.world, person), call.at, understands(call));
    return rendered === undefined || hidden(call, state) ? empty(204) : ok(rendered);
  }),
  read("/me/player/devices", ["user-read-playback-state"], (call) => {
    const { state } = look(call);
    return ok({ devices: state.devices.filter((each) => each.listed).map((each) => device(each, state)) });
  }),
  read("/me/player/queue", ["user-read-currently-playing", "user-read-playback-state"], (call) => {
    const { state } = look(call);
    const idle = activeDevice(state) === undefined || hidden(call, state);
    const current = idle || state.now === null ? null : playable(call.view, state.now.uri);
    const next = idle ? [] : upcoming(state).map((uri) => playable(call.view, uri));
    return ok({ currently_playing: current, queue: next.filter((each) => each !== null) });
  }),
  read("/me/player/recently-played", ["user-read-recently-played"], recentlyPlayed),
];

function read(path: string, scopes: string[], handle: Route["handle"]): Route {
  return { method: "GET", path, scopes, bucket: "player", lives: "everywhere", handle };
}

function look(call: Call) {
  const person = listener(call);
  return { person, state: playerNow(call.world, person) };
}

function hidden(call: Call, state: PlayerState): boolean {
  return call.world.settings.player.privateSession === "hidden" && (activeDevice(state)?.privateSession ?? false);
}

/** Without `additional_types=episode` a client is taken to know tracks alone. */
function understands(call: Call) {
  return { episodes: (call.exchange.query.get("additional_types") ?? "").split(",").includes("episode") };
}

/** A window of the 50 latest plays; neither `before` nor `next` leads out of it. */
function recentlyPlayed(call: Call) {
  const { query } = call.exchange;
  const rules = call.world.settings.history;
  const { person } = look(call);
  const limit = wholeNumber(call, "limit", { min: 1, max: 50, fallback: 20 });
  const after = cursor(call, "after");
  const before = cursor(call, "before");
  if (after !== undefined && before !== undefined) throw refuse(400, "Only one of after or before can be specified");
  const said = (play: { startedAt: number; endedAt: number }) =>
    rules.playedAt === "end" ? play.endedAt : play.startedAt;
  const all = visible(person.plays, call.at);
  const within = all.filter(
    (play) => (after === undefined || said(play) > after) && (before === undefined || said(play) < before),
  );
  const plays = within.slice(0, limit);
  const last = plays.at(-1);
  const first = plays[0];
  const href = `${call.world.url}/v1/me/player/recently-played`;
  return ok({
    href: query.size > 0 ? `${href}?${query}` : href,
    items: plays.map((play) => ({
      track: track(call.view, play.trackUri.split(":")[2] ?? ""),
      played_at: new Date(said(play)).toISOString(),
      context: context(call.view, play.context),
    })),
    limit,
    next:
      last !== undefined && within.length > plays.length && after === undefined
        ? `${href}?before=${said(last)}&limit=${limit}`
        : null,
    cursors:
      rules.nullCursors || first === undefined || last === undefined
        ? null
        : { after: String(said(first)), before: String(said(last)) },
  });
}

/** Unix ms as the query has it. */
function cursor(call: Call, name: "after" | "before"): number | undefined {
  if (!call.exchange.query.has(name)) return undefined;
  return wholeNumber(call, name, { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 });
}
