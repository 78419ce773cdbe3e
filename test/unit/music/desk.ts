import type { QueueRow, QueueStore, TimerRow } from "../../../src/contracts/call-store.ts";
import type { Happening } from "../../../src/contracts/events.ts";
import type { Log } from "../../../src/contracts/log.ts";
import type { MusicProvider } from "../../../src/contracts/music.ts";
import type { AliasRow, AliasStore } from "../../../src/contracts/people-store.ts";
import type { Orchestrator, Player, PlayWish } from "../../../src/contracts/player.ts";
import type { Cache } from "../../../src/contracts/store.ts";
import type { SlotValues } from "../../../src/contracts/vocabulary.ts";
import { createOrchestrator, type Parts } from "../../../src/music/orchestrator.ts";
import { createFakeClock, type FakeClock } from "../../fakes/clock.ts";
import { createScriptedProvider, type ScriptedOptions, type World } from "../../fakes/scripted-session.ts";
import { createFakeSettings } from "../../fakes/settings.ts";
import { deviceWords } from "../../support/device-words.ts";
import { createShelf } from "./shelf.ts";

function memoryCache(clock: FakeClock): Cache {
  const kept = new Map<string, { value: string; until: number }>();
  return {
    async get<T>(key: string) {
      const found = kept.get(key);
      if (!found || found.until <= clock.now()) return undefined;
      return JSON.parse(found.value) as T;
    },
    async set(key, value, ttlMs) {
      kept.set(key, { value: JSON.stringify(value), until: clock.now() + ttlMs });
    },
    async delete(key) {
      kept.delete(key);
    },
    async close() {},
  };
}

function memoryAliases(): AliasStore {
  let rows: AliasRow[] = [];
  return {
    async put(row) {
      await this.remove(row.personId, row.provider, row.folded);
      rows = [row, ...rows];
    },
    of: async (personId, provider) =>
      rows.filter((row) => row.personId === personId && (provider === undefined || row.provider === provider)),
    async remove(personId, provider, folded) {
      const before = rows.length;
      rows = rows.filter((row) => row.personId !== personId || row.provider !== provider || row.folded !== folded);
      return rows.length < before;
    },
  };
}

function memoryQueue(): QueueStore {
  let rows: QueueRow[] = [];
  let made = 0;
  const of = (key: string) => rows.filter((row) => row.playerKey === key);
  const put = (key: string, mine: QueueRow[]) => {
    rows = [...rows.filter((row) => row.playerKey !== key), ...mine.map((row, position) => ({ ...row, position }))];
  };
  return {
    list: async (key) => of(key),
    async append(key, items, where) {
      const added = items.map((item) => ({ ...item, id: `row${made++}`, playerKey: key, position: 0 }));
      const mine = of(key);
      const at = where === "last" ? mine.length : mine.findIndex((row) => row.handedAt === undefined);
      mine.splice(at < 0 ? mine.length : at, 0, ...added);
      put(key, mine);
      return added;
    },
    async move(key, id, toIndex) {
      const mine = of(key);
      const from = mine.findIndex((row) => row.id === id);
      const [row] = mine.splice(from, 1);
      if (from < 0 || !row) return false;
      mine.splice(toIndex, 0, row);
      put(key, mine);
      return true;
    },
    async remove(key, id) {
      const mine = of(key);
      put(
        key,
        mine.filter((row) => row.id !== id),
      );
      return mine.some((row) => row.id === id);
    },
    async clear(key) {
      const { length } = of(key);
      put(key, []);
      return length;
    },
    async markHanded(id, at) {
      rows = rows.map((row) => (row.id === id ? { ...row, handedAt: at } : row));
    },
    players: async () => [...new Set(rows.map((row) => row.playerKey))],
  };
}

type Handler = (row: TimerRow, signal: AbortSignal) => Promise<void>;

