import {
  type SlotName,
  type SlotValues,
  slotSchemas,
  type VocabularyIntent,
  vocabulary,
} from "../contracts/vocabulary.ts";
import { fold } from "./clean.ts";
import type { Range } from "./courtesy.ts";
import { type Frame, inOrder } from "./grammar.ts";
import type { ValueReaders } from "./match.ts";
import { createPhrases, type Phrases } from "./phrases.ts";
import type { SpeechModel } from "./speech.ts";
import { surface, type Tokens } from "./tokens.ts";
import type { Words } from "./words.ts";

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
export const spoken: ReadonlySet<string> = new Set(spokenSlots);

/** What reads the values of the other slots. What takes more words comes first: what it has read is no bare number any more. */
const readAs: readonly (readonly [SlotName, readonly string[]])[] = [
  ["period", ["period"]],
  ["decade", ["decade"]],
  ["minutes", ["minutes"]],
  ["time", ["time"]],
  ["position_s", ["clock"]],
  ["offset_s", ["duration"]],
  ["position_pct", ["percent"]],
  ["level", ["level"]],
  ["delta", ["percent", "number"]],
  ["count", ["count"]],
  ["limit", ["number"]],
  ["index", ["ordinal", "number"]],
];
const plainNumber: ReadonlySet<string> = new Set(["number", "count", "ordinal"]);
/** Of what takes one time or another, the first that is said. */
const either: Partial<Record<SlotName, SlotName>> = { time: "minutes" };
const read: ReadonlySet<string> = new Set(readAs.map(([slot]) => slot));
/** One of these must be said, or there is nothing to do. */
const needed: Partial<Record<VocabularyIntent, readonly SlotName[]>> = {
  "playback.play": vocabulary["playback.play"],
  "queue.add": vocabulary["playback.play"],
  "volume.set": ["level"],
  "playback.seek": ["position_s", "position_pct", "offset_s"],
  "playback.sleep": ["minutes", "time", "after"],
  "device.transfer": ["device"],
  "playlist.add": ["playlist"],
  "playlist.remove": ["playlist", "track", "track_ref"],
  "search.query": ["query"],
  "followup.select": ["index"],
  "followup.refine": vocabulary["followup.refine"],
};
/** What is meant where nobody says so: "on repeat" is the song, "shuffle please" is on. */
const meant: Partial<Record<VocabularyIntent, SlotValues>> = {
  "playback.repeat": { mode: "track" },
  "playback.shuffle": { state: "on" },
};
/** Of a place in a track one is said; the others would be the same words again. */
const places = ["position_s", "position_pct", "offset_s"] as const;

type Spans = Frame["spans"];
/** Undefined where the words can hardly be slots of that intent, or what it needs is not said. */
export type SlotReader = (
  intent: VocabularyIntent,
  tokens: Tokens,
  range: Range,
  names: Spans,
) => SlotValues | undefined;

/** Puts together the slots of a message whose intent and names are known. */
export function createSlotReader(parts: {
  phrases: SpeechModel["phrases"];
  words: Words;
  readers: ValueReaders;
}): SlotReader {
  const { words, readers } = parts;
  const { pronouns, determiners, generic, types } = words.names;
  const pointing = new Set(
    [...pronouns, ...determiners, ...generic, ...types, ...Object.keys(words.numbers.words)].map(fold),
  );
  const articles = new Set(determiners.map(fold));
  const players = new Set(words.kinds.device.flatMap((name) => name.split(" ").map(fold)));
  const phrases = new Map<string, Phrases<string>>();
  for (const [intent, slots] of Object.entries(parts.phrases))
    for (const [slot, values] of Object.entries(slots))
      phrases.set(`${intent} ${slot}`, createPhrases(Object.entries(values)));

  function named(intent: VocabularyIntent, tokens: Tokens, names: Spans): Map<SlotName, unknown> | undefined {
    const allowed: readonly SlotName[] = vocabulary[intent];
    const found = new Map<SlotName, unknown>();
    for (const { slot, from, to } of names) {
      const name = allowed.find((one) => one === slot);
      if (!name || found.has(name)) return undefined;
      // "The one" names nothing; "like this one" is like what plays.
      const inside = tokens.list.slice(from, to).map(({ word }) => word);
      const value = phrases.get(`${intent} ${name}`)?.get(inside.join(" "));
      const points = value === undefined && inside.every((word) => pointing.has(word));
      if (points && name !== "similar_to") return undefined;
      found.set(name, value ?? (points ? "current" : surface(tokens, from, to)));
    }
    return found;
  }

  return (intent, tokens, range, names) => {
    const allowed: readonly SlotName[] = vocabulary[intent];
    const found = named(intent, tokens, names);
    // "Send it to Mary": what is handed over to somebody who is no player is no music.
    const player = ({ slot, from, to }: Spans[number]): boolean =>
      slot === "device" && tokens.list.slice(from, to).some(({ word }) => players.has(word));
    if (!found || (intent === "device.transfer" && !names.some(player))) return undefined;
    const taken = new Set(
      names.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index)),
    );
    const free = (from: number, to: number): boolean => {
      for (let at = from; at < to; at++) if (taken.has(at)) return false;
      return to <= range.to;
    };
    /** The longest words that stand for a value of the slot. */
    const phraseOf = (slot: string): string | undefined => {
      const known = phrases.get(`${intent} ${slot}`);
      let longest: { words: number; value: string } | undefined;
      for (let at = range.from; known && at < range.to; at++)
        for (const { end, value } of known.at(tokens, at))
          if (free(at, end)) {
            // "Stop repeating this song": whoever says off means it, whatever else is said.
            if (value === "off") return value;
            if (end - at > (longest?.words ?? 0)) longest = { words: end - at, value };
          }
      return longest?.value;
    };
    for (const [slot, kinds] of readAs) {
      const instead = either[slot];
      if (!allowed.includes(slot) || (instead !== undefined && found.has(instead))) continue;
      for (const kind of kinds)
        for (let at = range.from; at < range.to && !found.has(slot) && !found.has("share"); at++) {
          // "Un peu", "una lista": an article counts nothing.
          if (plainNumber.has(kind) && articles.has(tokens.list[at]?.word ?? "")) continue;
          const hit = readers
            .get(kind)?.(tokens, at)
            .find(({ end }) => free(at, end));
          if (!hit) continue;
          // "Down by a third" is a third of how loud it is; "down by 30" is points.
          found.set(slot === "delta" && hit.share ? "share" : slot, hit.value ?? surface(tokens, at, hit.end));
          for (let index = at; index < hit.end; index++) taken.add(index);
        }
    }
    for (const slot of allowed) {
      const value = spoken.has(slot) || read.has(slot) ? undefined : phraseOf(slot);
      if (value !== undefined) found.set(slot, value);
    }
    if (intent === "playback.seek") {
      const [first, ...others] = places.filter((slot) => found.has(slot));
      for (const slot of others) found.delete(slot);
      const sign = phraseOf("offset_s");
      const seconds = Number(found.get("offset_s"));
      if (first === "offset_s" && sign === undefined) found.set("position_s", seconds).delete("offset_s");
      else if (first === "offset_s") found.set("offset_s", sign === "-" ? -seconds : seconds);
    }
    const slots: Partial<Record<SlotName, unknown>> = { ...meant[intent] };
    for (const [slot, value] of found) {
      const parsed = slotSchemas[slot].safeParse(value);
      if (!parsed.success) return undefined;
      slots[slot] = parsed.data;
    }
    const must = needed[intent];
    return must && !must.some((slot) => found.has(slot)) ? undefined : inOrder(slots as SlotValues);
  };
}
