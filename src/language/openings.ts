import type { Pattern } from "./pattern.ts";
import type { Rules } from "./traits.ts";

/** What a pattern begins with: these words; any at all, where it is `open`; or what comes after it, where it may be `empty`. */
export type Opening = { words: readonly ReadonlySet<string>[]; open: boolean; empty: boolean };

const nil: Opening = { words: [], open: false, empty: true };
const anything: Opening = { words: [], open: true, empty: false };
/** More lists than these are made one: looking into each would take longer than one list takes memory. */
const mostLists = 3;

function together(openings: readonly Opening[], empty: boolean): Opening {
  const [first = nil] = openings;
  if (openings.length === 1 && first.empty === empty) return first;
  const lists = [...new Set(openings.flatMap(({ words }) => words))];
  return {
    words: lists.length <= mostLists ? lists : [new Set(lists.flatMap((words) => [...words]))],
    open: openings.some(({ open }) => open),
    empty,
  };
}

/** The opening of one of several, whichever it is. */
export const anyOf = (openings: readonly Opening[]): Opening =>
  together(
    openings,
    openings.some(({ empty }) => empty),
  );

/** Reads openings off patterns whose rules are known to exist and not to contain themselves; each is worked out once. */
export function createOpeningReader(rules: Rules): (pattern: Pattern) => Opening {
  const words = new Map<string, Opening>();
  const ofRules = new Map<string, Opening>();
  const known = new WeakMap<Pattern, Opening>();
  const remember = (pattern: Pattern, opening: Opening): Opening => {
    known.set(pattern, opening);
    return opening;
  };
  const read = (pattern: Pattern): Opening => {
    switch (pattern.kind) {
      case "word": {
        const opening = words.get(pattern.word) ?? { words: [new Set([pattern.word])], open: false, empty: false };
        words.set(pattern.word, opening);
        return opening;
      }
      case "rule": {
        const opening =
          ofRules.get(pattern.name) ?? anyOf((rules.get(pattern.name) ?? []).map((way) => read(way.pattern)));
        ofRules.set(pattern.name, opening);
        return opening;
      }
      case "free":
      case "value":
        return anything;
      case "set":
        return nil;
      case "any":
        return known.get(pattern) ?? remember(pattern, anyOf(pattern.options.map(read)));
      case "all": {
        const before = known.get(pattern);
        if (before) return before;
        const leading: Opening[] = [];
        for (const part of pattern.parts) {
          const opening = read(part);
          leading.push(opening);
          if (!opening.empty) return remember(pattern, together(leading, false));
        }
        return remember(pattern, together(leading, true));
      }
    }
  };
  return read;
}
