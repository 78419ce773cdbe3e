import { drawOrder, uriAt } from "./order.ts";
import {
  activeDevice,
  anchored,
  type Ended,
  type NowPlaying,
  type PlayerState,
  type Step,
  type Surroundings,
} from "./state.ts";

const AD_URI = "spotify:ad:rehearsal";

/** The item reaches its end by itself. */
export function finishItem(state: PlayerState, around: Surroundings, at: number): Step {
  const ended = leave(state, at, "finished");
  const counted =
    state.now?.from === "ad" ? { ...state, itemsSinceAd: 0 } : { ...state, itemsSinceAd: state.itemsSinceAd + 1 };
  if (around.ads !== null && state.now?.from !== "ad" && counted.itemsSinceAd >= around.ads.everyItems) {
    return {
      state: begin(
        counted,
        { uri: AD_URI, kind: "ad", durationMs: around.ads.durationMs, from: "ad", startedAt: at },
        at,
      ),
      ended,
    };
  }
  if (state.repeat === "track" && state.now !== null) {
    const again = state.now.from === "ad" ? uriAt(counted, counted.cursor) : state.now.uri;
    const from = state.now.from === "ad" ? "list" : state.now.from;
    const replayed = again === undefined ? undefined : load(counted, again, from, around, at);
    if (replayed !== undefined) return { state: replayed, ended };
  }
  return { state: goOn(counted, around, at), ended };
}

/** Somebody presses Next. It leaves a repeated track too. */
export function skipItem(state: PlayerState, around: Surroundings, at: number): Step {
  const ended = leave(state, at, "skipped");
  return { state: goOn({ ...state, itemsSinceAd: state.itemsSinceAd + 1 }, around, at), ended };
}

/** Back to the item before in the list; from a queued item, to the list's own. Undefined when there is none. */
export function stepBack(state: PlayerState, around: Surroundings, at: number): Step | undefined {
  const wraps = state.repeat === "context";
  let place = state.now?.from === "queue" ? state.cursor : state.cursor - 1;
  for (let tried = 0; tried < state.order.length; tried += 1, place -= 1) {
    if (place < 0 && !wraps) return undefined;
    const wrapped = place < 0 ? state.order.length + place : place;
    const uri = uriAt(state, wrapped);
    const loaded = uri === undefined ? undefined : load({ ...state, cursor: wrapped }, uri, "list", around, at);
    if (loaded !== undefined) return { state: loaded, ended: leave(state, at, "skipped") };
  }
  return undefined;
}

/** True when something follows what plays now without anybody's doing. */
export function hasNext(state: PlayerState): boolean {
  return (
    state.queue.length > 0 ||
    state.cursor + 1 < state.order.length ||
    (state.repeat !== "off" && state.order.length > 0)
  );
}

/** The record of an item that is being left at `at`; nothing for an item that was never heard. */
export function leave(state: PlayerState, at: number, how: Ended["how"]): Ended[] {
  const { now } = state;
  if (now === null) return [];
  const { heardMs, heardUntil } = anchored(state, at);
  if (heardMs === 0) return [];
  return [
    {
      uri: now.uri,
      kind: now.kind,
      startedAt: now.startedAt,
      endedAt: heardUntil,
      heardMs,
      context: state.context,
      privateSession: activeDevice(state)?.privateSession ?? false,
      how,
    },
  ];
}

/** `uri` from its beginning at `at`, playing; undefined when it cannot be played. */
export function load(
  state: PlayerState,
  uri: string,
  from: "list" | "queue",
  around: Surroundings,
  at: number,
): PlayerState | undefined {
  const item = around.describe(uri);
  if (item === undefined || !item.playable) return undefined;
  return begin(state, { uri, kind: item.kind, durationMs: item.durationMs, from, startedAt: at }, at);
}

function begin(state: PlayerState, now: NowPlaying, at: number): PlayerState {
  return { ...state, now, playing: true, positionMs: 0, heardMs: 0, heardUntil: at, anchorAt: at, changedAt: at };
}

/** The queue, then the list, then the list again under repeat, else the end. What cannot be played is passed over. */
function goOn(before: PlayerState, around: Surroundings, at: number): PlayerState {
  let state = before;
  while (state.queue.length > 0) {
    const [uri = "", ...queue] = state.queue;
    state = { ...state, queue };
    const loaded = load(state, uri, "queue", around, at);
    if (loaded !== undefined) return loaded;
  }
  for (let tried = 0; tried < state.order.length; tried += 1) {
    if (state.cursor + 1 >= state.order.length) {
      if (state.repeat === "off") break;
      state = { ...state, ...redrawn(state, around), cursor: -1 };
    }
    state = { ...state, cursor: state.cursor + 1 };
    const uri = uriAt(state, state.cursor);
    const loaded = uri === undefined ? undefined : load(state, uri, "list", around, at);
    if (loaded !== undefined) return loaded;
  }
  return stopped(state, around, at);
}

function redrawn(state: PlayerState, around: Surroundings): Pick<PlayerState, "order" | "draws"> {
  const draws = state.draws + 1;
  return { order: drawOrder(state.list.length, { shuffle: state.shuffle, seed: around.seed, draw: draws }), draws };
}

/** The end with autoplay off: silence, standing at the beginning of the list. */
function stopped(state: PlayerState, around: Surroundings, at: number): PlayerState {
  for (let place = 0; place < state.order.length; place += 1) {
    const uri = uriAt(state, place);
    const first = uri === undefined ? undefined : load({ ...state, cursor: place }, uri, "list", around, at);
    if (first !== undefined) return { ...first, playing: false };
  }
  return { ...state, playing: false, positionMs: 0, heardMs: 0, anchorAt: at, changedAt: at };
}
