import { DateTime } from "luxon";
import type { QuietHours } from "../../contracts/announce.ts";

/** When the quiet that it is now is over; undefined where it is none. */
export function quietUntil(quiet: QuietHours | undefined, zone: string, now: number): number | undefined {
  if (!quiet) return undefined;
  const { fromMinute, untilMinute } = quiet;
  const local = DateTime.fromMillis(now, { zone });
  const minute = local.hour * 60 + local.minute;
  const isNow =
    fromMinute < untilMinute
      ? minute >= fromMinute && minute < untilMinute
      : minute >= fromMinute || minute < untilMinute;
  if (!isNow) return undefined;
  const day = minute < untilMinute ? local : local.plus({ days: 1 });
  const end = { hour: Math.floor(untilMinute / 60), minute: untilMinute % 60, second: 0, millisecond: 0 };
  // An hour that a night of the year leaves out or has twice ends the quiet once.
  return Math.max(now + 1, day.set(end).toMillis());
}
