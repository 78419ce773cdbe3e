import { fold } from "./clean.ts";
import type { Capture, ValueReader, ValueReaders } from "./match.ts";
import { createPhrases } from "./phrases.ts";
import type { Tokens } from "./tokens.ts";
import type { Words } from "./words.ts";

/** Taken by loose wordings ("find X", "add this to X"), which other assistants are told too. */
const worldly: ReadonlySet<string> = new Set(["query", "playlist", "topic", "name", "who", "device", "audiobook"]);

/** Taken as they are: what is looked for or what a thing shall be called may look like anything. */
const spoken: ReadonlySet<string> = new Set(["query", "name"]);

/** How well a run of words reads as the name that a pattern took it for: a factor from 0 to 1. */
export type NameJudge = (tokens: Tokens, capture: Capture, end: number) => number;

const folded = (words: readonly string[]): ReadonlySet<string> => new Set(words.map(fold));
const makers: ReadonlySet<string> = new Set(["artist", "similar_to"]);
const places: ReadonlySet<string> = new Set(["device"]);
/** Called by their bare name: "my gym" playlist is "gym". */
const articled: ReadonlySet<string> = new Set(["playlist", "show", "audiobook", "name", "who"]);

/**
 * Open names cannot be looked up, only weighed: "stand by me" is more likely one title than "stand" by "me", and
 * "hello on the kitchen speaker" more likely a title and a place. Nothing is ruled out, because the catalogue decides.
 */
