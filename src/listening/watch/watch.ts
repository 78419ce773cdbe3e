import { z } from "zod";
import type { Clock } from "../../contracts/clock.ts";
import type { Events } from "../../contracts/events.ts";
import type { ListenerKey, NowPlaying, PlayerFeed, PlayerNews, PlayWay } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import type { Scheduler } from "../../contracts/scheduler.ts";
import type { SettingStore } from "../../contracts/store.ts";
import type { TellingSource, Told } from "../sources/source.ts";
import { type AccountStanding, type AccountWatch, createAccountWatch, type WatchedAccount } from "./account-watch.ts";
import { type Budget, type Standing, standings } from "./giving-way.ts";
import { type Habit, noHabit } from "./habits.ts";
import { createInterests, type Interest, type InterestKind } from "./interests.ts";
import { isChange, shown } from "./known.ts";
import type { Outages } from "./outages.ts";
import type { Spending } from "./spending.ts";
import { type WatchTimers, watchTimers } from "./timers.ts";

/** What was seen of a listener, changed or not: the recorder needs every position. */
export type Seen = NowPlaying & {
  /** The account's id, or what names the shared player or the source. */
  key: string;
  by: PlayerNews["by"];
  set?: true;
  /** The listener hides what they hear from now on. */
  hidden?: true;
  /** No account is behind it that could be asked for what was not seen. */
  told?: true;
};

export type WatchStatus = {
  accounts: (AccountStanding & { interests: Interest[]; covered?: string })[];
  /** Of the last day. Without `daily` there is no limit. */
  calls: { daily?: number; used: number; order: (Standing & { calls: number })[] };
};

/** Knows what listeners hear, by the cheapest means, for as long as somebody is interested. */
export interface Watch {
  /** From now on, once. */
  start(): void;
  /** A linked account, at the start or when it is linked (anew): looked at at once where somebody is interested. */
  add(account: WatchedAccount): Promise<void>;
  expire(accountId: string): void;
  remove(accountId: string): void;

  /** An interest of that owner; returns the way to end it. A live view lingers for a moment: people reload. */
  interest(listener: ListenerKey, kind: Exclude<InterestKind, "manual">, owner: string): () => void;
  /** Watches by hand from now on; resolves with when that ends. Outlives a restart. */
  watchFor(listener: ListenerKey, ms?: number): Promise<number>;
  stopWatching(listener: ListenerKey): Promise<boolean>;
  watchingUntil(listener: ListenerKey): number | undefined;

  /** A sign of life: somebody came online, wrote something, opened something. Costs a call at most once a minute. */
  wake(listener: ListenerKey): void;
  /** What the listener hears as far as it is known; never a call. */
  now(listener: ListenerKey): NowPlaying | undefined;
  status(): Promise<WatchStatus>;
  /** Ends all of it; jobs belong to the scheduler. */
  stop(): void;
}

export type WatchParts = {
  feed: PlayerFeed;
  /** Those that tell by themselves, cheapest first. */
  sources?: readonly TellingSource[];
  /** A shared player by its key in the feed; `unrecorded` where nobody decided that what it plays is written down. */
  sharedPlayer?: (key: string) => { listener: ListenerKey; origin: string; unrecorded?: boolean } | undefined;
  settings: Pick<SettingStore, "get" | "put" | "remove">;
  /** Loaded by now. */
  spending: Spending;
  /** Shared with whoever else asks these services. */
  outages: Outages;
  scheduler: Pick<Scheduler, "add" | "wake" | "remove">;
  events: Pick<Events, "emit">;
  budget: (origin: string) => Promise<Budget>;
  habit?: (listener: ListenerKey) => Habit;
  /** The listener hides what they hear for now. */
  hidden?: (listener: ListenerKey) => boolean;
  /** Whether what free sources tell of the listener is written down, too. */
  recordsTold?: (listener: ListenerKey) => boolean;
  /** Told of everything that is seen, in order. */
  onSeen?: (seen: Seen) => void;
  timers?: Partial<WatchTimers>;
  clock: Clock;
  log: Log;
};

const manualSetting = "listening.watch_until";
const manualOwner = "by hand";
/** A source that ended is begun again after this. */
const SOURCE_AGAIN_MS = 30_000;
/** How many are watched may be known so late: it spreads a day's budget. */
const COUNTED_FOR_MS = 1_000;
const jobOf = (accountId: string) => `listening.watch:${accountId}`;

