import { readFileSync } from "node:fs";
import { z } from "zod";
import { cleanSurface } from "./clean.ts";
import { inputsHash, languageFolder, namesFile } from "./load.ts";
import { beginOf, featuresOf, labelCount, mayFollow, ownFeatures, type TaggerModel, type WordClass } from "./tags.ts";
import type { Tokens } from "./tokens.ts";

/** Whatever changes here changes the taggers, and so their hash. */
export const taggerSettings = {
  version: 2,
  seed: 90_417,
  rounds: 7,
  rate: 0.15,
  /** What is left of a weight after each round. */
  shrink: 0.97,
  leastUses: 3,
  /** Errors smaller than this teach nothing. */
  leastError: 1e-3,
  /** Share of words whose own features are hidden while learning, so that names nobody has seen are found as well. */
  hidden: 0.15,
  /** Features whose weights stay below this are left out. */
  least: 0.4,
};

const rowSchema = z.tuple([z.string(), z.enum(["own", "snips"])]);
const marked = /\{(\w+)\|([^}]*)\}/g;

/** How the language cuts a message into words. */
type Cut = (text: string) => Tokens;
type Sample = { words: string[]; labels: number[] };

/** `play {track|hello} by {artist|adele}`, one message per line. */
function sampleOf(line: string, cut: Cut): Sample {
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
  for (const token of cut(cleanSurface(plain + text.slice(last))).list) {
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

/** How probable each label is for each word: forward and backward, in probabilities, each word's scaled to add up to 1. */
function shares(scores: readonly Float64Array[], moves: readonly Float64Array[]): Float64Array[] {
  const steps = moves.map((row, before) =>
    row.map((move, label) => (mayFollow(before === labelCount ? 0 : before, label) ? Math.exp(move) : 0)),
  );
  const odds = scores.map((own) => {
    const top = own.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    return own.map((value) => Math.exp(value - top));
  });
  const found: Float64Array[] = [];
  for (const [index, own] of odds.entries()) {
    const now = new Float64Array(labelCount);
    const last = found[index - 1];
    let total = 0;
    for (let label = 0; label < labelCount; label++) {
      let sum = last ? 0 : (steps[labelCount]?.[label] ?? 0);
      if (last)
        for (let before = 0; before < labelCount; before++) sum += (last[before] ?? 0) * (steps[before]?.[label] ?? 0);
      now[label] = sum * (own[label] ?? 0);
      total += now[label] ?? 0;
    }
    for (let label = 0; label < labelCount; label++) now[label] = (now[label] ?? 0) / total;
    found.push(now);
  }
  let later = new Float64Array(labelCount).fill(1);
  for (let index = scores.length - 1; index >= 0; index--) {
    const now = found[index];
    if (!now) continue;
    let total = 0;
    for (let label = 0; label < labelCount; label++) total += (now[label] ?? 0) * (later[label] ?? 0);
    for (let label = 0; label < labelCount; label++) now[label] = ((now[label] ?? 0) * (later[label] ?? 0)) / total;
    const sooner = new Float64Array(labelCount);
    const own = odds[index];
    let most = 0;
    for (let before = 0; before < labelCount; before++) {
      let sum = 0;
      for (let label = 0; label < labelCount; label++)
        sum += (steps[before]?.[label] ?? 0) * (own?.[label] ?? 0) * (later[label] ?? 0);
      sooner[before] = sum;
      most = Math.max(most, sum);
    }
    later = sooner.map((value) => value / most);
  }
  return found;
}

/** Trains the tagger of one language by stochastic gradient descent on the likelihood. The same files give the same tagger. */
export function trainTagger(locale: string, classOf: WordClass, cut: Cut): TaggerModel {
  const lines = readFileSync(new URL(namesFile, languageFolder(locale)), "utf8")
    .trim()
    .split("\n");
  const samples = lines.map((line) => sampleOf(line, cut)).filter(({ words }) => words.length > 0);
  const uses = new Map<number, number>();
  const looks = samples.map(({ words }) => featuresOf(words, classOf));
  for (const words of looks)
    for (const hashes of words) for (const hash of hashes) uses.set(hash, (uses.get(hash) ?? 0) + 1);
  const kept = Uint32Array.from(
    [...uses].filter(([, count]) => count >= taggerSettings.leastUses).map(([hash]) => hash),
  );
  const ids = new Map(Array.from(kept, (hash, index) => [hash, index]));
  const idsOf = (hashes: readonly number[]): Int32Array =>
    Int32Array.from(hashes.flatMap((hash) => ids.get(hash) ?? []));
  const rows = looks.map((words) =>
    words.map((hashes) => ({ all: idsOf(hashes), hidden: idsOf(hashes.slice(ownFeatures)) })),
  );
  const weights = new Float32Array(kept.length * labelCount);
  const slopes = new Float32Array(weights.length).fill(1e-6);
  const moves = Array.from({ length: labelCount + 1 }, () => new Float64Array(labelCount));
  const random = createRandom();
  const order = samples.map((_, index) => index);

  const scoreOf = (features: Int32Array): Float64Array => {
    const sum = new Float64Array(labelCount);
    for (const id of features)
      for (let label = 0; label < labelCount; label++)
        sum[label] = (sum[label] ?? 0) + (weights[id * labelCount + label] ?? 0);
    return sum;
  };

  const learn = ({ labels }: Sample, features: readonly Int32Array[]): void => {
    const found = shares(features.map(scoreOf), moves);
    for (const [index, ids] of features.entries()) {
      const gold = labels[index] ?? 0;
      for (let label = 0; label < labelCount; label++) {
        const error = (label === gold ? 1 : 0) - (found[index]?.[label] ?? 0);
        if (Math.abs(error) < taggerSettings.leastError) continue;
        for (const id of ids) {
          const place = id * labelCount + label;
          const slope = (slopes[place] ?? 0) + error * error;
          slopes[place] = slope;
          weights[place] = (weights[place] ?? 0) + (taggerSettings.rate * error) / Math.sqrt(slope);
        }
        const row = moves[index === 0 ? labelCount : (labels[index - 1] ?? 0)];
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
        features.map(({ all, hidden }) => (random() < taggerSettings.hidden ? hidden : all)),
      );
    }
    for (let index = 0; index < weights.length; index++) weights[index] = (weights[index] ?? 0) * taggerSettings.shrink;
  }
  return { ...pack(kept, weights, moves), locale, inputs: inputsHash(locale, taggerSettings) };
}

/** Leaves out what says little, and keeps the rest in 8-bit steps. */
function pack(
  hashes: Uint32Array,
  weights: Float32Array,
  moves: readonly Float64Array[],
): Omit<TaggerModel, "locale" | "inputs"> {
  const telling = Array.from(hashes).flatMap((hash, index) => {
    const row = weights.subarray(index * labelCount, (index + 1) * labelCount);
    return row.some((weight) => Math.abs(weight) >= taggerSettings.least) ? [{ hash, row }] : [];
  });
  const top = telling.reduce((most, { row }) => Math.max(most, ...Array.from(row, Math.abs)), 0.001);
  const scale = top / 127;
  const steps = Int8Array.from(telling.flatMap(({ row }) => Array.from(row, (weight) => Math.round(weight / scale))));
  return {
    features: Buffer.from(Uint32Array.from(telling, ({ hash }) => hash).buffer).toString("base64"),
    scale,
    weights: Buffer.from(steps.buffer).toString("base64"),
    moves: moves.map((row) => Array.from(row, (weight) => Math.round(weight * 1000) / 1000)),
  };
}
