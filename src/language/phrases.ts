import { fold } from "./clean.ts";
import type { Tokens } from "./tokens.ts";

export type PhraseHit<T> = { end: number; value: T };
export type Phrases<T> = {
  /** Phrases that begin at token `at`, longest first. */
  at(tokens: Tokens, at: number): readonly PhraseHit<T>[];
  /** The value of exactly these words, folded and joined by one space. */
  get(words: string): T | undefined;
  readonly words: ReadonlySet<string>;
};

/** A dictionary of one- and many-word entries, found at a place in a message. */
export function createPhrases<T>(entries: Iterable<readonly [string, T]>): Phrases<T> {
  const byFirst = new Map<string, { words: string[]; value: T }[]>();
  const whole = new Map<string, T>();
  const every = new Set<string>();
  for (const [phrase, value] of entries) {
    const words = phrase.split(/\s+/).map(fold);
    const first = words[0];
    if (first === undefined) continue;
    whole.set(words.join(" "), value);
    for (const word of words) every.add(word);
    const list = byFirst.get(first);
    if (list) list.push({ words, value });
    else byFirst.set(first, [{ words, value }]);
  }
  for (const list of byFirst.values()) list.sort((a, b) => b.words.length - a.words.length);
  return {
    words: every,
    get: (words) => whole.get(words),
    at(tokens, at) {
      const first = tokens.list[at];
      const list = first && byFirst.get(first.word);
      if (!list) return [];
      return list
        .filter(({ words }) => words.every((word, index) => tokens.list[at + index]?.word === word))
        .map(({ words, value }) => ({ end: at + words.length, value }));
    },
  };
}
