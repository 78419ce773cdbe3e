import {
  type SlotName,
  type SlotValues,
  slotSchemas,
  type VocabularyIntent,
  vocabulary,
} from "../contracts/vocabulary.ts";
import { fold } from "./clean.ts";
import type { Range } from "./courtesy.ts";
import { type Evidence, grammarForce, trust } from "./decide.ts";
import { type Frame, inOrder } from "./grammar.ts";
import { type Judge, masked } from "./judge.ts";
import type { ValueReaders } from "./match.ts";
import { createPhrases, type Phrases } from "./phrases.ts";
import type { SpeechModel } from "./speech.ts";
import { createTagger } from "./tagger.ts";
import type { WordClass } from "./tags.ts";
import { surface, type Tokens } from "./tokens.ts";
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

/** Slots whose words are the person's own; everything else in a message is a value or the command. */
export const spokenSlots = [
  "track",
  "artist",
  "album",
  "playlist",
  "genre",
  "show",
  "episode",
  "audiobook",
  "mood",
  "activity",
  "version",
  "device",
  "similar_to",
  "name",
  "who",
  "query",
] as const satisfies readonly SlotName[];
const isSpoken = (slot: string): boolean => spokenSlots.some((one) => one === slot);

/** What reads the other slots, in the order of what is tried. */
const kinds: Partial<Record<SlotName, readonly string[]>> = {
  level: ["level"],
  delta: ["percent", "number"],
  count: ["count"],
  limit: ["number"],
  index: ["ordinal", "number"],
  minutes: ["minutes"],
  time: ["time"],
  period: ["period"],
  decade: ["decade"],
  position_pct: ["percent"],
  position_s: ["clock"],
  offset_s: ["duration"],
};
/** One of these must be said, or there is nothing to do. */
const needed: Partial<Record<VocabularyIntent, readonly SlotName[]>> = {
  "playback.play": vocabulary["playback.play"],
  "queue.add": vocabulary["playback.play"],
  "volume.set": ["level"],
  "playback.seek": ["position_s", "position_pct", "offset_s"],
  "playback.shuffle": ["state"],
  "playback.repeat": ["mode"],
  "playback.sleep": ["minutes", "time", "after"],
  "device.transfer": ["device"],
  "playlist.add": ["playlist"],
  "playlist.remove": ["playlist", "track", "track_ref"],
  "search.query": ["query"],
  "followup.select": ["index"],
  "followup.refine": vocabulary["followup.refine"],
};
/** Little words that a name may have in the middle. */
const mostBetween = 2;
/** Of the three, the first that is said. */
const places = ["position_s", "position_pct", "offset_s"] as const;

/** Not heard without a pattern: whoever says "help me" mostly means somebody else. */
const unheard: ReadonlySet<string> = new Set(["none", "help"]);
/** Intents that messages of a conversation have, and that are nothing outside of one. */
const isAnswer = (intent: string): boolean => intent.startsWith("followup.");

const isIntent = (name: string): name is VocabularyIntent => Object.hasOwn(vocabulary, name);

/** "The {speaker} in the {kitchen}" is one name. */
function joined(spans: Frame["spans"]): Frame["spans"] {
  const found: { slot: string; from: number; to: number }[] = [];
  for (const span of spans) {
    const last = found.at(-1);
    if (last && last.slot === span.slot && span.from - last.to <= mostBetween) last.to = span.to;
    else found.push({ ...span });
  }
  return found;
}

