import { DateTime } from "luxon";
import type { DigestKind } from "../../contracts/digests.ts";
import type { Period } from "../../contracts/listening.ts";

/**
 * Days, weeks (from Monday), months and years as a zone has them. They follow each other without a hole, however its clocks are
 * turned: each ends where the next begins.
 */

/** A period that is over, and when it is told of. `label` is its name in its own zone, the same whatever zone is asked later. */
export type Due = { label: string; period: Period; dueAt: number };

const labels: Record<DigestKind, string> = { day: "yyyy-MM-dd", week: "kkkk-'W'WW", month: "yyyy-MM", year: "yyyy" };

/** Midnight may not exist where clocks are turned then: the day begins with its first moment. */
const startOf = (at: DateTime, kind: DigestKind): DateTime => at.startOf(kind);

const stepped = (start: DateTime, kind: DigestKind, by: number): DateTime =>
  // From the middle of its first day, where nothing is turned.
  startOf(start.plus({ hours: 12 }).plus({ [kind]: by }), kind);

/** The hour of that day; where it is left out by the clocks, the one after it; where it comes twice, the first. */
const atHour = (day: DateTime, hour: number): number => {
  const at = day.set({ hour });
  return Math.max(day.toMillis(), at.toMillis());
};

function dueOf(end: DateTime, kind: DigestKind, hour: number): Due {
  const start = stepped(end, kind, -1);
  return {
    label: start.toFormat(labels[kind], { locale: "en-US" }),
    period: { fromAt: start.toMillis(), untilAt: end.toMillis() },
    dueAt: atHour(end, hour),
  };
}

/** The period that the moment is in, from its start to its end. */
export function periodAround(kind: DigestKind, zone: string, at: number): Period {
  const start = startOf(DateTime.fromMillis(at, { zone }), kind);
  return { fromAt: start.toMillis(), untilAt: stepped(start, kind, 1).toMillis() };
}

/** The period of the same kind that ended where this one begins. */
export function periodBefore(kind: DigestKind, zone: string, { fromAt }: Period): Period {
  const end = DateTime.fromMillis(fromAt, { zone });
  return { fromAt: stepped(startOf(end, kind), kind, -1).toMillis(), untilAt: fromAt };
}

/** The last one that was due by then. */
export function latestDue(kind: DigestKind, zone: string, hour: number, at: number): Due {
  const end = startOf(DateTime.fromMillis(at, { zone }), kind);
  const due = dueOf(end, kind, hour);
  return due.dueAt <= at ? due : dueOf(stepped(end, kind, -1), kind, hour);
}

/** The first one that is due after then. */
export function nextDue(kind: DigestKind, zone: string, hour: number, at: number): Due {
  const end = startOf(DateTime.fromMillis(at, { zone }), kind);
  const due = dueOf(end, kind, hour);
  return due.dueAt > at ? due : dueOf(stepped(end, kind, 1), kind, hour);
}

/** Those that ended after `fromAt` and not after `untilAt`, oldest first: the last `most` of them. */
export function endedBetween(
  kind: DigestKind,
  zone: string,
  hour: number,
  { fromAt, untilAt }: Period,
  most: number,
): Due[] {
  const found: Due[] = [];
  let end = startOf(DateTime.fromMillis(untilAt, { zone }), kind);
  while (found.length < most && end.toMillis() > fromAt) {
    found.unshift(dueOf(end, kind, hour));
    end = stepped(end, kind, -1);
  }
  return found;
}

const MONTHS = 12;

/** The twelve months of the year that ends then, in order; of a year that is not over, those to come as well. */
export function monthsOf(zone: string, { fromAt, untilAt }: Period): Period[] {
  const months: Period[] = [];
  const last = startOf(DateTime.fromMillis(untilAt - 1, { zone }), "month");
  const first = startOf(DateTime.fromMillis(fromAt, { zone }), "month");
  const earliest = stepped(last, "month", 1 - MONTHS);
  let start = startOf(DateTime.fromMillis(Math.max(first.toMillis(), earliest.toMillis()), { zone }), "month");
  while (months.length < MONTHS) {
    const end = stepped(start, "month", 1);
    months.push({ fromAt: start.toMillis(), untilAt: end.toMillis() });
    start = end;
  }
  return months;
}

/** The first moment of the day in the zone. */
export const dayOf = (zone: string, at: number): number => startOf(DateTime.fromMillis(at, { zone }), "day").toMillis();
