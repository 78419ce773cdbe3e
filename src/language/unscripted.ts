import { type SlotValues, type VocabularyIntent, vocabulary } from "../contracts/vocabulary.ts";
import { fold } from "./clean.ts";
import type { Range } from "./courtesy.ts";
import { type Evidence, grammarForce, trust } from "./decide.ts";
import type { Frame } from "./grammar.ts";
import { type Judge, masked } from "./judge.ts";
import { isLink } from "./links.ts";
import type { ValueReaders } from "./match.ts";
import { createSlotReader } from "./said-slots.ts";
import type { SpeechModel } from "./speech.ts";
import { createTagger } from "./tagger.ts";
import type { WordClass } from "./tags.ts";
import type { Tokens } from "./tokens.ts";
import type { Words } from "./words.ts";

/** A message that no pattern has: what the judge hears in it, with the names that the tagger sees and the values that stand in it. */
export type Unscripted = {
  intent: VocabularyIntent;
  slots: SlotValues;
  names: Frame["names"];
  freeWords: number;
  evidence: Evidence;
  confidence: number;
  /** By how much likelier its names are than those of another reading: the natural logarithm of the ratio. */
  likelierThan(frame: Pick<Frame, "spans">): number;
};
/** `frames`: what the grammar sees, chatter included. */
export type UnscriptedReader = (tokens: Tokens, range: Range, frames: readonly Frame[]) => Unscripted | undefined;

/** Little words that a name may have in the middle. */
const mostBetween = 2;

const isIntent = (name: string): name is VocabularyIntent => Object.hasOwn(vocabulary, name);

/** "The {speaker} in the {kitchen}" is one name. */
function joined(spans: Frame["spans"]): Frame["names"] {
  const found: { slot: string; from: number; to: number; fit: number }[] = [];
  for (const span of spans) {
    const last = found.at(-1);
    if (last && last.slot === span.slot && span.from - last.to <= mostBetween) last.to = span.to;
    else found.push({ ...span, fit: 1 });
  }
  return found;
}

export function createUnscriptedReader(parts: {
  speech: SpeechModel;
  judge: Judge;
  words: Words;
  readers: ValueReaders;
  classOf: WordClass;
  /** Words that commands are made of. */
  commandWords: ReadonlySet<string>;
}): UnscriptedReader {
  const { speech, judge, words, readers, commandWords } = parts;
  const tagger = createTagger(speech.tagger, parts.classOf);
  const slotsOf = createSlotReader({ phrases: speech.phrases, words, readers });
  const heard = new Set(speech.intents);
  const foreign = new Set(words.names.foreign.map(fold));

  return (tokens, range, frames) => {
    const said = tokens.list.slice(range.from, range.to);
    const known = said.filter(({ word }) => commandWords.has(word)).length;
    if (known === 0 || said.some((token) => foreign.has(token.word) || isLink(token))) return undefined;
    const tagging = tagger(tokens, range);
    const command = judge(masked(tokens, range, joined(tagging.best())));
    const { top } = command;
    if (top === undefined || !isIntent(top) || !heard.has(top)) return undefined;
    // What is asked for says which kinds of names there can be.
    const names = joined(tagging.best(new Set(vocabulary[top])));
    const slots = slotsOf(top, tokens, range, names);
    if (!slots) return undefined;
    const likelihood = (spans: Frame["spans"]): number =>
      tagging.likelihood({ spans, slots: {} }) ?? Number.NEGATIVE_INFINITY;
    const whole = judge(masked(tokens, range, []));
    const freeWords = names.reduce((sum, { from, to }) => sum + to - from, 0);
    const [mine, none] = [command.of(top), command.of("none")];
    const evidence = [
      1,
      mine.share,
      Math.min(mine.force, 1),
      none.share,
      none.force,
      whole.of(top).share,
      whole.of("none").share,
      known / said.length,
      freeWords / said.length,
      Math.exp(likelihood(names) / said.length),
      frames.find((frame) => frame.intent === "none")?.score ?? 0,
      grammarForce(frames, top),
      Math.min(said.length, 20) / 20,
    ];
    return {
      intent: top,
      slots,
      names,
      freeWords,
      evidence,
      confidence: trust(evidence, speech.trust),
      likelierThan: ({ spans }) => likelihood(names) - likelihood(spans),
    };
  };
}
