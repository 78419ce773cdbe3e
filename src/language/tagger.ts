import type { Range } from "./courtesy.ts";
import type { Frame } from "./grammar.ts";
import { beginOf, featuresOf, labelCount, mayFollow, type TaggerModel, taggedSlots, type WordClass } from "./tags.ts";
import type { Tokens } from "./tokens.ts";

/**
 * For a range of words: the natural logarithm of how probable it is that names stand where a frame has them. Undefined where
 * a frame has names of kinds that it was not taught.
 */
export type Tagger = (tokens: Tokens, range: Range) => (frame: Pick<Frame, "spans" | "slots">) => number | undefined;

const outside = 0;
/** Slots whose words it takes for no name. */
const unnamed: ReadonlySet<string> = new Set(["device", "version", "decade", "position", "shuffle"]);
const tagged: ReadonlySet<string> = new Set(taggedSlots);

/** log(sum(exp)) over the values, without overflow. */
function logSum(values: Float64Array): number {
  let top = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > top) top = value;
  if (top === Number.NEGATIVE_INFINITY) return top;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - top);
  return top + Math.log(sum);
}

/** The weight of all taggings: the forward pass of a linear-chain conditional random field. */
export function forward(scores: readonly Float64Array[], moves: readonly Float64Array[]): number {
  let last: Float64Array | undefined;
  const paths = new Float64Array(labelCount);
  for (const own of scores) {
    const now = new Float64Array(labelCount).fill(Number.NEGATIVE_INFINITY);
    for (let label = 0; label < labelCount; label++) {
      const score = own[label] ?? 0;
      if (!last) {
        if (mayFollow(outside, label)) now[label] = score + (moves[labelCount]?.[label] ?? 0);
        continue;
      }
      for (let before = 0; before < labelCount; before++)
        paths[before] = mayFollow(before, label)
          ? (last[before] ?? 0) + (moves[before]?.[label] ?? 0)
          : Number.NEGATIVE_INFINITY;
      now[label] = score + logSum(paths);
    }
    last = now;
  }
  return last ? logSum(last) : 0;
}

/** Loads a trained tagger. It ranks what the grammar has found and finds nothing of its own. */
export function createTagger(model: TaggerModel, classOf: WordClass): Tagger {
  const features = new Map(model.features.split("\n").map((name, index) => [name, index]));
  const bytes = Buffer.from(model.weights, "base64");
  const weights = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const moves = model.moves.map((row) => Float64Array.from(row));
  const score = (words: readonly string[], index: number): Float64Array => {
    const sum = new Float64Array(labelCount);
    for (const name of featuresOf(words, index, classOf)) {
      const row = features.get(name);
      if (row === undefined) continue;
      for (let label = 0; label < labelCount; label++)
        sum[label] = (sum[label] ?? 0) + (weights[row * labelCount + label] ?? 0) * model.scale;
    }
    return sum;
  };
  return (tokens, { from, to }) => {
    const words = tokens.list.slice(from, to).map((token) => token.word);
    const scores = words.map((_, index) => score(words, index));
    const all = forward(scores, moves);
    return ({ spans, slots }) => {
      if (Object.keys(slots).some((slot) => !tagged.has(slot) && !unnamed.has(slot))) return undefined;
      const labels = new Int8Array(words.length).fill(outside);
      for (const { slot, from: first, to: end } of spans) {
        if (!tagged.has(slot)) continue;
        for (let index = Math.max(first, from); index < Math.min(end, to); index++)
          labels[index - from] = beginOf(slot) + (index > first ? 1 : 0);
      }
      let path = 0;
      for (const [index, label] of labels.entries()) {
        const before = index === 0 ? labelCount : (labels[index - 1] ?? outside);
        path += (scores[index]?.[label] ?? 0) + (moves[before]?.[label] ?? 0);
      }
      return path - all;
    };
  };
}
