import type { Person } from "../people.ts";
import { openContext } from "../player/contexts.ts";
import type { Play } from "../player/history.ts";
import { withShuffle } from "../player/order.ts";
import type { Refusal } from "../player/refusals.ts";
import { command, playerNow } from "../player/session.ts";
import { activeDevice, anchored, type Command, type PlayerState, progressAt, type Repeat } from "../player/state.ts";
import type { Stage } from "../stage.ts";

/** What somebody starts in the app itself: no plan, no scope and no Web API are asked. */
interface PlayInApp {
  /** Device id or name; absent: the active one, else the first. */
  device?: string | undefined;
  contextUri?: string | undefined;
  /** Tracks, episodes, local files. */
  uris?: readonly string[] | undefined;
  /** Index into the context or the uris. */
  startAt?: number | undefined;
  positionMs?: number | undefined;
}

/** What the app shows. */
interface PlayerGlance {
  device: string | null;
  uri: string | null;
  kind: string | null;
  playing: boolean;
  progressMs: number;
  shuffle: boolean;
  repeat: Repeat;
  contextUri: string | null;
  queue: readonly string[];
}

export interface PlayerControl {
  look(userId: string): PlayerGlance;
  /** Starts something as the person would in the app. */
  play(userId: string, what: PlayInApp): void;
  /** Any command, as if given in the app; what the player answers to it. */
  command(userId: string, given: Command): Refusal | null;
  /** Sets what can be set without a command. */
  set(
    userId: string,
    change: { shuffle?: boolean; repeat?: Repeat; positionMs?: number; playing?: boolean; queue?: readonly string[] },
  ): void;
  /** Puts a play into the history. Unix ms; `visibleAt` for one that arrives late. */
  addPlay(userId: string, play: Pick<Play, "trackUri" | "startedAt" | "endedAt"> & Partial<Play>): void;
  clearHistory(userId: string): void;
}

export function createPlayerControl(stage: Stage, personOf: (userId: string) => Person): PlayerControl {
  return {
    look(userId) {
      const state = playerNow(stage.world, personOf(userId));
      return glance(state, stage.world.clock.now());
    },
    play(userId, what) {
      const person = personOf(userId);
      const state = playerNow(stage.world, person);
      const opened =
        what.contextUri === undefined
          ? { context: null, list: what.uris ?? [] }
          : openContext(stage.world, what.contextUri);
      if (opened === undefined) throw new RangeError(`nothing to play at ${what.contextUri}`);
      const deviceId = deviceFor(state, what.device);
      const refusal = command(stage.world, person, {
        do: "play",
        deviceId,
        what: { ...opened, startAt: what.startAt },
        positionMs: what.positionMs,
      });
      if (refusal !== null) throw new RangeError(`the player refuses: ${refusal}`);
    },
    command: (userId, given) => command(stage.world, personOf(userId), given),
    set(userId, change) {
      const person = personOf(userId);
      const at = stage.world.clock.now();
      person.player = changed(anchored(playerNow(stage.world, person), at), change, at, stage.world.seed);
    },
    addPlay(userId, play) {
      const person = personOf(userId);
      person.plays = [...person.plays, { context: null, visibleAt: play.endedAt, ...play }];
    },
    clearHistory(userId) {
      personOf(userId).plays = [];
    },
  };
}

function deviceFor(state: PlayerState, wanted: string | undefined): string | undefined {
  if (wanted === undefined) return state.activeDeviceId ?? state.devices[0]?.id;
  const found = state.devices.find((each) => each.id === wanted) ?? state.devices.find((each) => each.name === wanted);
  if (found === undefined) throw new RangeError(`no device ${wanted}`);
  return found.id;
}

function glance(state: PlayerState, at: number): PlayerGlance {
  return {
    device: activeDevice(state)?.name ?? null,
    uri: state.now?.uri ?? null,
    kind: state.now?.kind ?? null,
    playing: state.playing,
    progressMs: progressAt(state, at),
    shuffle: state.shuffle,
    repeat: state.repeat,
    contextUri: state.context?.uri ?? null,
    queue: state.queue,
  };
}

function changed(
  before: PlayerState,
  change: Parameters<PlayerControl["set"]>[1],
  at: number,
  seed: number,
): PlayerState {
  const state = withShuffle(before, change.shuffle ?? before.shuffle, seed);
  const mayPlay = state.now !== null && activeDevice(state) !== undefined;
  return {
    ...state,
    repeat: change.repeat ?? state.repeat,
    positionMs: Math.min(change.positionMs ?? state.positionMs, state.now?.durationMs ?? 0),
    playing: (change.playing ?? state.playing) && mayPlay,
    queue: change.queue ?? state.queue,
    changedAt: at,
  };
}
