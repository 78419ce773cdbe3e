import type { Heard } from "../../contracts/listening.ts";
import type { Playable, PlayerState } from "../../contracts/music.ts";
import type { OpenPlay } from "./trace.ts";

/**
 * What was seen of a player. A push is the player's own word, at once: nothing happened before it that it did not tell. A reading
 * shows what became of things since the last one. A command of ours knows what it did, and only believes what was there before.
 */
export type Observation = {
  at: number;
  state: PlayerState | undefined;
  by: "reading" | "push" | "command";
  /** The command put this there. */
  set?: boolean;
  /** The listener hides what they hear from now on. */
  hidden?: boolean;
  /** The source shows nothing of what stands still: its silence may be a pause. */
  shy?: boolean;
};

export type EndedPlay = {
  heard: Heard;
  startedAt: number;
  endedAt: number;
  exact: "both" | "start" | "end" | "neither";
  /** Absent where it was gone when somebody looked: the range is the most that it can have been. */
  listenedMs?: number;
  skipped?: boolean;
  device?: string;
  context?: string;
};

export type Step = {
  open?: OpenPlay;
  ended: EndedPlay[];
  /** Something may have been heard then that nobody saw. */
  unseen?: { fromAt: number; untilAt: number };
};

/** Positions as services tell them are off by a second or two. */
const NEAR_MS = 3_000;
/** Tracks run into each other for up to 12 s where the listener wishes so, and begin that much early. */
const CROSSFADE_MS = 13_000;
/** Too short to have held a play that counts. */
export const HOLE_MS = 30_000;
/** A track that stood still for longer is another play when it goes on. */
const STANDS_MS = 60 * 60_000;
/** A pause that nobody saw is taken to have been no longer than this, and most are shorter than the other. */
const RESUMED_MS = 15 * 60_000;
const PAUSE_MS = 5 * 60_000;
/** Full passes of a repeated track between two looks; more than a day of them is not believed. */
const MOST_PASSES = 400;

/**
 * What one more observation makes of the play in hand: it goes on, it has ended, another has begun. `seenAt` is when anything
 * was last known of the player. Listening time is what progress shows, and never more than the time that passed: a pause does not
 * count, nor does what a seek jumped over.
 *
 * A repeat is progress that went back through zero since the last look: `at - progress`, the moment at which the track would have
 * begun, lies after it. For a seek back it lies before, unless it went to within the first moments of the track, which between two
 * looks is the same to see.
 */
export function observe(before: OpenPlay | undefined, seenAt: number, seen: Observation): Step {
  const { state, at, hidden } = seen;
  const item = state?.item;
  const open = before && asItStood(before, seen);
  if (!isWitness(seen) && !(open && mayPlayStill(open, seen))) return { ...(open ? { open } : {}), ended: [] };
  if (!open) return found(seen, seenAt);
  if (state && item) return isSame(open.heard, item) ? goOn(open, state, seen) : change(open, state, seen.by);
  if (open.playing && seen.shy) return standStill(open, at);
  // Players drop out of sight when they stand still, and come back with the track that stood there.
  const stands = open.listenedMs === 0 || at - open.heardUntilAt < STANDS_MS;
  if (!open.playing && !hidden && stands) return { open, ended: [], ...unseen(seenAt, at) };
  // It may have been left sooner, and for something else.
  return { ended: [gone(open, seen)].filter(isHeard), ...(isTold(seen) ? {} : unseen(open.at, at)) };
}

/**
 * The play of a track that stands still for so long that it would be another one if it went on, and that other one to be; undefined
 * while it may go on.
 */
export function stoodStill(open: OpenPlay, now: number): { ended: EndedPlay[]; open: OpenPlay } | undefined {
  if (open.playing || open.listenedMs === 0 || now - open.heardUntilAt < STANDS_MS) return undefined;
  const ended = [close(open, { endedAt: open.heardUntilAt, heardMs: 0, sure: false })];
  const { partial: _known, ...rest } = open;
  return { ended, open: { ...rest, startedAt: now, startSeen: false, listenedMs: 0, heardUntilAt: now } };
}

/**
 * Whether it shows what is there. A command that changed something else (the volume, whether it plays) was accepted by a player
 * that may have gone on to other tracks long ago: it only repeats what was believed to be there.
 */
export const isWitness = ({ by, set, state }: Observation): boolean =>
  by !== "command" || set === true || state?.item === undefined;
