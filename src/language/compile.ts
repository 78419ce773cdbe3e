import type { Pattern } from "./pattern.ts";
import type { Rules } from "./traits.ts";

/** Which words may come next; `open` where any may, `end` where the message may be over. */
export type First = { words: ReadonlySet<string>; open: boolean; end: boolean };

type Node =
  | { op: "accept" }
  | { op: "words"; words: ReadonlySet<string>; next: Step }
  | { op: "fork"; steps: readonly Step[]; scores: readonly number[] | undefined; listOf: ListOf }
  | { op: "free"; slot: string; next: Step }
  | { op: "value"; slot: string; type: string; negative: boolean; next: Step }
  | { op: "set"; slot: string; value: string; next: Step };

/** The one set of these words, in whatever order: the same few hundred lists stand in tens of thousands of steps. */
type ListOf = (words: readonly string[]) => ReadonlySet<string>;

/**
 * One step of a compiled pattern. Every step knows the next one, so a pattern is a graph that ends in `accept`.
 * `first` is worked out when it is first asked for: most steps of most patterns are never reached.
 */
export type Step = Node & { readonly id: number; first: First | undefined };

export type Compiler = { compile(pattern: Pattern): Step };

const none: ReadonlySet<string> = new Set();
const open: First = { words: none, open: true, end: false };
const over: First = { words: none, open: false, end: true };

const starts = new WeakMap<ReadonlySet<string>, Map<number, First>>();
/** The one object that says this: tens of thousands of steps begin alike. */
function startOf(words: ReadonlySet<string>, open = false, end = false): First {
  const alike = starts.get(words) ?? new Map<number, First>();
  starts.set(words, alike);
  const key = (open ? 1 : 0) + (end ? 2 : 0);
  const known = alike.get(key) ?? { words, open, end };
  alike.set(key, known);
  return known;
}

/** What may come at this step. */
export function firstOf(step: Step): First {
  step.first ??= workOut(step);
  return step.first;
}

function workOut(step: Step): First {
  switch (step.op) {
    case "accept":
      return over;
    case "words":
      return startOf(step.words);
    case "set":
      return firstOf(step.next);
    case "free":
    case "value":
      return open;
    case "fork": {
      const firsts = [...new Set(step.steps.map(firstOf))];
      const [only] = firsts;
      if (only && firsts.length === 1) return only;
      const lists = new Set(firsts.map((first) => first.words).filter((words) => words.size > 0));
      const [list = none] = lists;
      const words = lists.size <= 1 ? list : step.listOf([...lists].flatMap((each) => [...each]));
      return startOf(
        words,
        firsts.some((first) => first.open),
        firsts.some((first) => first.end),
      );
    }
  }
}

/** Compiles patterns whose rules are known to exist and not to contain themselves. Equal tails are shared. */
export function createCompiler(rules: Rules): Compiler {
  let made = 0;
  // There are hundreds of thousands of steps: all that they will ever hold is written down at once, so that no engine sets it apart.
  const accept: Step = { op: "accept", id: made++, first: undefined };
  const shared = new Map<string, Step>();
  const lists = new Map<string, ReadonlySet<string>>();
  const listOf: ListOf = (words) => {
    const distinct = new Set(words);
    const key = [...distinct].sort().join(" ");
    const list = lists.get(key) ?? distinct;
    lists.set(key, list);
    return list;
  };

  const spoken = (words: readonly string[], next: Step): Step => ({
    op: "words",
    words: listOf(words),
    next,
    id: made++,
    first: undefined,
  });

  const fork = (branches: readonly { step: Step; score: number }[]): Step => {
    const only = branches[0];
    if (branches.length === 1 && only?.score === 1) return only.step;
    const steps = branches.map(({ step }) => step);
    // Most forks have no preference, and need no list that says so.
    const scores = branches.every(({ score }) => score === 1) ? undefined : branches.map(({ score }) => score);
    return { op: "fork", steps, scores, listOf, id: made++, first: undefined };
  };

  // Alternatives that are single words become one look-up: lists of twenty synonyms are common.
  const choose = (options: readonly { pattern: Pattern; score: number }[], next: Step): Step => {
    const words: string[] = [];
    const branches: { step: Step; score: number }[] = [];
    for (const { pattern, score } of options) {
      if (pattern.kind === "word" && score === 1) words.push(pattern.word);
      else branches.push({ step: build(pattern, next), score });
    }
    if (words.length > 0) branches.unshift({ step: spoken(words, next), score: 1 });
    return fork(branches);
  };

  const rule = (name: string, next: Step): Step => {
    const key = `${name} ${next.id}`;
    const known = shared.get(key);
    if (known) return known;
    const step = choose(rules.get(name) ?? [], next);
    shared.set(key, step);
    return step;
  };

  const build = (pattern: Pattern, next: Step): Step => {
    switch (pattern.kind) {
      case "word":
        return spoken([pattern.word], next);
      case "all":
        return pattern.parts.reduceRight((after, part) => build(part, after), next);
      case "any":
        return choose(
          pattern.options.map((option) => ({ pattern: option, score: 1 })),
          next,
        );
      case "free":
        return { op: "free", slot: pattern.slot, next, id: made++, first: undefined };
      case "value":
        return {
          op: "value",
          slot: pattern.slot,
          type: pattern.type,
          negative: pattern.negative,
          next,
          id: made++,
          first: undefined,
        };
      case "set":
        return { op: "set", slot: pattern.slot, value: pattern.value, next, id: made++, first: undefined };
      case "rule":
        return rule(pattern.name, next);
    }
  };

  return { compile: (pattern) => build(pattern, accept) };
}
