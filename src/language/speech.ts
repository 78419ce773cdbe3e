import { z } from "zod";
import { weightsSchema } from "./tags.ts";

/** What was learnt from messages that people write: which words are names, what words stand for a value, and how far to trust it. */
export const speechSchema = z.strictObject({
  locale: z.string(),
  /** Hash of everything that it was made from. */
  inputs: z.string(),
  /** What there were messages of: nothing else is heard without a pattern. */
  intents: z.array(z.string()),
  tagger: weightsSchema,
  /** By intent and slot: words, and the value that they stand for. */
  phrases: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.string()))),
  /** Logistic weights that turn evidence into a probability. */
  trust: z.array(z.number()),
});
export type SpeechModel = z.output<typeof speechSchema>;