/**
 * A command of ours that let something go on may have been meant for what others had put in its place by then. Where what is found
 * next did not begin at the end that this would have had, it never went on.
 */
function asItStood(open: OpenPlay, { by, state, at }: Observation): OpenPlay {
  const { stood, ...rest } = open;
  const item = state?.item;
  if (!stood || by === "command" || (item && isSame(open.heard, item))) return open;
  const end = naturalEnd(open) ?? Number.POSITIVE_INFINITY;
  const next = state && item ? state.at - state.progressMs : at;
  if (end <= next + CROSSFADE_MS && (!item || next - end <= HOLE_MS)) return open;
  return { ...rest, ...stood, playing: false };
}

/** The track in hand cannot be over by then, nor have been left for long. */
function mayPlayStill(open: OpenPlay, { state }: Observation): boolean {
  if (!state?.item || !isSame(open.heard, state.item)) return false;
  if (!open.playing) return state.at - open.at <= RESUMED_MS;
  const end = naturalEnd(open) ?? Number.POSITIVE_INFINITY;
  return state.repeat === "track" || state.at <= end + NEAR_MS;
}

const isTold = ({ by }: Observation) => by === "push";
const isHeard = ({ listenedMs }: EndedPlay) => listenedMs !== 0;
const isSame = (heard: Heard, { uri, ...item }: Playable) =>
  heard.uri === uri || (heard.isrc !== undefined && item.type === "track" && heard.isrc === item.isrc);

function unseen(fromAt: number, untilAt: number): Pick<Step, "unseen"> {
  return untilAt - fromAt > HOLE_MS ? { unseen: { fromAt, untilAt } } : {};
}

/** Nothing was in hand. What plays began when its progress says, but not before the player was last seen without it. */
function found(seen: Observation, seenAt: number): Step {
  const { state, at } = seen;
  const told = isTold(seen);
  if (!state?.item) return { ended: [], ...(told ? {} : unseen(seenAt, at)) };
  const open = begin(state.item, state, seenAt, false);
  const fromAt = state.playing ? open.startedAt : state.at;
  return { open, ended: [], ...(told && state.playing ? {} : unseen(seenAt, fromAt)) };
}

/**
 * `isNew`: it was not there when the player was last seen, so that all its progress was made since `notBefore`. Of one that stands
 * still by now that may have been at any time since: its range is the most that it can have been. Of one that was only found
 * standing, nobody knows how much was heard, and none of it counts unless it goes on.
 */
function begin(item: Playable, state: PlayerState, notBefore: number, isNew: boolean): OpenPlay {
  const { at, playing, progressMs, device, context } = state;
  const waited = !playing && isNew ? RESUMED_MS : 0;
  const startedAt = Math.max(at - progressMs - waited, Math.min(notBefore, at));
  const found = !playing && !isNew;
  return {
    heard: heardOf(item),
    startedAt,
    startSeen: playing && at - progressMs >= notBefore - NEAR_MS,
    listenedMs: found ? 0 : Math.min(progressMs, at - startedAt),
    heardUntilAt: at,
    at,
    progressMs,
    playing,
    ...(found && progressMs > HOLE_MS ? { partial: true } : {}),
    ...(device ? { device: device.name } : {}),
    ...(context ? { context: context.uri } : {}),
  };
}

/** When it will have been heard to its end, if it is left alone. */
const naturalEnd = ({ heard, playing, at, progressMs }: OpenPlay): number | undefined =>
  playing && heard.durationMs ? at + Math.max(0, heard.durationMs - progressMs) : undefined;

type End = { endedAt: number; heardMs: number; sure: boolean; skipped?: boolean };

function close(open: OpenPlay, { endedAt, heardMs, sure, skipped }: End): EndedPlay {
  const { heard, startedAt, startSeen, device, context } = open;
  // Without a pause so far, the range says as much, and a better witness of its end may shorten it.
  const paused = !open.playing || open.at - startedAt - open.listenedMs > NEAR_MS;
  const known =
    !open.partial && (sure || paused) ? Math.min(open.listenedMs + heardMs, endedAt - startedAt) : undefined;
  const listenedMs = open.listenedMs + heardMs === 0 ? 0 : known;
  return {
    heard,
    startedAt,
    endedAt: Math.max(startedAt, endedAt),
    exact: startSeen ? (sure ? "both" : "start") : sure ? "end" : "neither",
    ...(listenedMs === undefined ? {} : { listenedMs: Math.max(0, Math.round(listenedMs)) }),
    ...(skipped ? { skipped } : {}),
    ...(device === undefined ? {} : { device }),
    ...(context === undefined ? {} : { context }),
  };
}

