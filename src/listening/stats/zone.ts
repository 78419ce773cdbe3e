import type { Period } from "../../contracts/listening.ts";
import type { Shift } from "../../contracts/plays.ts";

const WEEK_MS = 7 * 24 * 60 * 60_000;
const MINUTE_MS = 60_000;
/** Clocks of today are not asked about times before there were any plays, nor after there can be. */
const FIRST_AT = Date.UTC(2002, 0, 1);
const LAST_AT = Date.UTC(2200, 0, 1);

function aheadAt(format: Intl.DateTimeFormat, at: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1_000) * 1_000;
}

/** The minute at which the clocks are turned, somewhere after `from` and not after `to`. */
function turnBetween(format: Intl.DateTimeFormat, from: number, to: number): number {
  const before = aheadAt(format, from);
  let [low, high] = [Math.floor(from / MINUTE_MS), Math.ceil(to / MINUTE_MS)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (aheadAt(format, middle * MINUTE_MS) === before) low = middle;
    else high = middle;
  }
  return high * MINUTE_MS;
}

/**
 * By how much local time in the zone is ahead of UTC, from when on: the first shift holds from the period's start. Clocks are
 * not turned twice within a week. Raises a RangeError for a zone that does not exist.
 */
export function shiftsOf(zone: string, period: Period): Shift[] {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const fromAt = Math.max(FIRST_AT, period.fromAt);
  const untilAt = Math.max(fromAt, Math.min(LAST_AT, period.untilAt));
  let aheadMs = aheadAt(format, fromAt);
  const shifts: Shift[] = [{ fromAt, aheadMs }];
  for (let at = fromAt; at < untilAt; ) {
    const next = Math.min(at + WEEK_MS, untilAt);
    const ahead = aheadAt(format, next);
    if (ahead !== aheadMs) shifts.push({ fromAt: turnBetween(format, at, next), aheadMs: ahead });
    aheadMs = ahead;
    at = next;
  }
  return shifts;
}