export function createWatch(parts: WatchParts): Watch {
  const { feed, settings, scheduler, events, spending, clock, log, onSeen } = parts;
  const timers = { ...watchTimers, ...parts.timers };
  const interests = createInterests(clock);
  const accounts = new Map<string, AccountWatch>();
  const counted = new Map<string, { at: number; count: number }>();
  /** What those said last that tell by themselves, by listener and origin. */
  const told = new Map<ListenerKey, Map<string, NowPlaying>>();
  const hidden = parts.hidden ?? (() => false);
  const undo: (() => void)[] = [];

  const ofListener = (listener: ListenerKey) =>
    [...accounts.values()].filter(({ account }) => account.listener === listener);
  const replan = (listener: ListenerKey) => {
    for (const { account } of ofListener(listener)) scheduler.wake(jobOf(account.accountId));
  };
  /** The one that speaks for the listener: who spoke first of all that tell. */
  const spokesman = (listener: ListenerKey) => [...(told.get(listener)?.values() ?? [])][0];
  /** As it was last told to others, whoever it was learnt from. */
  const emitted = new Map<ListenerKey, NowPlaying["state"]>();

  function emit(now: NowPlaying): void {
    const { listener } = now;
    if (hidden(listener) || !isChange(emitted.get(listener), now.state)) return;
    if (now.state) emitted.set(listener, now.state);
    else emitted.delete(listener);
    events.emit({ type: "now_playing.changed", now });
  }

  /** While another speaks for the listener, the account has only to say what a command of ours started. */
  function emitOwn(now: NowPlaying): void {
    if (!spokesman(now.listener) || now.state?.item) emit(now);
  }

  function onNews(news: PlayerNews): void {
    const account = accounts.get(news.key);
    const shared = account ? undefined : parts.sharedPlayer?.(news.key);
    if (account) {
      account.told(news);
      scheduler.wake(jobOf(news.key));
    }
    const listener = account?.account.listener ?? shared?.listener;
    const origin = account?.account.provider ?? shared?.origin;
    if (listener === undefined || origin === undefined) return;
    const way: PlayWay = news.by === "push" ? "push" : "observed";
    const state = shown(news.state);
    if (!shared?.unrecorded)
      onSeen?.({
        key: news.key,
        by: news.by,
        ...(news.set ? { set: true } : {}),
        listener,
        source: { origin, way },
        state,
        at: news.at,
        ...(news.state && !state ? { hidden: true } : {}),
        ...(shared ? { told: true } : {}),
      });
    if (shared && news.unheard) onTold({ origin, way, cost: "pushed" }, { listener, speaks: false, at: news.at });
    else if (shared) onTold({ origin, way, cost: "pushed" }, { listener, speaks: true, state, at: news.at });
  }

  function onTold({ origin, way, cost }: Omit<TellingSource, "watch">, news: Told): void {
    const { listener, at } = news;
    const own = told.get(listener) ?? new Map<string, NowPlaying>();
    if (news.speaks) {
      told.set(listener, own);
      const now: NowPlaying = { listener, source: { origin, way }, state: shown(news.state), at };
      own.set(origin, now);
      if (cost === "free" && (parts.recordsTold?.(listener) ?? true))
        onSeen?.({ ...now, key: `${listener} ${origin}`, by: "push", told: true });
      if (spokesman(listener)?.source.origin === origin) emit(now);
    } else {
      const before = own.get(origin);
      own.delete(origin);
      if (own.size === 0) told.delete(listener);
      if (before?.state) emit({ ...before, state: undefined, at });
    }
    if (cost === "free") replan(listener);
  }

  function follow(source: TellingSource): void {
    scheduler.add({
      name: `listening.source:${source.origin}`,
      // It listens for as long as it lives.
      roundMs: Number.POSITIVE_INFINITY,
      async run(signal) {
        try {
          await source.watch((news) => onTold(source, news), signal, { kinds: interests.kinds, hidden });
        } finally {
          for (const [listener, own] of [...told])
            if (own.has(source.origin)) onTold(source, { listener, speaks: false, at: clock.now() });
        }
        return { againInMs: SOURCE_AGAIN_MS };
      },
    });
  }

  /** Each round of each account asks, and thousands of accounts may have one within a second. */
  function watchedOf(origin: string): number {
    const known = counted.get(origin);
    if (known && Math.abs(clock.now() - known.at) < COUNTED_FOR_MS) return known.count;
    let count = 0;
    for (const { account, standing } of accounts.values())
      if (account.provider === origin && standing().machine === "watching") count++;
    counted.set(origin, { at: clock.now(), count });
    return count;
  }

  async function budgetFor(origin: string) {
    const idle = spending.of("idle");
    return { ...(await parts.budget(origin)), idle, watched: watchedOf(origin) };
  }

  return {
    start() {
      undo.push(feed.on(onNews));
      for (const source of parts.sources ?? []) follow(source);
    },

    async add(account) {
      const { accountId, listener, provider } = account;
      const until = z.number().safeParse(await settings.get(listener, manualSetting));
      if (until.success && until.data > clock.now())
        interests.add(listener, { kind: "manual", owner: manualOwner, untilAt: until.data });
      const watch =
        accounts.get(accountId) ??
        createAccountWatch({
          account,
          source: { origin: provider, way: "observed", cost: "paid", look: feed.look },
          interests,
          spending,
          outages: parts.outages,
          budget: () => budgetFor(provider),
          habit: () => parts.habit?.(listener) ?? noHabit,
          covered: () => spokesman(listener) !== undefined,
          hidden: () => hidden(listener),
          onNow: emitOwn,
          onGone: () => this.remove(accountId),
          timers,
          clock,
          log,
        });
      accounts.set(accountId, watch);
      counted.clear();
      watch.enter("watching");
      scheduler.add({ name: jobOf(accountId), run: (signal) => watch.round(signal) });
    },
    expire(accountId) {
      accounts.get(accountId)?.enter("expired");
      counted.clear();
    },
    remove(accountId) {
      const watch = accounts.get(accountId);
      watch?.enter("signed_out");
      accounts.delete(accountId);
      counted.clear();
      scheduler.remove(jobOf(accountId));
      if (watch && ofListener(watch.account.listener).length === 0) emitted.delete(watch.account.listener);
    },

    interest(listener, kind, owner) {
      interests.add(listener, { kind, owner });
      replan(listener);
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        interests.end(listener, kind, owner, kind === "live" ? timers.liveLingersMs : 0);
        replan(listener);
      };
    },
    async watchFor(listener, ms = timers.manualMs) {
      const untilAt = clock.now() + ms;
      await settings.put(listener, manualSetting, untilAt);
      interests.add(listener, { kind: "manual", owner: manualOwner, untilAt });
      this.wake(listener);
      return untilAt;
    },
    async stopWatching(listener) {
      const was = this.watchingUntil(listener) !== undefined;
      interests.end(listener, "manual", manualOwner);
      await settings.remove(listener, manualSetting);
      replan(listener);
      return was;
    },
    watchingUntil: (listener) => interests.of(listener).find(({ kind }) => kind === "manual")?.untilAt,

    wake(listener) {
      for (const watch of ofListener(listener)) {
        watch.wake(clock.now());
        scheduler.wake(jobOf(watch.account.accountId));
      }
    },
    now(listener) {
      if (hidden(listener)) return undefined;
      const spoken = spokesman(listener);
      if (spoken) return spoken;
      return ofListener(listener)
        .map((watch) => watch.now())
        .filter((now) => now !== undefined)
        .sort((a, b) => b.at - a.at)[0];
    },
    async status() {
      const [first] = accounts.values();
      const { daily, used } = first ? await parts.budget(first.account.provider) : { daily: undefined, used: 0 };
      return {
        accounts: [...accounts.values()].map((watch) => {
          const { listener } = watch.account;
          const by = spokesman(listener)?.source.origin;
          return {
            ...watch.standing(),
            interests: interests.of(listener),
            ...(by === undefined ? {} : { covered: by }),
          };
        }),
        calls: {
          ...(daily === undefined ? {} : { daily }),
          used,
          order: standings({ daily, used }).map((each) => ({ ...each, calls: spending.of(each.purpose) })),
        },
      };
    },
    stop() {
      for (const each of undo.splice(0)) each();
      for (const watch of accounts.values()) {
        watch.enter("stopped");
        scheduler.remove(jobOf(watch.account.accountId));
      }
      for (const source of parts.sources ?? []) scheduler.remove(`listening.source:${source.origin}`);
    },
  };
}