/** It is not there any more, and nothing tells when it went. */
function gone(open: OpenPlay, seen: Observation): EndedPlay {
  const { at, hidden } = seen;
  if (!open.playing) return close(open, { endedAt: open.heardUntilAt, heardMs: 0, sure: isTold(seen) });
  // What was heard behind the curtain stays there.
  if (hidden) return close(open, { endedAt: open.at, heardMs: 0, sure: false });
  const endedAt = Math.min(naturalEnd(open) ?? at, Math.max(at, open.at));
  return close(open, { endedAt, heardMs: endedAt - open.at, sure: isTold(seen) });
}

/** It plays no more, at its end or on the way to it. */
function standStill(open: OpenPlay, at: number): Step {
  const leftMs = (open.heard.durationMs ?? Number.POSITIVE_INFINITY) - open.progressMs;
  const heardMs = Math.max(0, Math.min(at - open.at, leftMs));
  const end = { endedAt: open.at + heardMs, heardMs, sure: true };
  if (leftMs - heardMs < NEAR_MS) return { ended: [close(open, end)].filter(isHeard) };
  const { listenedMs, progressMs } = open;
  const still = { listenedMs: listenedMs + heardMs, progressMs: progressMs + heardMs, heardUntilAt: end.endedAt };
  return { open: { ...open, ...still, at, playing: false }, ended: [] };
}

function goOn(open: OpenPlay, state: PlayerState, seen: Observation): Step {
  const elapsed = Math.max(0, state.at - open.at);
  const moved = state.progressMs - open.progressMs;
  const asBefore = state.playing === open.playing && Math.abs(moved - (open.playing ? elapsed : 0)) < NEAR_MS;
  // A command about something else (the volume) is no witness that the track still plays.
  if (seen.by === "command" && asBefore) return { open, ended: [] };
  const again = repeats(open, state, elapsed, seen.by);
  if (again) return again;
  const steady = moved >= 0 && moved <= elapsed + NEAR_MS;
  const heardMs = steady ? Math.min(moved, elapsed) : open.playing && state.playing ? elapsed : 0;
  const first = open.listenedMs === 0 && !open.playing && !open.partial && heardMs > 0;
  const { device, context } = state;
  const { stood: before, ...known } = open;
  const { at, progressMs, listenedMs, heardUntilAt } = open;
  const goes = seen.by === "command" && state.playing && !open.playing;
  const stood = goes ? { at, progressMs, listenedMs, heardUntilAt } : seen.by === "command" ? before : undefined;
  const next: OpenPlay = {
    ...known,
    ...(stood ? { stood } : {}),
    startedAt: first ? state.at - heardMs : open.startedAt,
    listenedMs: open.listenedMs + heardMs,
    // Of what stands still by now, nobody saw when it stopped.
    heardUntilAt: heardMs === 0 ? open.heardUntilAt : Math.min(state.at, open.at + heardMs + RESUMED_MS),
    at: state.at,
    progressMs: state.progressMs,
    playing: state.playing,
    ...(device ? { device: device.name } : {}),
    ...(context ? { context: context.uri } : {}),
  };
  return { open: next, ended: [] };
}

/** The same track from its beginning: how the play before it ended, and those that fit in between. */
function repeats(open: OpenPlay, state: PlayerState, elapsed: number, by: Observation["by"]): Step | undefined {
  const startedAt = state.at - state.progressMs;
  const reached = open.progressMs + (open.playing ? elapsed : 0);
  const duration = open.heard.durationMs ?? 0;
  const passes = passesOf(open, state, reached, duration);
  const wentBack = state.progressMs < open.progressMs - NEAR_MS && startedAt >= open.at - NEAR_MS;
  const began = by !== "reading" && state.progressMs < NEAR_MS / 2 && reached > NEAR_MS;
  // At the end of what there is to play, players stand at its beginning.
  const end = naturalEnd(open);
  const stands = !state.playing && state.progressMs < NEAR_MS;
  const back = state.progressMs < Math.max(1, open.progressMs);
  const ranOut = stands && back && end !== undefined && end <= state.at + NEAR_MS;
  if (passes === 0 && !wentBack && !began && !ranOut) return undefined;

  const full = end !== undefined && end <= startedAt + NEAR_MS;
  const endedAt = Math.max(open.at, Math.min(startedAt, state.at, full ? end : startedAt));
  const heardMs = open.playing ? endedAt - open.at : 0;
  const ended = [close(open, { endedAt, heardMs, sure: full || by !== "reading" })];
  for (let pass = 1; pass < passes; pass++) {
    const from = endedAt + (pass - 1) * duration;
    const to = Math.min(from + duration, startedAt);
    const between = { ...open, startedAt: from, startSeen: false, listenedMs: 0 };
    ended.push(close(between, { endedAt: to, heardMs: to - from, sure: false }));
  }
  const item = state.item;
  return {
    ended: ended.filter(isHeard),
    ...(stands || !item ? {} : { open: begin(item, state, endedAt, true) }),
    ...unseen(endedAt + Math.max(0, passes - 1) * duration, Math.min(startedAt, state.at)),
  };
}

