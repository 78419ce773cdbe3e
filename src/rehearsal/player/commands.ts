import { drawOrder, uriAt, withShuffle } from "./order.ts";
import { type Refusal, refusalOf } from "./refusals.ts";
import { leave, load, skipItem, stepBack } from "./sequence.ts";
import { anchored, type Command, type PlayerState, type Step, type Surroundings } from "./state.ts";

export type Outcome = { readonly refusal: null; readonly step: Step } | { readonly refusal: Refusal };

/** Carries out `command` at `at`, or says why not. `state` must have been advanced to `at`. */
export function apply(state: PlayerState, command: Command, around: Surroundings, at: number): Outcome {
  const refusal = refusalOf(state, command, around);
  if (refusal !== null) return { refusal };
  return { refusal: null, step: carryOut(anchored(state, at), command, around, at) };
}

function carryOut(state: PlayerState, command: Command, around: Surroundings, at: number): Step {
  switch (command.do) {
    case "play":
      return play(state, command, around, at);
    case "pause":
      return quietly({ ...state, playing: false, changedAt: at });
    case "next":
      return skipItem(state, around, at);
    case "previous":
      return stepBack(state, around, at) ?? quietly(state);
    case "seek":
      return seek(state, command.positionMs, around, at);
    case "volume":
      return quietly({ ...setVolume(state, command.deviceId ?? state.activeDeviceId, command.percent), changedAt: at });
    case "shuffle":
      return quietly({ ...withShuffle(state, command.on, around.seed), changedAt: at });
    case "repeat":
      return quietly({ ...state, repeat: command.mode, changedAt: at });
    case "queue":
      return quietly({ ...state, queue: [...state.queue, command.uri] });
    case "transfer":
      return quietly(transfer(state, command, at));
  }
}

function quietly(state: PlayerState): Step {
  return { state, ended: [] };
}

function play(state: PlayerState, command: Command & { do: "play" }, around: Surroundings, at: number): Step {
  const onDevice = { ...state, activeDeviceId: command.deviceId ?? state.activeDeviceId, changedAt: at };
  const { what } = command;
  if (what === undefined) {
    const resumed = { ...onDevice, playing: true };
    return command.positionMs === undefined ? quietly(resumed) : seek(resumed, command.positionMs, around, at);
  }
  const draws = state.draws + 1;
  const order = drawOrder(what.list.length, {
    shuffle: state.shuffle,
    first: what.startAt,
    seed: around.seed,
    draw: draws,
  });
  const wanted = what.startAt === undefined ? 0 : order.indexOf(what.startAt);
  const ended = leave(state, at, "replaced");
  const listed: PlayerState = { ...onDevice, context: what.context, list: what.list, order, draws };
  for (let step = 0; step < order.length; step += 1) {
    const cursor = (wanted + step) % order.length;
    const started = load({ ...listed, cursor }, uriAt(listed, cursor) ?? "", "list", around, at);
    if (started === undefined) continue;
    if (command.positionMs === undefined) return { state: started, ended };
    const sought = seek(started, command.positionMs, around, at);
    return { state: sought.state, ended: [...ended, ...sought.ended] };
  }
  return quietly(state);
}

/** Past the end is the next item, as on the platform. */
function seek(state: PlayerState, positionMs: number, around: Surroundings, at: number): Step {
  if (state.now !== null && positionMs >= state.now.durationMs) return skipItem(state, around, at);
  return quietly({ ...state, positionMs: Math.max(0, positionMs), anchorAt: at, changedAt: at });
}

function setVolume(state: PlayerState, deviceId: string | null, percent: number): PlayerState {
  return {
    ...state,
    devices: state.devices.map((device) => (device.id === deviceId ? { ...device, volumePercent: percent } : device)),
  };
}

function transfer(state: PlayerState, command: Command & { do: "transfer" }, at: number): PlayerState {
  const wasIdle = state.activeDeviceId === null;
  const playing = state.now !== null && (command.play || (state.playing && !wasIdle));
  return { ...state, activeDeviceId: command.deviceId, playing, changedAt: at };
}
