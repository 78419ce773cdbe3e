import { LRUCache } from "lru-cache";
import type { Clock } from "../contracts/clock.ts";
import type { Events } from "../contracts/events.ts";
import type { PlayerState } from "../contracts/music.ts";
import type { Cache } from "../contracts/store.ts";

/**
 * What is known of a player. `state` undefined means that nothing was active. `assumed` says that it follows from a command
 * of ours which the service accepted, and was not read back.
 */
type Known = {
  state?: PlayerState;
  /** When it was learnt, Unix ms. */
  at: number;
  assumed: boolean;
  /** When a command of ours last changed it. */
  wroteAt?: number;
  /** The item a skip left behind: a read that still shows it right after is late, not news. */
  left?: string;
};

/** The last known state per player, run forward in time. Reads and own commands feed it; nothing here makes a call. */
export interface StateBook {
  /** Brings what a former run of the program knew into memory. */
  load(key: string): Promise<void>;
  /** As last known, with progress run forward to now. A track that must be over by now is not named any more. */
  known(key: string): Known | undefined;
  /** The state when it is no older than `maxAgeMs` and its track cannot be over; undefined otherwise, and when nothing is active. */
  believed(key: string, maxAgeMs: number): PlayerState | undefined;
  /** Nothing was active at the last look, and that look is no older than `maxAgeMs`. */
  idle(key: string, maxAgeMs: number): boolean;
  learn(key: string, state: PlayerState | undefined): Promise<void>;
  /** The player told it by itself, and will tell of every change: what is known holds, however old, until it is `unheard`. */
  told(key: string, state: PlayerState | undefined): Promise<void>;
  unheard(key: string): void;
  /** A command of ours took effect: changes what is known without a call. Nothing happens while nothing is known. */
  assume(key: string, change: (state: PlayerState) => PlayerState, options?: { left?: string }): Promise<void>;
  /** A command of ours set everything anew. */
  replace(key: string, state: PlayerState): Promise<void>;
  forget(key: string): Promise<void>;
}

/** How long what is known may stand in for a read, in ms. The listener's own hands on the device are what makes it wrong. */
export const ages = {
  /** Shown as it is ("what's playing?", a panel). */
  shownPlaying: 15_000,
  shownPaused: 30_000,
  /** "30 seconds back" counts from here. */
  progress: 30_000,
  /** "louder" counts from here. */
  volume: 5 * 60_000,
  /** Shuffle and repeat, whether a device is active or restricted, and what to go back to. */
  settings: 10 * 60_000,
  /** "Nothing is active": the listener may press play any moment. */
  idle: 5_000,
} as const;

const JUST_MS = 1_000;
const KEPT_MS = 6 * 60 * 60_000;
const PLAYERS = 5_000;
/** A track may end a little late, and a service may report a position past the end. */
const GRACE_MS = 2_000;

function runForward(state: PlayerState, now: number): PlayerState {
  if (!state.playing) return { ...state, at: now };
  const end = state.item?.durationMs ?? Number.POSITIVE_INFINITY;
  const ran = state.progressMs + Math.max(0, now - state.at);
  const progressMs = state.repeat === "track" && end > 0 && Number.isFinite(end) ? ran % end : Math.min(ran, end);
  return { ...state, at: now, progressMs };
}

/** The track it speaks of must be over by now. */
function overAt(state: PlayerState, now: number): boolean {
  if (!state.playing || !state.item || state.repeat === "track") return false;
  return state.progressMs + (now - state.at) > state.item.durationMs + GRACE_MS;
}

/** Its list goes on, or has ended: nobody told. */
function afterEnd({ item: _over, ...state }: PlayerState, now: number): PlayerState {
  return { ...state, at: now, progressMs: 0 };
}

/** What a viewer would notice; progress only where it jumps. */
function looksDifferent(before: PlayerState | undefined, after: PlayerState | undefined): boolean {
  if (!before || !after) return before !== after;
  const jump = Math.abs(runForward(before, after.at).progressMs - after.progressMs);
  const sight = (state: PlayerState) =>
    JSON.stringify([
      state.playing,
      state.item?.uri,
      state.other,
      state.context?.uri,
      state.device?.id,
      state.device?.name,
      state.device?.volume,
      state.shuffle,
      state.repeat,
      state.refused,
    ]);
  return jump > 3_000 || sight(before) !== sight(after);
}

export function createStateBook({ cache, events, clock }: { cache: Cache; events: Events; clock: Clock }): StateBook {
  const book = new LRUCache<string, Known>({ max: PLAYERS });
  /** When each player that tells of its changes has last told of one. */
  const heard = new Map<string, number>();
  /** What a player has just told is the effect of our command, and better known than what follows from it. */
  const justTold = (key: string) => clock.now() - (heard.get(key) ?? Number.NEGATIVE_INFINITY) < JUST_MS;
  const holds = (key: string, known: Known, maxAgeMs: number) => heard.has(key) || clock.now() - known.at <= maxAgeMs;
  const cacheKey = (key: string) => `music.state:${key}`;

  async function put(key: string, known: Known): Promise<void> {
    const before = book.get(key);
    book.set(key, known);
    if (!before || looksDifferent(before.state, known.state)) {
      events.emit({ type: "view.changed", kind: "now-playing", key });
    }
    await cache.set(cacheKey(key), known, KEPT_MS);
  }

  const current = (key: string) => {
    const known = book.get(key);
    return known?.state && !overAt(known.state, clock.now()) ? { ...known, state: known.state } : undefined;
  };

  return {
    async load(key) {
      if (book.has(key)) return;
      const known = await cache.get<Known>(cacheKey(key));
      if (known && !book.has(key)) book.set(key, known);
    },
    known(key) {
      const known = book.get(key);
      if (!known?.state) return known;
      const now = clock.now();
      return { ...known, state: overAt(known.state, now) ? afterEnd(known.state, now) : runForward(known.state, now) };
    },
    believed(key, maxAgeMs) {
      const known = current(key);
      return known && holds(key, known, maxAgeMs) ? runForward(known.state, clock.now()) : undefined;
    },
    idle(key, maxAgeMs) {
      const known = book.get(key);
      return known !== undefined && known.state === undefined && holds(key, known, maxAgeMs);
    },
    learn(key, state) {
      return put(key, { ...(state ? { state } : {}), at: clock.now(), assumed: false });
    },
    told(key, state) {
      heard.set(key, clock.now());
      return this.learn(key, state);
    },
    unheard(key) {
      heard.delete(key);
    },
    async assume(key, change, options = {}) {
      if (justTold(key)) return;
      const known = book.get(key);
      if (!known?.state) {
        if (known) await this.forget(key);
        return;
      }
      const now = clock.now();
      const state = change(runForward(known.state, now));
      // The age stays that of the last read or play: a pause says nothing about whether the track is still the same.
      await put(key, { state, at: known.at, assumed: true, wroteAt: now, ...options });
    },
    async replace(key, state) {
      if (justTold(key)) return;
      const now = clock.now();
      await put(key, { state, at: now, assumed: true, wroteAt: now });
    },
    async forget(key) {
      if (book.delete(key)) events.emit({ type: "view.changed", kind: "now-playing", key });
      await cache.delete(cacheKey(key));
    },
  };
}
