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
      // French writes a space inside of its quotation marks: « … ».
      const spaced = open === "«";
      if (first < 0 && (spaced ? token.gap.trimEnd() : token.gap).endsWith(open)) first = index;
      const after = text.slice(token.end, token.end + 3);
      if (first < 0 || !(spaced ? after.trimStart() : after).startsWith(close)) continue;
      number++;
      // A message that is quoted as a whole is the message.
      if (first > 0 || index < list.length - 1)
        for (const inside of list.slice(first, index + 1)) inside.quote = number;
      first = -1;
    }
  }
}

/**
 * Folded words that a language joins to the next by an apostrophe, and to the one before by a hyphen; `whole` are words of
 * commands that have their hyphen inside ("joue-moi").
 */
export type Joined = { before: ReadonlySet<string>; after: ReadonlySet<string>; whole(word: string): boolean };

const elision = /^(\p{L}{1,6}['’])(?=[\p{L}\p{N}])/u;
const hyphenated = /^(.*[\p{L}\p{N}])-(\p{L}+)$/su;

/** The places of the words that are written as one from `start` to `end`. */
function parts(text: string, start: number, end: number, joined: Joined | undefined): readonly [number, number][] {
  if (!joined) return [[start, end]];
  const surface = text.slice(start, end);
  // The apostrophe stays with the first word: in the gap it would open a quotation.
  const elided = elision.exec(surface)?.[1];
  if (elided && joined.before.has(fold(elided)))
    return [[start, start + elided.length], ...parts(text, start + elided.length, end, joined)];
  const [, head, tail] = hyphenated.exec(surface) ?? [];
  if (head && tail && joined.after.has(fold(tail)))
    return [
      [start, start + head.length],
      [end - tail.length, end],
    ];
  return [[start, end]];
}

/** Cuts a cleaned text into words. Words that are only emoji or only punctuation are left out. */
export function tokenise(text: string, joined?: Joined): Tokens {
  const list: Token[] = [];
  let last = 0;
  let dashed = false;
  for (const match of text.matchAll(/\S+/gu)) {
    const [from, to] = trimmed(match[0], match.index);
    const run = text.slice(from, to);
    if (joined && dashed) {
      // Dictated or cut into words elsewhere: "joue - moi", "gym - playlist". "Adele - Hello" keeps its dash.
      dashed = false;
      const before = list.at(-2);
      const whole = before && `${before.word}-${fold(run)}`;
      if (joined.after.has(fold(run))) list.pop();
      else if (before && whole && joined.whole(whole)) {
        list.pop();
        Object.assign(before, { word: whole, end: to });
        last = to;
        continue;
      }
    }
    dashed = run === "-";
    if (from >= to || !meaning.test(run) || pictograph.test(run)) continue;
    for (const [start, end] of parts(text, from, to, joined)) {
      list.push({ word: fold(text.slice(start, end)), start, end, gap: text.slice(last, start), near: [], quote: 0 });
      last = end;
    }
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
