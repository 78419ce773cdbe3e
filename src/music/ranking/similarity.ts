import { distance } from "fastest-levenshtein";
import { tokens } from "./fold.ts";
import { asSpoken, soundOf } from "./spoken.ts";

/** Words shorter than this are too easily one typo apart from another word; at just this length "live" must not be "love". */
const FUZZY_FROM = 4;
const FUZZY_LEAST_SHORT = 0.8;
const FUZZY_LEAST = 0.72;
const SOUND_FROM = 5;
const SOUND_LEAST = 0.5;

function likeness(a: string, b: string): number {
  const longest = Math.max(a.length, b.length);
  return longest === 0 ? 1 : 1 - distance(a, b) / longest;
}

function wordLikeness(a: string, b: string): number {
  if (a === b) return 1;
  // A number is never a typo of another: 1999 is not 1989.
  if (/\d/.test(a) || /\d/.test(b)) return 0;
  if (a.length < FUZZY_FROM || b.length < FUZZY_FROM) return 0;
  const like = likeness(a, b);
  const least = Math.min(a.length, b.length) === FUZZY_FROM ? FUZZY_LEAST_SHORT : FUZZY_LEAST;
  return like >= least ? like : soundsAlike(a, b, like);
}

/** Longer words that are written as they are heard: the same consonants, or all but one where the letters agree by half. */
function soundsAlike(a: string, b: string, like: number): number {
  if (Math.min(a.length, b.length) < SOUND_FROM || like < SOUND_LEAST) return 0;
  const [heardA, heardB] = [soundOf(a), soundOf(b)];
  if (Math.min(heardA.length, heardB.length) < 3) return 0;
  if (heardA === heardB) return 0.8;
  return Math.min(heardA.length, heardB.length) >= 4 && likeness(heardA, heardB) >= 0.8 ? FUZZY_LEAST : 0;
}

/** How much of `of` is found in `inside`, by letters, each word used once: 0 to 1. */
function covered(of: string[], inside: string[]): number {
  const left = [...inside];
  let found = 0;
  let all = 0;
  for (const word of of) {
    all += word.length;
    let best = 0;
    let at = -1;
    for (const [index, other] of left.entries()) {
      const like = wordLikeness(word, other);
      if (like > best) {
        best = like;
        at = index;
      }
    }
    if (at >= 0) left.splice(at, 1);
    found += best * word.length;
  }
  return all === 0 ? 0 : found / all;
}

const wordsOf = (folded: string): string[] => tokens(folded).map(asSpoken);
export const withoutArticle = (folded: string): string => folded.replace(/^the (?=.)/, "");
/** Whether two folded names differ in nothing but a leading article, spaces, and how small words are written. */
export function sameName(a: string, b: string): boolean {
  return a !== "" && sameLetters(withoutArticle(a), withoutArticle(b));
}
function sameLetters(a: string, b: string): boolean {
  return tokens(a).join("") === tokens(b).join("") || wordsOf(a).join("") === wordsOf(b).join("");
}
const numbers = (words: string[]): string =>
  words
    .filter((word) => /\d/.test(word))
    .sort()
    .join(" ");

/** How alike two folded names are, 0 to 1. Symmetric; typos, word order and the leading article weigh little, numbers much. */
export function similarity(a: string, b: string): number {
  if (a === "" || b === "") return 0;
  if (a === b) return 1;
  const [plainA, plainB] = [withoutArticle(a), withoutArticle(b)];
  if (plainA === plainB) return 0.98;
  if (sameLetters(plainA, plainB)) return 0.97;
  const [wordsA, wordsB] = [wordsOf(plainA), wordsOf(plainB)];
  const recall = covered(wordsA, wordsB);
  const precision = covered(wordsB, wordsA);
  const byWords = recall + precision === 0 ? 0 : (2 * recall * precision) / (recall + precision);
  const byLetters = likeness(wordsA.join(" "), wordsB.join(" "));
  const best = Math.max(byLetters, 0.95 * byWords);
  return numbers(wordsA) === numbers(wordsB) ? best : best * 0.7;
}

/** Whether every word of the first is found in the second, typos allowed: 0 to 1. */
export function containment(words: string, inside: string): number {
  return covered(wordsOf(words), wordsOf(inside));
}
