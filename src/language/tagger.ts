import type { Range } from "./courtesy.ts";
import type { Frame } from "./grammar.ts";
import { featuresOf, labelsOf, mayFollow, type TaggerWeights, type WordClass } from "./tags.ts";
import type { Tokens } from "./tokens.ts";

type Spans = Frame["spans"];

/** What is thought of the names in a range of words. */
export type Tagging = {
  /**
   * The natural logarithm of how probable it is that names stand where a frame has them. Undefined where a frame has names of
   * kinds that it was not taught.
   */
  likelihood(frame: Pick<Frame, "spans" | "slots">): number | undefined;
  /** The names that are most probable, left to right; of these slots alone, where they are given. */
  best(slots?: ReadonlySet<string>): Spans;
};
export type Tagger = (tokens: Tokens, range: Range) => Tagging;

const outside = 0;
/** Slots whose words it takes for no name. */
const unnamed: ReadonlySet<string> = new Set(["device", "version", "decade", "position", "shuffle"]);

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
function forward(scores: readonly Float64Array[], moves: readonly Float64Array[], labelCount: number): number {
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

const topOf = (values: Float64Array): number =>
  values.reduce((top, value, index) => (value > (values[top] ?? value) ? index : top), 0);

/** The likeliest labels (Viterbi). */
function bestPath(scores: readonly Float64Array[], moves: readonly Float64Array[], labelCount: number): number[] {
  let last: Float64Array | undefined;
  const back: Int8Array[] = [];
  const paths = new Float64Array(labelCount);
  for (const own of scores) {
    const now = new Float64Array(labelCount).fill(Number.NEGATIVE_INFINITY);
    const from = new Int8Array(labelCount);
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
      const top = topOf(paths);
      from[label] = top;
      now[label] = score + (paths[top] ?? 0);
    }
    back.push(from);
    last = now;
  }
  let label = last ? topOf(last) : outside;
  const labels: number[] = [];
  for (const from of back.reverse()) {
    labels.unshift(label);
    label = from[label] ?? outside;
  }
  return labels;
}

/** Where each feature's row of weights is, by its hash: open addressing, half empty at least. */
function rowsOf(hashes: Uint32Array): (hash: number) => number | undefined {
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * hashes.length)));
  const places = new Int32Array(size).fill(-1);
  for (const [row, hash] of hashes.entries()) {
    let place = hash & (size - 1);
    while (places[place] !== -1) place = (place + 1) & (size - 1);
    places[place] = row;
  }
  return (hash) => {
    for (let place = hash & (size - 1); ; place = (place + 1) & (size - 1)) {
      const row = places[place] ?? -1;
      if (row < 0) return undefined;
      if (hashes[row] === hash) return row;
    }
  };
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "base64"));

/** Loads a trained tagger. */
export function createTagger(
  model: TaggerWeights,
  classOf: WordClass,
  looks: (words: readonly string[]) => readonly (readonly number[])[] = (words) => featuresOf(words, classOf),
): Tagger {
  const { slots: taggedSlots, count: labelCount, beginOf } = labelsOf(model.slots);
  const tagged: ReadonlySet<string> = new Set(taggedSlots);
  const rowOf = rowsOf(new Uint32Array(bytesOf(model.features).buffer));
  const weights = new Int8Array(bytesOf(model.weights).buffer);
  const moves = model.moves.map((row) => Float64Array.from(row));
  const { scale } = model;
  const scoreOf = (features: readonly number[]): Float64Array => {
    const sum = new Float64Array(labelCount);
    for (const feature of features) {
      const row = rowOf(feature);
      if (row === undefined) continue;
      for (let label = 0; label < labelCount; label++)
        sum[label] = (sum[label] ?? 0) + (weights[row * labelCount + label] ?? 0) * scale;
    }
    return sum;
  };
  return (tokens, { from, to }) => {
    const words = tokens.list.slice(from, to).map((token) => token.word);
    const scores = looks(words).map(scoreOf);
    const all = forward(scores, moves, labelCount);
    return {
      likelihood({ spans, slots }) {
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
      },
      best(slots) {
        const spans: Spans[number][] = [];
        const barred = slots ? taggedSlots.filter((slot) => !slots.has(slot)).map(beginOf) : [];
        const open = barred.length === 0 ? scores : scores.map((own) => own.slice());
        for (const own of barred.length === 0 ? [] : open)
          for (const begin of barred) own.fill(Number.NEGATIVE_INFINITY, begin, begin + 2);
        for (const [index, label] of bestPath(open, moves, labelCount).entries()) {
          const last = spans.at(-1);
          if (label % 2 === 1)
            spans.push({ slot: taggedSlots[(label - 1) / 2] ?? "", from: from + index, to: from + index + 1 });
          else if (label > 0 && last) last.to = from + index + 1;
        }
        return spans;
      },
    };
  };
}
