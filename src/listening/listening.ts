import { LRUCache } from "lru-cache";
import type { Clock } from "../contracts/clock.ts";
import type { Events } from "../contracts/events.ts";
import { type AccountRef, type Ledger, type ListenerKey, listenerOf, type PlayerFeed } from "../contracts/listening.ts";
import type { Log } from "../contracts/log.ts";
import type { PlayStore } from "../contracts/plays.ts";
import type { Scheduler } from "../contracts/scheduler.ts";
import type { SettingStore } from "../contracts/store.ts";
import { createWatchdog, watchdogName } from "./health/watchdog.ts";
import { createDetails, detailsName } from "./metadata/details.ts";
import type { ReadTimers } from "./recorder/due.ts";
import { createRecorder, type Recorder } from "./recorder/recorder.ts";
import type { TellingSource } from "./sources/source.ts";
import type { Budget } from "./watch/giving-way.ts";
import { type Habit, habitOf, noHabit } from "./watch/habits.ts";
import { createOutages } from "./watch/outages.ts";
import { createSpending } from "./watch/spending.ts";
import { type WatchTimers, watchTimers } from "./watch/timers.ts";
import { createWatch, type Watch } from "./watch/watch.ts";

export type ListeningParts = {
  feed: PlayerFeed;
  ledger: Ledger;
  sources?: readonly TellingSource[];
  sharedPlayer?: (key: string) => { listener: ListenerKey; origin: string; unrecorded?: boolean } | undefined;
  /** Every linked account there is. */
  accounts: () => Promise<readonly (AccountRef & { status: "ok" | "needs_relink" })[]>;
  /** The same, of those of whom free sources tell, for whoever cannot wait. */
  recordsTold?: (listener: ListenerKey) => boolean;
  /** The person agreed that their listening is written down. */
  records: (personId: string) => Promise<boolean>;
  /** Calls of the last day at a provider. */
  budget: (provider: string) => Promise<Budget>;
  /** Plays by hour of the week (168, UTC, from Monday). */
  habits?: (listener: ListenerKey) => Promise<readonly number[]>;
  /** The listener hides what they hear for now. */
  hidden?: (listener: ListenerKey) => boolean;
  settings: Pick<SettingStore, "get" | "put" | "remove">;
  scheduler: Scheduler;
  events: Events;
  /** Where tracks are kept that lack something, and how many calls a day may go for it. */
  details?: { plays: Pick<PlayStore, "lacking" | "learn">; perDay: number };
  timers?: { watch?: Partial<WatchTimers>; read?: Partial<ReadTimers>; silentMs?: number };
  clock: Clock;
  log: Log;
};

/** What people hear: known by `watch`, written down by `recorder`. Follows links as they come and go. */
export type Listening = {
  watch: Watch;
  recorder: Recorder;
  start(): Promise<void>;
  /** After the person agreed, or took it back. */
  setRecording(personId: string, on: boolean): Promise<void>;
  stop(): void;
};

/** The owner's name of the interest that recording takes in a listener. */
const RECORDING = "recording";
const SILENT_MS = 12 * 60 * 60_000;
const HABIT_MS = 24 * 60 * 60_000;

