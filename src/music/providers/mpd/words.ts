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
/** Shorter words begin too many others. */
const PREFIX_FROM = 3;
const TYPO = 0.6;
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
export function createWordIndexBuilder() {
  const ids = new Map<string, number>();
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

function count(array: Uint32Array | Uint8Array, at: number): void {
  array[at] = (array[at] ?? 0) + 1;
}

/** Things put in order of a small number of theirs: those of number n stand from `starts[n]` to before `starts[n + 1]`. */
type Sorted = { ids: Uint32Array; starts: Uint32Array };

function sortedBy(size: number, numbers: number, numberOf: (id: number) => number): Sorted {
  const starts = new Uint32Array(numbers + 1);
  for (let id = 0; id < size; id++) count(starts, numberOf(id) + 1);
  for (let at = 0; at < numbers; at++) starts[at + 1] = (starts[at + 1] ?? 0) + (starts[at] ?? 0);
  const ids = new Uint32Array(size);
  const next = starts.slice();
  for (let id = 0; id < size; id++) {
    const number = numberOf(id);
    ids[next[number] ?? 0] = id;
    count(next, number);
  }
  return { ids, starts };
}

/** The words where they can be found without looking at each: by how they begin, and by how long they are. */
type Shapes = {
  beginnings: Sorted;
  lengths: Sorted;
  /** Which letters a word has, one bit for each (some share one), in the order of the lengths. */
  letters: Uint32Array;
};

const MOST_BEGINNINGS = 1 << 12;
/** Below `many`, a power of two. Words that share their first three letters share it; few others do. */
function beginningOf(word: string, many: number): number {
  let number = 0;
  for (let at = 0; at < PREFIX_FROM; at++)
    number = Math.imul(number, 97) + (at < word.length ? word.charCodeAt(at) : 0);
  return number & (many - 1);
}

function lettersOf(word: string): number {
  let bits = 0;
  for (let at = 0; at < word.length; at++) bits |= 1 << (word.charCodeAt(at) % 32);
  return bits >>> 0;
}

function shapesOf(words: readonly string[]): Shapes {
  const lengthOf = (id: number) => words[id]?.length ?? 0;
  let longest = 0;
  for (const { length } of words) longest = Math.max(longest, length);
  const lengths = sortedBy(words.length, longest + 1, lengthOf);
  const many = Math.min(MOST_BEGINNINGS, 2 ** Math.ceil(Math.log2(words.length + 1)));
  const beginnings = Uint16Array.from(words, (word) => beginningOf(word, many));
  return {
    beginnings: sortedBy(words.length, many, (id) => beginnings[id] ?? 0),
    lengths,
    letters: Uint32Array.from(lengths.ids, (id) => lettersOf(words[id] ?? "")),
  };
}

/** The usual count of set bits in parallel (Warren, Hacker's Delight, 5-1): this runs a hundred thousand times in a search. */
function bitsIn(mask: number): number {
  const pairs = mask - ((mask >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

type Match = { id: number; like: number };

/** Words that may have been meant, likeliest first. */
function matchesOf(words: readonly string[], shapes: Shapes, asked: string): Match[] {
  const found: Match[] = [];
  addBegunWith(words, shapes, asked, found);
  const slips = asked.length >= 8 ? 2 : asked.length >= 4 ? 1 : 0;
  if (slips > 0) addSlips(words, shapes, asked, slips, found);
  return found.sort((a, b) => b.like - a.like || a.id - b.id).slice(0, 200);
}

/** The very word, and those that begin with it. */
function addBegunWith(words: readonly string[], { beginnings }: Shapes, asked: string, found: Match[]): void {
  const number = beginningOf(asked, beginnings.starts.length - 1);
  const end = beginnings.starts[number + 1] ?? 0;
  for (let at = beginnings.starts[number] ?? 0; at < end; at++) {
    const id = beginnings.ids[at] ?? 0;
    const word = words[id] ?? "";
    if (!word.startsWith(asked)) continue;
    if (word.length === asked.length) found.push({ id, like: 1 });
    else if (asked.length >= PREFIX_FROM) found.push({ id, like: PREFIX * (0.5 + asked.length / word.length / 2) });
  }
}

/** A slip takes at most one letter away and brings at most one in, so the letters alone tell of nearly all words that it was another. */
function addSlips(words: readonly string[], shapes: Shapes, asked: string, slips: number, found: Match[]): void {
  const { lengths, letters } = shapes;
  const own = lettersOf(asked);
  const last = lengths.starts.length - 1;
  const end = lengths.starts[Math.min(last, asked.length + slips + 1)] ?? 0;
  for (let at = lengths.starts[Math.min(last, asked.length - slips)] ?? 0; at < end; at++) {
    const theirs = letters[at] ?? 0;
    if (bitsIn(own & ~theirs) > slips || bitsIn(theirs & ~own) > slips) continue;
    const id = lengths.ids[at] ?? 0;
    const word = words[id] ?? "";
    if (word.startsWith(asked)) continue;
    const off = distance(word, asked);
    if (off <= slips) found.push({ id, like: TYPO * (1 - off / asked.length) });
    else if (word.length === asked.length && isSwapped(word, asked))
      found.push({ id, like: TYPO * (1 - 1 / asked.length) });
  }
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
