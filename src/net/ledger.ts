import type { CallStore } from "../contracts/call-store.ts";
import type { Clock } from "../contracts/clock.ts";
import { SegueError } from "../contracts/errors.ts";
import type { Lane } from "../contracts/music.ts";

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/**
 * How much of the day's budget is spent when a lane stops. What nobody waits for stops first, so that the last calls of a
 * day are there for whoever presses pause. History stops late for what it is: it takes a few calls a day, and what it does not read
 * in time cannot be read any more.
 */
export const laneStopsAt: Record<Lane, number> = {
  controls: 1,
  party: 0.95,
  now_playing: 0.85,
  history: 0.9,
  metadata: 0.6,
  art: 0.4,
};

/** From this share on, waits get shorter and retries fewer. */
const PRESSED_AT = 0.75;

export interface Ledger {
  load(): Promise<void>;
  /** Raises QuotaExceeded when the lane has nothing left today. Otherwise the call counts: on disk once this has resolved. */
  count(group: string, lane: Lane): Promise<void>;
  pressed(): boolean;
  used(): number;
  byLane(): Partial<Record<Lane, number>>;
  byGroup(): Record<string, number>;
  oldestLeavesAt(): number | undefined;
}

type Entry = { group: string; lane: Lane; hourAt: number; calls: number };

/**
 * The calls of one budget over a rolling day, in hourly buckets. A bucket leaves whole, when its last minute is a day old:
 * up to an hour is counted too long, never too short. The copy in memory decides; the store is written before a call goes
 * out and read once, at start.
 */
export function createLedger(options: {
  budget: string;
  dailyCalls: number | undefined;
  store: CallStore;
  clock: Clock;
}): Ledger {
  const { budget, dailyCalls, store, clock } = options;
  const entries = new Map<string, Entry>();

  const leavesAt = (entry: Entry) => entry.hourAt + HOUR_MS + DAY_MS;
  const hourOf = (at: number) => Math.floor(at / HOUR_MS) * HOUR_MS;

  function add(group: string, lane: Lane, hourAt: number, calls: number): void {
    const key = `${hourAt} ${lane} ${group}`;
    const entry = entries.get(key);
    if (entry) entry.calls += calls;
    else entries.set(key, { group, lane, hourAt, calls });
  }

  /** Drops what has left the day; what lies ahead of a clock that was set back counts as made now. */
  function current(): Entry[] {
    const now = clock.now();
    for (const [key, entry] of entries) {
      if (leavesAt(entry) <= now) entries.delete(key);
      else if (entry.hourAt > now) {
        entries.delete(key);
        add(entry.group, entry.lane, hourOf(now), entry.calls);
      }
    }
    return [...entries.values()];
  }

  const sum = (list: Entry[]) => list.reduce((calls, entry) => calls + entry.calls, 0);

  function sumBy<K extends string>(key: (entry: Entry) => K): Partial<Record<K, number>> {
    const sums: Partial<Record<K, number>> = {};
    for (const entry of current()) sums[key(entry)] = (sums[key(entry)] ?? 0) + entry.calls;
    return sums;
  }

  function admit(lane: Lane): void {
    if (dailyCalls === undefined) return;
    const allowed = Math.floor(dailyCalls * laneStopsAt[lane]);
    const list = current().sort((a, b) => a.hourAt - b.hourAt);
    let used = sum(list);
    if (used < allowed) return;
    let retryAt = clock.now() + HOUR_MS;
    for (const entry of list) {
      retryAt = leavesAt(entry);
      used -= entry.calls;
      if (used < allowed) break;
    }
    throw new SegueError("QuotaExceeded", { lane }, { retryAt });
  }

  return {
    async load() {
      for (const row of await store.since(budget, clock.now() - DAY_MS))
        add(row.group, row.lane, row.hourAt, row.calls);
    },
    async count(group, lane) {
      admit(lane);
      const at = clock.now();
      // Before the write, so that calls that begin together cannot all see the same last place.
      add(group, lane, hourOf(at), 1);
      try {
        await store.count({ budget, group, lane, at });
      } catch (error) {
        add(group, lane, hourOf(at), -1);
        throw error;
      }
    },
    pressed: () => dailyCalls !== undefined && sum(current()) >= dailyCalls * PRESSED_AT,
    used: () => sum(current()),
    byLane: () => sumBy((entry) => entry.lane),
    byGroup: () => ({ ...sumBy((entry) => entry.group) }) as Record<string, number>,
    oldestLeavesAt() {
      const list = current().filter((entry) => entry.calls > 0);
      return list.length === 0 ? undefined : Math.min(...list.map(leavesAt));
    },
  };
}