/** Durable timers, run by the test when their time has come. They outlive an orchestrator, as rows do. */
function memoryTimers(clock: FakeClock) {
  const rows = new Map<string, TimerRow>();
  const handlers = new Map<string, Handler>();
  const keyOf = (name: string, owner: string) => `${name} ${owner}`;
  return {
    async put(row: TimerRow) {
      rows.set(keyOf(row.name, row.owner), structuredClone(row));
    },
    async get(name: string, owner: string) {
      return rows.get(keyOf(name, owner));
    },
    async remove(name: string, owner: string) {
      return rows.delete(keyOf(name, owner));
    },
    on(name: string, run: Handler) {
      handlers.set(name, run);
    },
    rows: () => [...rows.values()],
    /** Moves time to the next timer and runs it. False when none waits. */
    async runNext(): Promise<boolean> {
      const [next] = [...rows.values()].sort((a, b) => a.dueAt - b.dueAt);
      if (!next) return false;
      await clock.advance(Math.max(0, next.dueAt - clock.now()));
      const key = keyOf(next.name, next.owner);
      rows.delete(key);
      const run = handlers.get(next.name);
      if (!run) throw new Error(`nobody handles ${next.name}`);
      await clock.until(run(next, new AbortController().signal));
      return true;
    },
  };
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export type Desk = {
  clock: FakeClock;
  world: World;
  orchestrator: ReturnType<typeof createOrchestrator>;
  timers: ReturnType<typeof memoryTimers>;
  happenings: Happening[];
  account: { linked: boolean; status: "ok" | "needs_relink"; free: boolean };
  queue: QueueStore;
  /** A player for one command, as core opens it. */
  open(more?: Partial<Parameters<Orchestrator["open"]>[0]>): Promise<Player>;
  /** Opens, runs and lets fake time pass until it is done. */
  run<T>(command: (player: Player) => Promise<T>, more?: Partial<Parameters<Orchestrator["open"]>[0]>): Promise<T>;
  /** The calls that a command made, by name. */
  cost(command: (player: Player) => Promise<unknown>): Promise<string[]>;
  /** As after a restart: memory is gone, rows are not. */
  restart(): void;
};

export function createDesk(
  options: Partial<Omit<ScriptedOptions, "clock">> & {
    clock?: FakeClock;
    parts?: Partial<Parts>;
    provider?: MusicProvider;
  } = {},
): Desk {
  const clock = options.clock ?? createFakeClock();
  const scripted = createScriptedProvider({ clock, catalogue: createShelf(), ...options });
  const timers = memoryTimers(clock);
  const happenings: Happening[] = [];
  const account: Desk["account"] = { linked: true, status: "ok", free: false };
  const queue = memoryQueue();
  const parts: Parts = {
    providers: [options.provider ?? scripted],
    accounts: {
      accountOf: async () =>
        account.linked ? { accountId: "acc-1", granted: [], free: account.free, status: account.status } : undefined,
      tokens: () => ({ token: async () => "t", renew: async () => "t" }),
      async markFree(_id, free) {
        account.free = free;
      },
    },
    cache: memoryCache(clock),
    queue,
    aliases: memoryAliases(),
    timers,
    settings: createFakeSettings(),
    deviceWords,
    events: { emit: (happening) => void happenings.push(happening), on: () => () => {} },
    clock,
    log: silent,
    ...options.parts,
  };
  const desk: Desk = {
    clock,
    world: scripted.world,
    orchestrator: createOrchestrator(parts),
    timers,
    happenings,
    account,
    queue,
    open: (more = {}) =>
      desk.orchestrator.open({
        personId: "ann",
        place: { platform: "test", tenant: "", id: "room" },
        once: (_key, compute) => compute(),
        resumed: false,
        signal: new AbortController().signal,
        ...more,
      }),
    async run(command, more) {
      const player = await desk.open(more);
      return clock.until(command(player));
    },
    async cost(command) {
      scripted.world.spent();
      await desk.run(command);
      return scripted.world.spent();
    },
    restart() {
      desk.orchestrator = createOrchestrator(parts);
    },
  };
  return desk;
}

export const wish = (slots: SlotValues, more: Partial<PlayWish> = {}): PlayWish => ({
  readings: [{ slots, score: 1 }],
  ...more,
});

/** The readings that language makes of a bare "play X". */
export const bareWish = (words: string, more: Partial<PlayWish> = {}): PlayWish => ({
  readings: [
    { slots: { track: words }, score: 0.62 },
    { slots: { artist: words }, score: 0.5 },
    { slots: { album: words }, score: 0.3 },
    { slots: { playlist: words }, score: 0.25 },
  ],
  ...more,
});

/** Notes that outlive a run of a command, as core keeps them in the event's row. */
export function createNotes() {
  const notes = new Map<string, string>();
  return {
    once: async <T>(key: string, compute: () => Promise<T>): Promise<T> => {
      const found = notes.get(key);
      if (found !== undefined) return JSON.parse(found) as T;
      const value = await compute();
      notes.set(key, JSON.stringify(value));
      return value;
    },
    keys: () => [...notes.keys()],
  };
}
