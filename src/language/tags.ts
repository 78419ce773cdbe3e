import { z } from "zod";

/** Slots whose words the tagger tells apart; everything else in a message is outside. */
export const taggedSlots = ["track", "artist", "album", "playlist", "genre"] as const;

/** The labels of a word: 0 is outside; slot number n begins with label 2n + 1 and goes on with 2n + 2. */
export type Labels = { slots: readonly string[]; count: number; beginOf(slot: string): number };
export const labelsOf = (slots: readonly string[]): Labels => ({
  slots,
  count: 1 + 2 * slots.length,
  beginOf: (slot) => 2 * slots.indexOf(slot) + 1,
});
/** A name goes on only where it has begun. */
export const mayFollow = (before: number, label: number): boolean =>
  label === 0 || label % 2 === 1 || before === label || before === label - 1;

/** What a tagger has learnt. */
export const weightsSchema = z.strictObject({
  slots: z.array(z.string()),
  /** Hashes of the features, 32 bits each; base64. Names nobody will read would take five times the memory. */
  features: z.string(),
  /** One row of 8-bit steps of `scale` per feature, one step per label; base64. */
  scale: z.number(),
  weights: z.string(),
  /** A row per label of what it is worth that another comes after it, the last row for the first word. */
  moves: z.array(z.array(z.number())),
});
export type TaggerWeights = z.output<typeof weightsSchema>;

/** A trained tagger of one language. */
export const taggerSchema = weightsSchema.extend({
  locale: z.string(),
  /** Hash of everything that it was made from. */
  inputs: z.string(),
});
export type TaggerModel = z.output<typeof taggerSchema>;

/** What kind of word it is, as far as the language's lists know: part of commands, common, or neither. */
export type WordClass = (word: string) => string;

const shapeOf = (word: string): string =>
  /^\d+$/.test(word) ? (word.length === 4 ? "year" : "number") : word.length < 3 ? `short:${word}` : "word";

/** FNV-1a over UTF-16 units. Of 100,000 features about one shares its hash with another. */
export function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** How many features, from the first on, name the word itself: hidden now and then while learning. */
export const ownFeatures = 7;

/** Words of these kinds are never far from where a name begins or ends. */
const isAnchor = (kind: string): boolean => kind !== "common" && kind !== "other" && kind !== "given";

/**
 * What is looked at for each word, as hashes: itself, its neighbours, its ending, its kind, the nearest words of commands on
 * either side, and how the message opens and ends. Every word has as many features.
 */
export function featuresOf(words: readonly string[], classOf: WordClass): number[][] {
  const kinds = words.map(classOf);
  const word = (index: number): string => words[index] ?? (index < 0 ? "^" : "$");
  const kind = (index: number): string => kinds[index] ?? (index < 0 ? "^" : "$");
  const opening = `${word(0)}_${word(1)}`;
  const left: number[] = [];
  let anchor = -1;
  for (const [index, one] of kinds.entries()) {
    left.push(anchor);
    if (isAnchor(one)) anchor = index;
  }
  const right: number[] = [];
  anchor = words.length;
  for (let index = words.length - 1; index >= 0; index--) {
    right[index] = anchor;
    if (isAnchor(kind(index))) anchor = index;
  }
  return words.map((own, at) => {
    const [before, after, mine] = [word(at - 1), word(at + 1), kind(at)];
    const [from, to] = [left[at] ?? -1, right[at] ?? words.length];
    return [
      `w ${own}`,
      `bw ${before} ${own}`,
      `wa ${own} ${after}`,
      `s ${own.slice(-3)}`,
      `p ${own.slice(0, 3)}`,
      `t ${own.slice(-2)}`,
      `bs ${before} ${own.slice(-3)}`,
      "bias",
      `b ${before}`,
      `a ${after}`,
      `bb ${word(at - 2)} ${before}`,
      `aa ${after} ${word(at + 2)}`,
      `h ${shapeOf(own)}`,
      `k ${kind(at - 1)} ${mine} ${kind(at + 1)}`,
      `kb ${before} ${mine} ${kind(at + 1)}`,
      `ka ${kind(at - 1)} ${mine} ${after}`,
      `kk ${kind(at - 2)} ${kind(at - 1)} ${mine}`,
      `kkk ${mine} ${kind(at + 1)} ${kind(at + 2)}`,
      `o ${words[0]} ${mine}`,
      `oo ${opening}`,
      `e ${words.at(-1)} ${mine}`,
      `n ${Math.min(words.length, 6)} ${Math.min(at, 3)} ${mine}`,
      `l ${word(from)} ${mine}`,
      `r ${word(to)} ${mine}`,
      `lr ${word(from)} ${word(to)}`,
      `ld ${word(from)} ${Math.min(at - from, 4)}`,
      `rd ${word(to)} ${Math.min(to - at, 4)}`,
      `ll ${word(from - 1)} ${word(from)}`,
      `rr ${word(to)} ${word(to + 1)}`,
    ].map(hashOf);
  });
}
