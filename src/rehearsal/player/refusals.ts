import { hasNext } from "./sequence.ts";
import { activeDevice, type Command, type Device, type PlayerState, type Surroundings } from "./state.ts";

/** Why a command is not carried out, in our words; what the platform says instead is `api/player-errors.ts`. */
export type Refusal =
  | "no_active_device"
  | "device_not_found"
  | "device_restricted"
  | "not_on_that_device"
  | "no_volume"
  | "already_paused"
  | "already_playing"
  | "no_previous"
  | "no_next"
  | "nothing_loaded"
  | "unplayable"
  | "unchanged"
  | "ad_playing"
  | "endless_context";

/** The refusals that `actions.disallows` can announce, by the name it gives them. */
export type Disallows = Partial<
  Record<
    | "pausing"
    | "resuming"
    | "seeking"
    | "skipping_next"
    | "skipping_prev"
    | "toggling_repeat_context"
    | "toggling_repeat_track"
    | "toggling_shuffle",
    true
  >
>;

/** Null when the command would be carried out at this moment. */
export function refusalOf(state: PlayerState, command: Command, around: Surroundings): Refusal | null {
  const target = targetOf(state, command.deviceId);
  if (target === undefined) return command.deviceId === undefined ? "no_active_device" : "device_not_found";
  if (target.restricted) return "device_restricted";
  if (command.do === "volume") return target.supportsVolume ? null : "no_volume";
  if (command.do === "transfer") return null;
  if (command.do === "play") return refusalOfPlay(state, command, target, around);
  if (target.id !== state.activeDeviceId)
    return state.activeDeviceId === null ? "no_active_device" : "not_on_that_device";
  return refusalInPlay(state, command, around);
}

/** What the state announces as impossible: the very refusals that the commands would meet. */
export function disallows(state: PlayerState, around: Surroundings): Disallows {
  const refused = (command: Command) => refusalOf(state, command, around) !== null;
  const result: Disallows = {};
  if (refused({ do: "pause" })) result.pausing = true;
  if (refused({ do: "play" })) result.resuming = true;
  if (refused({ do: "seek", positionMs: 0 })) result.seeking = true;
  if (refused({ do: "next" })) result.skipping_next = true;
  if (refused({ do: "previous" })) result.skipping_prev = true;
  if (refused({ do: "repeat", mode: "context" })) result.toggling_repeat_context = true;
  if (refused({ do: "repeat", mode: "track" })) result.toggling_repeat_track = true;
  if (refused({ do: "shuffle", on: !state.shuffle })) result.toggling_shuffle = true;
  return result;
}

function refusalOfPlay(
  state: PlayerState,
  command: Command & { do: "play" },
  target: Device,
  around: Surroundings,
): Refusal | null {
  if (command.what !== undefined) return command.what.list.some((uri) => playable(uri, around)) ? null : "unplayable";
  if (state.now === null) return "nothing_loaded";
  return state.playing && target.id === state.activeDeviceId ? "already_playing" : null;
}

function refusalInPlay(state: PlayerState, command: Command, around: Surroundings): Refusal | null {
  if (command.do === "queue") return playable(command.uri, around) ? null : "unplayable";
  if (state.now === null) return command.do === "next" && state.queue.length > 0 ? null : "nothing_loaded";
  const adPlays = state.now.kind === "ad";
  switch (command.do) {
    case "pause":
      return state.playing ? null : "already_paused";
    case "next":
      if (adPlays) return "ad_playing";
      return around.nextAtEnd === "refuse" && !hasNext(state) ? "no_next" : null;
    case "previous":
      if (adPlays) return "ad_playing";
      return hasPrevious(state, around) ? null : "no_previous";
    case "seek":
      return adPlays ? "ad_playing" : null;
    case "shuffle":
      if (adPlays) return "ad_playing";
      return around.refuseUnchangedShuffle && command.on === state.shuffle ? "unchanged" : null;
    case "repeat":
      if (adPlays) return "ad_playing";
      return command.mode === "context" && state.context?.type === "show" ? "endless_context" : null;
    default:
      return null;
  }
}

function hasPrevious(state: PlayerState, around: Surroundings): boolean {
  if (state.repeat === "context") return state.list.some((uri) => playable(uri, around));
  const upTo = state.now?.from === "queue" ? state.cursor + 1 : state.cursor;
  return state.order.slice(0, Math.max(0, upTo)).some((index) => playable(state.list[index] ?? "", around));
}

function playable(uri: string, around: Surroundings): boolean {
  return around.describe(uri)?.playable ?? false;
}

function targetOf(state: PlayerState, deviceId: string | undefined): Device | undefined {
  return deviceId === undefined
    ? activeDevice(state)
    : state.devices.find((device) => device.id === deviceId && !device.hidesId);
}
