import { type Moment, splitAtMoments } from "../../src/contracts/moments.ts";

/** The time, the date in words, or both: https://core.telegram.org/bots/api#date-time-entity-formatting */
const formats = { time: "t", date: "D", both: "Dt" } as const;
/** Dates of its entities are 32 bits wide: https://core.telegram.org/constructor/messageEntityFormattedDate */
const lastSecond = 2 ** 31 - 1;

export type Timed = { text: string; moment?: Pick<Moment, "at" | "style"> };

/** Each moment as a part of its own. Links, commands and code hold no other entity (https://core.telegram.org/bots/api#formatting-options). */
export function withMoments<T extends Timed & { url?: string; code?: boolean; command?: boolean }>(
  line: readonly T[],
  moments: readonly Moment[] = [],
): T[] {
  const told = moments.filter(({ at }) => at >= 0 && at / 1000 <= lastSecond);
  return line.flatMap((part) =>
    part.url !== undefined || part.code || part.command
      ? [part]
      : splitAtMoments(part.text, told).map((piece) =>
          typeof piece === "string" ? { ...part, text: piece } : { ...part, text: piece.text, moment: piece },
        ),
  );
}

/** Apps that know no moments show the words. */
export function momentHtml({ at, style }: Pick<Moment, "at" | "style">, html: string): string {
  return `<tg-time unix="${Math.floor(at / 1000)}" format="${formats[style]}">${html}</tg-time>`;
}
