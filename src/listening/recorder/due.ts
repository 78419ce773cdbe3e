import { type Budget, ease } from "../watch/giving-way.ts";
import type { Habit } from "../watch/habits.ts";
import type { Doubt } from "./trace.ts";

const MINUTE = 60_000;

/** When lists of recent plays are read, in ms; each is a setting. */
export const readTimers = {
  /** Between two readings, where nobody asks. */
  apartMs: 30 * MINUTE,
  /** So much time in which nobody saw what was heard, in hours in which the person listens: fifty songs take three times as long. */
  likelyMs: 60 * MINUTE,
  /** The same at other hours: fifty songs of three minutes. */
  unlikelyMs: 150 * MINUTE,
  /** What was not seen is read about after this at the latest, however little it was. */
  staleMs: 120 * MINUTE,
  /** Or when so many plays were seen since: the list holds fifty. */
  stalePlays: 25,
  /** Plays arrive late in the list: each reading begins this long before the last play it knows. */
  overlapMs: 120 * MINUTE,
  /** For somebody who looks at their history; a second look may have it as it is. */
  askedApartMs: 30_000,
  /** After a refusal that names no time. */
  retryMs: 30 * MINUTE,
  callMs: 5_000,
};
export type ReadTimers = typeof readTimers;

export type ReadSituation = {
  now: number;
  readAt: number | undefined;
  doubts: readonly Doubt[];
  /** Plays seen since the last reading. */
  playsSince: number;
  /** From then on nobody sees what is heard; undefined while what plays is known. */
  unseenFromAt: number | undefined;
  habit: Habit;
  budget: Budget;
};

/** How much of the time since the last reading nobody has seen. */
export function unseenMs({
  now,
  doubts,
  unseenFromAt,
}: Pick<ReadSituation, "now" | "doubts" | "unseenFromAt">): number {
  const past = doubts.reduce((sum, { fromAt, untilAt }) => sum + (untilAt - fromAt), 0);
  return past + (unseenFromAt === undefined ? 0 : Math.max(0, now - unseenFromAt));
}

/**
 * When to read the list of recent plays: once so much went unseen that the list is worth a call, and for less before fifty plays can
 * have pushed it out. Undefined while all that is heard is seen, or the budget allows none.
 */
export function readDueAt(situation: ReadSituation, timers: ReadTimers): number | undefined {
  const { now, readAt, habit, budget, doubts, playsSince, unseenFromAt } = situation;
  const left = ease("recent", budget);
  if (left === 0) return undefined;
  const limit = (habit(now) >= 1 ? timers.likelyMs : timers.unlikelyMs) / left;
  const missing = Math.max(0, limit - unseenMs(situation));
  const enough = missing === 0 || unseenFromAt !== undefined ? now + missing : undefined;
  const [oldest] = doubts;
  const stale = oldest && (playsSince >= timers.stalePlays ? now : Math.max(now, oldest.untilAt + timers.staleMs));
  const due = Math.min(enough ?? Number.POSITIVE_INFINITY, stale ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(due)) return undefined;
  const earliest = readAt === undefined ? now : readAt + timers.apartMs;
  return Math.max(earliest, due);
}
