import type { Compiler, Step } from "./compile.ts";
import type { Opening } from "./openings.ts";
import type { Token, Tokens } from "./tokens.ts";

/** A value found at a place: it ends before token `end`. Without a `value` the person's own words are the value. `share`: a part of the whole, as a word. */
export type Found = { end: number; value?: string | number; share?: boolean };
/** Finds values of one kind that begin at token `at`, best first. */
export type ValueReader = (tokens: Tokens, at: number) => readonly Found[];
export type ValueReaders = ReadonlyMap<string, ValueReader>;

export type Capture = {
  slot: string;
  from: number;
  to: number;
  /** The kind of value that was recognised; without one, any words were taken. */
  kind?: string;
  value?: string | number;
  share?: boolean;
};
export type Match = { captures: readonly Capture[]; score: number; typos: number };

/**
 * What one parse may spend. A message is at most 500 characters, and real ones need a few thousand steps; the bound is
 * for text that was made to be slow.
 */
export type Budget = { steps: number; matches: number };
export const freshBudget = (): Budget => ({ steps: 60_000, matches: 600 });

/** So many failures are cheaper than remembering them, and few patterns see more. */
const cheap = 40;

/** What a typo in a command word costs. */
const typoCost = 0.85;

function fits(words: ReadonlySet<string>, { word, near, quote }: Token): boolean {
  if (quote !== 0) return false;
  if (words.has(word)) return true;
  for (const one of near) if (words.has(one)) return true;
  return false;
}

/** Whether what opens so, and goes on with `next`, may begin with this word; without one, whether it may be nothing. */
function opens({ words, open, empty }: Opening, next: Step, token: Token | undefined): boolean {
  if (token !== undefined) {
    if (open) return true;
    for (const list of words) if (fits(list, token)) return true;
  }
  return empty && mayStart(next, token);
}

function mayStart(step: Step, token: Token | undefined): boolean {
  switch (step.op) {
    case "accept":
      return token === undefined;
    case "words":
      return token !== undefined && fits(step.words, token);
    case "set":
      return mayStart(step.next, token);
    case "free":
    case "value":
      return token !== undefined;
    case "fork":
      return opens(step.choice.opening, step.next, token);
  }
}

/** Whether a name may begin or end between two tokens: not inside a quotation. */
function splits(left: Token | undefined, right: Token | undefined): boolean {
  return !left || !right || left.quote === 0 || left.quote !== right.quote;
}

/** Every way in which the tokens `from`..`to` fit the compiled pattern as a whole, within the budget. */
export function matchAll(
  compiler: Compiler,
  step: Step,
  tokens: Tokens,
  range: { from: number; to: number },
  readers: ValueReaders,
  budget: Budget,
): Match[] {
  const { list } = tokens;
  const { from, to } = range;
  const width = to - from + 1;
  const found: Match[] = [];
  const captures: Capture[] = [];
  // Steps that led nowhere from a place will lead nowhere again, whatever was captured before: this keeps the search
  // polynomial where plain backtracking is exponential.
  let dead: Set<number> | undefined;
  let looked = 0;

  const run = (node: Step, at: number, score: number, typos: number): boolean => {
    if (node.op === "accept") {
      if (at !== to) return false;
      found.push({ captures: captures.slice(), score: score * typoCost ** typos, typos });
      budget.matches--;
      return true;
    }
    // Looking at a word again is cheaper than remembering that it did not fit.
    if (node.op === "words") return spoken(node, at, score, typos);
    const key = node.id * width + (at - from);
    if (dead?.has(key)) return false;
    if (--budget.steps < 0 || budget.matches <= 0) return false;
    const alive = take(node, at, score, typos);
    if (!alive && ++looked > cheap && budget.steps > 0 && budget.matches > 0) {
      dead ??= new Set();
      dead.add(key);
    }
    return alive;
  };

  const spoken = (node: Step & { op: "words" }, at: number, score: number, typos: number): boolean => {
    const token = at < to ? list[at] : undefined;
    if (!token || !fits(node.words, token)) return false;
    return run(node.next, at + 1, score, node.words.has(token.word) ? typos : typos + 1);
  };

  const keep = (capture: Capture, next: Step, score: number, typos: number): boolean => {
    captures.push(capture);
    const alive = run(next, capture.to, score, typos);
    captures.pop();
    return alive;
  };

  const take = (node: Step, at: number, score: number, typos: number): boolean => {
    const token = at < to ? list[at] : undefined;
    let alive = false;
    switch (node.op) {
      case "accept":
        return false;
      case "words":
        return spoken(node, at, score, typos);
      case "fork":
        for (let index = 0; index < node.branches.length; index++) {
          const option = node.choice.options[index];
          if (!option || !opens(option.opening, node.next, token)) continue;
          const branch = compiler.branch(node, index);
          if (branch && run(branch, at, score * option.score, typos)) alive = true;
        }
        return alive;
      case "set":
        return keep({ slot: node.slot, from: at, to: at, value: node.value }, node.next, score, typos);
      case "value": {
        if (!token) return false;
        for (const { end, value, share = false } of readerOf(node.type)(tokens, at)) {
          if (end > to) continue;
          const signed = node.negative && typeof value === "number" ? -value : value;
          const capture =
            signed === undefined
              ? { slot: node.slot, from: at, to: end, kind: node.type }
              : { slot: node.slot, from: at, to: end, kind: node.type, value: signed, share };
          if (keep(capture, node.next, score, typos)) alive = true;
        }
        return alive;
      }
      case "free":
        if (!token || !splits(list[at - 1], token)) return false;
        for (let end = at + 1; end <= to; end++) {
          const after = end < to ? list[end] : undefined;
          if (!splits(list[end - 1], after) || !mayStart(node.next, after)) continue;
          if (keep({ slot: node.slot, from: at, to: end }, node.next, score, typos)) alive = true;
        }
        return alive;
    }
  };

  const readerOf = (type: string): ValueReader => {
    const reader = readers.get(type);
    if (!reader) throw new Error(`No value of the kind "${type}" is known`);
    return reader;
  };

  run(step, from, 1, 0);
  return found;
}
