import { z } from "zod";

const words = z.string().min(1);

/** A sentence that must reach its intent; with `slots`, with exactly these. */
const exampleSchema = z.union([words, z.strictObject({ say: words, slots: z.record(z.string(), z.unknown()) })]);

const commandWordsSchema = z.strictObject({
  /** As a slash command or menu entry is called; platforms allow lower case, digits and hyphens, 32 at most. */
  name: z.string().regex(/^[\p{Ll}\p{Lo}\p{N}-]{1,32}$/u),
  description: words.max(100),
  options: z
    .record(
      z.string(),
      z.strictObject({ name: z.string().regex(/^[\p{Ll}\p{Lo}\p{N}_-]{1,32}$/u), description: words.max(100) }),
    )
    .optional(),
});
export type CommandWords = z.output<typeof commandWordsSchema>;

/**
 * The words of one skill in one language: `locales/<language>/<skill>.json`. `core.json` has the shared ones. Every value
 * under `replies` is an ICU message of plain text (no markup: adapters escape for their platform).
 */
export const localeFileSchema = z.strictObject({
  /** How help shows the skill: the title of its group and where it stands among the others. */
  help: z.strictObject({ title: words.max(60), order: z.number().int() }).optional(),
  commands: z.record(z.string(), commandWordsSchema).default({}),
  examples: z.record(z.string(), z.array(exampleSchema)).default({}),
  /** In `core.json`: what people may type for a choice of an option ("on"), in their own words; menus show the first. */
  choices: z.record(z.string(), z.array(words)).default({}),
  replies: z.record(z.string(), words).default({}),
});
export type LocaleFile = z.output<typeof localeFileSchema>;
