import { z } from "zod";

const weights = z.array(z.number());

/** A trained language: what nlp.js learnt, packed small, and how far its scores can be trusted. */
export const modelSchema = z.strictObject({
  locale: z.string(),
  /** Hash of everything that the model was made from: the training data, the grammar and the trainer's settings. */
  inputs: z.string(),
  intents: z.array(z.string()),
  /** Stems and word pairs, separated by a space. */
  features: z.string(),
  /** 16-bit steps of `scale`, one row per feature and the bias last, in a row one step per intent; base64. */
  scale: z.number(),
  weights: z.string(),
  /** Logistic weights that turn evidence into a probability, for readings of the grammar and for the judge alone. */
  trust: z.strictObject({ grammar: weights, alone: weights }),
});
export type Model = z.output<typeof modelSchema>;

/** Packs what each intent's perceptron weighs (its bias last) into 16-bit steps, feature by feature. */
export function packWeights(perceptrons: readonly ArrayLike<number>[], scale: number): string {
  const size = perceptrons[0]?.length ?? 0;
  const steps = new Int16Array(size * perceptrons.length);
  for (const [intent, perceptron] of perceptrons.entries())
    for (let feature = 0; feature < size; feature++)
      steps[feature * perceptrons.length + intent] = Math.max(
        -32767,
        Math.min(32767, Math.round((perceptron[feature] ?? 0) / scale)),
      );
  return Buffer.from(steps.buffer).toString("base64");
}

export const unpackWeights = (packed: string): Int16Array =>
  new Int16Array(Uint8Array.from(Buffer.from(packed, "base64")).buffer);
