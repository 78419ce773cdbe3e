import { z } from "zod";
import {
  type Device,
  type ItemType,
  type Playable,
  type PlayerAction,
  type PlayerState,
  playerActions,
} from "../../../contracts/music.ts";
import { count, goodOnes, malformed, maybe, playableSchema, present, read } from "./parse.ts";
import { isCollection, parseUri } from "./uris.ts";

/*
 * The player's JSON. https://developer.spotify.com/documentation/web-api/reference/get-information-about-the-users-current-playback
 * `timestamp` in it is when the state last changed, not when `progress_ms` was true: the caller's clock says that.
 */

const flag = maybe(z.boolean());

/** Kinds that are written otherwise than the contract's; the rest only differ by case. */
const neutralKinds: Readonly<Record<string, string>> = {
  smartphone: "phone",
  audiodongle: "audio_dongle",
  gameconsole: "game_console",
  castvideo: "cast_video",
  castaudio: "cast_audio",
};

const deviceSchema = z
  .object({
    // Null for devices that cannot be addressed, and never permanent.
    id: maybe(z.string().min(1)),
    name: maybe(z.string().min(1)),
    type: maybe(z.string().min(1)),
    is_active: flag,
    is_private_session: flag,
    is_restricted: flag,
    volume_percent: maybe(z.number().finite().min(0).max(100)),
    supports_volume: flag,
  })
  .transform((raw): Device => {
    const type = raw.type?.toLowerCase() ?? "unknown";
    const kind = neutralKinds[type] ?? type;
    const hasVolume = raw.supports_volume ?? raw.volume_percent !== undefined;
    return {
      ...present({ id: raw.id }),
      name: raw.name ?? kind,
      kind,
      active: raw.is_active ?? false,
      restricted: raw.is_restricted ?? false,
      ...present({ private: raw.is_private_session }),
      ...(hasVolume && raw.volume_percent !== undefined ? { volume: Math.round(raw.volume_percent) } : {}),
      hasVolume,
    };
  });

const disallowsSchema = z.object({
  interrupting_playback: flag,
  pausing: flag,
  resuming: flag,
  seeking: flag,
  skipping_next: flag,
  skipping_prev: flag,
  toggling_repeat_context: flag,
  toggling_repeat_track: flag,
  toggling_shuffle: flag,
  transferring_playback: flag,
});

/** A device that takes no commands can still be left for another. */
const onDevice = playerActions.filter((action) => action !== "transfer");

function refusedBy(
  disallows: z.output<typeof disallowsSchema> | undefined,
  device: Device | undefined,
): PlayerAction[] {
  const refused = new Set<PlayerAction>();
  if (disallows?.interrupting_playback === true) refused.add("play");
  if (disallows?.pausing === true) refused.add("pause");
  if (disallows?.resuming === true) refused.add("resume");
  if (disallows?.skipping_next === true) refused.add("next");
  if (disallows?.skipping_prev === true) refused.add("previous");
  if (disallows?.seeking === true) refused.add("seek");
  if (disallows?.toggling_shuffle === true) refused.add("shuffle");
  // One of the two is often refused alone (repeating an endless context); the command as a whole still works then.
  if (disallows?.toggling_repeat_context === true && disallows.toggling_repeat_track === true) refused.add("repeat");
  if (disallows?.transferring_playback === true) refused.add("transfer");
  if (device !== undefined && !device.hasVolume) refused.add("volume");
  // A restricted device takes no command of this API at all, but the music can still be moved off it.
  if (device?.restricted === true) for (const action of onDevice) refused.add(action);
  return [...refused];
}

const contextSchema = z.object({ uri: z.string() });

function contextOf(uri: string): { uri: string; type: ItemType } | undefined {
  // Liked songs are a list of the listener's own that has no id; it plays by this very uri.
  if (isCollection(uri)) return { uri, type: "playlist" };
  const known = parseUri(uri);
  return known === undefined ? undefined : { uri: known.uri, type: known.type };
}

const stateSchema = z.object({
  device: maybe(deviceSchema),
  repeat_state: z.enum(["off", "context", "track"]).catch("off"),
  shuffle_state: z.boolean().catch(false),
  context: maybe(contextSchema),
  progress_ms: count.catch(0),
  is_playing: z.boolean(),
  // Null for ads, for what is not told, and for episodes when additional_types was not asked for.
  item: maybe(playableSchema),
  currently_playing_type: maybe(z.string()),
  actions: maybe(z.object({ disallows: maybe(disallowsSchema) })),
});

/** `at` is Unix ms of the answer. Null is what some proxies of the player make of "nothing". */
export function parseState(raw: unknown, at: number): PlayerState | undefined {
  if (raw === null || raw === undefined) return undefined;
  const state = read(stateSchema, raw, "player state");
  const duration = state.item?.durationMs ?? 0;
  const context = state.context && contextOf(state.context.uri);
  return {
    at,
    playing: state.is_playing,
    progressMs: duration > 0 ? Math.min(state.progress_ms, duration) : state.progress_ms,
    ...(state.item === undefined
      ? { other: state.currently_playing_type === "ad" ? ("ad" as const) : ("unknown" as const) }
      : { item: state.item }),
    ...present({ context, device: state.device }),
    shuffle: state.shuffle_state,
    repeat: state.repeat_state,
    refused: refusedBy(state.actions?.disallows, state.device),
  };
}

const devicesSchema = z.object({ devices: z.array(z.unknown()) });

export function parseDevices(raw: unknown): Device[] {
  return goodOnes(deviceSchema, read(devicesSchema, raw, "devices").devices);
}

const queueSchema = z.object({ currently_playing: maybe(playableSchema), queue: z.unknown().optional() });

export function parseQueue(raw: unknown): { current?: Playable; next: Playable[] } {
  const { currently_playing: current, queue } = read(queueSchema, raw, "queue");
  if (queue !== undefined && queue !== null && !Array.isArray(queue)) throw malformed("queue is no list");
  return { ...present({ current }), next: goodOnes(playableSchema, queue) };
}
