import type { Pattern } from "./pattern.ts";
import type { Rules } from "./traits.ts";

/** Which words may come next; `open` where any may, `end` where the message may be over. */
export type First = { words: ReadonlySet<string>; open: boolean; end: boolean };

type Node =
  | { op: "accept" }
  | { op: "words"; words: ReadonlySet<string>; next: Step }
  | { op: "fork"; branches: readonly { step: Step; score: number }[]; listOf: ListOf }
  | { op: "free"; slot: string; next: Step }
  | { op: "value"; slot: string; type: string; negative: boolean; next: Step }
  | { op: "set"; slot: string; value: string; next: Step };

/** The one set of these words, in whatever order: the same few hundred lists stand in tens of thousands of steps. */
type ListOf = (words: readonly string[]) => ReadonlySet<string>;

/**
 * One step of a compiled pattern. Every step knows the next one, so a pattern is a graph that ends in `accept`.
 * `first` is worked out when it is first asked for: most steps of most patterns are never reached.
 */
export type Step = Node & { readonly id: number; first?: First };

export type Compiler = { compile(pattern: Pattern): Step };

const none: ReadonlySet<string> = new Set();
const open: First = { words: none, open: true, end: false };
const over: First = { words: none, open: false, end: true };

const starts = new WeakMap<ReadonlySet<string>, First>();
function startOf(words: ReadonlySet<string>): First {
  const known = starts.get(words) ?? { words, open: false, end: false };
  starts.set(words, known);
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
      const firsts = [...new Set(step.branches.map((branch) => firstOf(branch.step)))];
      const [only] = firsts;
      if (only && firsts.length === 1) return only;
      const lists = new Set(firsts.map((first) => first.words).filter((words) => words.size > 0));
      const [list = none] = lists;
      const words = lists.size <= 1 ? list : step.listOf([...lists].flatMap((each) => [...each]));
      return { words, open: firsts.some((first) => first.open), end: firsts.some((first) => first.end) };
    }
  }
}

/** Compiles patterns whose rules are known to exist and not to contain themselves. Equal tails are shared. */
export function createCompiler(rules: Rules): Compiler {
  let made = 0;
  const make = (node: Node): Step => ({ ...node, id: made++ });
  const accept = make({ op: "accept" });
  const shared = new Map<string, Step>();
  const lists = new Map<string, ReadonlySet<string>>();
  const listOf: ListOf = (words) => {
    const distinct = new Set(words);
    const key = [...distinct].sort().join(" ");
    const list = lists.get(key) ?? distinct;
    lists.set(key, list);
    return list;
  };

  const fork = (branches: readonly { step: Step; score: number }[]): Step => {
    const only = branches[0];
    return branches.length === 1 && only?.score === 1 ? only.step : make({ op: "fork", branches, listOf });
  };

  // Alternatives that are single words become one look-up: lists of twenty synonyms are common.
  const choose = (options: readonly { pattern: Pattern; score: number }[], next: Step): Step => {
    const words: string[] = [];
    const branches: { step: Step; score: number }[] = [];
    for (const { pattern, score } of options) {
      if (pattern.kind === "word" && score === 1) words.push(pattern.word);
      else branches.push({ step: build(pattern, next), score });
    }
    if (words.length > 0) branches.unshift({ step: make({ op: "words", words: listOf(words), next }), score: 1 });
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
        return make({ op: "words", words: listOf([pattern.word]), next });
      case "all":
        return pattern.parts.reduceRight((after, part) => build(part, after), next);
      case "any":
        return choose(
          pattern.options.map((option) => ({ pattern: option, score: 1 })),
          next,
        );
      case "free":
        return make({ op: "free", slot: pattern.slot, next });
      case "value":
        return make({ op: "value", slot: pattern.slot, type: pattern.type, negative: pattern.negative, next });
      case "set":
        return make({ op: "set", slot: pattern.slot, value: pattern.value, next });
      case "rule":
        return rule(pattern.name, next);
    }
  };

  return { compile: (pattern) => build(pattern, accept) };
}