/** How often the track came to its end since the last look, where its position now says so to the second. */
function passesOf(open: OpenPlay, state: PlayerState, reached: number, duration: number): number {
  if (!open.playing || !state.playing || duration <= NEAR_MS) return 0;
  const passes = Math.floor((reached + NEAR_MS) / duration);
  const fits = Math.abs(reached - passes * duration - state.progressMs) <= NEAR_MS;
  return fits && passes <= MOST_PASSES && (passes <= 1 || state.repeat === "track") ? passes : 0;
}

function change(open: OpenPlay, state: PlayerState, by: Observation["by"]): Step {
  const { item } = state;
  if (!item) return { ended: [] };
  // Of one that stands still, the latest moment at which it can have begun.
  const startedAt = Math.max(open.at, state.at - state.progressMs);
  const { end, from } = open.playing
    ? leftPlaying(open, startedAt, by === "push", state.playing)
    : leftStanding(open, startedAt, by);
  const ended = close(open, end);
  const next = begin(item, state, ended.endedAt, true);
  return { open: next, ended: [ended].filter(isHeard), ...unseen(from, startedAt) };
}

/** How a track ended that played when it was last seen; and from when on others may have come and gone. */
function leftPlaying(open: OpenPlay, startedAt: number, told: boolean, nextPlays: boolean): { end: End; from: number } {
  const natural = naturalEnd(open);
  if (natural !== undefined && natural <= startedAt + CROSSFADE_MS) {
    const over = Math.min(natural, startedAt);
    const sure = told || startedAt - natural <= HOLE_MS;
    // Players leave no silence between two tracks: it was paused on the way, or others were heard in between.
    const paused = startedAt - natural > RESUMED_MS ? over + PAUSE_MS : startedAt;
    const endedAt = sure || !nextPlays ? over : paused;
    return { end: { endedAt, heardMs: over - open.at, sure }, from: over };
  }
  const end = { endedAt: startedAt, heardMs: startedAt - open.at, sure: told, skipped: true };
  return { end, from: told ? startedAt : open.at };
}

/** The same of one that stood still. It may have gone on unseen to its end, unless a command of ours put another in its place. */
function leftStanding(open: OpenPlay, startedAt: number, by: Observation["by"]): { end: End; from: number } {
  const leftMs = (open.heard.durationMs ?? Number.POSITIVE_INFINITY) - open.progressMs;
  const spareMs = startedAt - open.at - leftMs;
  if (by === "reading" && open.listenedMs > 0 && spareMs >= -NEAR_MS && spareMs <= PAUSE_MS)
    return { end: { endedAt: startedAt, heardMs: leftMs, sure: false }, from: open.at };
  return { end: { endedAt: open.heardUntilAt, heardMs: 0, sure: by === "push" }, from: open.at };
}

export function heardOf(item: Playable): Heard {
  const { uri, title, durationMs, url, art } = item;
  const length = durationMs > 0 ? { durationMs } : {};
  const common = { uri, title, ...length, ...(url === undefined ? {} : { url }), art };
  if (item.type === "episode") return { kind: "episode", ...common, artists: item.show ? [item.show] : [] };
  const { isrc, artists, album } = item;
  return {
    kind: "track",
    ...common,
    artists,
    ...(isrc === undefined ? {} : { isrc }),
    ...(album
      ? {
          album: {
            name: album.name,
            ...(album.uri === undefined ? {} : { uri: album.uri }),
            ...(album.url === undefined ? {} : { url: album.url }),
            ...(album.releaseYear === undefined ? {} : { releaseYear: album.releaseYear }),
          },
        }
      : {}),
  };
}
