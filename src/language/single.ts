import type { Reading, SlotValues, VocabularyIntent } from "../contracts/vocabulary.ts";
import type { Range, Trimming } from "./courtesy.ts";
import { aloneEvidence, type Evidence, grammarEvidence, grammarForce, slotless, trust } from "./decide.ts";
import { bestFirst, type Frame, type Grammar, inOrder, type Situation } from "./grammar.ts";
import { type Judge, masked, unjudged, type Verdict } from "./judge.ts";
import type { Budget } from "./match.ts";
import type { PlaceFinder } from "./places.ts";
import { createRanker } from "./rank.ts";
import { spoken } from "./said-slots.ts";
import type { Tagger } from "./tagger.ts";
import type { Tokens } from "./tokens.ts";
import type { UnscriptedReader } from "./unscripted.ts";

/** A message, or a part of one, understood as one command. */
export type Single = {
  intent: VocabularyIntent;
  slots: SlotValues;
  confidence: number;
  readings: Reading[];
  /** How good a reading the grammar gives it; 0 where only the judge sees it. */
  score: number;
  /** Words that went into names. */
  freeWords: number;
  /** Which words those are. */
  names: Frame["names"];
  words: number;
  /** No pattern has it: words that it says nothing of may be another command. */
  unscripted?: boolean;
};

export type SingleReader = (tokens: Tokens, range: Range, situations: ReadonlySet<Situation>, budget: Budget) => Single;

export type SingleParts = {
  grammar: Grammar;
  trim: (tokens: Tokens, range: Range) => Trimming[];
  places: PlaceFinder;
  judge: Judge | undefined;
  trust: { grammar: readonly number[]; alone: readonly number[] };
  tagger?: Tagger | undefined;
  unscripted?: UnscriptedReader | undefined;
  /** Endings that make a name the owner of what follows. */
  owners: readonly string[];
  /** Whether a word is one of everyday speech. */
  usual: (word: string) => boolean;
};

/** Below even odds a message is not for the bot. Places with a stricter rule compare the confidence themselves. */
const gate = 0.5;
/** The judge alone has no sentence to go by. */
const aloneGate = 0.65;
/** From this score on, a reading as chatter is no mere doubt. */
const plainChatter = 0.9;
/** A reading below this has a name in it that is none, or a player that is none. */
const poorest = 0.12;
/** From this score on, nobody looks for a place that a wording has no room for. */
const plain = 0.93;
/** How much more counts what answers the bot. */
const answering = 1.1;
/** What a name pays when a word that may end it was cut off. */
const faintCost = 0.8;
const mostReadings = 12;
/** Where the grammar is this sure, nobody listens further. */
const surelyRead = 0.93;
/** What listening without a pattern takes of the steps that a parse may spend. */
const hearing = { message: 1_000, word: 250 };
/** What no pattern has must be a little more than even. */
const unscriptedGate = 0.52;
/** By how much surer than the grammar of its own reading must be what no pattern has. */
const surer = 0.1;
/** By how much likelier (natural logarithm) its names must be to stand before those of a pattern. */
const clearlyLikelier = { besideTagger: 12, alone: 4 };
const proposed = 1.01;
/** What names are found in. */
const namely: ReadonlySet<string> = new Set(["playback.play", "queue.add", "playlist.add", "playlist.remove"]);
/** How well it then counts as worded, beside what a pattern has: at least, and at most. */
const worded = { least: 0.4, most: 1 };

const slotlessNames: ReadonlySet<string> = slotless;
const isSlotless = (intent: string): intent is VocabularyIntent => slotlessNames.has(intent);

/** What the grammar's score means when no model has been trained for a language. */
export const untrained = { grammar: [0.2, 1], alone: [-9] } as const;

function readingsOf(frames: readonly Frame[]): Reading[] {
  return frames.slice(0, mostReadings).map(({ slots, score }) => ({ slots, score: Math.round(score * 1000) / 1000 }));
}

/** From this score on, a message is read well enough to be more than a bare name. */
const wellRead = 0.3;
const alone: ReadonlySet<Situation> = new Set(["alone"]);

const withoutNames = (slots: SlotValues): SlotValues =>
  Object.fromEntries(Object.entries(slots).filter(([slot]) => !spoken.has(slot)));

