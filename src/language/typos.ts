/** Finds the command words that an unknown word is one slip away from ("puase", "skp", "volumne"). */
export type TypoFinder = (word: string) => readonly string[];

const shortest = 4;
const longest = 20;

/** FNV-1a over the letters of a word, without the one at `left` where that is none of them. */
function hashOf(word: string, left: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < word.length; index++)
    if (index !== left) hash = Math.imul(hash ^ word.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** One letter more, less or other, or two neighbours swapped. */
function oneSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let head = 0;
  while (head < a.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const restA = a.slice(head, a.length - tail);
  const restB = b.slice(head, b.length - tail);
  if (restA.length <= 1 && restB.length <= 1) return true;
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0];
}

/**
 * `targets` are the words that may be meant; a word in `real` is no typo of anything ("plan" is not "play"). Words with
 * a common word left after one letter is dropped share a key, so a look-up costs as many steps as the word has letters. Keys are
 * hashes in chains of numbers: as strings they took most of the memory of a language, and whoever is found is compared anyway.
 */
export function createTypoFinder(targets: ReadonlySet<string>, real: ReadonlySet<string>): TypoFinder {
  const words = [...targets].filter((word) => word.length >= shortest && /^\p{L}+$/u.test(word));
  const entries = words.reduce((sum, word) => sum + word.length + 1, 0);
  const mask = 2 ** Math.ceil(Math.log2(Math.max(2, entries))) - 1;
  const heads = new Int32Array(mask + 1).fill(-1);
  const next = new Int32Array(entries);
  const meant = new Int32Array(entries);
  let entry = 0;
  for (const [target, word] of words.entries())
    for (let left = -1; left < word.length; left++) {
      const place = hashOf(word, left) & mask;
      meant[entry] = target;
      next[entry] = heads[place] ?? -1;
      heads[place] = entry++;
    }
  return (word) => {
    if (word.length < shortest || word.length > longest || targets.has(word) || real.has(word)) return [];
    const found = new Set<number>();
    for (let left = -1; left < word.length; left++)
      for (let at = heads[hashOf(word, left) & mask] ?? -1; at >= 0; at = next[at] ?? -1) {
        const target = words[meant[at] ?? 0];
        if (target?.[0] === word[0] && oneSlip(word, target ?? "")) found.add(meant[at] ?? 0);
      }
    return [...found].sort((a, b) => a - b).map((target) => words[target] ?? "");
  };
}
