import { cleanSurface } from "./clean.ts";
import { createRandom, fitSettings, fitTagger, type Lesson } from "./fit-tagger.ts";
import { createParts } from "./index.ts";
import { createJudge } from "./judge.ts";
import { inputsHash, loadLanguage } from "./load.ts";
import { fitLogistic, type Trial } from "./logistic.ts";
import { freshBudget } from "./match.ts";
import { type Message, readMessages } from "./messages.ts";
import type { Model } from "./model.ts";
import { spoken, spokenSlots } from "./said-slots.ts";
import { createReadings } from "./single.ts";
import type { SpeechModel } from "./speech.ts";
import { featuresOf, labelsOf, ownFeatures, type WordClass } from "./tags.ts";
import { grammarSource, isTrial, readRows, trainingSettings, wholeMessage } from "./teach.ts";
import { createUnscriptedReader } from "./unscripted.ts";

/** Whatever changes here changes what is learnt, and so its hash. */
export const speechSettings = {
  version: 1,
  seed: 7_331,
  /** Each message once more so often, with other names in it: how a wish is worded says more than what is called how. */
  renamed: 5,
  /** Less than for the grammar: most of what nobody asked for never comes so far. */
  noneWeight: 2,
  fit: { ...fitSettings, rounds: 8, hidden: 0.2 },
};

const labels = labelsOf(spokenSlots);
/** Not heard without a pattern: whoever says "help me" mostly means somebody else. */
const unheard: ReadonlySet<string> = new Set(["none", "help"]);

type Tagged = { words: string[]; slot: string | undefined }[];

/** A message as runs of words, each of one slot or of none. */
function runsOf({ tokens, marks }: Message): Tagged {
  const runs: Tagged = [];
  const named = marks.filter(({ slot }) => spoken.has(slot)).sort((a, b) => a.from - b.from);
  const words = tokens.list.map(({ word }) => word);
  let at = 0;
  for (const { slot, from, to } of named) {
    if (from < at) continue;
    if (from > at) runs.push({ words: words.slice(at, from), slot: undefined });
    runs.push({ words: words.slice(from, to), slot });
    at = to;
  }
  if (at < words.length) runs.push({ words: words.slice(at), slot: undefined });
  return runs;
}

function lessonOf(runs: Tagged, classOf: WordClass): Lesson {
  const words = runs.flatMap((run) => run.words);
  const tags = runs.flatMap(({ words: inside, slot }) =>
    inside.map((_, index) => (slot === undefined ? 0 : labels.beginOf(slot) + (index > 0 ? 1 : 0))),
  );
  const looks = featuresOf(words, classOf).map((all) => ({
    own: all.slice(0, ownFeatures),
    around: all.slice(ownFeatures),
  }));
  return { looks, labels: tags };
}

function lessonsOf(messages: readonly Message[], classOf: WordClass): Lesson[] {
  const random = createRandom(speechSettings.seed);
  const all = messages.filter(({ intent }) => intent !== "none").map(runsOf);
  const names = new Map<string, string[][]>();
  for (const { slot, words } of all.flat())
    if (slot !== undefined) names.set(slot, [...(names.get(slot) ?? []), words]);
  const another = (slot: string): string[] => {
    const list = names.get(slot) ?? [];
    return list[Math.floor(random() * list.length)] ?? [];
  };
  return all.flatMap((runs) => {
    const again = runs.some(({ slot }) => slot !== undefined) ? speechSettings.renamed : 0;
    const renamed = Array.from({ length: again }, () =>
      runs.map((run) => (run.slot === undefined ? run : { ...run, words: another(run.slot) })),
    );
    return [runs, ...renamed].map((each) => lessonOf(each, classOf));
  });
}

/** Words that stand for values, by intent and slot. */
function phrasesOf(messages: readonly Message[]): SpeechModel["phrases"] {
  const found: SpeechModel["phrases"] = {};
  for (const { intent, tokens, marks } of messages)
    for (const { slot, value, from, to } of marks) {
      if (value === undefined) continue;
      const words = tokens.list
        .slice(from, to)
        .map(({ word }) => word)
        .join(" ");
      found[intent] ??= {};
      const slots = found[intent];
      slots[slot] = { [words]: value, ...slots[slot] };
    }
  return found;
}

/** Learns from the messages of one language, beside its judge. The same files always give the same. */
export function trainSpeech(locale: string, model: Model): SpeechModel {
  const files = loadLanguage(locale);
  const parts = createParts({ ...files, model }, {});
  const messages = readMessages(locale, parts.tokens);
  const intents = [...new Set(messages.map(({ intent }) => intent))].filter((intent) => !unheard.has(intent)).sort();
  const learnt = (from: readonly Message[]) => ({
    intents,
    tagger: fitTagger(lessonsOf(from, parts.classOf), labels, speechSettings.fit),
    phrases: phrasesOf(from),
  });
  const inputs = inputsHash(locale, [trainingSettings, speechSettings]);
  const draft = learnt(messages.filter(({ text }) => !isTrial(text)));
  const judge = createJudge(model);
  const read = createUnscriptedReader({
    speech: { locale, inputs, ...draft, trust: [] },
    judge,
    words: files.words,
    readers: parts.readers,
    classOf: parts.classOf,
    commandWords: parts.grammar.words,
  });
  const readings = createReadings({ ...parts, judge });
  const trials: Trial[] = [];
  const rows = [...readRows(locale).filter(({ source }) => source !== grammarSource), ...messages];
  for (const { intent, text } of rows.filter((row) => isTrial(row.text))) {
    const tokens = parts.tokens(cleanSurface(text));
    const all = { from: 0, to: tokens.list.length };
    const { frames } = readings(tokens, all, wholeMessage, freshBudget());
    const found = read(tokens, parts.trim(tokens, all)[0]?.range ?? all, frames);
    const weight = intent === "none" ? speechSettings.noneWeight : 1;
    if (found) trials.push({ evidence: found.evidence, right: found.intent === intent, weight });
  }
  return { locale, inputs, ...learnt(messages), trust: fitLogistic(trials, trainingSettings.descents) };
}