/** All frames under every trimming, each at its best, best first. */
function gather(
  parts: Pick<SingleParts, "grammar" | "trim" | "places" | "usual">,
  tokens: Tokens,
  range: Range,
  situations: ReadonlySet<Situation>,
  budget: Budget,
): Frame[] {
  const best = new Map<string, Frame>();
  const trimmings = parts.trim(tokens, range);
  // "Paid by card" names nobody: who made a thing, or else the thing, is called by a word that is not in everybody's mouth.
  const named = ({ names, slots }: Frame): boolean => {
    const telling = names.filter(({ slot }) => slot === (slots.artist === undefined ? "track" : "artist"));
    return telling.some(({ from, to }) => tokens.list.slice(from, to).some(({ word }) => !parts.usual(word)));
  };
  const read = (within: ReadonlySet<Situation>): number => {
    for (const { range: inner, cost, faint } of trimmings) {
      for (const frame of parts.grammar.read(tokens, inner, within, budget)) {
        if (within === alone && !named(frame)) continue;
        const key = `${frame.intent} ${JSON.stringify(frame.slots)}`;
        const cut = faint && frame.names.some(({ to }) => to === inner.to);
        const score = frame.score * cost * (cut ? faintCost : 1);
        const known = best.get(key);
        if (!known || known.score < score) best.set(key, { ...frame, score });
      }
    }
    return [...best.values()].reduce((most, { score }) => Math.max(most, score), 0);
  };
  const plainly = new Set(situations);
  plainly.delete("alone");
  let top = read(plainly);
  if (top < wellRead && situations.has("alone")) top = read(alone);
  if (top < plain) {
    const [polite] = trimmings;
    for (const { tokens: rest, range: left, placed } of parts.places(tokens, polite?.range ?? range)) {
      for (const found of parts.grammar.read(rest, left, plainly, budget)) {
        const frame = placed(found);
        const key = frame && `${frame.intent} ${JSON.stringify(frame.slots)}`;
        if (frame && key && (best.get(key)?.score ?? 0) < frame.score) best.set(key, frame);
      }
    }
  }
  return [...best.values()].sort(bestFirst);
}

/** Everything that is known about a range before anything is decided. */
export type Readings = {
  /** What the grammar sees, chatter included, best first. */
  frames: Frame[];
  verdict: Verdict;
  /** The evidence for a reading out of `frames`. */
  evidence(frame: Frame): Evidence;
  /** What the judge would say alone, where that may count, and the share of words that commands are made of. */
  guess: VocabularyIntent | undefined;
  known: number;
};

export function createReadings(
  parts: Pick<SingleParts, "grammar" | "trim" | "places" | "judge" | "usual">,
): (tokens: Tokens, range: Range, situations: ReadonlySet<Situation>, budget: Budget) => Readings {
  return (tokens, range, situations, budget) => {
    const frames = gather(parts, tokens, range, situations, budget);
    const verdicts = new Map<string, Verdict>();
    const judge = (words: readonly string[]): Verdict => {
      const text = words.join(" ");
      const known = verdicts.get(text) ?? parts.judge?.(words) ?? unjudged;
      verdicts.set(text, known);
      return known;
    };
    const verdict = judge(masked(tokens, range, []));
    const rival = frames.find((frame) => frame.intent === "none")?.score ?? 0;
    const { top } = verdict;
    const inside = tokens.list.slice(range.from, range.to);
    const known = inside.filter((token) => parts.grammar.words.has(token.word)).length / Math.max(1, inside.length);
    const evidence = (frame: Frame): Evidence => {
      const command = frame.names.length > 0 ? judge(masked(tokens, range, frame.names)) : verdict;
      return grammarEvidence(
        frame,
        grammarForce(frames, frame.intent),
        { whole: verdict, command },
        rival,
        inside.length,
      );
    };
    return { frames, verdict, evidence, guess: top && isSlotless(top) ? top : undefined, known };
  };
}

