import { z } from "zod";
import type { Language } from "../contracts/language.ts";

/** Longest input line. A line holds a message and its context; more than this is not one. */
const longestLine = 64 * 1024;

const requestSchema = z.object({
  text: z.string(),
  locale: z.string().min(1).max(35).optional(),
  /** What sets of utterances call the locale. */
  lang: z.string().min(1).max(35).optional(),
  context: z.object({ previous: z.string().optional(), state: z.looseObject({}).optional() }).optional(),
});

const stateSchema = z.looseObject({
  choices: z.number().int().min(0).optional(),
  last: z.object({ intent: z.string(), slots: z.record(z.string(), z.unknown()).default({}) }).optional(),
});

export type ParseLines = {
  /** Lines, without their line breaks. */
  input: AsyncIterable<string>;
  output: (line: string) => void;
  defaultLocale: string;
};

function answer(language: Language, line: string, defaultLocale: string): unknown {
  if (line.length > longestLine) return { error: `The line is longer than ${longestLine} characters` };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { error: "The line is not valid JSON" };
  }
  const request = requestSchema.safeParse(value);
  if (!request.success) return { error: 'The line is not an object with a "text"' };
  const { text, lang, locale = lang ?? defaultLocale, context } = request.data;
  const state = stateSchema.safeParse(context?.state ?? {});
  const { previous } = context ?? {};
  const parsed = language.parse(text, {
    locale,
    context: { ...(previous === undefined ? {} : { previous }), ...(state.success ? { state: state.data } : {}) },
  });
  const { intent, slots, confidence } = parsed;
  return { text, intent, slots, confidence: Math.round(confidence * 10_000) / 10_000 };
}

/**
 * Answers requests `{"text","locale"?,"context"?}` (or "lang", as sets of utterances have it), one per line, with `{"text","intent","slots","confidence"}` per line; a
 * line that is no request gets `{"error"}` in its place. Holds one line at a time; empty lines are passed over.
 */
export async function parseLines(language: Language, { input, output, defaultLocale }: ParseLines): Promise<void> {
  for await (const line of input) {
    if (line.trim() !== "") output(JSON.stringify(answer(language, line, defaultLocale)));
  }
}
