import type { Period } from "../../../contracts/listening.ts";

/**
 * A period as sums and single plays: `spans` are the months, years or all time that are added up, and `edges` the plays by
 * which that is too little (sign 1) or too much (-1). An edge is never longer than half a month, so a year in somebody's zone
 * is a year's sum and a few hours of plays at its ends.
 */
export type Cover = { spans: number[]; edges: (Period & { sign: 1 | -1 })[] };

/** No play is earlier, and none later for a long time to come. */
const FIRST_YEAR = 2002;
const LAST_YEAR = 2200;
const FIRST_AT = Date.UTC(FIRST_YEAR, 0);
const LAST_AT = Date.UTC(LAST_YEAR, 0);
/** From here on, all time less what came after is the shorter way. */
const RECENT_MS = 45 * 24 * 60 * 60_000;

const monthOf = (at: number): number => {
  const date = new Date(at);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};
const startOf = (month: number): number => Date.UTC(Math.floor(month / 12), month % 12);

/** The nearest turn of a month, and what is between it and the time. */
function nearestTurn(at: number): { month: number; before: Period; after: Period } {
  const month = monthOf(at);
  const [start, end] = [startOf(month), startOf(month + 1)];
  const nothing = { fromAt: at, untilAt: at };
  return at - start <= end - at
    ? { month, before: { fromAt: start, untilAt: at }, after: nothing }
    : { month: month + 1, before: nothing, after: { fromAt: at, untilAt: end } };
}

function wholeSpans(fromMonth: number, untilMonth: number): number[] {
  const spans: number[] = [];
  for (let month = fromMonth; month < untilMonth; ) {
    const year = Math.floor(month / 12) * 100;
    const isYear = month % 12 === 0 && month + 12 <= untilMonth;
    spans.push(isYear ? year : year + (month % 12) + 1);
    month += isYear ? 12 : 1;
  }
  return spans;
}

export function coverOf(period: Period, now: number): Cover {
  const fromAt = Math.max(FIRST_AT, period.fromAt);
  const untilAt = Math.min(LAST_AT, period.untilAt);
  if (untilAt <= fromAt) return { spans: [], edges: [] };
  const some = (edges: Cover["edges"]) => edges.filter((edge) => edge.untilAt > edge.fromAt);
  if (fromAt === FIRST_AT && untilAt >= now - RECENT_MS)
    return { spans: [0], edges: some([{ fromAt: untilAt, untilAt: LAST_AT, sign: -1 }]) };
  const [first, last] = [nearestTurn(fromAt), nearestTurn(untilAt)];
  if (last.month <= first.month) return { spans: [], edges: [{ fromAt, untilAt, sign: 1 }] };
  return {
    spans: wholeSpans(first.month, last.month),
    edges: some([
      { ...first.before, sign: -1 },
      { ...first.after, sign: 1 },
      { ...last.before, sign: 1 },
      { ...last.after, sign: -1 },
    ]),
  };
}