/** Reads one command: the grammar finds intents and slots, the judge weighs the words, and both together are trusted. */
export function createSingleReader(parts: SingleParts): SingleReader {
  const readings = createReadings(parts);
  const ranked = createRanker(parts.tagger, parts.owners);
  const likelierBy = parts.tagger ? clearlyLikelier.besideTagger : clearlyLikelier.alone;
  const unscripted = (
    tokens: Tokens,
    range: Range,
    situations: ReadonlySet<Situation>,
    frames: readonly Frame[],
    budget: Budget,
  ) => {
    // A message of many parts is listened to as long as there is time.
    const cost = hearing.message + hearing.word * (range.to - range.from);
    if (budget.steps < cost) return undefined;
    budget.steps -= cost;
    const polite = parts.trim(tokens, range)[0]?.range ?? range;
    const found = parts.unscripted?.(tokens, polite, frames);
    return found?.intent.startsWith("followup.") && !situations.has("conversation") ? undefined : found;
  };
  return (tokens, range, situations, budget) => {
    const words = range.to - range.from;
    const { frames, verdict, evidence, guess, known } = readings(tokens, range, situations, budget);
    let chosen: { frame: Frame; confidence: number; rank: number } | undefined;
    const seen = new Set<VocabularyIntent>();
    const rival = frames.find((frame) => frame.intent === "none")?.score ?? 0;
    for (const frame of frames) {
      if (frame.intent === "none" || frame.score < poorest || seen.has(frame.intent)) continue;
      // Said as chatter in so many words ("play chess", "skip lunch").
      if (rival >= plainChatter && rival >= frame.score * 0.95) break;
      // No frame from here on can rank higher, however sure the judge is of it.
      if (chosen && frame.score * answering <= chosen.rank) break;
      seen.add(frame.intent);
      const confidence = trust(evidence(frame), parts.trust.grammar);
      // The score leads between intents: the judge sees words, the grammar sees the whole sentence, and best of all is
      // what answers the bot ("the last one" of a list, not the last song).
      const rank = frame.score * confidence * (frame.bound && frame.intent.startsWith("followup.") ? answering : 1);
      if (!chosen || rank > chosen.rank) chosen = { frame, confidence, rank };
    }
    const sure = chosen !== undefined && chosen.confidence >= surelyRead;
    const free =
      sure && !namely.has(chosen?.frame.intent ?? "")
        ? undefined
        : unscripted(tokens, range, situations, frames, budget);
    const other = chosen?.frame.intent !== free?.intent;
    if (
      free &&
      other &&
      !sure &&
      rival < plainChatter &&
      free.confidence >= Math.max(unscriptedGate, (chosen?.confidence ?? 0) + surer)
    )
      return {
        intent: free.intent,
        slots: free.slots,
        confidence: free.confidence,
        readings: [{ slots: free.slots, score: 1 }],
        score: worded.least + (worded.most - worded.least) * free.confidence,
        freeWords: free.freeWords,
        names: free.names,
        words,
        unscripted: true,
      };
    if (chosen && chosen.confidence >= gate) {
      const { frame, confidence } = chosen;
      const { intent, score } = frame;
      // What is said around a command tells nothing of the names in it.
      const order = ranked(frames, intent, tokens, parts.trim(tokens, range)[0]?.range ?? range);
      const first = order[0] ?? frame;
      const renamed = free !== undefined && !other && namely.has(intent) && free.likelierThan(first) > likelierBy;
      const likelier = renamed ? free : undefined;
      const { freeWords, names } = likelier ?? first;
      // What stands beside names the grammar knows as well.
      const slots = likelier ? inOrder({ ...withoutNames(first.slots), ...likelier.slots }) : first.slots;
      const top = { slots, score: Math.min(1, first.score * proposed) };
      const readings = [...(likelier ? [top] : []), ...readingsOf(order)].slice(0, mostReadings);
      return { intent, slots, confidence, readings, score, freeWords, names, words };
    }
    const alone =
      chosen || !guess || rival >= plainChatter
        ? 0
        : trust(aloneEvidence(guess, verdict, known, words), parts.trust.alone);
    if (guess && alone >= aloneGate) {
      return { intent: guess, slots: {}, confidence: alone, readings: [], score: 0, freeWords: 0, names: [], words };
    }
    const doubt = chosen?.confidence ?? alone;
    return { intent: "none", slots: {}, confidence: 1 - doubt, readings: [], score: 0, freeWords: 0, names: [], words };
  };
}
