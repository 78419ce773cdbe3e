import type { Clock } from "../../../src/contracts/clock.ts";
import type { ListenerKey, NowPlaying } from "../../../src/contracts/listening.ts";
import { needs, type TokenSource } from "../../../src/contracts/music.ts";
import type { Player } from "../../../src/contracts/player.ts";
import type { Cache, Store } from "../../../src/contracts/store.ts";
import { createEvents } from "../../../src/core/events.ts";
import { createScheduler } from "../../../src/jobs/scheduler.ts";
import { createTimers } from "../../../src/jobs/timers.ts";
import { createLedger } from "../../../src/listening/ledger/ledger.ts";
import { createListening } from "../../../src/listening/listening.ts";
import type { TellingSource } from "../../../src/listening/sources/source.ts";
import { createOrchestrator } from "../../../src/music/orchestrator.ts";
import { budgets } from "../../../src/music/providers/spotify/budgets.ts";
import { createSpotifyProvider } from "../../../src/music/providers/spotify/provider.ts";
import type { CallReport } from "../../../src/net/call.ts";
import { createHttp } from "../../../src/net/http.ts";
import type { RehearsalSpotify } from "../../../src/rehearsal/index.ts";
import { deviceWords } from "../../support/device-words.ts";
import { silentLog } from "../../support/log.ts";
import { createLife } from "./life.ts";

export type ProgramOptions = {
  clock: Clock;
  store: Store;
  cache: Cache;
  rehearsal: RehearsalSpotify;
  people: readonly string[];
  dailyCalls: number;
  sources: readonly TellingSource[];
  habits: (listener: ListenerKey) => readonly number[];
  onCall: (report: CallReport) => void;
  onChange: (now: NowPlaying) => void;
};

/** The parts of the program that know what is heard, as main puts them together, on the service that the rehearsal plays. */
export async function startProgram(options: ProgramOptions) {
  const { rehearsal, people, onCall, onChange } = options;
  const life = createLife();
  const clock: Clock = {
    now: options.clock.now,
    // Deadlines and waits are not acts: time goes on while they last.
    sleep: (ms, signal) => options.clock.sleep(ms, signal),
  };
  const store = life.hold(options.store);
  const cache = life.hold(options.cache);
  const http = life.hold(
    createHttp({
      clock,
      log: silentLog,
      calls: store.calls,
      gates: store.gates,
      limits: (budget) => ({
        windowCalls: 90,
        windowMs: 30_000,
        ...(budget === budgets.api ? { dailyCalls: options.dailyCalls } : {}),
      }),
      onCall,
    }),
    "slow",
  );
  const provider = createSpotifyProvider(
    {
      clientId: rehearsal.app.clientId,
      redirectUri: "http://127.0.0.1:8765/v1/spotify/auth/callback",
      apiUrl: rehearsal.url,
      accountsUrl: rehearsal.accountsUrl,
    },
    { http, clock },
  );
  const events = createEvents(silentLog);
  const scheduler = createScheduler({ clock, log: silentLog });
  const timers = createTimers({ store: store.timers, scheduler, clock, log: silentLog });
  const tokens = new Map(people.map((person) => [`account-${person}`, tokensOf(rehearsal, person)]));
  const orchestrator = createOrchestrator({
    providers: [provider],
    accounts: {
      accountOf: async (personId) => ({
        accountId: `account-${personId}`,
        granted: [...needs],
        free: false,
        status: "ok",
      }),
      tokens: (accountId) => tokens.get(accountId) ?? tokensOf(rehearsal, accountId),
      markFree: async () => {},
    },
    cache,
    queue: store.queue,
    aliases: store.aliases,
    timers,
    settings: store.settings,
    deviceWords,
    events,
    clock,
    log: silentLog,
  });
  const listening = createListening({
    feed: orchestrator.feed,
    sources: options.sources,
    ledger: life.hold(createLedger({ store, clock, privateTimes: async () => [] })),
    accounts: async () =>
      people.map((personId) => ({ accountId: `account-${personId}`, personId, provider: provider.id, status: "ok" })),
    records: async () => true,
    budget: async () => {
      const { limits, last24h } = await http.usage(budgets.api);
      return { daily: limits.dailyCalls, used: last24h };
    },
    habits: async (listener) => options.habits(listener),
    settings: store.settings,
    scheduler,
    events,
    clock,
    log: silentLog,
  });
  let dead = false;
  events.on("now_playing.changed", ({ now }) => {
    if (!dead) onChange(now);
  });
  timers.start();
  await listening.start();
  for (const person of people) listening.watch.interest(`person:${person}`, "announce", "room");

  return {
    underWay: life.underWay,
    listening,
    usage: () => http.usage(budgets.api),
    /** One command, as core runs it. */
    async command(personId: string, run: (player: Player) => Promise<unknown>): Promise<void> {
      const player = await orchestrator.open({
        personId,
        place: { platform: "bench", tenant: "", id: "room" },
        once: (_key, compute) => compute(),
        resumed: false,
        signal: new AbortController().signal,
      });
      await run(player);
    },
    /** Between one instruction and the next, without a word. */
    kill() {
      dead = true;
      life.end();
    },
    async stop() {
      listening.stop();
      await listening.recorder.settled();
      await orchestrator.stop();
      await Promise.all([timers.stop(0), scheduler.stop(0)]);
      await http.close();
    },
  };
}
export type Program = Awaited<ReturnType<typeof startProgram>>;

/** Renewed ahead of its end, as accounts do it; the accounts service is outside the budget. */
function tokensOf(rehearsal: RehearsalSpotify, person: string): TokenSource {
  const grant = () => {
    const { access_token: token, expires_in: seconds } = rehearsal.control.grant(person);
    return { token, untilAt: rehearsal.control.now() + (seconds - 300) * 1_000 };
  };
  let held = grant();
  return {
    async token() {
      if (rehearsal.control.now() >= held.untilAt) held = grant();
      return held.token;
    },
    async renew() {
      held = grant();
      return held.token;
    },
  };
}

/** What may vanish, in memory: the bench measures calls, not the disk. */
export function memoryCache(clock: Clock): Cache {
  const kept = new Map<string, { value: string; untilAt: number }>();
  return {
    async get<T>(key: string) {
      const found = kept.get(key);
      return found && found.untilAt > clock.now() ? (JSON.parse(found.value) as T) : undefined;
    },
    async set(key, value, ttlMs) {
      kept.set(key, { value: JSON.stringify(value), untilAt: clock.now() + ttlMs });
    },
    async delete(key) {
      kept.delete(key);
    },
    async close() {},
  };
}
