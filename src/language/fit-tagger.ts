import { type Labels, mayFollow, type TaggerWeights } from "./tags.ts";

/** Whatever changes here changes the taggers, and so their hash. */
export const fitSettings = {
  version: 3,
  seed: 90_417,
  rounds: 7,
  /**
   * The weights at the end of this many last rounds are averaged. Where there are messages of one kind it finds a little more; over
   * the many made-up messages here, four or seven rounds found fewer artists in real ones than the last round alone.
   */
  averaged: 1,
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
export type FitSettings = typeof fitSettings;

/** One message: its words' labels and features, as hashes; `own` are those of the word itself, hidden now and then. */
export type Lesson = {
  looks: readonly { own: readonly number[]; around: readonly number[] }[];
  labels: readonly number[];
};

/** From 0 to 1, the same for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How probable each label is for each word: forward and backward, in probabilities, each word's scaled to add up to 1. */
function shares(scores: readonly Float64Array[], moves: readonly Float64Array[], count: number): Float64Array[] {
  const steps = moves.map((row, before) =>
    row.map((move, label) => (mayFollow(before === count ? 0 : before, label) ? Math.exp(move) : 0)),
  );
  const odds = scores.map((own) => {
    const top = own.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    return own.map((value) => Math.exp(value - top));
  });
  const found: Float64Array[] = [];
  for (const [index, own] of odds.entries()) {
    const now = new Float64Array(count);
    const last = found[index - 1];
    if (last)
      for (let before = 0; before < count; before++) {
        const share = last[before] ?? 0;
        const row = steps[before];
        if (row) for (let label = 0; label < count; label++) now[label] = (now[label] ?? 0) + share * (row[label] ?? 0);
      }
    let total = 0;
    for (let label = 0; label < count; label++) {
      now[label] = (last ? (now[label] ?? 0) : (steps[count]?.[label] ?? 0)) * (own[label] ?? 0);
      total += now[label] ?? 0;
    }
    for (let label = 0; label < count; label++) now[label] = (now[label] ?? 0) / total;
    found.push(now);
  }
  let later = new Float64Array(count).fill(1);
  for (let index = scores.length - 1; index >= 0; index--) {
    const now = found[index];
    if (!now) continue;
    let total = 0;
    for (let label = 0; label < count; label++) total += (now[label] ?? 0) * (later[label] ?? 0);
    for (let label = 0; label < count; label++) now[label] = ((now[label] ?? 0) * (later[label] ?? 0)) / total;
    const sooner = new Float64Array(count);
    const own = odds[index];
    let most = 0;
    for (let before = 0; before < count; before++) {
      let sum = 0;
      for (let label = 0; label < count; label++)
        sum += (steps[before]?.[label] ?? 0) * (own?.[label] ?? 0) * (later[label] ?? 0);
      sooner[before] = sum;
      most = Math.max(most, sum);
    }
    later = sooner.map((value) => value / most);
  }
  return found;
}

/** Fits a tagger by stochastic gradient descent on the likelihood. The same lessons give the same tagger. */
export function fitTagger(lessons: readonly Lesson[], labels: Labels, settings: FitSettings): TaggerWeights {
  const { count } = labels;
  const uses = new Map<number, number>();
  for (const { looks } of lessons)
    for (const { own, around } of looks)
      for (const hash of [...own, ...around]) uses.set(hash, (uses.get(hash) ?? 0) + 1);
  const kept = Uint32Array.from([...uses].filter(([, times]) => times >= settings.leastUses).map(([hash]) => hash));
  const ids = new Map(Array.from(kept, (hash, index) => [hash, index]));
  const idsOf = (hashes: readonly number[]): Int32Array =>
    Int32Array.from(hashes.flatMap((hash) => ids.get(hash) ?? []));
  const rows = lessons.map(({ looks }) =>
    looks.map(({ own, around }) => ({ all: idsOf([...own, ...around]), hidden: idsOf(around) })),
  );
  const weights = new Float32Array(kept.length * count);
  const mean = new Float32Array(weights.length);
  const slopes = new Float32Array(weights.length).fill(1e-6);
  const moves = Array.from({ length: count + 1 }, () => new Float64Array(count));
  const random = createRandom(settings.seed);
  const order = lessons.map((_, index) => index);

  const scoreOf = (features: Int32Array): Float64Array => {
    const sum = new Float64Array(count);
    for (const id of features)
      for (let label = 0; label < count; label++) sum[label] = (sum[label] ?? 0) + (weights[id * count + label] ?? 0);
    return sum;
  };

  const learn = (golds: readonly number[], features: readonly Int32Array[]): void => {
    const found = shares(features.map(scoreOf), moves, count);
    for (const [index, ids] of features.entries()) {
      const gold = golds[index] ?? 0;
      for (let label = 0; label < count; label++) {
        const error = (label === gold ? 1 : 0) - (found[index]?.[label] ?? 0);
        if (Math.abs(error) < settings.leastError) continue;
        for (const id of ids) {
          const place = id * count + label;
          const slope = (slopes[place] ?? 0) + error * error;
          slopes[place] = slope;
          weights[place] = (weights[place] ?? 0) + (settings.rate * error) / Math.sqrt(slope);
        }
        const row = moves[index === 0 ? count : (golds[index - 1] ?? 0)];
        if (row) row[label] = (row[label] ?? 0) + 0.01 * error;
      }
    }
  };

  for (let round = 0; round < settings.rounds; round++) {
    for (let index = order.length - 1; index > 0; index--) {
      const other = Math.floor(random() * (index + 1));
      const [a, b] = [order[index], order[other]];
      if (a !== undefined && b !== undefined) [order[index], order[other]] = [b, a];
    }
    for (const index of order) {
      const features = rows[index];
      if (!features) continue;
      learn(
        lessons[index]?.labels ?? [],
        features.map(({ all, hidden }) => (random() < settings.hidden ? hidden : all)),
      );
    }
    for (let index = 0; index < weights.length; index++) weights[index] = (weights[index] ?? 0) * settings.shrink;
    if (round < settings.rounds - settings.averaged) continue;
    for (let index = 0; index < weights.length; index++)
      mean[index] = (mean[index] ?? 0) + (weights[index] ?? 0) / settings.averaged;
  }
  return { slots: [...labels.slots], ...pack(kept, mean, moves, settings.least) };
}

/** Leaves out what says little, and keeps the rest in 8-bit steps. */
function pack(
  hashes: Uint32Array,
  weights: Float32Array,
  moves: readonly Float64Array[],
  least: number,
): Omit<TaggerWeights, "slots"> {
  const count = moves.length - 1;
  const telling = Array.from(hashes).flatMap((hash, index) => {
    const row = weights.subarray(index * count, (index + 1) * count);
    return row.some((weight) => Math.abs(weight) >= least) ? [{ hash, row }] : [];
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