export function createListening(parts: ListeningParts): Listening {
  const { timers, ...given } = parts;
  const { events, clock, log } = given;
  const spending = createSpending(parts);
  const habits = createHabits(parts);
  const outages = createOutages(clock, { ...watchTimers, ...timers?.watch });
  const common = { ...given, spending, outages, habit: habits.of };
  const recorder = createRecorder({
    ...common,
    onAlive: (listener) => watch.wake(listener),
    ...(timers?.read ? { timers: timers.read } : {}),
  });
  const watch: Watch = createWatch({
    ...common,
    onSeen: recorder.seen,
    ...(timers?.watch ? { timers: timers.watch } : {}),
  });
  const undo: (() => void)[] = [];
  /** Accounts that are linked, with the interest that recording takes in them. */
  const linked = new Map<string, { account: AccountRef; unrecord?: () => void }>();

  async function add(account: AccountRef, dead = false): Promise<void> {
    const watched = { ...account, listener: listenerOf.person(account.personId) };
    linked.get(account.accountId)?.unrecord?.();
    linked.set(account.accountId, { account });
    await habits.load(watched.listener);
    if (await parts.records(account.personId)) await record(account, dead);
    await watch.add(watched);
  }

  async function record(account: AccountRef, dead = false): Promise<void> {
    const listener = listenerOf.person(account.personId);
    await recorder.add({ ...account, listener }, dead);
    linked.set(account.accountId, { account, unrecord: watch.interest(listener, "record", RECORDING) });
  }

  function remove(accountId: string): void {
    linked.get(accountId)?.unrecord?.();
    linked.delete(accountId);
    recorder.remove(accountId);
    watch.remove(accountId);
  }

  function anyAccount(provider: string): AccountRef | undefined {
    const dead = new Set(recorder.standings().flatMap(({ accountId, expired }) => (expired ? accountId : [])));
    return [...linked.values()].find(({ account }) => account.provider === provider && !dead.has(account.accountId))
      ?.account;
  }

  function expire(accountId: string): void {
    recorder.expire(accountId);
    watch.expire(accountId);
  }

  return {
    watch,
    recorder,
    async start() {
      await spending.load();
      watch.start();
      const alive = new Set<string>();
      let starting = true;
      const revive = (account: AccountRef) => {
        if (starting) alive.add(account.accountId);
        return add(account);
      };
      undo.push(
        events.on("link.created", ({ accountId, personId, provider }) => revive({ accountId, personId, provider })),
        events.on("link.healed", ({ accountId, personId, provider }) => revive({ accountId, personId, provider })),
        events.on("link.lost", ({ accountId }) => expire(accountId)),
        events.on("link.removed", ({ accountId }) => remove(accountId)),
      );
      for (const { status, ...account } of await parts.accounts()) {
        const dead = status === "needs_relink";
        await add(account, dead);
        // It may have healed since it was read.
        if (dead && alive.has(account.accountId)) await add(account);
        else if (dead) expire(account.accountId);
      }
      starting = false;
      const standings = recorder.standings;
      const hidden = parts.hidden ?? (() => false);
      if (parts.details) parts.scheduler.add(createDetails({ ...common, ...parts.details, account: anyAccount }));
      parts.scheduler.add(createWatchdog({ ...common, standings, hidden, silentMs: timers?.silentMs ?? SILENT_MS }));
      log.debug({ accounts: linked.size, at: clock.now() }, "listening");
    },
    async setRecording(personId, on) {
      for (const { account, unrecord } of [...linked.values()]) {
        if (account.personId !== personId || on === (unrecord !== undefined)) continue;
        if (on) await record(account);
        else {
          unrecord?.();
          recorder.remove(account.accountId);
          linked.set(account.accountId, { account });
        }
      }
    },
    stop() {
      for (const each of undo.splice(0)) each();
      parts.scheduler.remove(watchdogName);
      parts.scheduler.remove(detailsName);
      recorder.stop();
      watch.stop();
    },
  };
}

const MOST_HABITS = 5_000;

/** Habits as they were when they were last read, which is once a day: they are slow, and looks go on without them. */
function createHabits({ habits, clock, log }: Pick<ListeningParts, "habits" | "clock" | "log">) {
  const known = new LRUCache<ListenerKey, { habit: Habit; untilAt: number }>({ max: MOST_HABITS });

  async function load(listener: ListenerKey): Promise<void> {
    const before = known.get(listener);
    known.set(listener, { habit: before?.habit ?? noHabit, untilAt: clock.now() + HABIT_MS });
    if (!habits) return;
    try {
      known.set(listener, { habit: habitOf(await habits(listener)), untilAt: clock.now() + HABIT_MS });
    } catch (error) {
      log.warn({ listener, err: error }, "the habits of a listener could not be read");
    }
  }

  return {
    load,
    of(listener: ListenerKey): Habit {
      const found = known.get(listener);
      if (!found || found.untilAt <= clock.now()) void load(listener);
      return found?.habit ?? noHabit;
    },
  };
}
