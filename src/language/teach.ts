import { readFileSync } from "node:fs";
import { z } from "zod";
import { cleanSurface } from "./clean.ts";
import { aloneEvidence } from "./decide.ts";
import type { Situation } from "./grammar.ts";
import { createParts } from "./index.ts";
import { createJudge, judgedWords, masked } from "./judge.ts";
import { hasMessages, inputsHash, languageFolder, loadLanguage, trainingFile } from "./load.ts";
import { fitLogistic, type Trial } from "./logistic.ts";
import { freshBudget } from "./match.ts";
import { readMessages } from "./messages.ts";
import { type Model, packWeights } from "./model.ts";
import { createNlp, nluOf } from "./nlp.ts";
import { spoken } from "./said-slots.ts";
import { createReadings, untrained } from "./single.ts";

/** Whatever changes here changes the models, and so their hash. */
export const trainingSettings = {
  version: 1,
  seed: 20_261,
  iterations: 150,
  leastUses: 2,
  shares: 5,
  descents: 3_000,
  /** A false trigger annoys more than a missed command. */
  noneWeight: 3,
  ownWeight: 1,
};

/**
 * Where fewer rows than these are unknown to the grammar, nothing is learnt about what the judge guesses alone, and it is not
 * acted upon: seven of them once taught that "what is the temperature" asks for the queue.
 */
const fewestTrials = 30;

const rowSchema = z.tuple([z.string(), z.string(), z.string()]);
type Row = { intent: string; text: string; source: string };

/** Each row is a message of its own. */
export const wholeMessage: ReadonlySet<Situation> = new Set(["alone"]);

/** Source of the rows that the grammar itself made: they say little about how far the grammar can be trusted. */
export const grammarSource = "grammar";

export function readRows(locale: string): Row[] {
  const lines = readFileSync(new URL(trainingFile, languageFolder(locale)), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => {
    const [intent, text, source] = rowSchema.parse(JSON.parse(line));
    return { intent, text, source };
  });
}

/** FNV-1a: splits rows the same way on every machine and whatever their order. */
function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % trainingSettings.shares;
}

/** Whether a message is kept to see how far what was learnt from the others can be trusted. */
export const isTrial = (text: string): boolean => shareOf(text) === 0;

/** nlp.js trains by plain gradient descent in insertion order: grouped by intent it loses ten points. */
function shuffled<T>(items: readonly T[]): T[] {
  const list = items.slice();
  let state = trainingSettings.seed;
  for (let index = list.length - 1; index > 0; index--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = state % (index + 1);
    const [a, b] = [list[index], list[other]];
    if (a !== undefined && b !== undefined) [list[index], list[other]] = [b, a];
  }
  return list;
}

function usesOf(texts: readonly (readonly string[])[]): Map<string, number> {
  const uses = new Map<string, number>();
  for (const words of texts) for (const word of new Set(words)) uses.set(word, (uses.get(word) ?? 0) + 1);
  return uses;
}

type Lesson = { intent: string; words: readonly string[] };

/** What nlp.js multiplies a perceptron's sum by; its `settings.alpha` when nobody sets it. */
const slope = 0.07;

async function teach(
  locale: string,
  lessons: readonly Lesson[],
): Promise<Pick<Model, "intents" | "features" | "scale" | "weights">> {
  const nlp = createNlp(locale);
  const nlu = nluOf(nlp, locale);
  Object.assign(nlu.settings, { iterations: trainingSettings.iterations, log: false });
  const texts = lessons.map(({ words }) => judgedWords(words));
  const uses = usesOf(texts);
  // A word that was seen once (a name, mostly) teaches nothing and would fill the model.
  const useful = lessons.map(({ intent }, index) => ({
    intent,
    text: (texts[index] ?? []).filter((word) => (uses.get(word) ?? 0) >= trainingSettings.leastUses).join(" "),
  }));
  for (const { intent, text } of shuffled(useful)) if (text !== "") nlp.addDocument(locale, text, intent);
  await nlp.train();
  const network = nlu.neuralNetwork?.toJSON();
  if (!network) throw new Error("nlp.js has learnt nothing");
  const step = Math.max(...network.perceptrons.map((row) => Math.max(...Array.from(row, Math.abs)))) / 32_767;
  return {
    intents: [...network.intents],
    features: network.features.join(" "),
    scale: step * slope,
    weights: packWeights(network.perceptrons, step),
  };
}

/** Trains one language from its files. The same files always give the same model. */
export async function trainLanguage(locale: string): Promise<Model> {
  const files = loadLanguage(locale);
  const parts = createParts(files, {});
  const messages = hasMessages(locale) ? readMessages(locale, parts.tokens) : [];
  const rows = [
    ...readRows(locale),
    ...messages.filter(({ text }) => isTrial(text)).map(({ intent, text }) => ({ intent, text, source: "messages" })),
  ];
  const read = createReadings(parts);
  const lessons: Lesson[] = [];
  for (const row of rows) {
    if (isTrial(row.text)) continue;
    const tokens = parts.tokens(cleanSurface(row.text));
    const range = { from: 0, to: tokens.list.length };
    const frame = read(tokens, range, wholeMessage, freshBudget()).frames.find(({ intent }) => intent !== "none");
    const names = frame?.names ?? [];
    // With the names taken out it learns how commands are worded; with them, what other things people talk about.
    if (names.length > 0) lessons.push({ intent: row.intent, words: masked(tokens, range, names) });
    if (names.length === 0 || row.intent === "none")
      lessons.push({ intent: row.intent, words: masked(tokens, range, []) });
  }
  for (const { intent, tokens, marks, text } of messages) {
    if (isTrial(text)) continue;
    const range = { from: 0, to: tokens.list.length };
    const names = marks
      .filter(({ slot }) => spoken.has(slot))
      .map(({ slot, from, to }) => ({ slot, from, to, fit: 1 }));
    const words = masked(tokens, range, names);
    lessons.push({ intent, words });
  }
  const draft: Model = {
    locale,
    inputs: inputsHash(locale, trainingSettings),
    ...(await teach(locale, lessons)),
    trust: { grammar: [], alone: [] },
  };
  const judged = createReadings({ ...parts, judge: createJudge(draft) });
  const grammar: Trial[] = [];
  const alone: Trial[] = [];
  for (const row of rows.filter(({ text }) => isTrial(text))) {
    const tokens = parts.tokens(cleanSurface(row.text));
    const range = { from: 0, to: tokens.list.length };
    const { frames, verdict, evidence, guess, known } = judged(tokens, range, wholeMessage, freshBudget());
    const frame = frames.find(({ intent }) => intent !== "none");
    const weight =
      row.intent === "none"
        ? trainingSettings.noneWeight
        : row.source === grammarSource
          ? trainingSettings.ownWeight
          : 1;
    if (frame) grammar.push({ evidence: evidence(frame), right: frame.intent === row.intent, weight });
    else if (guess)
      alone.push({ evidence: aloneEvidence(guess, verdict, known, range.to), right: guess === row.intent, weight });
  }
  const guesses = alone.length < fewestTrials ? [...untrained.alone] : fitLogistic(alone, trainingSettings.descents);
  return { ...draft, trust: { grammar: fitLogistic(grammar, trainingSettings.descents), alone: guesses } };
}
