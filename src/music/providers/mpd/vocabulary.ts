import { distance } from "fastest-levenshtein";
import { LRUCache } from "lru-cache";

/** Words by number, shared by all indexes of one library: what is looked for in several of them is looked up once. */
export type Vocabulary = {
  readonly size: number;
  /** The word's number; a new word gets the next one. */
  idOf(word: string): number;
  /** All words are known: makes ready for questions now, which the first one would have to wait for. */
  close(): void;
  /** Words that may have been meant, likeliest first. */
  matchesOf(asked: string): readonly Match[];
};

/** Of one word; an index takes those that its things hold. */
const MOST_MATCHES = 2_000;
/** A few words are asked for again and again ("the", "love"); what they stand for is kept for so many of them. */
const REMEMBERED = 64;

export function createVocabulary(): Vocabulary {
  const ids = new Map<string, number>();
  let known: { words: readonly string[]; shapes: Shapes } | undefined;
  const readied = () => {
    if (known) return known;
    const words = [...ids.keys()];
    remembered.clear();
    known = { words, shapes: shapesOf(words) };
    return known;
  };
  const remembered = new LRUCache<string, readonly Match[]>({ max: REMEMBERED });
  return {
    get size() {
      return ids.size;
    },
    idOf(word) {
      const before = ids.get(word);
      if (before !== undefined) return before;
      ids.set(word, ids.size);
      known = undefined;
      return ids.size - 1;
    },
    close: () => void readied(),
    matchesOf(asked) {
      const { words, shapes } = readied();
      const before = remembered.get(asked);
      if (before) return before;
      const found = matchesOf(words, shapes, asked);
      remembered.set(asked, found);
      return found;
    },
  };
}

const PREFIX = 0.8;
/** Shorter words begin too many others. */
const PREFIX_FROM = 3;
const TYPO = 0.6;

export function count(array: Uint32Array | Uint8Array, at: number): void {
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

export type Match = { id: number; like: number };

/** Words that may have been meant, likeliest first. */
function matchesOf(words: readonly string[], shapes: Shapes, asked: string): Match[] {
  const found: Match[] = [];
  addBegunWith(words, shapes, asked, found);
  const slips = asked.length >= 8 ? 2 : asked.length >= 4 ? 1 : 0;
  if (slips > 0) addSlips(words, shapes, asked, slips, found);
  return found.sort((a, b) => b.like - a.like || a.id - b.id).slice(0, MOST_MATCHES);
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
