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
  /** Per intent a row of 16-bit steps of `scale`, one per feature and the bias last; base64. */
  scale: z.number(),
  rows: z.array(z.string()),
  /** Logistic weights that turn evidence into a probability, for readings of the grammar and for the judge alone. */
  trust: z.strictObject({ grammar: weights, alone: weights }),
});
export type Model = z.output<typeof modelSchema>;

/** Packs a row of weights into 16-bit steps. */
export function packRow(row: ArrayLike<number>, scale: number): string {
  const steps = Int16Array.from(row, (weight) => Math.max(-32767, Math.min(32767, Math.round(weight / scale))));
  return Buffer.from(steps.buffer).toString("base64");
}

export function unpackRow(packed: string, scale: number): Float32Array {
  const bytes = Buffer.from(packed, "base64");
  const row = new Float32Array(bytes.length / 2);
  for (let index = 0; index < row.length; index++) row[index] = bytes.readInt16LE(index * 2) * scale;
  return row;
}
