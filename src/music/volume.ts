import { isSegueError, SegueError } from "../contracts/errors.ts";
import type { Device } from "../contracts/music.ts";
import type { Done, Where } from "../contracts/player.ts";
import { type Deck, notOffered, within } from "./deck.ts";
import { cachedDevices, findDevice, keepDevices, onPlaying, type Usable } from "./devices.ts";
import { nothingPlaying, readState } from "./reading.ts";
import { ages } from "./state.ts";
import { rememberAct } from "./undo-memory.ts";
import { sure } from "./writes.ts";

export type VolumeChange = { to: number } | { by: number } | { times: number } | "mute" | "unmute";

/**
 * Presses on their way to one write. "Louder" waits a moment for the next "louder"; "volume 40" does not wait, but whatever
 * comes while the player is busy still joins. The last word wins and every press is answered.
 */
type Gate = {
  target: Promise<number>;
  base: Promise<number | undefined>;
  deck: Deck;
  named: Usable | undefined;
  openedAt: number;
  lastAt: number;
  relative: boolean;
  /** Plans of the presses, being kept for a second run: the write waits for them. */
  notes: Promise<unknown>[];
  done: Promise<{ device?: Device; wrote: boolean }>;
};
export type VolumeGates = Map<string, Gate>;

/** A press belongs to the last one when it follows within this; a held button is written at least this often. */
const QUIET_MS = 200;
const LONGEST_MS = 800;
const MUTED_MS = 24 * 60 * 60_000;
/** Where to come back to when nobody knows how loud it was. */
const UNMUTED = 50;

const clamp = (level: number): number => Math.max(0, Math.min(100, Math.round(level)));
const muteKey = (deck: Deck, named: Usable | undefined) => `music.mute:${deck.key}:${named?.id ?? ""}`;

async function knownVolume(deck: Deck, named: Usable | undefined): Promise<number | undefined> {
  const active = deck.house.states.believed(deck.key, ages.volume)?.device;
  if (!named || named.id === active?.id) return active?.volume;
  return named.volume;
}

async function volumeNow(deck: Deck, named: Usable | undefined): Promise<number> {
  const known = await knownVolume(deck, named);
  if (known !== undefined) return known;
  const state = await readState(deck);
  if (!state) throw nothingPlaying();
  refuseFixed(state.device);
  return state.device?.volume ?? UNMUTED;
}

/** Whoever mutes wants to come back: the level is read where nobody knows it, if the player that answers is the one meant. */
async function volumeToLeave(deck: Deck, named: Usable | undefined): Promise<number | undefined> {
  const known = await knownVolume(deck, named);
  if (known !== undefined) return known;
  const device = (await readState(deck))?.device;
  if (!device || (named && named.id !== device.id)) return undefined;
  refuseFixed(device);
  return device.volume;
}

function refuseFixed(device: Device | undefined): void {
  if (device && !device.hasVolume) throw new SegueError("Restricted", { reason: "no_volume", device: device.name });
}

async function keepVolume(deck: Deck, device: Device | undefined, volume: number): Promise<void> {
  await deck.house.states.assume(deck.key, (state) =>
    state.device && (!device || device.id === state.device.id)
      ? { ...state, device: { ...state.device, volume } }
      : state,
  );
  const list = await cachedDevices(deck);
  if (!list || device?.id === undefined) return;
  await keepDevices(
    deck,
    list.map((other) => (other.id === device.id ? { ...other, volume } : other)),
  );
}

/** One write, at once. For callers that hold the player's turn. */
export async function writeVolume(deck: Deck, named: Usable | undefined, to: number): Promise<Device | undefined> {
  try {
    const { device } = await onPlaying(deck, named ? { deviceId: named.id } : {}, (id) =>
      sure(deck, {
        act: "volume",
        repeatable: true,
        shows: (state) => state?.device?.volume === to,
        send: () =>
          deck.control(async (session) =>
            session.volume?.(to, { ...deck.options("volume"), ...(id === undefined ? {} : { deviceId: id }) }),
          ),
      }),
    );
    await keepVolume(deck, device, to);
    return device;
  } catch (error) {
    if (isSegueError(error, "Restricted") && error.details.reason === "no_volume") {
      await deck.house.states.assume(deck.key, (state) =>
        state.device ? { ...state, device: { ...state.device, hasVolume: false } } : state,
      );
    }
    throw error;
  }
}

