import { isSegueError, type RestrictedReason, SegueError } from "../contracts/errors.ts";
import type { CallOptions, Playable, PlayerAction, PlayerState, RepeatMode } from "../contracts/music.ts";
import type { Done, Where } from "../contracts/player.ts";
import { type Deck, notOffered, within } from "./deck.ts";
import { onDevice, onPlaying } from "./devices.ts";
import { expectedAfter } from "./glance.ts";
import { apart, isWaiting, settleHanded, wakeQueue } from "./handover.ts";
import { currentItem, readState } from "./reading.ts";
import { ages } from "./state.ts";
import { beforeOf, rememberAct } from "./undo-memory.ts";
import { sure } from "./writes.ts";

const MOST_SKIPS = 20;

type Options = CallOptions & { deviceId?: string };
const optionsFor = (deck: Deck, reason: string, deviceId: string | undefined): Options => ({
  ...deck.options(reason),
  ...(deviceId === undefined ? {} : { deviceId }),
});

/** Where a service refuses to resume what plays, it refuses to pause what does not. */
const turned = (refused: readonly PlayerAction[]): PlayerAction[] =>
  refused.map((action) => (action === "resume" ? "pause" : action === "pause" ? "resume" : action));

function done(deck: Deck, changed: boolean, device?: Done["device"]): Done {
  const state = deck.house.states.known(deck.key)?.state;
  return { changed, ...(state ? { state } : {}), ...(device ? { device } : {}) };
}

/**
 * A refusal that may only mean "it is so already". Services often give no reason, or one that was guessed from what was tried,
 * so the state decides: the known one where it shows the effect, else one read. Raises the refusal where neither does.
 */
async function unlessSo(
  deck: Deck,
  error: unknown,
  shows: (state: PlayerState | undefined) => boolean,
  hint?: RestrictedReason,
): Promise<void> {
  if (!isSegueError(error, "Restricted")) throw error;
  if (error.details.reason !== "unknown" && error.details.reason !== hint) throw error;
  const known = deck.house.states.believed(deck.key, ages.shownPaused);
  if (known && shows(known)) return;
  const state = await readState(deck);
  if (shows(state)) return;
  const device = state?.device;
  throw new SegueError(
    "Restricted",
    device?.restricted ? { reason: "device_restricted", device: device.name } : { reason: "unknown" },
    { cause: error },
  );
}

export async function pause(deck: Deck, where: Where = {}): Promise<Done> {
  deck.mayControl();
  const { states } = deck.house;
  const before = states.believed(deck.key, ages.shownPaused);
  const paused = (state: PlayerState | undefined) => state?.playing !== true;
  try {
    const { device } = await onPlaying(deck, where, (id) =>
      sure(deck, {
        act: "pause",
        repeatable: true,
        shows: paused,
        send: () => deck.control((session) => session.pause(optionsFor(deck, "pause", id))),
      }),
    );
    await states.assume(deck.key, (state) => ({ ...state, playing: false, refused: turned(state.refused) }));
    await rememberAct(deck, { act: "pause" });
    return done(deck, before?.playing !== false, device);
  } catch (error) {
    // With nothing active nothing plays, which is what was wished for.
    if (isSegueError(error, "Restricted") && error.details.reason === "nothing_playing") return done(deck, false);
    await unlessSo(deck, error, paused, "already_paused");
    await states.assume(deck.key, (state) => ({ ...state, playing: false }));
    return done(deck, false);
  }
}

export async function resume(deck: Deck, where: Where = {}): Promise<Done> {
  deck.mayControl();
  const { states } = deck.house;
  const before = states.believed(deck.key, ages.shownPlaying);
  const playing = (state: PlayerState | undefined) => state?.playing === true;
  try {
    const { device } = await onDevice(deck, where, (id) =>
      sure(deck, {
        act: "resume",
        repeatable: true,
        shows: playing,
        send: () => deck.control((session) => session.resume(optionsFor(deck, "resume", id))),
      }),
    );
    await states.assume(deck.key, (state) => ({
      ...state,
      playing: true,
      refused: turned(state.refused),
      ...(device ? { device: { ...device, active: true } } : {}),
    }));
    await rememberAct(deck, { act: "resume" });
    await wakeQueue(deck);
    return done(deck, before?.playing !== true, device);
  } catch (error) {
    if (isSegueError(error, "Restricted") && error.details.reason === "nothing_playing") {
      // What was known of it is refuted; where the player is heard, that has been read already.
      if (!states.isHeard(deck.key)) await states.forget(deck.key);
      throw new SegueError("Restricted", { reason: "nothing_to_resume" }, { cause: error });
    }
    await unlessSo(deck, error, playing, "already_playing");
    await states.assume(deck.key, (state) => ({ ...state, playing: true }));
    return done(deck, false);
  }
}

