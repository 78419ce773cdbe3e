import { type Budget, ease, givingWay, type Purpose } from "./giving-way.ts";
import type { Habit } from "./habits.ts";
import type { InterestKind } from "./interests.ts";
import type { WatchTimers } from "./timers.ts";

/**
 * What is known of a player, as far as it tells when to look again. `sinceAt`: from when on it has been so; `at`: when that was
 * last learnt, by whatever means.
 */
export type Known =
  | { as: "unknown" }
  | { as: "idle"; at: number }
  | { as: "paused"; sinceAt: number; at: number }
  | {
      as: "playing";
      at: number;
      /** When the track that plays will be over; absent where what plays has no name or no length. */
      endsAt?: number;
      /** Something of the service's own is heard in between, or what it does not tell. */
      untold?: true;
      /** Looks in a row that showed the track at an end that should have come. */
      late: number;
    };

export type Situation = {
  now: number;
  /** Of those who want to know what this listener hears. */
  interests: ReadonlySet<InterestKind>;
  /** A source that costs nothing speaks for the listener now, so that nothing need be asked. */
  covered: boolean;
  known: Known;
  /** Of the last call that was answered. */
  lookedAt?: number | undefined;
  /** A sign of life that came after all that is known. */
  wokenAt?: number | undefined;
  habit: Habit;
  budget: Budget & {
    /** Of the calls used, looks while nothing was heard. */
    idle: number;
    /** Among how many listeners looks are shared. */
    watched: number;
  };
};

export type Look = {
  at: number;
  purpose: Purpose;
  why: "first" | "woken" | "end" | "late" | "unnamed" | "untold" | "paused" | "idle" | "live";
};

const DAY_MS = 24 * 60 * 60_000;
/** In steps of this, as a habit changes by the hour. */
const STEP_MS = 5 * 60_000;
/** Of a day's calls, those that commands, tracks and lists of recent plays are taken to need until they have shown it. */
const OTHERS = 0.55;
/** However short the budget is, until looks stop altogether: so many a day. */
const FEWEST_A_DAY = 8;

/** Interests that are served by looks. Recording alone is served by lists of recent plays, fifty plays for one call. */
const looking: readonly InterestKind[] = ["live", "manual", "announce"];

/**
 * When to look next at what a listener hears, and for what; undefined for not at all as things stand. Nothing else decides it.
 *
 * - Nothing is asked while nobody is interested, or while a free source speaks for the listener.
 * - While a track plays, at its end: what follows is seen a second after it began. Our own commands tell what they did, so
 *   they only move that end.
 * - After a pause, a few times at growing distance; then the listener counts as idle.
 * - While idle, as often as the day's budget buys, and more often in hours in which the person is known to listen.
 * - A sign of life brings the next look forward. A live view is refreshed in between, as far as the budget lasts.
 *
 * How each of these gives way when calls run short is in giving-way.ts.
 */
export function nextLook(situation: Situation, timers: WatchTimers): Look | undefined {
  const { interests, covered } = situation;
  if (covered || !looking.some((kind) => interests.has(kind))) return undefined;
  return [usual(situation, timers), woken(situation, timers), live(situation, timers)]
    .filter((look) => look !== undefined)
    .sort((a, b) => a.at - b.at)[0];
}

/** A wait from `from` on, as long as the budget makes it; undefined where it has no end. */
function after(from: number, waitMs: number, look: Omit<Look, "at">, { budget }: Situation): Look | undefined {
  const left = ease(look.purpose, budget);
  return left > 0 ? { ...look, at: from + waitMs / left } : undefined;
}

function usual(situation: Situation, timers: WatchTimers): Look | undefined {
  const { known, now } = situation;
  if (known.as === "unknown") return after(now, 0, { purpose: "idle", why: "first" }, situation);
  if (known.as === "idle") return idle(known.at, situation, timers);
  if (known.as === "playing") return playing(known, situation, timers);
  const step = timers.pausedMs.find((ms) => known.sinceAt + ms > known.at);
  if (step === undefined) return idle(known.at, situation, timers);
  return after(known.sinceAt, step, { purpose: "paused", why: "paused" }, situation);
}

function playing(known: Known & { as: "playing" }, situation: Situation, timers: WatchTimers): Look | undefined {
  if (known.late > 0) {
    const wait = Math.min(timers.lateMs * 2 ** (known.late - 1), timers.idleMinMs);
    return after(known.at, wait, { purpose: "end", why: "late" }, situation);
  }
  if (known.untold) return after(known.at, timers.untoldMs, { purpose: "end", why: "untold" }, situation);
  if (known.endsAt === undefined)
    return after(known.at, timers.unnamedMs, { purpose: "end", why: "unnamed" }, situation);
  return after(known.endsAt, timers.afterEndMs, { purpose: "end", why: "end" }, situation);
}

function woken(situation: Situation, timers: WatchTimers): Look | undefined {
  const { wokenAt, lookedAt = Number.NEGATIVE_INFINITY, known } = situation;
  // Whoever is known to play gives no news by being there.
  if (wokenAt === undefined || known.as === "playing") return undefined;
  const from = Math.max(wokenAt, lookedAt + timers.wokenGapMs);
  return after(from, 0, { purpose: "paused", why: "woken" }, situation);
}

function live(situation: Situation, timers: WatchTimers): Look | undefined {
  const { interests, lookedAt, known, now } = situation;
  if (!interests.has("live")) return undefined;
  const wait = known.as === "playing" ? timers.livePlayingMs : timers.livePausedMs;
  return after(lookedAt ?? now - wait, wait, { purpose: "live", why: "live" }, situation);
}

function idle(from: number, situation: Situation, timers: WatchTimers): Look | undefined {
  const look = { purpose: "idle", why: "idle" } as const;
  if (situation.interests.has("manual")) return after(from, timers.idleManualMs, look, situation);
  const wait = waitWhileIdle(from, situation, timers);
  return after(from, wait, look, situation);
}

/** Until the chances of a beginning since the last look add up to one look's worth. */
function waitWhileIdle(from: number, { habit, budget }: Situation, timers: WatchTimers): number {
  const perMs = looksPerDay(budget, timers) / DAY_MS;
  let due = 0;
  for (let wait = 0; wait < timers.idleMaxMs; wait += STEP_MS) {
    const rate = perMs * habit(from + wait);
    if (due + rate * STEP_MS >= 1) return clamp(wait + (1 - due) / rate, timers.idleMinMs, timers.idleMaxMs);
    due += rate * STEP_MS;
  }
  return timers.idleMaxMs;
}

/** For one listener: what the others leave of the share that looks while idle may spend. */
export function looksPerDay({ daily, used, idle: looks, watched }: Situation["budget"], timers: WatchTimers): number {
  const most = DAY_MS / timers.idleMinMs;
  if (daily === undefined) return most;
  const share = givingWay.find(({ purpose }) => purpose === "idle")?.widensAt ?? 0;
  const others = Math.max(used - looks, daily * OTHERS);
  return clamp((daily * share - others) / Math.max(1, watched), FEWEST_A_DAY, most);
}

const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);
