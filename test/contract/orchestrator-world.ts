import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Happening } from "../../src/contracts/events.ts";
import { needs } from "../../src/contracts/music.ts";
import type { Player, PlayWish } from "../../src/contracts/player.ts";
import type { Cache } from "../../src/contracts/store.ts";
import type { SlotValues } from "../../src/contracts/vocabulary.ts";
import { createScheduler } from "../../src/jobs/scheduler.ts";
import { createTimers } from "../../src/jobs/timers.ts";
import { createOrchestrator } from "../../src/music/orchestrator.ts";
import type { RehearsalOptions } from "../../src/rehearsal/index.ts";
import { openCache } from "../../src/store/kv/cache.ts";
import { deviceWords } from "../support/device-words.ts";
import { silentLog } from "../support/log.ts";
import { LISTENER, openSpotifyWorld } from "./spotify-world.ts";

/** Real time in which nothing must move before fake time may: files and sockets of this machine answer sooner. */
const QUIET_MS = 12;
/** On a busy machine that time may be over before anything had its turn. */
const QUIET_TURNS = 40;
/** No command waits longer by itself between two calls. */
const LONGEST_WAIT_MS = 5_000;

/** A cache that says how much is asked of it and not yet answered: its file is read and written by threads of their own. */
function counted(cache: Cache): Cache & { underWay(): number } {
  let underWay = 0;
  const count = async <T>(work: Promise<T>): Promise<T> => {
    underWay += 1;
    return work.finally(() => {
      underWay -= 1;
    });
  };
  return {
    get: (key) => count(cache.get(key)),
    set: (key, value, ttlMs) => count(cache.set(key, value, ttlMs)),
    delete: (key) => count(cache.delete(key)),
    close: () => cache.close(),
    underWay: () => underWay,
  };
}

/** The whole of music as the program runs it: the real provider over HTTP, rows and cache on disk, timers of the scheduler. */
export async function openOrchestratorWorld(options: Partial<RehearsalOptions> = {}) {
  const world = await openSpotifyWorld(options);
  const { clock, store, provider, rehearsal, relay } = world;
  const folder = mkdtempSync(join(tmpdir(), "segue-music-"));
  const cache = counted(await openCache({ file: join(folder, "cache.sqlite"), clock, log: silentLog }));
  const happenings: Happening[] = [];
  const tokens = world.tokensOf(LISTENER);
  let free = false;

  function start() {
    const scheduler = createScheduler({ clock, log: silentLog });
    const timers = createTimers({ store: store.timers, scheduler, clock, log: silentLog });
    const orchestrator = createOrchestrator({
      providers: [provider],
      accounts: {
        accountOf: async () => ({ accountId: "account-1", granted: [...needs], free, status: "ok" }),
        tokens: () => tokens,
        markFree: async (_id, found) => {
          free = found;
        },
      },
      cache,
      queue: store.queue,
      aliases: store.aliases,
      timers,
      settings: store.settings,
      deviceWords,
      events: { emit: (happening) => void happenings.push(happening), on: () => () => {} },
      clock,
      log: silentLog,
    });
    timers.start();
    return {
      orchestrator,
      async stop() {
        await orchestrator.stop();
        await timers.stop(0);
        await scheduler.stop(0);
      },
    };
  }
  let running = start();

  /** Waits until files and sockets have had their say, while time stands still. */
  async function quiet(): Promise<void> {
    let until = performance.now() + QUIET_MS;
    for (let turns = 0; turns < QUIET_TURNS || performance.now() < until; turns++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (world.underWay() === 0 && cache.underWay() === 0) continue;
      until = performance.now() + QUIET_MS;
      turns = 0;
    }
  }

  /** Lets time pass, one sleeper after the other, each with the calls it makes. */
  async function pass(ms: number): Promise<void> {
    const end = clock.now() + ms;
    for (;;) {
      await quiet();
      const next = clock.nextAt();
      if (next === undefined || next > end) break;
      await clock.advance(Math.max(0, next - clock.now()));
    }
    await clock.advance(end - clock.now());
    await quiet();
  }

  async function settle<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    for (;;) {
      await quiet();
      if (settled) return promise;
      const next = clock.nextAt();
      // Farther off are timers, and a command that is slow on this machine must not find that their time has come.
      if (next !== undefined && next - clock.now() <= LONGEST_WAIT_MS)
        await clock.advance(Math.max(0, next - clock.now()));
    }
  }

  const run = async <T>(command: (player: Player) => Promise<T>): Promise<T> => {
    const player = await running.orchestrator.open({
      personId: "ann",
      place: { platform: "test", tenant: "", id: "room" },
      once: (_key, compute) => compute(),
      resumed: false,
      signal: new AbortController().signal,
    });
    return settle(command(player));
  };

  /** The calls that the platform itself counted since the last time, in order. */
  let seen = rehearsal.control.calls().length;
  function spent(): string[] {
    const calls = rehearsal.control.calls();
    const names = calls.slice(seen).map(({ method, route }) => `${method} ${route.replace(/^\S+ \/v1\/(me\/)?/, "")}`);
    seen = calls.length;
    return names;
  }

  return {
    ...world,
    happenings,
    heard: () => rehearsal.control.player.look(LISTENER),
    run,
    pass,
    settle,
    spent,
    get orchestrator() {
      return running.orchestrator;
    },
    async cost(command: (player: Player) => Promise<unknown>): Promise<string[]> {
      spent();
      await run(command);
      return spent();
    },
    /** As after the end of the process: memory is gone, rows and cache are not. */
    async restart() {
      await running.stop();
      running = start();
    },
    async close() {
      await running.stop();
      await cache.close();
      rmSync(folder, { recursive: true });
      expectNoProblems(relay.problems);
      await world.close();
    },
  };
}

function expectNoProblems(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`calls that the platform does not describe so:\n${problems.join("\n")}`);
}

export const wish = (slots: SlotValues, more: Partial<PlayWish> = {}): PlayWish => ({
  readings: [{ slots, score: 1 }],
  ...more,
});
