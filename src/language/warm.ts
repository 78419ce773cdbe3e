import { firstOf, type Step } from "./compile.ts";
import type { Pattern } from "./pattern.ts";
import type { Rules } from "./traits.ts";

/** Steps that are looked at between two pauses: well under a millisecond. */
const stepsAtOnce = 500;

/** Works out what every step reachable from here begins with, a little at a time. `seen` is shared by all patterns. */
export function* warmSteps(from: Step, seen: Set<Step>): Generator<void> {
  const open = [from];
  for (let step = open.pop(), count = 1; step; step = open.pop(), count++) {
    if (seen.has(step)) continue;
    seen.add(step);
    firstOf(step);
    if (step.op === "fork") open.push(...step.steps);
    else if (step.op !== "accept") open.push(step.next);
    if (count % stepsAtOnce === 0) yield;
  }
}

/** A message that a pattern takes, more or less: the first of everything it offers. Its meaning does not matter. */
export function sampleOf(pattern: Pattern, rules: Rules): string {
  switch (pattern.kind) {
    case "word":
      return pattern.word;
    case "all":
      return pattern.parts.map((part) => sampleOf(part, rules)).join(" ");
    case "any":
      return pattern.options[0] ? sampleOf(pattern.options[0], rules) : "";
    case "rule": {
      const first = rules.get(pattern.name)?.[0];
      return first ? sampleOf(first.pattern, rules) : "";
    }
    case "free":
    case "value":
      return "2";
    case "set":
      return "";
  }
}
