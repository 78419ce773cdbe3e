import { readFileSync } from "node:fs";
import { languageFolder, trainingFile } from "../../src/language/load.ts";
import { createNlp } from "../../src/language/nlp.ts";
import type { Row } from "./cases.ts";
import type { Answer } from "./score.ts";

/** nlp.js as its manual has it: documents, enumerated and trimmed entities, and a threshold. */
export type Plain = { answer(text: string): Promise<Answer> };

const threshold = 0.5;
const enumerated = "_of_list";
const named = ["track", "artist", "album", "playlist", "genre"];

/** Order of insertion decides what plain gradient descent learns: the rows are mixed the same way each time. */
export function mixed<T>(items: readonly T[]): T[] {
  const list = items.slice();
  let state = 7;
  for (let index = list.length - 1; index > 0; index--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = state % (index + 1);
    const [a, b] = [list[index], list[other]];
    if (a !== undefined && b !== undefined) [list[index], list[other]] = [b, a];
  }
  return list;
}

/** What nlp.js makes of the same documents: intents from `documents`, names from the slots of `annotated`. */
export async function createPlain(
  locale: string,
  documents: readonly { intent: string; text: string }[],
  annotated: readonly Row[],
): Promise<Plain> {
  const nlp = createNlp(locale);
  for (const { intent, text } of mixed(documents)) nlp.addDocument(locale, text, intent);
  const values = new Map<string, Set<string>>();
  for (const { slots } of annotated) {
    for (const [slot, value] of Object.entries(slots)) {
      if (typeof value !== "string") continue;
      const known = values.get(slot) ?? new Set();
      values.set(slot, known.add(value));
    }
  }
  for (const slot of named)
    for (const value of values.get(slot) ?? [])
      nlp.addNerRuleOptionTexts(locale, `${slot}${enumerated}`, value, [value]);
  // One entity cannot be both enumerated and trimmed.
  if (values.has("artist")) nlp.addNerAfterLastCondition(locale, "artist", "by");
  // Its fuzzy matching of entities takes 40 to 190 ms a sentence with this many names.
  nlp.ner.settings.threshold = 1;
  await nlp.train();
  return {
    async answer(text) {
      const { intent, score, entities } = await nlp.process(locale, text);
      const slots: Record<string, unknown> = {};
      for (const { entity, utteranceText } of entities) slots[entity.replace(enumerated, "")] ??= utteranceText;
      const sure = intent !== "None" && score >= threshold;
      return { intent: sure ? intent : "none", slots: sure ? slots : {}, confidence: score };
    },
  };
}

/** The documents that this project's own judge is trained on. */
export function ownDocuments(locale: string): { intent: string; text: string }[] {
  const lines = readFileSync(new URL(trainingFile, languageFolder(locale)), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => {
    const [intent, text]: [string, string] = JSON.parse(line);
    return { intent, text };
  });
}
