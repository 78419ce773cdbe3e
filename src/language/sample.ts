import type { Pattern } from "./pattern.ts";
import type { Rules } from "./traits.ts";

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
