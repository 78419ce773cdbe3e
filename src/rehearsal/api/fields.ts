/** A parsed `fields` filter: keep the named (or all but the named) parts. */
interface Filter {
  readonly keep: Map<string, Filter | null>;
  readonly drop: Map<string, Filter | null>;
}

const MOST_DEPTH = 10;

/**
 * Applies the `fields` query of the playlist routes: `items(added_at,item(name,uri)),total`, a dot as a shorthand for one
 * level, `!` for all but this. A filter that does not parse leaves the value whole, as on the platform.
 */
export function pickFields(value: unknown, fields: string | null): unknown {
  if (fields === null || fields.trim() === "") return value;
  const filter = parse(fields);
  return filter === undefined ? value : pick(value, filter);
}

function pick(value: unknown, filter: Filter): unknown {
  if (Array.isArray(value)) return value.map((each) => pick(each, filter));
  if (typeof value !== "object" || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const dropped = filter.drop.get(key);
    if (dropped === null) continue;
    const kept = filter.keep.get(key);
    if (kept === undefined && filter.keep.size > 0) continue;
    const narrower = kept ?? dropped;
    result[key] = narrower === undefined || narrower === null ? inner : pick(inner, narrower);
  }
  return result;
}

function parse(text: string): Filter | undefined {
  let at = 0;

  function list(depth: number): Filter | undefined {
    if (depth > MOST_DEPTH) return undefined;
    const filter: Filter = { keep: new Map(), drop: new Map() };
    for (;;) {
      const not = text[at] === "!";
      if (not) at += 1;
      const name = /^\s*(\w+)\s*/.exec(text.slice(at));
      if (name === null) return undefined;
      at += name[0].length;
      const inner = nested(depth);
      if (inner === undefined) return undefined;
      (not ? filter.drop : filter.keep).set(name[1] ?? "", inner);
      if (text[at] !== ",") return filter;
      at += 1;
    }
  }

  /** What follows a name: a bracketed list, a dot and one more name, or nothing (null). */
  function nested(depth: number): Filter | null | undefined {
    if (text[at] === ".") {
      at += 1;
      const name = /^(\w+)/.exec(text.slice(at));
      if (name === null || depth > MOST_DEPTH) return undefined;
      at += name[0].length;
      const inner = nested(depth + 1);
      return inner === undefined ? undefined : { keep: new Map([[name[1] ?? "", inner]]), drop: new Map() };
    }
    if (text[at] !== "(") return null;
    at += 1;
    const inner = list(depth + 1);
    if (inner === undefined || text[at] !== ")") return undefined;
    at += 1;
    return inner;
  }

  const filter = list(0);
  return filter !== undefined && at === text.length ? filter : undefined;
}
