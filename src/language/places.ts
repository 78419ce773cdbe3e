import type { SlotValues, VocabularyIntent } from "../contracts/vocabulary.ts";
import { vocabulary } from "../contracts/vocabulary.ts";
import { fold } from "./clean.ts";
import type { Range } from "./courtesy.ts";
import { type Frame, inOrder } from "./grammar.ts";
import type { ValueReaders } from "./match.ts";
import { createPhrases } from "./phrases.ts";
import { surface, type Tokens } from "./tokens.ts";
import type { Words } from "./words.ts";

/** A message without the words for a place in it. */
export type Elsewhere = {
  tokens: Tokens;
  range: Range;
  /** What a frame of those words says of the whole message; undefined where a place makes no sense in it. */
  placed(frame: Frame): Frame | undefined;
};
export type PlaceFinder = (tokens: Tokens, range: Range) => Elsewhere[];

/** What is done somewhere. "Love in the kitchen" asks for no like, and a name ("play X") may have a place in it. */
const local =
  /^(?:playback\.(?:pause|resume|restart|next|previous|seek|shuffle|repeat)|volume\.\w+|nowplaying\.query)$/;
/** Where a place may stand with no word before it: "kitchen louder". */
const loudness = /^volume\.\w+$/;
/** And where it begins the message: "TV pause". "Shut down the computer" is no pause. */
const leading = /^(?:playback\.(?:pause|resume)|volume\.\w+)$/;
/** A pattern of the grammar that has a place in it knows better. */
const cost = 0.94;
const mostPlaces = 4;

const takesDevice = (intent: VocabularyIntent): boolean => {
  const slots: readonly string[] = vocabulary[intent];
  return slots.includes("device");
};

/**
 * Finds places that a message names wherever it likes: "in the kitchen, next song", "die Lautstärke im Wohnzimmer auf 10 %". Patterns
 * would need every one of them twice. Only words that are known to be places count.
 */
export function createPlaceFinder(words: Words, readers: ValueReaders): PlaceFinder {
  const device = readers.get("device") ?? (() => []);
  const leads = new Set([...words.names.at, ...words.names.near].map(fold));
  const determiners = new Set(words.names.determiners.map(fold));
  const here = createPhrases(words.names.here.map((phrase) => [phrase, true] as const));

  type Place = Range & { named: Range | undefined; led: boolean };
  const placesAt = (tokens: Tokens, at: number, to: number): Place[] => {
    const { list } = tokens;
    const around = here.at(tokens, at).filter(({ end }) => end <= to);
    const led = leads.has(list[at]?.word ?? "");
    const article = led ? at + 1 : at;
    const first = determiners.has(list[article]?.word ?? "") ? article + 1 : article;
    const named = first < to ? device(tokens, first).filter(({ end }) => end <= to) : [];
    // "The living room TV": two of them make one place.
    const whole = named.flatMap(({ end }) => device(tokens, end).filter((second) => second.end <= to));
    return [
      ...[...whole, ...named].map(({ end }) => ({ from: at, to: end, named: { from: first, to: end }, led })),
      ...around.map(({ end }) => ({ from: at, to: end, named: undefined, led: true })),
    ];
  };

  return (tokens, range) => {
    const found: Elsewhere[] = [];
    for (let at = range.from; at < range.to && found.length < mostPlaces; at++) {
      const [place] = placesAt(tokens, at, range.to).sort((a, b) => b.to - a.to);
      if (!place || place.to - place.from >= range.to - range.from) continue;
      const list = [...tokens.list.slice(0, place.from), ...tokens.list.slice(place.to)];
      found.push({
        tokens: { text: tokens.text, list },
        range: { from: range.from, to: range.to - (place.to - place.from) },
        placed: (frame) => {
          const { intent, slots } = frame;
          if (frame.names.length > 0 || slots.device !== undefined || !local.test(intent)) return undefined;
          const bare = place.from === range.from ? leading : loudness;
          if (!place.led && !bare.test(intent)) return undefined;
          const said: SlotValues =
            place.named && takesDevice(intent) ? { device: surface(tokens, place.named.from, place.named.to) } : {};
          const name = { slot: "device", from: place.from, to: place.to };
          return {
            ...frame,
            slots: inOrder({ ...slots, ...said }),
            score: frame.score * cost,
            names: [{ ...name, fit: 1 }],
            spans: [name],
          };
        },
      });
      at = place.to - 1;
    }
    return found;
  };
}
