import { readFileSync } from "node:fs";
import { z } from "zod";
import { cleanSurface } from "./clean.ts";
import { inputsHash, languageFolder, namesFile } from "./load.ts";
import { forward } from "./tagger.ts";
import { beginOf, featuresOf, labelCount, mayFollow, type TaggerModel, type WordClass } from "./tags.ts";
import { tokenise } from "./tokens.ts";

/** Whatever changes here changes the taggers, and so their hash. */
export const taggerSettings = {
  version: 1,
  seed: 90_417,
  rounds: 8,
  rate: 0.15,
  /** What is left of a weight after each round. */
  shrink: 0.97,
  leastUses: 3,
  /** Share of words whose own features are hidden while learning, so that names nobody has seen are found as well. */
  hidden: 0.15,
  /** Features whose weights stay below this are left out. */
  least: 0.4,
};

const rowSchema = z.tuple([z.string(), z.string()]);
const marked = /\{(\w+)\|([^}]*)\}/g;

type Sample = { words: string[]; labels: number[] };

/** `play {track|hello} by {artist|adele}`, one message per line. */
function sampleOf(line: string): Sample {
  const [text] = rowSchema.parse(JSON.parse(line));
  const names: { slot: string; start: number; end: number }[] = [];
  let plain = "";
  let last = 0;
  for (const match of text.matchAll(marked)) {
    plain += text.slice(last, match.index);
    const name = match[2] ?? "";
    names.push({ slot: match[1] ?? "", start: plain.length, end: plain.length + name.length });
    plain += name;
    last = match.index + match[0].length;
  }
  const words: string[] = [];
  const labels: number[] = [];
  let open = -1;
  for (const token of tokenise(cleanSurface(plain + text.slice(last))).list) {
    const at = names.findIndex(({ start, end }) => token.start >= start && token.start < end);
    const name = names[at];
    words.push(token.word);
    labels.push(name ? beginOf(name.slot) + (at === open ? 1 : 0) : 0);
    open = at;
  }
  return { words, labels };
}

