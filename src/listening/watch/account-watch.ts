import type { Clock } from "../../contracts/clock.ts";
import { isSegueError } from "../../contracts/errors.ts";
import type { AccountRef, ListenerKey, NowPlaying, PlayerNews } from "../../contracts/listening.ts";
import type { Log } from "../../contracts/log.ts";
import type { Round } from "../../contracts/scheduler.ts";
import type { PaidSource } from "../sources/source.ts";
import type { Habit } from "./habits.ts";
import type { Interests } from "./interests.ts";
import { knownOf, shown } from "./known.ts";
import type { Outages } from "./outages.ts";
import { type Known, type Look, nextLook, type Situation } from "./policy.ts";
import type { Spending } from "./spending.ts";
import type { WatchTimers } from "./timers.ts";

/**
 * The states of one linked account, and what moves it:
 *
 * ```
 *               link.created                 NeedsRelink, link.lost
 *  signed_out ───────────────► watching ◄──────────────────────────► expired
 *       ▲                         │  ▲          link.created
 *       └── NotLinked, unlinked ──┤  └─ a fault that passes: looks again, later and later
 *                                 ▼
 *                              stopped   (the program ends)
 * ```
 *
 * `watching` looks only while somebody is interested (policy.ts); coming there means to look at once. `expired` cancels every
 * look that was planned and keeps what is known of interests, so that a new link goes on where the old one ended.
 */
export type MachineState = "signed_out" | "watching" | "expired" | "stopped";

export type WatchedAccount = AccountRef & { listener: ListenerKey };

export type AccountStanding = {
  accountId: string;
  listener: ListenerKey;
  machine: MachineState;
  known: Known["as"];
  next?: Look;
  /** Nothing is asked before. */
  notBeforeAt?: number;
};

export interface AccountWatch {
  readonly account: WatchedAccount;
  enter(state: MachineState): void;
  told(news: PlayerNews): void;
  wake(at: number): void;
  /** One round of its job: looks if it is time, and says when it is due again. */
  round(signal: AbortSignal): Promise<Round>;
  now(): NowPlaying | undefined;
  standing(): AccountStanding;
}

export type AccountWatchParts = {
  account: WatchedAccount;
  source: PaidSource;
  interests: Interests;
  spending: Spending;
  outages: Outages;
  budget: () => Promise<Situation["budget"]>;
  habit: () => Habit;
  /** Another source speaks for the listener. */
  covered: () => boolean;
  /** The listener hides what they hear for now. */
  hidden: () => boolean;
  /** Whatever is learnt, changed or not. */
  onNow: (now: NowPlaying) => void;
  /** The account is not linked any more. */
  onGone: () => void;
  timers: WatchTimers;
  clock: Clock;
  log: Log;
};

/** Between two looks, whatever the plan says: one that taught nothing must not be made again and again. */
const GAP_MS = 1_000;
/** What the person or the operator has to mend first: asked rarely until then. */
const BARRED_MS = 60 * 60_000;

export function createAccountWatch(parts: AccountWatchParts): AccountWatch {
  const { account, source, interests, outages, clock, log, timers } = parts;
  let machine: MachineState = "signed_out";
  let known: Known & { uri?: string } = { as: "unknown" };
  let now: NowPlaying | undefined;
  let lookedAt: number | undefined;
  let wokenAt: number | undefined;
  let notBeforeAt = 0;
  let next: Look | undefined;

  async function plan(): Promise<Look | undefined> {
    if (machine !== "watching" || parts.hidden()) return undefined;
    const situation: Situation = {
      now: clock.now(),
      interests: interests.kinds(account.listener),
      covered: parts.covered(),
      known,
      lookedAt,
      wokenAt,
      habit: parts.habit(),
      budget: await parts.budget(),
    };
    const look = nextLook(situation, timers);
    return look && { ...look, at: Math.max(look.at, notBeforeAt, outages.notBeforeAt(source.origin)) };
  }

  async function perform({ purpose, why }: Look, signal: AbortSignal): Promise<void> {
    const beganAt = clock.now();
    notBeforeAt = beganAt + GAP_MS;
    outages.tries(source.origin);
    try {
      await source.look(account, { reason: `watch.${why}`, deadlineAt: beganAt + timers.callMs, signal });
      outages.answered(source.origin);
      lookedAt = clock.now();
      if (wokenAt !== undefined && wokenAt <= beganAt) wokenAt = undefined;
      await parts.spending.count(purpose);
    } catch (error) {
      if (signal.aborted || !isSegueError(error)) throw error;
      if (isSegueError(error, "NeedsRelink")) return enter("expired");
      if (isSegueError(error, "NotLinked")) return parts.onGone();
      const mine = isSegueError(error, "QuotaExceeded") || isSegueError(error, "RateLimited");
      // What was refused before it went out is in nobody's ledger.
      if (!mine) await parts.spending.count(purpose);
      if (isSegueError(error, "Unavailable")) outages.failed(source.origin);
      else if (!mine) notBeforeAt = clock.now() + BARRED_MS;
      notBeforeAt = Math.max(notBeforeAt, error.retryAt ?? 0);
      log.debug({ accountId: account.accountId, code: error.code, notBeforeAt }, "a look failed");
    }
  }

  function enter(state: MachineState): void {
    if (machine === "stopped") return;
    machine = state;
    next = undefined;
    notBeforeAt = 0;
    // What was known of the account is not known any more of one that is linked anew.
    if (state !== "watching") known = { as: "unknown" };
    if (state === "signed_out" || state === "expired") show(undefined, clock.now(), "observed");
  }

  function show(state: NowPlaying["state"], at: number, way: "push" | "observed"): void {
    now = { listener: account.listener, source: { origin: source.origin, way }, state, at };
    parts.onNow(now);
  }

  return {
    account,
    enter,
    told(news) {
      if (machine === "stopped") return;
      known = knownOf(known, news);
      show(shown(news.state), news.at, news.by === "push" ? "push" : "observed");
    },
    wake(at) {
      wokenAt = at;
    },
    async round(signal) {
      let look = await plan();
      if (look && look.at <= clock.now()) {
        await perform(look, signal);
        look = await plan();
      }
      next = look;
      const ends = interests.nextEnd(account.listener) ?? Number.POSITIVE_INFINITY;
      const due = Math.min(look?.at ?? Number.POSITIVE_INFINITY, ends, clock.now() + timers.replanMs);
      const down = machine === "watching" && outages.isDown(source.origin);
      return {
        againInMs: Math.max(0, due - clock.now()),
        ...(down ? { failed: `${source.origin} does not answer` } : {}),
      };
    },
    now: () => now,
    standing: () => ({
      accountId: account.accountId,
      listener: account.listener,
      machine,
      known: known.as,
      ...(next ? { next } : {}),
      ...(notBeforeAt > clock.now() ? { notBeforeAt } : {}),
    }),
  };
}
