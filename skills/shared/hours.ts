import type { QuietHours } from "../../src/contracts/announce.ts";

const time = /(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|h|uhr)?/iu;
const span = new RegExp(
  `^\\D{0,12}?${time.source}\\s*(?:[-–—]|to|until|till|bis|a|à|hasta|jusqu['’]à)\\s*${time.source}\\s*$`,
  "iu",
);

/** "22:00-08:00", "10 pm to 8 am", "22 Uhr bis 8 Uhr"; undefined for what is no such span. */
export function readHours(text: string): QuietHours | undefined {
  const [, fromHour, fromMinutes, fromHalf, untilHour, untilMinutes, untilHalf] = span.exec(text.trim()) ?? [];
  const fromMinute = minuteOf(fromHour, fromMinutes, fromHalf);
  const untilMinute = minuteOf(untilHour, untilMinutes, untilHalf);
  if (fromMinute === undefined || untilMinute === undefined || fromMinute === untilMinute) return undefined;
  return { fromMinute, untilMinute };
}

/** As it is read again. */
export function writeHours({ fromMinute, untilMinute }: QuietHours): string {
  return [fromMinute, untilMinute].map(clock).join("–");
}

function minuteOf(hour: string | undefined, minute: string | undefined, half: string | undefined): number | undefined {
  if (hour === undefined) return undefined;
  const half12 = half?.toLowerCase();
  const twelve = half12 === "am" || half12 === "pm";
  const said = Number(hour);
  if (Number(minute ?? 0) > 59 || said > (twelve ? 12 : 24) || (twelve && said === 0)) return undefined;
  const hours = twelve ? (said % 12) + (half12 === "pm" ? 12 : 0) : said % 24;
  return hours * 60 + Number(minute ?? 0);
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}
