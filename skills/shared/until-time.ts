const minuteMs = 60_000;
const dayMinutes = 24 * 60;

/** Minutes since midnight that a clock in the zone shows. */
function minutesAt(at: number, timeZone: string | undefined): number {
  const parts = new Intl.DateTimeFormat("en", { hour: "numeric", minute: "numeric", hourCycle: "h23", timeZone });
  const shown = new Map(parts.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return (shown.get("hour") ?? 0) * 60 + (shown.get("minute") ?? 0);
}

/**
 * Ms from `now` until a clock in the zone next shows `time` ("23:30"), to the minute. What is more than half a day away and may
 * be of the afternoon is meant sooner: "at 11:30", said at ten in the evening, is tonight. Where clocks change in between, the
 * hour that is won or lost counts.
 */
export function msUntil(time: string, now: number, timeZone: string | undefined): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  const wanted = hours * 60 + minutes;
  const away = (wanted - minutesAt(now, timeZone) + dayMinutes) % dayMinutes || dayMinutes;
  const ahead = away > dayMinutes / 2 && hours > 0 && hours <= 12 ? away - dayMinutes / 2 : away;
  const meant = (wanted + (ahead === away ? 0 : dayMinutes / 2)) % dayMinutes;
  const start = now - (now % minuteMs);
  const missed = (meant - minutesAt(start + ahead * minuteMs, timeZone) + dayMinutes) % dayMinutes;
  const changed = missed > dayMinutes / 2 ? missed - dayMinutes : missed;
  return start + (ahead + changed) * minuteMs - now;
}