async function flush(key: string, gate: Gate): Promise<{ device?: Device; wrote: boolean }> {
  const { clock, volumes } = gate.deck.house;
  try {
    for (;;) {
      const due = gate.relative ? Math.min(gate.lastAt + QUIET_MS, gate.openedAt + LONGEST_MS) : 0;
      if (due <= clock.now()) break;
      await clock.sleep(due - clock.now());
    }
    return await gate.deck.turn(async () => {
      for (let noted = 0; noted < gate.notes.length; ) {
        noted = gate.notes.length;
        await Promise.all(gate.notes);
      }
      volumes.delete(key);
      const to = await gate.target;
      const base = await gate.base;
      // Louder than loudest: nothing to send.
      if (gate.relative && to === base) return { wrote: false };
      const device = await writeVolume(gate.deck, gate.named, to);
      await rememberAct(gate.deck, {
        act: "volume",
        to,
        ...(base === undefined ? {} : { from: base }),
        ...(gate.named ? { device: gate.named } : {}),
      });
      return { wrote: true, ...(device ? { device } : {}) };
    });
  } finally {
    if (volumes.get(key) === gate) volumes.delete(key);
  }
}

type Press = {
  deck: Deck;
  named: Usable | undefined;
  relative: boolean;
  base: () => Promise<number | undefined>;
  move: (level: number) => number;
  noted: Promise<unknown>;
};

/** Joins the open gate, or opens one, and says from where to where this press moves. */
function press({ deck, named, relative, base, move, noted }: Press): {
  gate: Gate;
  moved: Promise<{ from: number; to: number }>;
} {
  const { clock, volumes } = deck.house;
  const key = `${deck.key}|${named?.id ?? ""}`;
  const now = clock.now();
  const open = volumes.get(key);
  const from = open ? open.base : base();
  const before = open ? open.target : from.then((level) => level ?? UNMUTED);
  const target = before.then((level) => clamp(move(level)));
  const moved = Promise.all([before, target]).then(([start, to]) => ({ from: start, to }));
  // Whoever pressed waits for `moved` and `done`; this only keeps an early failure from being nobody's.
  for (const promise of [from, before, target, moved]) promise.catch(() => undefined);

  if (open) {
    Object.assign(open, { target, lastAt: now, deck, relative: open.relative && relative });
    open.notes.push(noted);
    return { gate: open, moved };
  }
  const times = { openedAt: now, lastAt: now };
  const gate: Gate = {
    base: from,
    target,
    deck,
    named,
    ...times,
    relative,
    notes: [noted],
    done: Promise.resolve({ wrote: false }),
  };
  volumes.set(key, gate);
  gate.done = flush(key, gate);
  gate.done.catch(() => undefined);
  return { gate, moved };
}

async function mutedFrom(deck: Deck, named: Usable | undefined): Promise<number> {
  return (await deck.house.cache.get<number>(muteKey(deck, named))) ?? UNMUTED;
}

type Goal = { from?: number; to: number };

export async function setVolume(deck: Deck, change: VolumeChange, where: Where = {}): Promise<Done & Goal> {
  if (deck.offered && !deck.offered.volume) throw notOffered();
  deck.mayControl();
  if (typeof change === "object" && "to" in change) within("volume", change.to, 0, 100);
  if (typeof change === "object" && "by" in change) within("delta", change.by, -100, 100);
  if (typeof change === "object" && "times" in change) within("share", change.times * 100, 0, 1_000);
  const named = await findDevice(deck, where);
  const { states } = deck.house;
  refuseFixed(named ?? states.believed(deck.key, ages.settings)?.device);

  const known = change === "mute" ? await volumeToLeave(deck, named) : await knownVolume(deck, named);
  if (change === "mute" && known !== undefined && known > 0)
    await deck.house.cache.set(muteKey(deck, named), known, MUTED_MS);
  if (change === "unmute" && known !== undefined && known > 0) return { changed: false, from: known, to: known };

  const relative = typeof change === "object" && !("to" in change);
  const level = relative
    ? undefined
    : change === "mute"
      ? 0
      : change === "unmute"
        ? await mutedFrom(deck, named)
        : clamp(change.to);
  const noting = Promise.withResolvers<void>();
  const moved = (before: number): number => {
    if (typeof change !== "object" || "to" in change) return before;
    return "by" in change ? before + change.by : before * change.times;
  };
  const go = (to: number | undefined) =>
    press({
      deck,
      named,
      relative: to === undefined,
      base: to === undefined ? () => volumeNow(deck, named) : async () => known,
      move: (before) => to ?? moved(before),
      noted: noting.promise,
    });
  let gate: Gate | undefined;
  let goal: Goal;
  try {
    const planned = await deck.plan<Goal>("volume", async () => {
      const joined = go(level);
      gate = joined.gate;
      const { from, to } = await joined.moved;
      return relative ? { from, to } : { to, ...(known === undefined ? {} : { from: known }) };
    });
    goal = planned.value;
    // What an earlier run had planned is an absolute level, so sending it once more cannot double it.
    gate ??= go(goal.to).gate;
    noting.resolve();
  } catch (error) {
    noting.promise.catch(() => undefined);
    noting.reject(error);
    throw error;
  }
  const { device, wrote } = await gate.done;
  const state = states.known(deck.key)?.state;
  return {
    ...goal,
    changed: wrote && goal.from !== goal.to,
    ...(state ? { state } : {}),
    ...(device ? { device } : {}),
  };
}
