import { anyOf, type Opening } from "./openings.ts";
import type { Pattern } from "./pattern.ts";
import type { Rules } from "./traits.ts";

type Node =
  | { op: "accept" }
  | { op: "words"; words: ReadonlySet<string>; next: Step }
  | { op: "fork"; choice: Choice; branches: (Step | undefined)[]; next: Step }
  | { op: "free"; slot: string; next: Step }
  | { op: "value"; slot: string; type: string; negative: boolean; next: Step }
  | { op: "set"; slot: string; value: string; next: Step };

/** One step of a compiled pattern. Every step knows the next one, so a pattern is a graph that ends in `accept`. */
export type Step = Node & { readonly id: number };

/** What may be said at a fork, whatever comes after it. Without a pattern an option is one of its opening's words. */
type Option = { pattern: Pattern | undefined; score: number; opening: Opening };
type Choice = { options: readonly Option[]; opening: Opening };

/**
 * Compiles patterns as far as messages reach into them: whole, the graphs of a language are tens of thousands of steps, of which
 * all that people say in a year takes a few thousand.
 */
export type Compiler = {
  compile(pattern: Pattern): Step;
  /** The first step of a fork's option. */
  branch(fork: Step & { op: "fork" }, index: number): Step | undefined;
};

/** Compiles patterns whose rules are known to exist and not to contain themselves. Equal tails of rules are shared. */
export function createCompiler(rules: Rules, openingOf: (pattern: Pattern) => Opening): Compiler {
  let made = 0;
  const accept: Step = { op: "accept", id: made++ };
  const shared = new Map<string, Step>();
  const ofRules = new Map<string, Choice>();
  const ofPatterns = new WeakMap<Pattern, Choice>();

  // Alternatives that are single words become one look-up: lists of twenty synonyms are common.
  const choiceOf = (ways: readonly { pattern: Pattern; score: number }[]): Choice => {
    const isPlain = ({ pattern, score }: (typeof ways)[number]): boolean => pattern.kind === "word" && score === 1;
    const plain = ways.filter(isPlain).map(({ pattern }) => openingOf(pattern));
    const others = ways.filter((way) => !isPlain(way)).map((way) => ({ ...way, opening: openingOf(way.pattern) }));
    const list = new Set(plain.flatMap(({ words }) => words).flatMap((words) => [...words]));
    const spoken: Opening = { words: [list], open: false, empty: false };
    const options: Option[] = list.size > 0 ? [{ pattern: undefined, score: 1, opening: spoken }, ...others] : others;
    return { options, opening: anyOf(options.map(({ opening }) => opening)) };
  };

  const spoken = ({ words: [words] }: Opening, next: Step): Step => {
    if (!words) throw new Error("A word begins with itself");
    return { op: "words", words, next, id: made++ };
  };

  const take = ({ pattern, opening }: Option, next: Step): Step =>
    pattern ? build(pattern, next) : spoken(opening, next);

  const fork = (choice: Choice, next: Step): Step => {
    const [only] = choice.options;
    if (only && choice.options.length === 1 && only.score === 1) return take(only, next);
    return { op: "fork", choice, branches: new Array<undefined>(choice.options.length), next, id: made++ };
  };

  const rule = (name: string, next: Step): Step => {
    const key = `${name} ${next.id}`;
    const known = shared.get(key);
    if (known) return known;
    const choice = ofRules.get(name) ?? choiceOf(rules.get(name) ?? []);
    ofRules.set(name, choice);
    const step = fork(choice, next);
    shared.set(key, step);
    return step;
  };

  const build = (pattern: Pattern, next: Step): Step => {
    switch (pattern.kind) {
      case "word":
        return spoken(openingOf(pattern), next);
      case "all":
        return pattern.parts.reduceRight((after, part) => build(part, after), next);
      case "any": {
        const choice = ofPatterns.get(pattern) ?? choiceOf(pattern.options.map((one) => ({ pattern: one, score: 1 })));
        ofPatterns.set(pattern, choice);
        return fork(choice, next);
      }
      case "free":
        return { op: "free", slot: pattern.slot, next, id: made++ };
      case "value": {
        const { slot, type, negative } = pattern;
        return { op: "value", slot, type, negative, next, id: made++ };
      }
      case "set":
        return { op: "set", slot: pattern.slot, value: pattern.value, next, id: made++ };
      case "rule":
        return rule(pattern.name, next);
    }
  };

  return {
    compile: (pattern) => build(pattern, accept),
    branch(from, index) {
      const known = from.branches[index];
      const option = from.choice.options[index];
      if (known || !option) return known;
      const step = take(option, from.next);
      from.branches[index] = step;
      return step;
    },
  };
}
