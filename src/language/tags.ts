import { z } from "zod";

/** Slots whose words the tagger tells apart; everything else in a message is outside. */
export const taggedSlots = ["track", "artist", "album", "playlist", "genre"] as const;

/** 0 is outside; slot number n begins with label 2n + 1 and goes on with 2n + 2. */
export const labelCount = 1 + 2 * taggedSlots.length;
export const beginOf = (slot: string): number => 2 * (taggedSlots as readonly string[]).indexOf(slot) + 1;
/** A name goes on only where it has begun. */
export const mayFollow = (before: number, label: number): boolean =>
  label === 0 || label % 2 === 1 || before === label || before === label - 1;

/** A trained tagger of one language. */
export const taggerSchema = z.strictObject({
  locale: z.string(),
  /** Hash of everything that it was made from. */
  inputs: z.string(),
  /** Names of the features, separated by a line break. */
  features: z.string(),
  /** One row of 8-bit steps of `scale` per feature, one step per label; base64. */
  scale: z.number(),
  weights: z.string(),
  /** `labelCount` rows of what it is worth that a label comes after another, the last row for the first word. */
  moves: z.array(z.array(z.number())),
});
export type TaggerModel = z.output<typeof taggerSchema>;

/** What kind of word it is, as far as the language's lists know: part of commands, common, or neither. */
export type WordClass = (word: string) => string;

/** Words that say what is named, wherever they stand in the message. */
const shapeOf = (word: string): string =>
  /^\d+$/.test(word) ? (word.length === 4 ? "year" : "number") : word.length < 3 ? `short:${word}` : "word";

/** What is looked at for the word at `index`: itself, its neighbours, its ending, its kind, and how the message opens and ends. */
export function featuresOf(words: readonly string[], index: number, classOf: WordClass): string[] {
  const at = (offset: number): string => words[index + offset] ?? (index + offset < 0 ? "^" : "$");
  const word = at(0);
  const [before, after] = [at(-1), at(1)];
  const kind = (text: string): string => (text === "^" || text === "$" ? text : classOf(text));
  const opening = `${words[0]}_${words[1] ?? "$"}`;
  return [
    "bias",
    `w ${word}`,
    `b ${before}`,
    `a ${after}`,
    `bw ${before} ${word}`,
    `wa ${word} ${after}`,
    `bb ${at(-2)} ${before}`,
    `aa ${after} ${at(2)}`,
    `s ${word.slice(-3)}`,
    `p ${word.slice(0, 3)}`,
    `h ${shapeOf(word)}`,
    `k ${kind(before)} ${kind(word)} ${kind(after)}`,
    `kb ${before} ${kind(word)} ${kind(after)}`,
    `ka ${kind(before)} ${kind(word)} ${after}`,
    `o ${words[0]} ${kind(word)}`,
    `oo ${opening}`,
    `e ${words.at(-1)} ${kind(word)}`,
    `n ${Math.min(words.length, 6)} ${Math.min(index, 3)} ${kind(word)}`,
  ];
}
