import { distance } from "fastest-levenshtein";

/** Letters that no decomposition takes apart. */
const plainLetters: Record<string, string> = {
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ı: "i",
};

/** Names as people type them: no case, no accents, no signs. A name of nothing but signs keeps them. */
export function fold(text: string): string {
  const short = text.slice(0, 300);
  const lower = /^[\x20-\x7e]*$/.test(short)
    ? short.toLowerCase()
    : short
        .normalize("NFKD")
        .replace(/\p{M}+/gu, "")
        .toLowerCase()
        .replace(/[øłđðþßæœı]/g, (letter) => plainLetters[letter] ?? letter);
  const words = lower
    .replace(/\s*&\s*/g, " and ")
    .replace(/(?<=\p{L})['’`´ʼ](?=\p{L})/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
  return words || lower.trim();
}

const MOST_WORDS = 12;
export const wordsOf = (text: string): string[] => [...new Set(fold(text).split(" ").filter(Boolean))];

/** How much a word counts, by where it stands in a thing. */
const places = [1, 0.85, 0.45] as const;
export type PlaceTexts = readonly [name: string, by: string, of: string];

const PREFIX = 0.8;
const TYPO = 0.6;
/** Of what was asked, weighted by how rare the words are, at least so much must be found. */
const LEAST = 0.3;
/** A name that was said whole goes before one that only holds the words. */
const WHOLE = 0.25;
/** A word is common when one in so many things holds it; and never where it is held by a few. */
const COMMON = 20;
const FEW = 50;

export type WordIndex = {
  /** Numbers of things, best first; of equally good ones that which was added first. */
  search(query: string, limit: number, keep?: (thing: number) => boolean): number[];
};

/**
 * Which things hold which words: a sorted list of things per word, in one array for all. A query's word also stands for the words
 * that begin with it and for those that differ by a slip of the finger, found by going through all words (some 50,000 in a
 * library of 100,000 songs): their lengths and letters, in two arrays, leave few to be looked at.
 */
export function createWordIndexBuilder() {
  const ids = new Map<string, number>();
  /** Pairs of word and posting; a posting is the thing's number times four and the place. */
  let pairs = new Uint32Array(1 << 12);
  let used = 0;
  const lengths: number[] = [];
  return {
    add(thing: number, texts: PlaceTexts): void {
      const seen = new Set<string>();
      for (const [place, text] of texts.entries()) {
        const words = wordsOf(text).slice(0, 60);
        if (place === 0) lengths[thing] = Math.min(255, words.length);
        for (const word of words) {
          if (seen.has(word)) continue;
          seen.add(word);
          const known = ids.get(word);
          const id = known ?? ids.size;
          if (known === undefined) ids.set(word, id);
          if (used + 2 > pairs.length) {
            const larger = new Uint32Array(pairs.length * 2);
            larger.set(pairs);
            pairs = larger;
          }
          pairs[used++] = id;
          pairs[used++] = thing * 4 + place;
        }
      }
    },
    finish: (): WordIndex => createWordIndex([...ids.keys()], pairs.subarray(0, used), Uint8Array.from(lengths)),
  };
}

function createWordIndex(words: readonly string[], pairs: Uint32Array, lengths: Uint8Array): WordIndex {
  const starts = new Uint32Array(words.length + 1);
  for (let at = 0; at < pairs.length; at += 2) count(starts, (pairs[at] ?? 0) + 1);
  for (let word = 0; word < words.length; word++) starts[word + 1] = (starts[word + 1] ?? 0) + (starts[word] ?? 0);
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
  const shapes = shapesOf(words);
  const postingsOf = (id: number) => (starts[id + 1] ?? 0) - (starts[id] ?? 0);
  const rarity = (found: number) => Math.log(1 + size / Math.max(1, found));

  return {
    search(query, limit, keep) {
      const asked = wordsOf(query)
        .slice(0, MOST_WORDS)
        .map((word) => {
          const matches = matchesOf(words, shapes, word);
          const best = matches.find(({ like }) => like === 1) ?? matches[0];
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
        for (const { id, like } of matches)
          for (let at = starts[id] ?? 0; at < (starts[id + 1] ?? 0); at++) {
            const posting = postings[at] ?? 0;
            const thing = posting >>> 2;
            // The best match of a word came first, and a word counts once.
            if (stamps[thing] === stamp || (!brings && stamps[thing] === 0)) continue;
            if (stamps[thing] === 0) touched.push(thing);
            stamps[thing] = stamp;
            const place = posting & 3;
            scores[thing] = (scores[thing] ?? 0) + weight * like * (places[place] ?? 0);
            if (place === 0) count(named, thing);
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

function count(array: Uint32Array | Uint8Array, at: number): void {
  array[at] = (array[at] ?? 0) + 1;
}

/** What can be compared without looking at a word: how long it is, and which letters it has, one bit for each (some share one). */
type Shapes = { lengths: Uint16Array; letters: Uint32Array };

function lettersOf(word: string): number {
  let bits = 0;
  for (let at = 0; at < word.length; at++) bits |= 1 << (word.charCodeAt(at) % 32);
  return bits >>> 0;
}

function shapesOf(words: readonly string[]): Shapes {
  return { lengths: Uint16Array.from(words, ({ length }) => length), letters: Uint32Array.from(words, lettersOf) };
}

/** The usual count of set bits in parallel (Warren, Hacker's Delight, 5-1): this runs a hundred thousand times in a search. */
function bitsIn(mask: number): number {
  const pairs = mask - ((mask >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Words that may have been meant, likeliest first. */
function matchesOf(words: readonly string[], shapes: Shapes, asked: string): { id: number; like: number }[] {
  const slips = asked.length >= 8 ? 2 : asked.length >= 4 ? 1 : 0;
  const letters = lettersOf(asked);
  const found: { id: number; like: number }[] = [];
  for (let id = 0; id < words.length; id++) {
    const longer = (shapes.lengths[id] ?? 0) - asked.length;
    if (longer < -slips) continue;
    const others = (shapes.letters[id] ?? 0) ^ letters;
    // A longer word must hold all letters to begin with them; a slip changes one letter for another at most.
    if (longer > slips ? (others & letters) !== 0 : bitsIn(others) > 2 * slips && (others & letters) !== 0) continue;
    const word = words[id] ?? "";
    if (longer === 0 && word === asked) found.push({ id, like: 1 });
    else if (longer > 0 && asked.length >= 3 && word.startsWith(asked))
      found.push({ id, like: PREFIX * (0.5 + asked.length / word.length / 2) });
    else if (slips > 0 && Math.abs(longer) <= slips) {
      const off = distance(word, asked);
      if (off <= slips) found.push({ id, like: TYPO * (1 - off / asked.length) });
      else if (longer === 0 && isSwapped(word, asked)) found.push({ id, like: TYPO * (1 - 1 / asked.length) });
    }
  }
  return found.sort((a, b) => b.like - a.like).slice(0, 200);
}

/** Two neighbours in the wrong order: one slip to people, two to the plain distance. */
function isSwapped(word: string, asked: string): boolean {
  let at = 0;
  while (at < word.length && word[at] === asked[at]) at++;
  return word[at] === asked[at + 1] && word[at + 1] === asked[at] && word.slice(at + 2) === asked.slice(at + 2);
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
