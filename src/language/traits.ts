import type { Pattern } from "./pattern.ts";

/** The named parts of a language's patterns: each a list of ways to say it, with how good a reading each way is (0..1). */
export type Rules = ReadonlyMap<string, readonly { pattern: Pattern; score: number }[]>;

/** What can be said of a pattern without compiling it. */
export type Traits = {
  /** A message must contain at least one of these; undefined where no such list is certain. */
  needed: ReadonlySet<string> | undefined;
  /** Every literal word. */
  words: ReadonlySet<string>;
  slots: ReadonlySet<string>;
  kinds: ReadonlySet<string>;
};

const nothing: ReadonlySet<string> = new Set();
const blank: Traits = {
  needed: undefined,
  words: nothing,
  slots: nothing,
  kinds: nothing,
};

function union(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  const filled = sets.filter((set) => set.size > 0);
  if (filled.length <= 1) return filled[0] ?? nothing;
  const all = new Set<string>();
  for (const set of filled) for (const one of set) all.add(one);
  return all;
}

function either(options: readonly Traits[]): Traits {
  const needed = options.map((option) => option.needed);
  return {
    needed: needed.every((set) => set !== undefined) ? union(needed) : undefined,
    words: union(options.map((option) => option.words)),
    slots: union(options.map((option) => option.slots)),
    kinds: union(options.map((option) => option.kinds)),
  };
}

function sequence(parts: readonly Traits[]): Traits {
  const needed = parts.map((part) => part.needed).filter((set) => set !== undefined);
  return {
    needed: needed.sort((a, b) => a.size - b.size)[0],
    words: union(parts.map((part) => part.words)),
    slots: union(parts.map((part) => part.slots)),
    kinds: union(parts.map((part) => part.kinds)),
  };
}

const kept = (slot: string): ReadonlySet<string> => (slot === "" || slot === "*" ? nothing : new Set([slot]));

/** Reads traits off patterns. Rules are read once; an unknown rule and one that contains itself throw. */
export function createTraitReader(rules: Rules): (pattern: Pattern) => Traits {
  const known = new Map<string, Traits>();
  const reading = new Set<string>();
  const ofRule = (name: string): Traits => {
    const done = known.get(name);
    if (done) return done;
    const ways = rules.get(name);
    if (!ways) throw new Error(`Rule <${name}> is not defined`);
    if (reading.has(name)) throw new Error(`Rule <${name}> contains itself`);
    reading.add(name);
    const traits = either(ways.map((way) => read(way.pattern)));
    reading.delete(name);
    known.set(name, traits);
    return traits;
  };
  const read = (pattern: Pattern): Traits => {
    switch (pattern.kind) {
      case "word": {
        const words = new Set([pattern.word]);
        return { ...blank, needed: words, words };
      }
      case "all":
        return sequence(pattern.parts.map(read));
      case "any":
        return either(pattern.options.map(read));
      case "rule":
        return ofRule(pattern.name);
      case "free":
        return { ...blank, slots: kept(pattern.slot) };
      case "value":
        return { ...blank, slots: kept(pattern.slot), kinds: new Set([pattern.type]) };
      case "set":
        return { ...blank, slots: kept(pattern.slot) };
    }
  };
  return read;
}
