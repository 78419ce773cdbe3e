import { type FitSettings, fitSettings, fitTagger } from "../../src/language/fit-tagger.ts";
import { judgedWords } from "../../src/language/judge.ts";
import { createNlp, nluOf } from "../../src/language/nlp.ts";
import { createTagger, type Tagger } from "../../src/language/tagger.ts";
import { featuresOf, hashOf, labelsOf, ownFeatures, type WordClass } from "../../src/language/tags.ts";
import { surface, type Token, type Tokens } from "../../src/language/tokens.ts";
import type { Row } from "./cases.ts";
import { mixed } from "./plain.ts";

/**
 * The architecture of the parser on another vocabulary: nlp.js judges the intent of seven, a tagger of that intent finds the slots.
 * Both learn from `train` alone; there is no grammar.
 */
export type Academic = { answer(text: string): { intent: string; slots: Record<string, string> } };

const settings: FitSettings = {
  ...fitSettings,
  rounds: 14,
  averaged: 7,
  leastUses: 1,
  least: 0.02,
  hidden: 0.1,
  shrink: 0.96,
};
const longestValue = 9;
const iterations = 150;

type Marked = { words: string[]; tags: string[] };

function tokensOf(words: readonly string[]): Tokens {
  const text = words.join(" ");
  let at = 0;
  const list: Token[] = words.map((word) => {
    const start = at;
    at += word.length + 1;
    return { word, start, end: start + word.length, gap: start > 0 ? " " : "", near: [], quote: 0 };
  });
  return { text, list };
}

const wordsOf = (text: string): string[] => text.split(" ").filter((word) => word !== "");

/** The names in a tagged message: `B-artist I-artist`. */
function namesOf({ words, tags }: Marked): { slot: string; from: number; to: number; value: string }[] {
  return tags.flatMap((tag, from) => {
    if (!tag.startsWith("B-")) return [];
    const slot = tag.slice(2);
    let to = from + 1;
    while (tags[to] === `I-${slot}`) to++;
    return [{ slot, from, to, value: words.slice(from, to).join(" ") }];
  });
}

/** Values that slots have in the messages, and how often: the dictionary of this vocabulary. */
type Dictionary = Map<string, Map<string, number>>;

function addTo(dictionary: Dictionary, key: string, slot: string, by: number): void {
  const slots = dictionary.get(key) ?? new Map<string, number>();
  dictionary.set(key, slots.set(slot, (slots.get(slot) ?? 0) + by));
}

/**
 * Which slots the run of words that covers each word is known to fill, and which slots each word stands in elsewhere. What is known from
 * `own` alone (the message that is being learnt from) is not known.
 */
function known(words: readonly string[], values: Dictionary, inside: Dictionary, own: Marked | undefined): string[][] {
  const mine: Dictionary = new Map();
  const mineInside: Dictionary = new Map();
  if (own) {
    for (const { slot, value } of namesOf(own)) addTo(mine, value, slot, 1);
    for (const [at, word] of words.entries()) addTo(mineInside, word, own.tags[at]?.slice(2) ?? "", 1);
  }
  const found: string[][] = words.map(() => []);
  const longest = new Map<string, number>();
  for (let from = 0; from < words.length; from++)
    for (let to = Math.min(words.length, from + longestValue); to > from; to--) {
      const value = words.slice(from, to).join(" ");
      for (const [slot, count] of values.get(value) ?? []) {
        if (count <= (mine.get(value)?.get(slot) ?? 0)) continue;
        for (let at = from; at < to; at++) {
          const key = `${slot} ${at}`;
          if ((longest.get(key) ?? 0) >= to - from) continue;
          longest.set(key, to - from);
          const place = at === from ? "B" : at === to - 1 ? "E" : "I";
          found[at]?.push(`d ${slot} ${place} ${Math.min(3, to - from)}`);
        }
      }
    }
  for (const [at, word] of words.entries()) {
    const counts = [...(inside.get(word) ?? [])].map(
      ([slot, count]) => [slot, count - (mineInside.get(word)?.get(slot) ?? 0)] as const,
    );
    const total = counts.reduce((sum, [, count]) => sum + count, 0);
    const usual = counts.filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]);
    found[at]?.push(
      `i ${total === 0 ? "new" : usual.slice(0, 2).map(([slot, count]) => `${slot}${count > total * 0.8 ? "!" : ""}`)}`,
    );
    for (const [slot] of usual) found[at]?.push(`is ${slot}`);
  }
  return found;
}

