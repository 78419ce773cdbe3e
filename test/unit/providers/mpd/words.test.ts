import fc from "fast-check";
import { distance } from "fastest-levenshtein";
import { describe, expect, it } from "vitest";
import { createVocabulary } from "../../../../src/music/providers/mpd/vocabulary.ts";
import { createWordIndexBuilder, type PlaceTexts, wordsOf } from "../../../../src/music/providers/mpd/words.ts";

/** How much alike two words are, without any index: the very word, one that begins with it, one that is a slip away. */
function likeness(asked: string, word: string): number {
  if (word === asked) return 1;
  if (word.startsWith(asked)) return asked.length >= 3 ? 0.8 * (0.5 + asked.length / word.length / 2) : 0;
  const slips = asked.length >= 8 ? 2 : asked.length >= 4 ? 1 : 0;
  const off = distance(word, asked);
  if (off <= slips) return 0.6 * (1 - off / asked.length);
  const swapped = [...asked].some((_, at) => {
    const letters = [...asked];
    [letters[at], letters[at + 1]] = [letters[at + 1] ?? "", letters[at] ?? ""];
    return at + 1 < asked.length && letters.join("") === word;
  });
  return slips > 0 && swapped ? 0.6 * (1 - 1 / asked.length) : 0;
}

/** The whole search once more, word by word and thing by thing. */
function searchPlainly(things: readonly PlaceTexts[], query: string, limit: number): number[] {
  const placed = things.map((texts) => {
    const places = new Map<string, number>();
    for (const [place, text] of texts.entries())
      for (const word of wordsOf(text)) if (!places.has(word)) places.set(word, place);
    return places;
  });
  const words = [...new Set(placed.flatMap((places) => [...places.keys()]))];
  const holding = (word: string) => placed.filter((places) => places.has(word)).length;
  const asked = wordsOf(query)
    .map((each) => {
      const matches = words
        .map((word) => ({ word, like: likeness(each, word) }))
        .filter(({ like }) => like > 0)
        .sort((a, b) => b.like - a.like);
      return { matches, held: matches[0] ? holding(matches[0].word) : 1 };
    })
    .sort((a, b) => a.held - b.held);
  const scores = things.map(() => 0);
  const named = things.map(() => 0);
  let worth = 0;
  for (const { matches, held } of asked) {
    const weight = Math.log(1 + things.length / Math.max(1, held));
    worth += weight;
    const found = scores.map((score) => score > 0);
    const common = found.includes(true) && held > 50 && held * 20 >= things.length;
    for (const [thing, places] of placed.entries()) {
      const match = matches.find(({ word }) => places.has(word));
      if (!match || (common && !found[thing])) continue;
      const place = places.get(match.word) ?? 0;
      scores[thing] = Math.fround((scores[thing] ?? 0) + weight * match.like * ([1, 0.85, 0.45][place] ?? 0));
      if (place === 0) named[thing] = (named[thing] ?? 0) + 1;
    }
  }
  return scores
    .map((score, thing) => {
      const share = score / worth;
      const whole = Math.min(1, (named[thing] ?? 0) / Math.max(1, wordsOf(things[thing]?.[0] ?? "").length));
      return { thing, score: share < 0.3 || !(share > 0) ? 0 : share + 0.25 * whole };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.thing - b.thing)
    .slice(0, limit)
    .map(({ thing }) => thing);
}

function indexOf(things: readonly PlaceTexts[]) {
  const builder = createWordIndexBuilder();
  for (const [thing, texts] of things.entries()) builder.add(thing, texts);
  return builder.finish();
}

const word = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 10 }),
  fc.constantFrom("the", "moth", "mothers", "harbour", "harbor", "signal", "signals"),
);
const text = fc.array(word, { maxLength: 4 }).map((words) => words.join(" "));
const thing = fc.tuple(text, text, text);

describe("the index of words", () => {
  it("answers as a search without an index does", () => {
    fc.assert(
      fc.property(
        fc.array(thing, { minLength: 1, maxLength: 60 }),
        text,
        fc.integer({ min: 1, max: 30 }),
        (...given) => {
          const [things, query, limit] = given;
          expect(indexOf(things).search(query, limit)).toEqual(searchPlainly(things, query, limit));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("does so too where one word is in much of the library", () => {
    fc.assert(
      fc.property(fc.array(thing, { minLength: 1, maxLength: 5 }), text, (few, words) => {
        const rest = Array.from({ length: 1_500 }, (_, at): PlaceTexts => [`song${at}`, "", at % 9 === 0 ? "" : "the"]);
        const things = [...few, ...rest];
        const query = `the ${words}`;
        expect(indexOf(things).search(query, 20)).toEqual(searchPlainly(things, query, 20));
      }),
      { numRuns: 30 },
    );
  });

  it("finds the same where it shares its words with an index of other things", () => {
    fc.assert(
      fc.property(
        fc.array(thing, { minLength: 1, maxLength: 20 }),
        fc.array(thing, { minLength: 1, maxLength: 20 }),
        fc.array(text, { minLength: 1, maxLength: 4 }),
        (things, others, queries) => {
          const vocabulary = createVocabulary();
          const [own, other] = [things, others].map((all) => {
            const builder = createWordIndexBuilder(vocabulary);
            for (const [at, texts] of all.entries()) builder.add(at, texts);
            return builder.finish();
          });
          vocabulary.close();
          for (const query of queries) {
            other?.search(query, 10);
            expect(own?.search(query, 10)).toEqual(searchPlainly(things, query, 10));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("leaves nothing of one search to the next", () => {
    fc.assert(
      fc.property(fc.array(thing, { minLength: 1, maxLength: 30 }), text, text, (things, one, other) => {
        const used = indexOf(things);
        used.search(one, 3);
        expect(used.search(other, 30)).toEqual(indexOf(things).search(other, 30));
      }),
    );
  });
});