function createRandom(): () => number {
  let state = taggerSettings.seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How probable each label is for each word, and each move between neighbours: forward and backward in one. */
function expectations(scores: readonly Float64Array[], moves: readonly Float64Array[]) {
  const size = scores.length;
  const alpha = scores.map(() => new Float64Array(labelCount).fill(Number.NEGATIVE_INFINITY));
  const beta = scores.map(() => new Float64Array(labelCount).fill(Number.NEGATIVE_INFINITY));
  const add = (row: Float64Array | undefined, label: number, value: number): void => {
    if (!row || value === Number.NEGATIVE_INFINITY) return;
    const [low, high] = [Math.min(row[label] ?? 0, value), Math.max(row[label] ?? 0, value)];
    row[label] = low === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
  };
  for (let index = 0; index < size; index++) {
    for (let label = 0; label < labelCount; label++) {
      const own = scores[index]?.[label] ?? 0;
      if (index === 0) {
        if (mayFollow(0, label)) add(alpha[0], label, own + (moves[labelCount]?.[label] ?? 0));
        continue;
      }
      for (let before = 0; before < labelCount; before++)
        if (mayFollow(before, label))
          add(alpha[index], label, (alpha[index - 1]?.[before] ?? 0) + (moves[before]?.[label] ?? 0) + own);
    }
  }
  beta[size - 1]?.fill(0);
  for (let index = size - 2; index >= 0; index--) {
    for (let label = 0; label < labelCount; label++) {
      for (let after = 0; after < labelCount; after++)
        if (mayFollow(label, after))
          add(
            beta[index],
            label,
            (beta[index + 1]?.[after] ?? 0) + (moves[label]?.[after] ?? 0) + (scores[index + 1]?.[after] ?? 0),
          );
    }
  }
  return { alpha, beta, all: forward(scores, moves) };
}

/** Trains the tagger of one language by stochastic gradient descent on the likelihood. The same files give the same tagger. */
export function trainTagger(locale: string, classOf: WordClass): TaggerModel {
  const lines = readFileSync(new URL(namesFile, languageFolder(locale)), "utf8")
    .trim()
    .split("\n");
  const samples = lines.map(sampleOf).filter(({ words }) => words.length > 0);
  const uses = new Map<string, number>();
  const looks = samples.map(({ words }) => words.map((_, index) => featuresOf(words, index, classOf)));
  for (const words of looks)
    for (const names of words) for (const name of names) uses.set(name, (uses.get(name) ?? 0) + 1);
  const kept = [...uses].filter(([, count]) => count >= taggerSettings.leastUses).map(([name]) => name);
  const ids = new Map(kept.map((name, index) => [name, index]));
  const rows = looks.map((words) => words.map((names) => names.flatMap((name) => ids.get(name) ?? [])));
  const own = new Set(kept.flatMap((name, index) => (/^(w|bw|wa|s|p) /.test(name) ? [index] : [])));
  const weights = new Float64Array(kept.length * labelCount);
  const slopes = new Float64Array(weights.length).fill(1e-6);
  const moves = Array.from({ length: labelCount + 1 }, () => new Float64Array(labelCount));
  const random = createRandom();
  const order = samples.map((_, index) => index);

  const learn = (sample: Sample, features: readonly number[][]): void => {
    const scores = features.map((ids) => {
      const sum = new Float64Array(labelCount);
      for (const id of ids)
        for (let label = 0; label < labelCount; label++)
          sum[label] = (sum[label] ?? 0) + (weights[id * labelCount + label] ?? 0);
      return sum;
    });
    const { alpha, beta, all } = expectations(scores, moves);
    for (const [index, ids] of features.entries()) {
      const gold = sample.labels[index] ?? 0;
      for (let label = 0; label < labelCount; label++) {
        const share = Math.exp((alpha[index]?.[label] ?? 0) + (beta[index]?.[label] ?? 0) - all);
        const error = (label === gold ? 1 : 0) - share;
        if (Math.abs(error) < 1e-4) continue;
        for (const id of ids) {
          const place = id * labelCount + label;
          slopes[place] = (slopes[place] ?? 0) + error * error;
          weights[place] = (weights[place] ?? 0) + (taggerSettings.rate * error) / Math.sqrt(slopes[place] ?? 1);
        }
        const from = index === 0 ? labelCount : (sample.labels[index - 1] ?? 0);
        const row = moves[from];
        if (row) row[label] = (row[label] ?? 0) + 0.01 * error;
      }
    }
  };

  for (let round = 0; round < taggerSettings.rounds; round++) {
    for (let index = order.length - 1; index > 0; index--) {
      const other = Math.floor(random() * (index + 1));
      const [a, b] = [order[index], order[other]];
      if (a !== undefined && b !== undefined) [order[index], order[other]] = [b, a];
    }
    for (const index of order) {
      const sample = samples[index];
      const features = rows[index];
      if (!sample || !features) continue;
      learn(
        sample,
        features.map((ids) => (random() < taggerSettings.hidden ? ids.filter((id) => !own.has(id)) : ids)),
      );
    }
    for (let index = 0; index < weights.length; index++) weights[index] = (weights[index] ?? 0) * taggerSettings.shrink;
  }
  return pack(locale, kept, weights, moves);
}

/** Leaves out what says little, and keeps the rest in 8-bit steps. */
function pack(
  locale: string,
  names: readonly string[],
  weights: Float64Array,
  moves: readonly Float64Array[],
): TaggerModel {
  const telling = names.flatMap((name, index) => {
    const row = weights.subarray(index * labelCount, (index + 1) * labelCount);
    return row.some((weight) => Math.abs(weight) >= taggerSettings.least) ? [{ name, row }] : [];
  });
  const top = telling.reduce((most, { row }) => Math.max(most, ...Array.from(row, Math.abs)), 0.001);
  const scale = top / 127;
  const steps = Int8Array.from(telling.flatMap(({ row }) => Array.from(row, (weight) => Math.round(weight / scale))));
  return {
    locale,
    inputs: inputsHash(locale, taggerSettings),
    features: telling.map(({ name }) => name).join("\n"),
    scale,
    weights: Buffer.from(steps.buffer).toString("base64"),
    moves: moves.map((row) => Array.from(row, (weight) => Math.round(weight * 1000) / 1000)),
  };
}