/** The intents that it may hear: those that somebody wrote messages for, and that need no more than it can find. */
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
  const { pronouns, determiners, generic, types } = words.names;
  const counts = Object.keys(words.numbers.words);
  const pointing = new Set([...pronouns, ...determiners, ...generic, ...types, ...counts].map(fold));
  const foreign = new Set(words.names.foreign.map(fold));
  const players = new Set(words.kinds.device.flatMap((name) => name.split(" ").map(fold)));
  const phrases = new Map<string, Phrases<string>>();
  for (const [intent, slots] of Object.entries(speech.phrases))
    for (const [slot, values] of Object.entries(slots))
      phrases.set(`${intent} ${slot}`, createPhrases(Object.entries(values)));

  const isPlayer = (tokens: Tokens, { from, to }: Frame["spans"][number]): boolean =>
    tokens.list.slice(from, to).some(({ word }) => players.has(word));

  /** The longest words that stand for a value of a slot, outside of names. */
  function valueIn(tokens: Tokens, range: Range, free: (at: number) => boolean, intent: string, slot: string) {
    const known = phrases.get(`${intent} ${slot}`);
    let found: { from: number; end: number; value: string } | undefined;
    for (let at = range.from; known && at < range.to; at++)
      for (const { end, value } of known.at(tokens, at)) {
        if (end > range.to || !Array.from({ length: end - at }, (_, index) => at + index).every(free)) continue;
        if (!found || end - at > found.end - found.from) found = { from: at, end, value };
      }
    return found?.value;
  }

  function numberIn(tokens: Tokens, range: Range, free: (at: number) => boolean, slot: SlotName) {
    for (const kind of kinds[slot] ?? [])
      for (let at = range.from; at < range.to; at++) {
        const hit = free(at)
          ? readers
              .get(kind)?.(tokens, at)
              .find(({ end }) => end <= range.to)
          : undefined;
        if (hit) return hit.value ?? surface(tokens, at, hit.end);
      }
    return undefined;
  }

  function slotsOf(
    intent: VocabularyIntent,
    tokens: Tokens,
    range: Range,
    spans: Frame["spans"],
  ): SlotValues | undefined {
    const found: Partial<Record<SlotName, unknown>> = {};
    const allowed: readonly SlotName[] = vocabulary[intent];
    for (const { slot, from, to } of spans) {
      const name = allowed.find((one) => one === slot);
      if (!name || found[name] !== undefined) return undefined;
      // "The one" names nothing; "like this one" is like what plays.
      const points = tokens.list.slice(from, to).every(({ word }) => pointing.has(word));
      if (points && name !== "similar_to") return undefined;
      found[name] = points ? "current" : surface(tokens, from, to);
    }
    const free = (at: number): boolean => spans.every(({ from, to }) => at < from || at >= to);
    const taken = new Set<SlotName>();
    for (const slot of allowed) {
      if (isSpoken(slot) || (taken.has(slot) && slot !== "time")) continue;
      const said = kinds[slot] ? numberIn(tokens, range, free, slot) : valueIn(tokens, range, free, intent, slot);
      if (said !== undefined) found[slot] = said;
    }
    if (intent === "playback.seek") {
      const kind = places.find((slot) => found[slot] !== undefined);
      const sign = valueIn(tokens, range, free, intent, "offset_s");
      for (const slot of places) if (slot !== kind) delete found[slot];
      if (kind === "offset_s") {
        if (sign === undefined) {
          found.position_s = found.offset_s;
          delete found.offset_s;
        } else found.offset_s = Number(found.offset_s) * (sign === "-" ? -1 : 1);
      }
    }
    const slots: Record<string, unknown> = {};
    for (const [slot, value] of Object.entries(found)) {
      const parsed = slotSchemas[slot as SlotName].safeParse(value);
      if (!parsed.success) return undefined;
      slots[slot] = parsed.data;
    }
    const must = needed[intent];
    return must && !must.some((slot) => slots[slot] !== undefined) ? undefined : inOrder(slots as SlotValues);
  }

  return (tokens, range, frames) => {
    const count = range.to - range.from;
    const said = tokens.list.slice(range.from, range.to);
    const known = said.filter(({ word }) => commandWords.has(word)).length;
    if (known === 0 || said.some(({ word }) => foreign.has(word))) return undefined;
    const tagging = tagger(tokens, range);
    const heard = joined(tagging.best()).map((span) => ({ ...span, fit: 1 }));
    const command = judge(masked(tokens, range, heard));
    const whole = judge(masked(tokens, range, []));
    const { top } = command;
    if (top === undefined || !isIntent(top) || unheard.has(top)) return undefined;
    // What is asked for says which kinds of names there can be.
    const spans = joined(tagging.best(new Set(vocabulary[top])));
    const names = spans.map((span) => ({ ...span, fit: 1 }));
    const slots = slotsOf(top, tokens, range, spans);
    // "Send it to Mary": what is handed over to somebody who is no player is no music.
    const elsewhere = top === "device.transfer" && !spans.some((span) => isPlayer(tokens, span));
    if (!slots || elsewhere) return undefined;
    const named = spans.reduce((sum, { from, to }) => sum + to - from, 0);
    const [mine, none] = [command.of(top), command.of("none")];
    const evidence = [
      1,
      mine.share,
      Math.min(mine.force, 1),
      none.share,
      none.force,
      whole.of(top).share,
      whole.of("none").share,
      known / count,
      named / count,
      Math.exp((tagging.likelihood({ spans, slots: {} }) ?? 0) / count),
      frames.find((frame) => frame.intent === "none")?.score ?? 0,
      grammarForce(frames, top),
      Math.min(count, 20) / 20,
    ];
    const likelihood = (of: Frame["spans"]): number =>
      tagging.likelihood({ spans: of, slots: {} }) ?? Number.NEGATIVE_INFINITY;
    return {
      intent: top,
      slots,
      names,
      freeWords: named,
      evidence,
      confidence: trust(evidence, speech.trust),
      likelierThan: (frame) => likelihood(spans) - likelihood(frame.spans),
    };
  };
}
export { isAnswer };
