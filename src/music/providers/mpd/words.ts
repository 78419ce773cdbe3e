import { fold } from "../../../contracts/fold.ts";
import { count, createVocabulary, type Match, type Vocabulary } from "./vocabulary.ts";

const MOST_WORDS = 12;
export const wordsOf = (text: string): string[] => [...new Set(fold(text).split(" ").filter(Boolean))];

/** How much a word counts, by where it stands in a thing. */
const places = [1, 0.85, 0.45] as const;
export type PlaceTexts = readonly [name: string, by: string, of: string];

/** Of what was asked, weighted by how rare the words are, at least so much must be found. */
const LEAST = 0.3;
/** A name that was said whole goes before one that only holds the words. */
const WHOLE = 0.25;
/** A word is common when one in so many things holds it; and never where it is held by a few. */
const COMMON = 20;
const FEW = 50;
/** To look a thing up in a list costs as much as to go past so many of it. */
const LOOKUP = 20;

export type WordIndex = {
  /** Numbers of things, best first; of equally good ones that which was added first. */
  search(query: string, limit: number, keep?: (thing: number) => boolean): number[];
};

/**
 * Which things hold which words: a sorted list of things per word, in one array for all. A query's word also stands for the words
 * that begin with it and for those that differ by a slip of the finger, of some 50,000 in a library of 100,000 songs: how they
 * begin, their lengths and their letters, in arrays, leave few to be looked at.
 */
export function createWordIndexBuilder(vocabulary: Vocabulary = createVocabulary()) {
  /** Pairs of word and posting; a posting is the thing's number times four and the place. */
  let pairs = new Uint32Array(1 << 12);
  let used = 0;
  const lengths: number[] = [];
  return {
    /** In the order of their numbers. */
    add(thing: number, texts: PlaceTexts): void {
      const seen = new Set<string>();
      for (const [place, text] of texts.entries()) {
        const words = wordsOf(text).slice(0, 60);
        if (place === 0) lengths[thing] = Math.min(255, words.length);
        for (const word of words) {
          if (seen.has(word)) continue;
          seen.add(word);
          if (used + 2 > pairs.length) {
            const larger = new Uint32Array(pairs.length * 2);
            larger.set(pairs);
            pairs = larger;
          }
          pairs[used++] = vocabulary.idOf(word);
          pairs[used++] = thing * 4 + place;
        }
      }
    },
    finish: (): WordIndex => createWordIndex(vocabulary, pairs.subarray(0, used), Uint8Array.from(lengths)),
  };
}

function createWordIndex(vocabulary: Vocabulary, pairs: Uint32Array, lengths: Uint8Array): WordIndex {
  // Words that come to the vocabulary later are in none of these things.
  const words = vocabulary.size;
  const starts = new Uint32Array(words + 1);
  for (let at = 0; at < pairs.length; at += 2) count(starts, (pairs[at] ?? 0) + 1);
  for (let word = 0; word < words; word++) starts[word + 1] = (starts[word + 1] ?? 0) + (starts[word] ?? 0);
  const postings = new Uint32Array(pairs.length / 2);
  const next = starts.slice();
  for (let at = 0; at < pairs.length; at += 2) {
    const word = pairs[at] ?? 0;
    postings[next[word] ?? 0] = pairs[at + 1] ?? 0;
    count(next, word);
  }
  const size = lengths.length;
  const scores = new Float32Array(size);
  const named = new Uint8Array(size);
  const stamps = new Uint8Array(size);
  const postingsOf = (id: number) => (id < words ? (starts[id + 1] ?? 0) - (starts[id] ?? 0) : 0);
  const credit = (posting: number, stamp: number, worth: number) => {
    const thing = posting >>> 2;
    const place = posting & 3;
    stamps[thing] = stamp;
    scores[thing] = (scores[thing] ?? 0) + worth * (places[place] ?? 0);
    if (place === 0) count(named, thing);
  };
  const rarity = (found: number) => Math.log(1 + size / Math.max(1, found));

  return {
    search(query, limit, keep) {
      const asked = wordsOf(query)
        .slice(0, MOST_WORDS)
        .map((word) => {
          const matches = heldBy(vocabulary.matchesOf(word), postingsOf);
          const [best] = matches;
          return { matches, held: best ? postingsOf(best.id) : 1 };
        })
        .sort((a, b) => a.held - b.held);
      const touched: number[] = [];
      let worth = 0;
      for (const [order, { matches, held }] of asked.entries()) {
        const weight = rarity(held);
        worth += weight;
        const stamp = order + 1;
        // What much of the library holds ("the") tells its things apart, and brings no others in.
        const brings = touched.length === 0 || held <= FEW || held * COMMON < size;
        // The best match of a word came first, and a word counts once.
        for (const { id, like } of matches) {
          const [from, to] = [starts[id] ?? 0, starts[id + 1] ?? 0];
          if (!brings && to - from > touched.length * LOOKUP) {
            for (const thing of touched) {
              if (stamps[thing] === stamp) continue;
              const at = firstFrom(postings, thing * 4, from, to);
              const posting = at < to ? (postings[at] ?? 0) : -1;
              if (posting >>> 2 === thing) credit(posting, stamp, weight * like);
            }
            continue;
          }
          for (let at = from; at < to; at++) {
            const posting = postings[at] ?? 0;
            const seen = stamps[posting >>> 2];
            if (seen === stamp || (!brings && seen === 0)) continue;
            if (seen === 0) touched.push(posting >>> 2);
            credit(posting, stamp, weight * like);
          }
        }
      }
      const top = pickTop(touched, limit, (thing) => {
        const share = (scores[thing] ?? 0) / worth;
        if (share < LEAST || (keep && !keep(thing))) return 0;
        return share + WHOLE * Math.min(1, (named[thing] ?? 0) / Math.max(1, lengths[thing] ?? 1));
      });
      for (const thing of touched) {
        scores[thing] = 0;
        named[thing] = 0;
        stamps[thing] = 0;
      }
      return top;
    },
  };
}

/** Where the first number stands that is not below `least`, or `to`. */
function firstFrom(sorted: Uint32Array, least: number, from: number, to: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What one word may stand for among these things; far more would be noise. */
const MOST_LIKE = 200;
function heldBy(matches: readonly Match[], postingsOf: (id: number) => number): Match[] {
  const found: Match[] = [];
  for (const match of matches) {
    if (found.length >= MOST_LIKE) break;
    if (postingsOf(match.id) > 0) found.push(match);
  }
  return found;
}

function pickTop(things: readonly number[], limit: number, scoreOf: (thing: number) => number): number[] {
  const best: { thing: number; score: number }[] = [];
  const before = (a: { thing: number; score: number }, b: { thing: number; score: number }) =>
    a.score > b.score || (a.score === b.score && a.thing < b.thing);
  for (const thing of things) {
    const entry = { thing, score: scoreOf(thing) };
    const worst = best.at(-1);
    if (entry.score <= 0 || (best.length >= limit && worst && !before(entry, worst))) continue;
    let at = best.length;
    while (at > 0 && before(entry, best[at - 1] ?? entry)) at--;
    best.splice(at, 0, entry);
    if (best.length > limit) best.pop();
  }
  return best.map(({ thing }) => thing);
}
