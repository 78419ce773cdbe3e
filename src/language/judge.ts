import type { Range } from "./courtesy.ts";
import type { Frame } from "./grammar.ts";
import { type Model, unpackWeights } from "./model.ts";
import { createStemmer } from "./nlp.ts";
import type { Token, Tokens } from "./tokens.ts";

/** How much the words alone speak for an intent: `share` adds up to 1 over all, `force` is near 1 where well known. */
type Opinion = { share: number; force: number };
export type Verdict = {
  of(intent: string): Opinion;
  /** The intent with the greatest share. */
  top: string | undefined;
};
export type Judge = (words: readonly string[]) => Verdict;

/** What every verdict is where nothing was learnt. */
const silent: Opinion = { share: 0, force: 0 };
export const unjudged: Verdict = { of: () => silent, top: undefined };

const none: readonly number[] = [];
/** The first word of a pair; nothing for a word alone. */
const headOf = (word: string): string => word.slice(0, word.indexOf("_") + 1);

/** More force than this says nothing more. */
const mostForce = 1.5;
/** Words and pairs whose features are remembered: what people write all day is a few hundred of them. */
const mostRemembered = 4_000;

const meant = (token: Token | undefined): string => token?.near[0] ?? token?.word ?? "";

/** Stands for a name: whether it is a title or a player is for the grammar to tell. */
const anyName = "anyname";

/** The words of a range, each run in `names` as one: what is left is how a command is worded ("play X by X"). */
export function masked(tokens: Tokens, range: Range, names: Frame["names"]): string[] {
  const words: string[] = [];
  for (let index = range.from; index < range.to; index++) {
    const name = names.find(({ from, to }) => index >= from && index < to);
    if (!name) words.push(meant(tokens.list[index]));
    else if (name.from === index) words.push(anyName);
  }
  return words;
}

const marks = /[^\p{L}\p{N}]+/gu;
const unmarked = (word: string): string => (/^[a-z0-9]+$/.test(word) ? word : word.replace(marks, ""));

/** Words, the opening and neighbouring pairs: "turn up" and "turn down" share a verb, and order tells them apart. */
export function judgedWords(words: readonly string[]): string[] {
  const plain = words.map(unmarked).filter((word) => word !== "");
  const pairs = plain.slice(0, 6).map((word, index) => `${word}_${plain[index + 1] ?? "0"}`);
  return [...plain, `0_${plain[0] ?? "0"}`, ...pairs];
}

/**
 * The judge of intents: nlp.js's perceptrons, run here over whole numbers of one shared table. It is given no time of day
 * and no memory: the same words get the same verdict.
 */
export function createJudge(model: Model): Judge {
  const { intents, scale } = model;
  const count = intents.length;
  const columns = new Map(intents.map((intent, column) => [intent, column]));
  const weights = unpackWeights(model.weights);
  const rows = new Map(model.features.split(" ").map((feature, row) => [feature, row]));
  const bias = rows.size;
  const stemsOf = createStemmer(model.locale);
  const remembered = new Map<string, readonly number[]>();
  /** What pairs that were learnt begin with: a stemmer changes endings only. */
  const heads = new Set([...rows.keys()].map(headOf));
  const rowsOf = (word: string): readonly number[] => {
    const known = remembered.get(word);
    if (known) return known;
    if (!heads.has(headOf(word))) return none;
    if (remembered.size >= mostRemembered) remembered.clear();
    const found = stemsOf(word).flatMap((stem) => rows.get(stem) ?? []);
    remembered.set(word, found);
    return found;
  };
  // The number of the last verdict that counted a row: a word that is said twice counts once.
  const counted = new Int32Array(rows.size);
  let verdicts = 0;
  return (words) => {
    verdicts = (verdicts + 1) | 0;
    const sums = new Float64Array(count);
    for (let column = 0; column < count; column++) sums[column] = weights[bias * count + column] ?? 0;
    for (const word of judgedWords(words))
      for (const row of rowsOf(word)) {
        if (counted[row] === verdicts) continue;
        counted[row] = verdicts;
        for (let column = 0; column < count; column++)
          sums[column] = (sums[column] ?? 0) + (weights[row * count + column] ?? 0);
      }
    let total = 0;
    let top = 0;
    for (let column = 0; column < count; column++) {
      const force = Math.max(0, sums[column] ?? 0) * scale;
      sums[column] = force;
      total += force ** 2;
      if (force > (sums[top] ?? 0)) top = column;
    }
    return {
      top: intents[top],
      of(intent) {
        const column = columns.get(intent);
        const force = column === undefined ? 0 : (sums[column] ?? 0);
        return { share: total > 0 ? force ** 2 / total : 0, force: Math.min(force, mostForce) };
      },
    };
  };
}
