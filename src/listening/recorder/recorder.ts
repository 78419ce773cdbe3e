import { LRUCache } from "lru-cache";
import type { Clock } from "../../contracts/clock.ts";
import { isSegueError } from "../../contracts/errors.ts";
import type { GapReason, Ledger, ListenerKey, PlayerFeed } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import type { Scheduler } from "../../contracts/scheduler.ts";
import type { SettingStore } from "../../contracts/store.ts";
import { isWordsUri } from "../../contracts/words-uri.ts";
import type { WatchedAccount } from "../watch/account-watch.ts";
import type { Budget } from "../watch/giving-way.ts";
import { type Habit, noHabit } from "../watch/habits.ts";
import type { Outages } from "../watch/outages.ts";
import type { Spending } from "../watch/spending.ts";
import type { Seen } from "../watch/watch.ts";
import { type ReadTimers, readDueAt, readTimers } from "./due.ts";
import { type EndedPlay, HOLE_MS, isWitness, type Observation, observe, stoodStill } from "./observe.ts";
import { outOfReach, sightingsOf } from "./recent.ts";
import { type Doubt, type Trace, traceSchema, withDoubt, withLook } from "./trace.ts";

/**
 * Writes down what listeners hear: from what is seen of their players, and from the service's list of recent plays for what was
 * not. Whatever neither can tell becomes a gap.
 */
export interface Recorder {
  /** An account whose listening is written down from now on; what an earlier run had in hand is taken up. `expired`: as after `expire`. */
  add(account: WatchedAccount, expired?: boolean): Promise<void>;
  /** Not any more, or not linked any more: what was in hand is dropped. */
  remove(accountId: string): void;
  /** The consent has ended; until it is given anew nothing can be read. */
  expire(accountId: string): void;
  /** In the order in which it was seen. Shared players are recorded as they are seen. */
  seen(seen: Seen): void;
  /**
   * Reads what the service knows by now, for somebody who looks at their history; a reading of the last half minute will do. A
   * service that cannot be read raises nothing: the ledger says how far it reaches.
   */
  refresh(listener: ListenerKey, signal: AbortSignal): Promise<void>;
  /** How it stands with each account that is recorded. */
  standings(): RecordedStanding[];
  /** Resolves when all that was seen so far is on disk. */
  settled(): Promise<void>;
  stop(): void;
}

export type RecordedStanding = {
  accountId: string;
  listener: ListenerKey;
  provider: string;
  /** When its player was last seen or read about, or recording began. */
  knownAt: number;
  /** The consent has ended. */
  expired: boolean;
};

export type RecorderParts = {
  ledger: Ledger;
  feed: Pick<PlayerFeed, "recent">;
  settings: Pick<SettingStore, "get" | "put" | "remove">;
  scheduler: Pick<Scheduler, "add" | "wake" | "remove">;
  spending: Pick<Spending, "count">;
  outages: Outages;
  budget: (origin: string) => Promise<Budget>;
  habit?: (listener: ListenerKey) => Habit;
  /** The list shows that the listener heard something a moment ago. */
  onAlive?: (listener: ListenerKey) => void;
  timers?: Partial<ReadTimers>;
  clock: Clock;
  log: Log;
};

const traceSetting = "listening.trace";
const jobOf = (accountId: string) => `listening.recent:${accountId}`;
/** Ended plays that the ledger would not take yet; the oldest give way. */
const MOST_PENDING = 1_000;
/** Whoever's last play ended within this may well be hearing the next. */
const ALIVE_MS = 10 * 60_000;
/** A shorter rest of the program is no hole. */
const RESTART_MS = 60_000;
/** Looks at what is due at least this often; costs no call. */
const REPLAN_MS = 10 * 60_000;
/** An account without the list, or without the right to it, may have it another day. */
const BARRED_MS = 24 * 60 * 60_000;

type Line = {
  listener: ListenerKey;
  origin: string;
  trace: Trace;
  tail: Promise<void> /** Nothing of it may be kept any more. */;
  gone?: true;
};
const MOST_OTHERS = 5_000;

type Recorded = Line & { account: WatchedAccount; notBeforeAt: number; expired?: boolean };

