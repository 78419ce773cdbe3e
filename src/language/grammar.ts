import { z } from "zod";
import {
  type SlotName,
  type SlotValues,
  slotSchemas,
  type VocabularyIntent,
  vocabulary,
} from "../contracts/vocabulary.ts";
import { fold } from "./clean.ts";
import { createCompiler, type Step } from "./compile.ts";
import { type Budget, type Capture, type Match, matchAll, type ValueReaders } from "./match.ts";
import type { NameJudge } from "./names.ts";
import { createOpeningReader } from "./openings.ts";
import { type Pattern, readPattern } from "./pattern.ts";
import { sampleOf } from "./sample.ts";
import { surface, type Token, type Tokens } from "./tokens.ts";
import { createTraitReader, type Rules } from "./traits.ts";

const score = z.number().min(0).max(1);
const way = z.union([z.string(), z.tuple([z.string(), score])]);
const situation = z.enum(["conversation", "choices", "sequel", "alone"]);
const say = z.union([
  z.string(),
  z.strictObject({ say: z.string(), score: score.optional(), when: situation.optional() }),
]);

/** A grammar file of a language: named rules, and for each intent the ways to say it. */
export const grammarSchema = z.strictObject({
  rules: z.record(z.string(), z.union([z.string(), z.array(way)])).default({}),
  intents: z.record(z.string(), z.array(say)).default({}),
});
export type GrammarFile = z.output<typeof grammarSchema>;

/**
 * What the message stands in: something was said before; options are open; a "then" after something to play; no other way to say
 * anything fits it, so that a bare name may ("africa by toto").
 */
export type Situation = z.output<typeof situation>;

/** One way to understand a message: an intent with its slots and how good a reading it is (0..1). */
export type Frame = {
  intent: VocabularyIntent;
  slots: SlotValues;
  score: number;
  typos: number;
  /** The runs of words that went into names, not into the command, and how well each reads as one (0..1). */
  names: readonly { slot: string; from: number; to: number; fit: number }[];
  /** All runs of words that a slot was cut out of. */
  spans: readonly { slot: string; from: number; to: number }[];
  freeWords: number;
  /** Read so only because of what the conversation stands in. */
  bound: boolean;
};

type Saying = {
  intent: VocabularyIntent;
  score: number;
  when: Situation | undefined;
  /** Whether it needs one of the words that it is listed under. */
  needy: boolean;
  /** The number of the last reading in which such a word was there. */
  served: number;
  pattern: Pattern;
  /** Compiled when a message first needs it: a start should not wait for what may never be said. */
  step: Step | undefined;
};

export type Grammar = {
  /** Every reading of the tokens `from`..`to` as one command, best first. */
  read(
    tokens: Tokens,
    range: { from: number; to: number },
    situations: ReadonlySet<Situation>,
    budget: Budget,
  ): Frame[];
  /** All words that commands are made of. */
  readonly words: ReadonlySet<string>;
  /** For each way to say something, a message that says it. */
  samples(): Generator<string>;
};

const isIntent = (name: string): name is VocabularyIntent => Object.hasOwn(vocabulary, name);
const isSlot = (name: string): name is SlotName => Object.hasOwn(slotSchemas, name);

function readRules(files: readonly GrammarFile[]): Rules {
  const rules = new Map<string, { pattern: Pattern; score: number }[]>();
  for (const file of files) {
    for (const [name, ways] of Object.entries(file.rules)) {
      if (rules.has(name)) throw new Error(`Rule <${name}> is defined twice`);
      const list = typeof ways === "string" ? [ways] : ways;
      rules.set(
        name,
        list.map((one) => {
          const [text, weight] = typeof one === "string" ? [one, 1] : one;
          return { pattern: readPattern(text, fold), score: weight };
        }),
      );
    }
  }
  return rules;
}

