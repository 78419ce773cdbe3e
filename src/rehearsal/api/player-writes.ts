import { empty, type Reply, refuse, text } from "../http/exchange.ts";
import { refusalOf } from "../player/refusals.ts";
import { command, playerNow, surroundings } from "../player/session.ts";
import type { Command, Repeat } from "../player/state.ts";
import { idFrom } from "../random.ts";
import { parseUri } from "../uris.ts";
import { type Call, listener, type Route } from "./call.ts";
import { requiredQuery, wholeNumber } from "./input.ts";
import { playCommand } from "./play-body.ts";
import { playerError, premiumRequired } from "./player-errors.ts";
import { transferCommand } from "./transfer-body.ts";

const MOST_MS = 86_400_000;

export const playerWrites: readonly Route[] = [
  write("PUT", "/me/player", transferCommand),
  { ...write("PUT", "/me/player/play", playCommand), handle: play },
  write("PUT", "/me/player/pause", (call) => ({ do: "pause", deviceId: deviceOf(call) })),
  write("POST", "/me/player/next", (call) => ({ do: "next", deviceId: deviceOf(call) })),
  write("POST", "/me/player/previous", (call) => ({ do: "previous", deviceId: deviceOf(call) })),
  write("PUT", "/me/player/seek", (call) => {
    requiredQuery(call, "position_ms");
    const positionMs = wholeNumber(call, "position_ms", { min: 0, max: MOST_MS, fallback: 0 });
    return { do: "seek", deviceId: deviceOf(call), positionMs };
  }),
  write("PUT", "/me/player/volume", (call) => {
    requiredQuery(call, "volume_percent");
    const percent = wholeNumber(call, "volume_percent", { min: 0, max: 100, fallback: 0 });
    return { do: "volume", deviceId: deviceOf(call), percent };
  }),
  write("PUT", "/me/player/shuffle", (call) => {
    const state = requiredQuery(call, "state");
    if (state !== "true" && state !== "false") throw refuse(400, "Invalid state");
    return { do: "shuffle", deviceId: deviceOf(call), on: state === "true" };
  }),
  write("PUT", "/me/player/repeat", (call) => ({ do: "repeat", deviceId: deviceOf(call), mode: repeatMode(call) })),
  write("POST", "/me/player/queue", (call) => ({ do: "queue", deviceId: deviceOf(call), uri: queueable(call) })),
];

function write(method: "PUT" | "POST", path: string, toCommand: (call: Call) => Command): Route {
  return {
    method,
    path,
    scopes: ["user-modify-playback-state"],
    bucket: "player",
    lives: "everywhere",
    handle: (call) => {
      obey(call, toCommand);
      return written(call);
    },
  };
}

/** Premium is asked for first: a free listener learns nothing else about the command. */
function obey(call: Call, toCommand: (call: Call) => Command): void {
  const person = listener(call);
  if (!person.premium) throw premiumRequired();
  const refusal = command(call.world, person, toCommand(call));
  if (refusal !== null) throw playerError(refusal, call.world.settings.player.reasons);
}

/** Play may be limited by itself, and may be accepted first and carried out later (202). */
function play(call: Call): Reply {
  const person = listener(call);
  const { settings } = call.world;
  if (!person.premium) throw premiumRequired();
  const tooSoon = call.at - person.lastPlayAt < settings.player.minPlayGapMs;
  person.lastPlayAt = call.at;
  if (tooSoon) throw refuse(429, "Player command failed: Rate limited", "RATE_LIMITED");
  if (settings.player.playReply === "applied") {
    obey(call, playCommand);
    return written(call);
  }
  const given = playCommand(call);
  const state = playerNow(call.world, person);
  const refusal = refusalOf(state, given, surroundings(call.world, person));
  if (refusal !== null) throw playerError(refusal, settings.player.reasons);
  const dueAt = call.at + settings.player.acceptedDelayMs;
  person.player = { ...state, pending: [...state.pending, { dueAt, command: given }] };
  return empty(202);
}

/** 204, or since July 2024 on some days 200 with a short token that no JSON parser takes. */
function written(call: Call): Reply {
  if (call.world.settings.player.writeReply === "empty") return empty(204);
  return text(200, idFrom("write", call.at, call.exchange.path) + idFrom(call.at).slice(0, 5));
}

function deviceOf(call: Call): string | undefined {
  return call.exchange.query.get("device_id") || undefined;
}

function repeatMode(call: Call): Repeat {
  const state = requiredQuery(call, "state");
  if (state === "track" || state === "context" || state === "off") return state;
  throw refuse(400, "Invalid state");
}

/** Tracks and episodes that exist; never a local file, never a whole album. */
function queueable(call: Call): string {
  const uri = requiredQuery(call, "uri");
  const parsed = parseUri(uri);
  if (parsed === undefined || (parsed.kind !== "track" && parsed.kind !== "episode"))
    throw refuse(400, `Invalid uri: ${uri}`);
  if (surroundings(call.world, listener(call)).describe(uri) === undefined) throw refuse(404, "Resource not found");
  return uri;
}
