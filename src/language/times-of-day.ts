import type { Found, ValueReader } from "./match.ts";
import { createPhrases } from "./phrases.ts";
import type { Tokens } from "./tokens.ts";
import type { Words } from "./words.ts";

const written = /^(\d{1,2})(?:[:.h](\d{2})|h)?(am|pm)?$/;
const minutesOfDay = 24 * 60;

const wordAt = (tokens: Tokens, at: number): string => tokens.list[at]?.word ?? "";
const digits = (value: number): string => String(value).padStart(2, "0");

/** Times of day as "23:30": "11:30 pm", "23h30", "22 Uhr", "half past ten", "midnight", "ten o'clock". */
export function createTimeOfDayReader(words: Words, number: ValueReader): ValueReader {
  const { hours, morning, evening, named, halfPast, halfTo } = words.timesOfDay;
  const phrases = <T>(list: readonly string[], value: T): ReturnType<typeof createPhrases<T>> =>
    createPhrases(list.map((phrase) => [phrase, value] as const));
  const hourWords = phrases(hours, true);
  const halves = createPhrases([...halfPast, ...halfTo].map((one) => [one, one] as const));
  const beforeHour = new Set(halfTo);
  const ends = createPhrases([
    ...morning.map((phrase) => [phrase, "am"] as const),
    ...evening.map((phrase) => [phrase, "pm"] as const),
  ]);
  const whole = createPhrases(Object.entries(named));

  const found = (end: number, hour: number, minute: number, half: string | undefined): Found[] => {
    if (hour > 24 || minute > 59 || (half && (hour === 0 || hour > 12))) return [];
    const shifted = half === undefined ? hour : (hour % 12) + (half === "pm" ? 12 : 0);
    const minutes = (shifted * 60 + minute) % minutesOfDay;
    return [{ end, value: `${digits(Math.floor(minutes / 60))}:${digits(minutes % 60)}` }];
  };
  const withHalf = (tokens: Tokens, end: number, hour: number, minute: number): Found[] => {
    const half = ends.at(tokens, end)[0];
    return half ? found(half.end, hour, minute, half.value) : found(end, hour, minute, undefined);
  };

  return (tokens, at) => {
    const fixed = whole
      .at(tokens, at)
      .flatMap(({ end, value }) => found(end, Math.floor(value / 60), value % 60, undefined));
    if (fixed.length > 0) return fixed;
    const clock = written.exec(wordAt(tokens, at));
    if (clock?.[3]) return found(at + 1, Number(clock[1]), Number(clock[2] ?? 0), clock[3]);
    if (clock?.[2] !== undefined) {
      const end = hourWords.at(tokens, at + 1)[0]?.end ?? at + 1;
      return withHalf(tokens, end, Number(clock[1]), Number(clock[2]));
    }
    const half = halves.at(tokens, at)[0];
    if (half) {
      return number(tokens, half.end).flatMap(({ end, value }) => {
        if (typeof value !== "number" || value < 1 || value > 24) return [];
        // "Halb elf" is half an hour before eleven.
        return withHalf(tokens, end, beforeHour.has(half.value) ? value - 1 : value, 30);
      });
    }
    const hour = clock ? [{ end: at + 1, value: Number(clock[1]) }] : number(tokens, at);
    return hour.flatMap(({ end, value }) => {
      if (typeof value !== "number" || value < 0 || value > 24) return [];
      const marked = hourWords.at(tokens, end)[0];
      if (!marked) return withHalf(tokens, end, value, 0);
      // "22 Uhr 30".
      const rest = number(tokens, marked.end).find(
        (part) => typeof part.value === "number" && part.value > 0 && part.value < 60,
      );
      const minutes = rest && typeof rest.value === "number" ? found(rest.end, value, rest.value, undefined) : [];
      return [...minutes, ...withHalf(tokens, marked.end, value, 0)];
    });
  };
}
