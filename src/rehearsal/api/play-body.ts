import { z } from "zod";
import { refuse } from "../http/exchange.ts";
import { openContext } from "../player/contexts.ts";
import { playerNow, surroundings } from "../player/session.ts";
import type { Command, PlayWhat } from "../player/state.ts";
import { parseUri } from "../uris.ts";
import { type Call, listener } from "./call.ts";
import { jsonBody, rawJson } from "./input.ts";

const playSchema = z.object({
  context_uri: z.string().optional(),
  uris: z.array(z.string()).optional(),
  offset: z.object({ position: z.int().optional(), uri: z.string().optional() }).optional(),
  position_ms: z.int().nonnegative().optional(),
});

type PlayBody = z.infer<typeof playSchema>;

/** What a play request asks for: a context, a list of uris, or to go on. */
export function playCommand(call: Call): Command {
  const body = jsonBody(call, playSchema);
  const deviceId = call.exchange.query.get("device_id") || undefined;
  if (body.context_uri !== undefined && body.uris !== undefined)
    throw refuse(400, "Cannot specify both context_uri and uris");
  if (body.context_uri === undefined && body.uris === undefined) wipeIfEmptyObject(call);
  return { do: "play", deviceId, what: whatToPlay(call, body), positionMs: body.position_ms };
}

function whatToPlay(call: Call, body: PlayBody): PlayWhat | undefined {
  if (body.context_uri !== undefined) return contextToPlay(call, body.context_uri, body.offset);
  if (body.uris === undefined) return undefined;
  if (body.uris.length === 0) throw refuse(400, "No tracks specified.");
  const { describe } = surroundings(call.world, listener(call));
  for (const uri of body.uris) {
    const kind = parseUri(uri)?.kind;
    if (kind !== "track" && kind !== "episode") throw refuse(400, `Unsupported uri kind: ${uri}`);
    if (describe(uri) === undefined) throw refuse(404, "Resource not found");
  }
  return { context: null, list: body.uris, startAt: placeOf(body.uris, body.offset) };
}

function contextToPlay(call: Call, uri: string, offset: PlayBody["offset"]): PlayWhat {
  const kind = parseUri(uri)?.kind;
  if (kind !== "album" && kind !== "artist" && kind !== "playlist" && kind !== "show")
    throw refuse(400, "Unsupported context uri");
  const opened = openContext(call.world, uri);
  if (opened === undefined) throw refuse(404, "Resource not found");
  if (offset !== undefined && kind !== "album" && kind !== "playlist" && kind !== "show") {
    throw refuse(400, `Can't have offset for context type: ${kind.toUpperCase()}`);
  }
  return { ...opened, startAt: placeOf(opened.list, offset) };
}

function placeOf(list: readonly string[], offset: PlayBody["offset"]): number | undefined {
  if (offset === undefined) return undefined;
  if (offset.uri !== undefined && offset.position !== undefined)
    throw refuse(400, "Cannot specify both offset.uri and offset.position");
  if (offset.uri !== undefined) {
    const index = list.indexOf(offset.uri);
    if (index < 0) throw refuse(404, "Can't find track in context");
    return index;
  }
  const { position } = offset;
  if (position === undefined) return undefined;
  if (position < 0 || position >= list.length) throw refuse(400, "Invalid offset.position");
  return position;
}

/** `{}` once emptied the queue: https://github.com/spotify/web-api/issues/501. Only where the settings ask for that. */
function wipeIfEmptyObject(call: Call): void {
  if (call.world.settings.player.emptyBodyResume !== "wipe" || call.exchange.body.length === 0) return;
  const given = rawJson(call);
  if (typeof given !== "object" || given === null || Object.keys(given).length > 0) return;
  const person = listener(call);
  const state = playerNow(call.world, person);
  person.player = { ...state, queue: [], list: [], order: [], cursor: -1, context: null, changedAt: call.at };
}