/**
 * What played before a skip, remembered durably, so that a second run of the command after a crash can see whether the first
 * one had skipped. Raises Unconfirmed where that cannot be known.
 */
async function skipPlan(deck: Deck, act: "next" | "previous", count: number): Promise<"skip" | "skipped"> {
  const now = deck.house.states.believed(deck.key, ages.settings)?.item?.uri;
  const { value, again } = await deck.plan<{ before: string | null }>(act, async () => ({ before: now ?? null }));
  if (!again) return "skip";
  const current = (await readState(deck))?.item?.uri;
  if (value.before === null || current === undefined) throw new SegueError("Unconfirmed", { action: act });
  if (current === value.before) return "skip";
  // One skip has happened; of several, nobody knows how many.
  if (count > 1) throw new SegueError("Unconfirmed", { action: act });
  return "skipped";
}

async function skip(deck: Deck, act: "next" | "previous", count: number): Promise<Done> {
  within("count", count, 1, MOST_SKIPS);
  deck.mayControl();
  const { states } = deck.house;
  const before = states.believed(deck.key, ages.settings);
  const expected = act === "next" ? expectedAfter(deck, count) : [];
  if ((await skipPlan(deck, act, count)) === "skipped") return done(deck, true);
  for (let step = 0; step < count; step++) {
    const left = states.known(deck.key)?.state?.item?.uri;
    const { device } = await onPlaying(deck, {}, (id) =>
      sure(deck, {
        act,
        repeatable: false,
        shows: (state) => (left === undefined ? undefined : state?.item !== undefined && state.item.uri !== left),
        send: () => deck.control((session) => session[act](optionsFor(deck, act, id))),
      }),
    );
    await states.assume(
      deck.key,
      ({ item: _left, ...state }) => ({
        ...state,
        playing: true,
        progressMs: 0,
        refused: [],
        ...(device ? { device } : {}),
      }),
      left === undefined ? {} : { left },
    );
  }
  const was = beforeOf(before);
  await rememberAct(deck, { act, expected, ...(was ? { before: was } : {}) });
  await wakeQueue(deck);
  return done(deck, true);
}

export const next = (deck: Deck, count = 1): Promise<Done> => skip(deck, "next", count);
export const previous = (deck: Deck, count = 1): Promise<Done> => skip(deck, "previous", count);

/** One look at what is up next, so that the answer can name it, then as many skips: a play from there would drop the queue. */
export async function skipTo(deck: Deck, index: number): Promise<Done & { item: Playable }> {
  within("index", index, 1, MOST_SKIPS);
  deck.mayControl();
  const { value } = await deck.plan("skipTo", async () => {
    const shown = await deck.read(async (session) => {
      if (!session.queue) throw notOffered();
      return session.queue.show(deck.options("queue"));
    });
    const rows = await deck.house.queue.list(deck.key);
    const { handed, upNext } = apart(await settleHanded(deck, rows, shown.current), shown.next);
    // What waits with us plays between the two, and the service does not hold it yet: its skips cannot end there or beyond.
    const held = rows.some(isWaiting);
    const reachable = held ? handed : [...handed, ...upNext];
    if (held && handed.length === 0) throw new SegueError("NotFound", { what: "next" });
    const item = reachable[index - 1];
    if (!item) {
      const bounds = { min: 1, max: reachable.length, given: String(index) };
      throw new SegueError("InvalidInput", { field: "index", why: "range", ...bounds });
    }
    return { item, steps: shown.next.indexOf(item) + 1 };
  });
  const { item, steps } = value;
  const result = await skip(deck, "next", steps);
  await deck.house.states.assume(deck.key, (state) => ({ ...state, item }));
  return { ...result, ...done(deck, true), item };
}

export type SeekTo = { positionMs: number } | { percent: number } | { byMs: number };