export function createRecorder(parts: RecorderParts): Recorder {
  const { ledger, feed, settings, scheduler, spending, outages, clock, log } = parts;
  const timers = { ...readTimers, ...parts.timers };
  const accounts = new Map<string, Recorded>();
  /** Shared players and free sources: seen, and never read. Whoever has not been seen for long is found in the settings again. */
  const others = new LRUCache<string, Line>({ max: MOST_OTHERS });
  let stopped = false;

  async function load(key: string): Promise<Trace | undefined> {
    const kept = traceSchema.safeParse(await settings.get(key, traceSetting));
    return kept.success ? kept.data : undefined;
  }

  /** One after the other: the second finds what the first has kept. */
  function inTurn(line: Line, key: string, work: () => Promise<void>): Promise<void> {
    line.tail = line.tail.then(work).catch((error: unknown) => {
      log.error({ player: key, err: error }, "what was heard could not be written down yet");
    });
    return line.tail;
  }

  /** Kept before it is recorded, so that a death in between records it again, which changes nothing. */
  async function keep(line: Line, key: string, change: Partial<Trace>): Promise<void> {
    line.trace = { ...line.trace, ...change };
    if (line.gone) return;
    await settings.put(key, traceSetting, line.trace);
    const { pending } = line.trace;
    if (pending.length === 0) return;
    await ledger.record(line.listener, pending);
    line.trace = { ...line.trace, pending: [] };
    await settings.put(key, traceSetting, line.trace);
  }

  function take(line: Line, seen: Seen, polled: boolean): Promise<void> {
    const { key, by, set, state, at, source, hidden } = seen;
    return inTurn(line, key, async () => {
      const { trace } = line;
      const observation: Observation = {
        at,
        state,
        by,
        ...(set ? { set } : {}),
        ...(hidden ? { hidden } : {}),
        shy: source.way === "presence" || source.way === "playing",
      };
      const step = observe(trace.open, trace.seenAt ?? Number.NEGATIVE_INFINITY, observation);
      const witness = isWitness(observation);
      const { uri, title } = state?.item ?? {};
      const look = { at, ...(uri === undefined ? {} : { uri, title }) };
      const ended = step.ended.map((play) => sightingOf(play, source));
      const fromAt = Math.max(trace.sinceAt, step.unseen?.fromAt ?? at);
      const untilAt = step.unseen?.untilAt ?? at;
      const doubted = polled && untilAt - fromAt > HOLE_MS;
      const why = trace.blind ?? "not_watched";
      const doubts = doubted ? withDoubt(trace.doubts, { fromAt, untilAt, why }) : trace.doubts;
      const { open: _before, ...rest } = trace;
      line.trace = rest;
      await keep(line, key, {
        ...(step.open ? { open: step.open } : {}),
        ...(witness ? { seenAt: Math.max(at, trace.seenAt ?? 0) } : {}),
        ...(by === "command" || hidden ? {} : { looks: withLook(trace.looks, look) }),
        doubts,
        playsSince: trace.playsSince + ended.length,
        pending: [...trace.pending, ...ended].slice(-MOST_PENDING),
      });
    });
  }

  /** Ends what has stood still for too long, and brings what the ledger would not take before. */
  async function tidy(line: Line, key: string): Promise<void> {
    const { open, pending } = line.trace;
    const over = open && stoodStill(open, clock.now());
    if (!over) return pending.length > 0 ? keep(line, key, {}) : undefined;
    const source = { origin: line.origin, way: "observed" } as const;
    const ended = over.ended.map((play) => sightingOf(play, source));
    return keep(line, key, { open: over.open, pending: [...pending, ...ended] });
  }

  function other(seen: Seen): void {
    const { key, listener, at, source } = seen;
    const known = others.get(key);
    const line = known ?? {
      listener,
      origin: source.origin,
      trace: { sinceAt: at, pending: [], doubts: [], looks: [], playsSince: 0 },
      tail: Promise.resolve(),
    };
    others.set(key, line);
    if (!known)
      inTurn(line, key, async () => {
        line.trace = (await load(key)) ?? line.trace;
      });
    void take(line, seen, false);
  }

  /** From when on nobody sees what is heard there. */
  function unseenFromAt({ trace: { open, sinceAt, seenAt = sinceAt } }: Line): number | undefined {
    const { playing, at, progressMs, heard } = open ?? { playing: false, at: seenAt, progressMs: 0, heard: undefined };
    const end = playing && heard?.durationMs ? at + heard.durationMs - progressMs : seenAt;
    return end > clock.now() ? undefined : Math.max(end, at, sinceAt);
  }

  function doubtsOf(line: Line): Doubt[] {
    const fromAt = unseenFromAt(line);
    const { doubts, blind } = line.trace;
    return fromAt === undefined
      ? doubts
      : withDoubt(doubts, { fromAt, untilAt: clock.now(), why: blind ?? "not_watched" });
  }

  async function read(recorded: Recorded, signal: AbortSignal): Promise<void> {
    const { account, listener } = recorded;
    const { accountId, provider } = account;
    const at = clock.now();
    const { lastPlayedAt } = recorded.trace;
    outages.tries(provider);
    const list = await feed.recent(account, {
      reason: "watch.recent",
      deadlineAt: at + timers.callMs,
      signal,
      ...(lastPlayedAt === undefined ? {} : { afterMs: Math.max(0, lastPlayedAt - timers.overlapMs) }),
    });
    await spending.count("recent");
    outages.answered(provider);
    await inTurn(recorded, accountId, async () => {
      const doubts = doubtsOf(recorded);
      if (list.length > 0) await ledger.record(listener, sightingsOf(list, provider, recorded.trace.looks));
      for (const { fromAt, untilAt, why } of outOfReach(doubts, list))
        await ledger.gap(listener, { fromAt, untilAt, why: why === "not_watched" ? "window_passed" : why });
      await ledger.read(listener, at);
      const { blind: _over, ...trace } = recorded.trace;
      recorded.trace = trace;
      const latest = Math.max(...list.map(({ playedAt }) => playedAt), lastPlayedAt ?? 0);
      if (at - latest < ALIVE_MS) parts.onAlive?.(listener);
      await keep(recorded, accountId, {
        doubts: [],
        playsSince: 0,
        readAt: at,
        // What is not seen from here on begins here.
        sinceAt: at,
        ...(latest > 0 ? { lastPlayedAt: latest } : {}),
      });
    });
  }

  async function fail(recorded: Recorded, error: unknown): Promise<void> {
    if (!isSegueError(error)) throw error;
    const { account, listener } = recorded;
    const never = isSegueError(error, "Restricted") || isSegueError(error, "MissingScope");
    const mine = isSegueError(error, "QuotaExceeded") || isSegueError(error, "RateLimited");
    if (!mine && !isSegueError(error, "NotLinked")) await spending.count("recent");
    const down = isSegueError(error, "Unavailable");
    if (down) outages.failed(account.provider);
    const wait = never ? BARRED_MS : down ? 0 : timers.retryMs;
    recorded.notBeforeAt = Math.max(error.retryAt ?? 0, clock.now() + wait);
    const why: GapReason = mine ? "budget" : down ? "service_down" : "consent";
    await inTurn(recorded, account.accountId, async () => {
      if (!never) return keep(recorded, account.accountId, { blind: why });
      // There is no list to wait for: what was not seen stays unknown.
      for (const { fromAt, untilAt } of doubtsOf(recorded))
        await ledger.gap(listener, {
          fromAt,
          untilAt,
          why: isSegueError(error, "MissingScope") ? "consent" : "not_watched",
        });
      await keep(recorded, account.accountId, { doubts: [], sinceAt: clock.now() });
    });
  }

  /** Something is to be had that nobody has asked for yet: the account is new, or was out of reach for a while. */
  const isBack = ({ trace: { readAt, doubts, blind } }: Recorded) =>
    readAt === undefined || blind === "consent" || doubts.some(({ why }) => why === "offline");

  async function due(recorded: Recorded): Promise<number> {
    const { account, listener, trace } = recorded;
    const now = clock.now();
    const notBeforeAt = Math.max(recorded.notBeforeAt, outages.notBeforeAt(account.provider));
    if (isBack(recorded)) return Math.max(now, notBeforeAt);
    const situation = {
      now,
      readAt: trace.readAt,
      doubts: trace.doubts,
      playsSince: trace.playsSince,
      unseenFromAt: unseenFromAt(recorded),
      habit: parts.habit?.(listener) ?? noHabit,
      budget: await parts.budget(account.provider),
    };
    return Math.max(readDueAt(situation, timers) ?? Number.POSITIVE_INFINITY, notBeforeAt);
  }

  async function readOrFail(recorded: Recorded, signal: AbortSignal): Promise<void> {
    try {
      await read(recorded, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      await fail(recorded, error);
    }
  }

  async function round(recorded: Recorded, signal: AbortSignal): Promise<{ againInMs: number }> {
    const { accountId } = recorded.account;
    await inTurn(recorded, accountId, () => tidy(recorded, accountId));
    if ((await due(recorded)) <= clock.now()) await readOrFail(recorded, signal);
    return { againInMs: Math.min(Math.max(0, (await due(recorded)) - clock.now()), REPLAN_MS) };
  }

  return {
    async add(account, expired = false) {
      const { accountId, listener } = account;
      const before = accounts.get(accountId);
      const now = clock.now();
      const kept = before?.trace ?? (await load(accountId));
      const trace: Trace = kept ?? { sinceAt: now, pending: [], doubts: [], looks: [], playsSince: 0 };
      const recorded: Recorded = before ?? {
        account,
        listener,
        origin: account.provider,
        trace,
        tail: Promise.resolve(),
        notBeforeAt: 0,
      };
      recorded.notBeforeAt = 0;
      recorded.expired = expired;
      accounts.set(accountId, recorded);
      await inTurn(recorded, accountId, async () => {
        const fromAt = unseenFromAt(recorded) ?? now;
        const away = !before && now - fromAt > RESTART_MS;
        const doubts = away
          ? withDoubt(trace.doubts, { fromAt, untilAt: now, why: trace.blind ?? "offline" })
          : trace.doubts;
        // What a run that died had ended already is recorded now.
        await keep(recorded, accountId, { doubts, ...(expired ? { blind: "consent" as const } : {}) });
      });
      if (recorded.expired) return;
      scheduler.add({ name: jobOf(accountId), run: (signal) => round(recorded, signal) });
    },
    remove(accountId) {
      const recorded = accounts.get(accountId);
      if (recorded) recorded.gone = true;
      accounts.delete(accountId);
      scheduler.remove(jobOf(accountId));
    },
    expire(accountId) {
      const recorded = accounts.get(accountId);
      if (!recorded) return;
      recorded.expired = true;
      scheduler.remove(jobOf(accountId));
      void inTurn(recorded, accountId, () => keep(recorded, accountId, { blind: "consent" }));
    },
    seen(seen) {
      if (stopped) return;
      const recorded = accounts.get(seen.key);
      if (!recorded) return seen.told ? other(seen) : undefined;
      void take(recorded, seen, true).then(() => scheduler.wake(jobOf(seen.key)));
    },
    async refresh(listener, signal) {
      for (const recorded of accounts.values()) {
        const { readAt = Number.NEGATIVE_INFINITY } = recorded.trace;
        const soon = clock.now() < readAt + timers.askedApartMs || clock.now() < recorded.notBeforeAt;
        if (recorded.listener === listener && !soon) await readOrFail(recorded, signal);
      }
    },
    standings: () =>
      [...accounts.values()].map(({ account, listener, trace, expired = false }) => ({
        accountId: account.accountId,
        listener,
        provider: account.provider,
        knownAt: Math.max(trace.sinceAt, trace.readAt ?? 0, trace.seenAt ?? 0),
        expired,
      })),
    async settled() {
      await Promise.all([...accounts.values(), ...others.values()].map(({ tail }) => tail));
    },
    stop() {
      stopped = true;
      for (const accountId of accounts.keys()) scheduler.remove(jobOf(accountId));
    },
  };
}

/** The same play again has the same key, however often it is recorded. */
function sightingOf(play: EndedPlay, source: Seen["source"]): Trace["pending"][number] {
  const { heard, startedAt } = play;
  const way = source.way === "push" || source.way === "presence" || source.way === "playing" ? source.way : "observed";
  return {
    source: { origin: source.origin, way },
    key: `${startedAt} ${heard.uri ?? heard.title}`.slice(0, 200),
    ...play,
    heard: withoutWordsUri(heard),
  };
}

/** An address that only stands for words is nobody's name of the thing. */
function withoutWordsUri({ uri, ...heard }: EndedPlay["heard"]): EndedPlay["heard"] {
  return uri === undefined || isWordsUri(uri) ? heard : { uri, ...heard };
}