function createSlotReader(rows: readonly Marked[]): Tagger {
  const values: Dictionary = new Map();
  const inside: Dictionary = new Map();
  const uses = new Map<string, number>();
  const bare = new Map<string, number>();
  for (const row of rows) {
    for (const { slot, value } of namesOf(row)) addTo(values, value, slot, 1);
    for (const [at, word] of row.words.entries()) {
      addTo(inside, word, row.tags[at]?.slice(2) ?? "", 1);
      uses.set(word, (uses.get(word) ?? 0) + 1);
      if (row.tags[at] === "O") bare.set(word, (bare.get(word) ?? 0) + 1);
    }
  }
  const classOf: WordClass = (word) => {
    const count = uses.get(word) ?? 0;
    if (count >= 5 && (bare.get(word) ?? 0) > 0.9 * count) return "command";
    return count >= 5 ? "common" : "other";
  };
  const looks = (words: readonly string[], own?: Marked): { own: number[]; around: number[] }[] => {
    const plain = featuresOf(words, classOf);
    const extra = known(words, values, inside, own);
    return words.map((_, at) => ({
      own: (plain[at] ?? []).slice(0, ownFeatures),
      around: [
        ...(plain[at] ?? []).slice(ownFeatures),
        ...(extra[at] ?? []).map(hashOf),
        ...(extra[at - 1] ?? []).map((one) => hashOf(`-1 ${one}`)),
        ...(extra[at + 1] ?? []).map((one) => hashOf(`+1 ${one}`)),
      ],
    }));
  };
  const slots = [...new Set(rows.flatMap((row) => namesOf(row).map(({ slot }) => slot)))].sort();
  const labels = labelsOf(slots);
  const lessons = rows.map((row) => ({
    looks: looks(row.words, row),
    labels: row.tags.map((tag) => (tag === "O" ? 0 : labels.beginOf(tag.slice(2)) + (tag.startsWith("I-") ? 1 : 0))),
  }));
  return createTagger(fitTagger(lessons, labels, settings), classOf, (words) =>
    looks(words).map(({ own, around }) => [...own, ...around]),
  );
}

/** Learns from rows with tags; rows without are left out. Takes a minute or two. */
export async function createAcademic(train: readonly Row[]): Promise<Academic> {
  const nlp = createNlp("en");
  const nlu = nluOf(nlp, "en");
  Object.assign(nlu.settings, { iterations, log: false });
  const byIntent = new Map<string, Marked[]>();
  for (const { text, intent, tags } of train) {
    const words = wordsOf(text);
    if (tags?.length !== words.length) continue;
    const rows = byIntent.get(intent) ?? [];
    rows.push({ words, tags });
    byIntent.set(intent, rows);
  }
  for (const { intent, text } of mixed(train)) nlp.addDocument("en", judgedWords(wordsOf(text)).join(" "), intent);
  await nlp.train();
  const readers = new Map([...byIntent].map(([intent, rows]) => [intent, createSlotReader(rows)]));
  const stem = nlp.container.get("stemmer-en");
  return {
    answer(text) {
      const tokens = tokensOf(wordsOf(text));
      const stems: readonly string[] =
        stem?.tokenizeAndStem(judgedWords(tokens.list.map(({ word }) => word)).join(" ")) ?? [];
      const scores = nlu.neuralNetwork?.run(Object.fromEntries(stems.map((one) => [one, 1]))) ?? {};
      const [intent = "none"] = Object.entries(scores).sort((a, b) => b[1] - a[1])[0] ?? [];
      const spans = readers.get(intent)?.(tokens, { from: 0, to: tokens.list.length }).best() ?? [];
      return {
        intent,
        slots: Object.fromEntries(spans.map(({ slot, from, to }) => [slot, surface(tokens, from, to)])),
      };
    },
  };
}