function goalOf(to: SeekTo, state: PlayerState, durationMs: number): number {
  if ("percent" in to) return Math.round((within("percent", to.percent, 0, 100) / 100) * durationMs);
  if ("positionMs" in to) return within("position", to.positionMs, 0, durationMs);
  within("offset", to.byMs, -24 * 60 * 60_000, 24 * 60 * 60_000);
  // Past the end the service goes to the next track by itself, which nobody asked for with "30 seconds on".
  return Math.max(0, Math.min(durationMs - 1_000, Math.round(state.progressMs + to.byMs)));
}

export async function seek(deck: Deck, to: SeekTo): Promise<Done & { positionMs: number; durationMs: number }> {
  if (deck.offered && !deck.offered.seek) throw notOffered();
  deck.mayControl();
  const { states } = deck.house;
  const { value: goal } = await deck.plan("seek", async () => {
    // The length of the track bounds every seek, and "30 seconds back" counts from where it is.
    const known = states.believed(deck.key, ages.progress);
    const { item, state } = known?.item ? { item: known.item, state: known } : await currentItem(deck);
    const positionMs = goalOf(to, state, item.durationMs);
    return { positionMs, durationMs: item.durationMs, fromMs: Math.round(state.progressMs), uri: item.uri };
  });
  const { positionMs, durationMs, fromMs, uri } = goal;
  await seekTo(deck, positionMs, "seek");
  await rememberAct(deck, { act: "seek", positionMs: fromMs, uri });
  return { ...done(deck, true), positionMs, durationMs };
}

/** Moves within what plays. One call. */
export async function seekTo(deck: Deck, positionMs: number, act: string, where: Where = {}): Promise<void> {
  const { states } = deck.house;
  await onPlaying(deck, where, (id) =>
    sure(deck, {
      act,
      repeatable: true,
      shows: (state) => (state === undefined ? false : Math.abs(state.progressMs - positionMs) < 5_000),
      send: () => deck.control(async (session) => session.seek?.(positionMs, optionsFor(deck, act, id))),
    }),
  );
  await states.assume(deck.key, (state) => ({ ...state, progressMs: positionMs }));
}

export async function restart(deck: Deck, where: Where = {}): Promise<Done> {
  if (deck.offered && !deck.offered.seek) throw notOffered();
  deck.mayControl();
  const before = deck.house.states.believed(deck.key, ages.progress);
  await seekTo(deck, 0, "restart", where);
  if (before?.item) {
    await rememberAct(deck, { act: "restart", positionMs: Math.round(before.progressMs), uri: before.item.uri });
  }
  // "From the start" is meant to be heard.
  if (before?.playing === false) return { ...(await resume(deck, where)), changed: true };
  return done(deck, true);
}

export async function shuffle(deck: Deck, on: boolean): Promise<Done> {
  if (deck.offered && !deck.offered.shuffle) throw notOffered();
  deck.mayControl();
  const { states } = deck.house;
  const before = states.believed(deck.key, ages.settings)?.shuffle;
  try {
    await onPlaying(deck, {}, (id) =>
      sure(deck, {
        act: "shuffle",
        repeatable: true,
        shows: (state) => state?.shuffle === on,
        send: () => deck.control(async (session) => session.shuffle?.(on, optionsFor(deck, "shuffle", id))),
      }),
    );
  } catch (error) {
    await unlessSo(deck, error, (state) => state?.shuffle === on);
    return done(deck, false);
  }
  await states.assume(deck.key, (state) => ({ ...state, shuffle: on }));
  await rememberAct(deck, { act: "shuffle", on: before ?? !on });
  return done(deck, before !== on);
}

export async function repeat(deck: Deck, mode: RepeatMode): Promise<Done> {
  if (deck.offered && !deck.offered.repeat) throw notOffered();
  deck.mayControl();
  const { states } = deck.house;
  const before = states.believed(deck.key, ages.settings)?.repeat;
  try {
    await onPlaying(deck, {}, (id) =>
      sure(deck, {
        act: "repeat",
        repeatable: true,
        shows: (state) => state?.repeat === mode,
        send: () => deck.control(async (session) => session.repeat?.(mode, optionsFor(deck, "repeat", id))),
      }),
    );
  } catch (error) {
    await unlessSo(deck, error, (state) => state?.repeat === mode);
    return done(deck, false);
  }
  await states.assume(deck.key, (state) => ({ ...state, repeat: mode }));
  await rememberAct(deck, { act: "repeat", mode: before ?? "off" });
  return done(deck, before !== mode);
}
