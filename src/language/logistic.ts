import type { Evidence } from "./decide.ts";

export type Trial = { evidence: Evidence; right: boolean; weight: number };

/** Logistic regression by gradient descent on standardless features that are all near 0..1; a little shrinkage. */
export function fitLogistic(trials: readonly Trial[], descents: number): number[] {
  const size = trials[0]?.evidence.length ?? 0;
  const weights = new Array<number>(size).fill(0);
  const total = trials.reduce((all, { weight }) => all + weight, 0);
  for (let round = 0; round < descents; round++) {
    const slope = weights.map((weight, index) => (index === 0 ? 0 : 0.001 * weight));
    for (const { evidence, right, weight } of trials) {
      const sum = evidence.reduce((dot, value, index) => dot + value * (weights[index] ?? 0), 0);
      const error = (weight * (1 / (1 + Math.exp(-sum)) - (right ? 1 : 0))) / total;
      for (let index = 0; index < size; index++) slope[index] = (slope[index] ?? 0) + error * (evidence[index] ?? 0);
    }
    for (let index = 0; index < size; index++) weights[index] = (weights[index] ?? 0) - 1.5 * (slope[index] ?? 0);
  }
  return weights.map((weight) => Math.round(weight * 1000) / 1000);
}