export function createNameJudge(words: Words, readers: ValueReaders): NameJudge {
  const { names } = words;
  const kind = (name: "device" | "service" | "version" | "decade" | "year"): ValueReader =>
    readers.get(name) ?? (() => []);
  const device = kind("device");
  const service = kind("service");
  const version = kind("version");
  const decade = kind("decade");
  const year = kind("year");
  const courtesy = createPhrases(words.courtesy.loose.map((phrase) => [phrase, true] as const));
  const by = folded(names.by);
  const byBefore = folded(names.byBefore);
  const byAfter = createPhrases(names.byAfter.map((phrase) => [phrase, true] as const));
  const at = folded(names.at);
  const determiners = folded(names.determiners);
  const pronouns = folded(names.pronouns);
  const generic = folded(names.generic);
  const types = folded(names.types);
  const foreign = folded(names.foreign);
  const topics = folded(names.topics);
  const neverFirst = createPhrases(names.neverFirst.map((phrase) => [phrase, true] as const));
  const own = createPhrases(names.own.map((phrase) => [phrase, true] as const));
  const neverLast = createPhrases(names.neverLast.map((phrase) => [phrase, true] as const));

  const word = (tokens: Tokens, index: number): string => tokens.list[index]?.word ?? "";
  const quoted = (tokens: Tokens, from: number, to: number): boolean =>
    tokens.list.slice(from, to).every((token) => token.quote > 0);

  /** Whether the maker's word at `index` belongs to a title: "stand by me", "day by day". */
  const bound = (tokens: Tokens, index: number): boolean =>
    byBefore.has(word(tokens, index - 1)) ||
    byAfter.at(tokens, index + 1).length > 0 ||
    word(tokens, index - 1) === word(tokens, index + 1);

  /** Whether the words from `from` to `to` end in a value of this kind: "kitchen speaker", "sonos". */
  const endsIn = (
    reader: (tokens: Tokens, at: number) => readonly { end: number }[],
    tokens: Tokens,
    from: number,
    to: number,
  ): boolean => {
    for (let index = Math.max(from, to - 3); index < to; index++) {
      if (reader(tokens, index).some((found) => found.end === to)) return true;
    }
    return false;
  };

  const startsBadly = (tokens: Tokens, from: number, to: number): boolean =>
    neverFirst.at(tokens, from).some(({ end }) => end < to);

  const place = (tokens: Tokens, from: number, to: number): number => {
    if (pronouns.has(word(tokens, from))) return 0.05;
    if (to - from > 5) return 0.1;
    const article = to - from > 1 && determiners.has(word(tokens, from)) ? 0.7 : 1;
    // "Ana's laptop" is "el portátil de Ana" elsewhere.
    const owned = device(tokens, determiners.has(word(tokens, from)) ? from + 1 : from).some(
      ({ end }) => end < to - 1 && to - end < 5 && by.has(word(tokens, end)),
    );
    return article * (owned || endsIn(device, tokens, from, to) ? 1 : 0.22);
  };

  /** A title that hides a maker or a place should have been split. */
  const hides = (tokens: Tokens, from: number, to: number): number => {
    let factor = 1;
    for (let index = from + 1; index < to - 1; index++) {
      if (by.has(word(tokens, index)) && !bound(tokens, index)) factor *= 0.4;
      if (!at.has(word(tokens, index))) continue;
      const start = determiners.has(word(tokens, index + 1)) ? index + 2 : index + 1;
      if (start < to && to - start <= 4 && (endsIn(device, tokens, start, to) || endsIn(service, tokens, start, to)))
        factor *= 0.3;
      // "... from 1960", "... in the thirties": when it came out, not what it is called.
      const dated = [...year(tokens, start), ...decade(tokens, start)];
      if (dated.some((hit) => hit.end === to)) factor *= 0.5;
    }
    for (let index = from + 1; index < to; index++) {
      // "next: wonderwall", "song: hello": what stands before the colon says what the rest is.
      const label = /:/.test(tokens.list[index]?.gap ?? "") && word(tokens, index - 1);
      if (label && (types.has(label) || endsIn(neverLast.at, tokens, from, index))) factor *= 0.3;
      // "Hello (live)" and "thanks" after a pause are no part of the title.
      if (/[([]/.test(tokens.list[index]?.gap ?? "") && version(tokens, index).some((hit) => hit.end === to))
        factor *= 0.4;
      if (courtesy.at(tokens, index).some((hit) => hit.end === to)) factor *= 0.75;
    }
    return factor;
  };

  const maker = (tokens: Tokens, from: number): number => {
    let factor = pronouns.has(word(tokens, from)) || determiners.has(word(tokens, from)) ? 0.9 : 1;
    if (by.has(word(tokens, from - 1)) && bound(tokens, from - 1)) factor *= 0.3;
    return factor;
  };

  return (tokens, capture, end) => {
    const { slot, from, to } = capture;
    if (slot === "*" || capture.kind !== undefined || capture.value !== undefined) return 1;
    if (places.has(slot)) return place(tokens, from, to);
    if (quoted(tokens, from, to)) return 1;
    const size = to - from;
    const run = tokens.list.slice(from, to).map((token) => token.word);
    // "Search the codebase": below this no search is believed at all, whatever the judge says of its verb.
    const unlikely = slot === "query" ? 0.12 : 0.2;
    const otherWorld = worldly.has(slot) && run.some((one) => foreign.has(one)) ? unlikely : 1;
    if (spoken.has(slot)) return otherWorld;
    if (slot === "topic") return run.some((one) => topics.has(one)) ? otherWorld : 0.1;
    if (slot === "track" && own.get(run.join(" "))) return 1;
    if (run.every((one) => generic.has(one) || pronouns.has(one))) {
      // "it" names nothing, yet a whole title of small words exists ("that thing you do"); keep it as a faint reading.
      return size === 1 || run.every((one) => generic.has(one)) ? 0.08 : 0.45;
    }
    const article = articled.has(slot) && size > 1 && determiners.has(run[0] ?? "") ? 0.8 : 1;
    let factor = article * (size > 12 ? 0.3 : size > 8 ? 0.75 : 1);
    if (startsBadly(tokens, from, to)) factor *= 0.35;
    if (endsIn(neverLast.at, tokens, from + 1, to)) factor *= to === end ? 0.6 : 0.3;
    const first = determiners.has(run[0] ?? "") ? 1 : 0;
    if (first === 1 && size > 2 && startsBadly(tokens, from + 1, to)) factor *= 0.5;
    if (size > 1 && types.has(run[first] ?? "") && size > first + 1) factor *= 0.4;
    if (size > 1 && types.has(run.at(-1) ?? "")) factor *= 0.55;
    if (makers.has(slot))
      factor *= maker(tokens, from) * (decade(tokens, from).some((hit) => hit.end === to) ? 0.2 : 1);
    return factor * otherWorld * hides(tokens, from, to);
  };
}
