import { fold } from "./clean.ts";

/** A word of the message: `word` for comparing, `start` and `end` its place in the cleaned text, outer punctuation left out. */
export type Token = {
  word: string;
  start: number;
  end: number;
  /** What stands between the previous word and this one: " ", ", ", "; ". */
  gap: string;
  /** Command words this one may be a typo of. Filled by the grammar that knows the command words. */
  near: readonly string[];
  /** Number of the quotation it stands in, 0 for none: a quotation is one name, never split, never a command word. */
  quote: number;
};

export type Tokens = { text: string; list: readonly Token[] };

const opening = /^[\p{Ps}\p{Pi}"'`*_~¿¡.,;:!?…|>]+/u;
const closing = /[\p{Pe}\p{Pf}"'`*_~.,;:!?…|]+$/u;
const abbreviation = /^(\p{L}\.){2,}$/u;
const pictograph = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u20e3)+$/u;
const meaning = /[\p{L}\p{N}\p{S}&@#/-]/u;
const quotations: readonly [string, string][] = [
  ['"', '"'],
  ["“", "”"],
  ["„", "“"],
  ["«", "»"],
  ["‘", "’"],
  ["'", "'"],
];

function trimmed(run: string, from: number): [number, number] {
  const head = opening.exec(run)?.[0].length ?? 0;
  const rest = run.slice(head);
  if (abbreviation.test(rest)) return [from + head, from + run.length];
  const tail = closing.exec(rest)?.[0].length ?? 0;
  return [from + head, from + run.length - tail];
}

function markQuotations(text: string, list: Token[]): void {
  let number = 0;
  for (const [open, close] of quotations) {
    let first = -1;
    for (const [index, token] of list.entries()) {
      if (first < 0 && token.gap.endsWith(open)) first = index;
      if (first < 0 || !text.startsWith(close, token.end)) continue;
      number++;
      // A message that is quoted as a whole is the message.
      if (first > 0 || index < list.length - 1)
        for (const inside of list.slice(first, index + 1)) inside.quote = number;
      first = -1;
    }
  }
}

/** Cuts a cleaned text into words. Words that are only emoji or only punctuation are left out. */
export function tokenise(text: string): Tokens {
  const list: Token[] = [];
  let last = 0;
  for (const match of text.matchAll(/\S+/gu)) {
    const [start, end] = trimmed(match[0], match.index);
    const surface = text.slice(start, end);
    if (start >= end || !meaning.test(surface) || pictograph.test(surface)) continue;
    list.push({ word: fold(surface), start, end, gap: text.slice(last, start), near: [], quote: 0 });
    last = end;
  }
  markQuotations(text, list);
  return { text, list };
}

/** The person's own words from token `from` up to, not including, token `to`. A bracket that opens inside is closed. */
export function surface(tokens: Tokens, from: number, to: number): string {
  const first = tokens.list[from];
  const last = tokens.list[to - 1];
  if (!first || !last || to <= from) return "";
  const words = tokens.text.slice(first.start, last.end).replaceAll("\n", " ");
  const opened = words.lastIndexOf("(");
  if (opened < 0 || words.includes(")", opened) || tokens.text[last.end] !== ")") return words;
  return `${words})`;
}
