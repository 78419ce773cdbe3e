import type { ParseContext } from "../contracts/language.ts";
import {
  type Command,
  type SlotName,
  type SlotValues,
  slotSchemas,
  type VocabularyIntent,
  vocabulary,
} from "../contracts/vocabulary.ts";
import type { Range } from "./courtesy.ts";
import { createPhrases } from "./phrases.ts";
import type { Tokens } from "./tokens.ts";
import type { Words } from "./words.ts";

export type Repeat = { intent: VocabularyIntent; slots: SlotValues };

/** Commands that "again" repeats as they were; any other is left to its own words. */
const repeatable: ReadonlySet<string> = new Set([
  "playback.next",
  "playback.previous",
  "playback.seek",
  "playback.restart",
  "volume.up",
  "volume.down",
  "queue.add",
]);
/** Commands that "more" makes stronger. */
const growing: ReadonlySet<string> = new Set(["volume.up", "volume.down", "playback.seek"]);

const isIntent = (name: string): name is VocabularyIntent => Object.hasOwn(vocabulary, name);
const isSlot = (name: string): name is SlotName => Object.hasOwn(slotSchemas, name);

function checked(command: Command): Repeat | undefined {
  if (!isIntent(command.intent)) return undefined;
  const slots: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(command.slots)) {
    if (!isSlot(name)) return undefined;
    const parsed = slotSchemas[name].safeParse(value);
    if (!parsed.success) return undefined;
    slots[name] = parsed.data;
  }
  return { intent: command.intent, slots };
}

/** Reads "again" and "more" as the last command that the person gave here. */
export function createAgain(
  words: Words,
): (tokens: Tokens, range: Range, context: ParseContext | undefined) => Repeat | undefined {
  const again = createPhrases(words.again.map((phrase) => [phrase, repeatable] as const));
  const more = createPhrases(words.more.map((phrase) => [phrase, growing] as const));
  return (tokens, range, context) => {
    const last = context?.state?.last;
    if (!last) return undefined;
    const hit = [...again.at(tokens, range.from), ...more.at(tokens, range.from)].find(({ end }) => end === range.to);
    return hit?.value.has(last.intent) ? checked(last) : undefined;
  };
}
