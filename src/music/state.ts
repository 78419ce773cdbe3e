import { LRUCache } from "lru-cache";
import type { Clock } from "../contracts/clock.ts";
import type { Events } from "../contracts/events.ts";
import type { PlayerNews } from "../contracts/listening.ts";
import type { PlayerState } from "../contracts/music.ts";
import type { Cache } from "../contracts/store.ts";

/**
 * What is known of a player. `state` undefined means that nothing was active. `assumed` says that it follows from a command
 * of ours which the service accepted, and was not read back.
 */
type Known = {
  state?: PlayerState;
  /** The player told of its changes and is not heard any more: what it does by now, nobody knows. */
  unheard?: true;
  /** When it was learnt, Unix ms. */
  at: number;
  assumed: boolean;
  /** When a command of ours last changed it. */
  wroteAt?: number;
  /** The item a skip left behind: a read that still shows it right after is late, not news. */
  left?: string;
  /** Of the reading or the news that it was learnt by. */
  mark?: number;
};

/** One command of ours on its way to a player. */
export interface OwnWrite {
  /** Its answer is here: whatever is read from now on shows what came of it. */
  answered(): void;
  /**
   * What came of it has been read, or is not waited for. True when the player told of something during it, or one before it, that
   * no reading has taken in.
   */
  settled(): boolean;
}

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
  /** What the next reading can show at the earliest: to be taken before it begins, and given with what it showed. */
  mark(key: string): number;
  /** What a reading showed. With the mark of one that a command of ours, or news of the player's, has overtaken, nothing is learnt. */
  learn(key: string, state: PlayerState | undefined, mark?: number): Promise<void>;
  /**
   * The player told it by itself, and will tell of every change: what is known holds, however old, until it is `unheard`.
   * What it tells during a `write` may have been so before it, and only counts as a sign that there is something to read.
   */
  told(key: string, state: PlayerState | undefined): Promise<void>;
  unheard(key: string): Promise<void>;
  isHeard(key: string): boolean;
  /** A command of ours goes out. */
  write(key: string): OwnWrite;
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
function looksDifferent({ state: before, ...was }: Known, { state: after, ...is }: Known): boolean {
  if (!before || !after) return before !== after || was.unheard !== is.unheard;
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

type BookParts = {
  cache: Cache;
  events: Events;
  clock: Clock /** Told of all that is learnt. */;
  tell?: (news: PlayerNews) => void;
};

export function createStateBook({ cache, events, clock, tell }: BookParts): StateBook {
  const book = new LRUCache<string, Known>({ max: PLAYERS });
  /** Players that tell of their changes. */
  const heard = new Set<string>();
  /** Grows with every command of ours, at both its ends, and with all that a player tells: the order in which things were so. */
  const order = new LRUCache<string, number>({ max: PLAYERS });
  /** How many commands of ours are on their way. */
  const writes = new Map<string, number>();
  /** The mark when the player last told of something, during a command, that no reading has taken in. */
  const untaken = new LRUCache<string, number>({ max: PLAYERS });
  const mark = (key: string) => order.get(key) ?? 0;
  const overtake = (key: string) => void order.set(key, mark(key) + 1);
  /** What is known was read after the last command of ours, which is better than what follows from the command. */
  const isRead = (key: string) => heard.has(key) && book.get(key)?.mark === mark(key);
  const holds = (key: string, known: Known, maxAgeMs: number) => heard.has(key) || clock.now() - known.at <= maxAgeMs;
  const cacheKey = (key: string) => `music.state:${key}`;

  async function put(key: string, known: Known, by: PlayerNews["by"], set?: true): Promise<void> {
    const before = book.get(key);
    book.set(key, known);
    const more = { ...(known.unheard ? { unheard: true as const } : {}), ...(set ? { set } : {}) };
    tell?.({ key, by, state: known.state, at: clock.now(), ...more });
    if (!before || looksDifferent(before, known)) {
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
      if (!known || book.has(key)) return;
      const { mark: _itsOwnOrder, ...kept } = known;
      book.set(key, kept);
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
      return known !== undefined && known.state === undefined && !known.unheard && holds(key, known, maxAgeMs);
    },
    mark,
    async learn(key, state, at = mark(key)) {
      if (at !== mark(key)) return;
      // Of the same mark, it may have been told after the reading began.
      if ((untaken.get(key) ?? at) < at) untaken.delete(key);
      await put(
        key,
        { ...(state ? { state } : {}), at: clock.now(), assumed: false, mark: at },
        heard.has(key) ? "push" : "reading",
      );
    },
    async told(key, state) {
      heard.add(key);
      if (writes.has(key)) {
        untaken.set(key, mark(key));
        return;
      }
      overtake(key);
      await this.learn(key, state);
    },
    async unheard(key) {
      heard.delete(key);
      untaken.delete(key);
      overtake(key);
      await put(key, { unheard: true, at: clock.now(), assumed: false }, "push");
    },
    isHeard: (key) => heard.has(key),
    write(key) {
      writes.set(key, (writes.get(key) ?? 0) + 1);
      overtake(key);
      return {
        answered: () => overtake(key),
        settled() {
          const open = (writes.get(key) ?? 1) - 1;
          if (open > 0) writes.set(key, open);
          else writes.delete(key);
          return open === 0 && untaken.has(key);
        },
      };
    },
    async assume(key, change, options = {}) {
      if (isRead(key)) return;
      const known = book.get(key);
      if (!known?.state) {
        if (known && !known.unheard) await this.forget(key);
        return;
      }
      const now = clock.now();
      const state = change(runForward(known.state, now));
      // The age stays that of the last read or play: a pause says nothing about whether the track is still the same.
      await put(key, { state, at: known.at, assumed: true, wroteAt: now, ...options }, "command");
    },
    async replace(key, state) {
      if (isRead(key)) return;
      const now = clock.now();
      await put(key, { state, at: now, assumed: true, wroteAt: now }, "command", true);
    },
    // Nothing new to show: a card stays as it was until somebody knows better.
    async forget(key) {
      book.delete(key);
      await cache.delete(cacheKey(key));
    },
  };
}
