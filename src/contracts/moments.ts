import { z } from "zod";

/** Words that stand for a moment, as they were written in somebody's zone. `at` is in Unix ms. */
export const momentSchema = z.object({
  text: z.string().min(1).max(100),
  at: z.number().int().min(-8.64e15).max(8.64e15),
  style: z.enum(["time", "date", "both"]),
});
export type Moment = z.output<typeof momentSchema>;

/** Takes down what was written; a sentence that says two moments tells of both. */
export type MomentSink = (moment: Moment) => void;

/** A reply says few. */
export const maxMoments = 20;

/**
 * The text in pieces: plain words, and the moments that stand in it as whole words. "14:05" is none in "1:14:05" or "14:05.3".
 * Pieces joined again, a moment by its `text`, are the text.
 */
export function splitAtMoments(text: string, moments: readonly Moment[]): (string | Moment)[] {
  const byText = new Map(moments.map((moment) => [moment.text, moment]));
  if (byText.size === 0) return [text];
  // The longest first: "Monday 14:05" is not "14:05" after a word.
  const texts = [...byText.keys()].sort((a, b) => b.length - a.length).map(escapePattern);
  const whole = new RegExp(
    `(?<![\\p{N}\\p{Script=Latin}]|\\p{N}[:.,])(${texts.join("|")})(?![\\p{N}\\p{Script=Latin}]|[:.,]\\p{N})`,
    "u",
  );
  return text
    .split(whole)
    .map((piece, at) => (at % 2 === 1 ? (byText.get(piece) ?? piece) : piece))
    .filter((piece) => piece !== "");
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
