import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import type { ParseContext } from "../../src/contracts/language.ts";
import { vocabulary } from "../../src/contracts/vocabulary.ts";
import { type Meaning, meaningOf } from "./mapping.ts";

/** One utterance with what it means in this project's vocabulary. */
export type Case = Meaning & { text: string; lang: string; context?: ParseContext };

const rowSchema = z.looseObject({
  text: z.string().min(1),
  lang: z.string().default("en"),
  intent: z.string(),
  slots: z.record(z.string(), z.unknown()).default({}),
  source: z.string().default(""),
  /** The utterance's words in the source's own tagging, where it has one. */
  tags: z.array(z.string()).optional(),
  context: z.custom<ParseContext>((value) => typeof value === "object" && value !== null).optional(),
});
export type Row = z.output<typeof rowSchema>;

const isOurs = (intent: string): boolean => Object.hasOwn(vocabulary, intent);

/** Rows of a .jsonl file, in its own names. Throws on the first line that is none, with its number. */
export function readRows(file: string): Row[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line, index) => {
      if (line.trim() === "") return [];
      try {
        return [rowSchema.parse(JSON.parse(line))];
      } catch (cause) {
        throw new Error(`${file}:${index + 1} is no row`, { cause });
      }
    });
}

/**
 * Cases of a file whose rows speak of this vocabulary or of a source that `mapping.ts` knows. Rows without a counterpart
 * here (which song mentions a word, what a film is about) are left out.
 */
export function readCases(file: string, only: { lang?: string; intents?: readonly string[] } = {}): Case[] {
  if (!existsSync(file)) return [];
  return readRows(file).flatMap((row) => {
    const { text, lang, intent, slots, context } = row;
    if ((only.lang && lang !== only.lang) || (only.intents && !only.intents.includes(intent))) return [];
    const meaning =
      isOurs(intent) && !row.source.startsWith("stanford-oval") ? { intents: [intent], slots } : meaningOf(row);
    return meaning ? [{ ...meaning, text, lang, ...(context ? { context } : {}) }] : [];
  });
}