/** Slots in one order, so that equal slots are equal text. */
export const inOrder = (slots: SlotValues): SlotValues =>
  Object.fromEntries(Object.entries(slots).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Puts the captures of a match into slots; undefined where a value is outside of what its slot may hold. */
export function slotValues(tokens: Tokens, captures: readonly Capture[]): SlotValues | undefined {
  const slots: Record<string, unknown> = {};
  for (const { slot: captured, from, to, value, share } of captures) {
    // "Down by a third" is a third of how loud it is; "down by 30" is points.
    const slot = captured === "delta" && share ? "share" : captured;
    if (!isSlot(slot) || slots[slot] !== undefined) continue;
    const parsed = slotSchemas[slot].safeParse(value ?? surface(tokens, from, to));
    if (!parsed.success) return undefined;
    slots[slot] = parsed.data;
  }
  return inOrder(slots);
}

/** Better readings first; of equal ones that which takes more of the words for what they say. */
export const bestFirst = (a: Frame, b: Frame): number => b.score - a.score || a.freeWords - b.freeWords;

function listed(lists: Map<string, Saying[]>, word: string, saying: Saying): void {
  const list = lists.get(word);
  if (list) list.push(saying);
  else lists.set(word, [saying]);
}

/** Compiles a language's grammar files. Mistakes in them (unknown rule, intent, slot or kind of value) throw here. */
export function createGrammar(files: readonly GrammarFile[], readers: ValueReaders, judgeName: NameJudge): Grammar {
  const rules = readRules(files);
  const traitsOf = createTraitReader(rules);
  const openingOf = createOpeningReader(rules);
  const compiler = createCompiler(rules, openingOf);
  const byWord = new Map<string, Saying[]>();
  const byNeed = new Map<string, Saying[]>();
  const open: Saying[] = [];
  const sayings: Saying[] = [];
  const words = new Set<string>();

  for (const file of files) {
    for (const [intent, ways] of Object.entries(file.intents)) {
      if (!isIntent(intent)) throw new Error(`Intent "${intent}" is not in the vocabulary`);
      for (const one of ways) {
        const { say: text, score: weight = 1, when = undefined } = typeof one === "string" ? { say: one } : one;
        const pattern = readPattern(text, fold);
        const traits = traitsOf(pattern);
        for (const slot of traits.slots) {
          const allowed: readonly string[] = vocabulary[intent];
          if (!allowed.includes(slot)) throw new Error(`Pattern "${text}": ${intent} has no slot "${slot}"`);
        }
        for (const kind of traits.kinds)
          if (!readers.has(kind)) throw new Error(`Pattern "${text}": no kind of value "${kind}"`);
        for (const word of traits.words) words.add(word);
        const needy = traits.needed !== undefined;
        const saying: Saying = { intent, score: weight, when, needy, served: 0, pattern, step: undefined };
        sayings.push(saying);
        const opening = openingOf(pattern);
        if (opening.open) open.push(saying);
        for (const word of new Set(opening.words.flatMap((words) => [...words]))) listed(byWord, word, saying);
        for (const word of traits.needed ?? []) listed(byNeed, word, saying);
      }
    }
  }

  let readings = 0;
  const sayingsFor = (first: Token, present: Iterable<Token>, situations: ReadonlySet<Situation>): Set<Saying> => {
    readings++;
    const alone = situations.has("alone");
    const serve = (word: string): void => {
      for (const saying of byNeed.get(word) ?? []) saying.served = readings;
    };
    for (const { word, near, quote } of present) {
      if (quote > 0) continue;
      serve(word);
      near.forEach(serve);
    }
    const found = new Set<Saying>();
    const consider = (saying: Saying): void => {
      if (alone ? saying.when !== "alone" : saying.when && !situations.has(saying.when)) return;
      if (!saying.needy || saying.served === readings) found.add(saying);
    };
    if (first.quote === 0) {
      for (const word of [first.word, ...first.near]) byWord.get(word)?.forEach(consider);
    }
    open.forEach(consider);
    return found;
  };

  const frameOf = (saying: Saying, match: Match, tokens: Tokens, end: number): Frame | undefined => {
    let points = saying.score * match.score;
    const names: Frame["names"][number][] = [];
    for (const capture of match.captures) {
      const fit = judgeName(tokens, capture, end);
      points *= fit;
      if (capture.kind === undefined && capture.value === undefined)
        names.push({ slot: capture.slot, from: capture.from, to: capture.to, fit });
    }
    const slots = slotValues(tokens, match.captures);
    return (
      slots && {
        intent: saying.intent,
        slots,
        score: points,
        typos: match.typos,
        names,
        spans: match.captures.filter(({ slot, from, to }) => to > from && isSlot(slot)),
        bound: saying.when !== undefined && saying.when !== "alone",
        freeWords: names.reduce((sum, { from, to }) => sum + to - from, 0),
      }
    );
  };

  return {
    words,
    *samples() {
      for (const { pattern } of sayings) yield sampleOf(pattern, rules);
    },
    read(tokens, range, situations, budget) {
      const first = tokens.list[range.from];
      if (!first || range.to <= range.from) return [];
      const present = tokens.list.slice(range.from, range.to);
      const best = new Map<string, Frame>();
      for (const saying of sayingsFor(first, present, situations)) {
        saying.step ??= compiler.compile(saying.pattern);
        for (const match of matchAll(compiler, saying.step, tokens, range, readers, budget)) {
          const frame = frameOf(saying, match, tokens, range.to);
          if (!frame) continue;
          const key = `${frame.intent} ${JSON.stringify(frame.slots)}`;
          const known = best.get(key);
          if (!known || known.score < frame.score) best.set(key, frame);
        }
      }
      return [...best.values()].sort(bestFirst);
    },
  };
}
