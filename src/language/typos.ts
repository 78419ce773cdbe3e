/** Finds the command words that an unknown word is one slip away from ("puase", "skp", "volumne"). */
export type TypoFinder = (word: string) => readonly string[];

const shortest = 4;

function shortened(word: string): string[] {
  const all: string[] = [];
  for (let index = 0; index < word.length; index++) all.push(word.slice(0, index) + word.slice(index + 1));
  return all;
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
 * a common word left after one letter is dropped share a key, so a look-up costs as many steps as the word has letters.
 */
export function createTypoFinder(targets: ReadonlySet<string>, real: ReadonlySet<string>): TypoFinder {
  const byKey = new Map<string, string[]>();
  for (const target of targets) {
    if (target.length < shortest || !/^\p{L}+$/u.test(target)) continue;
    for (const key of [target, ...shortened(target)]) {
      const list = byKey.get(key);
      if (list) list.push(target);
      else byKey.set(key, [target]);
    }
  }
  return (word) => {
    if (word.length < shortest || word.length > 20 || targets.has(word) || real.has(word)) return [];
    const found = new Set<string>();
    for (const key of [word, ...shortened(word)]) {
      for (const target of byKey.get(key) ?? []) if (target[0] === word[0] && oneSlip(word, target)) found.add(target);
    }
    return [...found];
  };
}
