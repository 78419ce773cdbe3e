/**
 * The notation of locales/<language>/language: words stand for themselves; `[a]` may be left out; `(a|b)` is one of
 * several; `<name>` is a rule of the same language; `{track}` takes any words; `{level:number}` takes a value of that
 * kind (a leading `-` makes it negative); `{:number}` takes one and keeps nothing; `{size=small}` writes down a value.
 */
export type Pattern =
  | { kind: "word"; word: string }
  | { kind: "rule"; name: string }
  | { kind: "all"; parts: Pattern[] }
  | { kind: "any"; options: Pattern[] }
  | { kind: "free"; slot: string }
  | { kind: "value"; slot: string; type: string; negative: boolean }
  | { kind: "set"; slot: string; value: string };

const lexeme = /\s*(?:([()[\]|])|<([\w-]+)>|\{([^{}]*)\}|([^\s()[\]|<>{}]+))/y;

function braces(inside: string, source: string): Pattern {
  const set = /^(\w+)=(\S+)$/.exec(inside);
  if (set?.[1] && set[2]) return { kind: "set", slot: set[1], value: set[2] };
  const value = /^(\w*):(-?)(\w+)$/.exec(inside);
  if (value?.[3]) return { kind: "value", slot: value[1] ?? "", type: value[3], negative: value[2] === "-" };
  if (/^(\w+|\*)$/.test(inside)) return { kind: "free", slot: inside };
  throw new Error(`Pattern "${source}": {${inside}} is not understood`);
}

type Lexeme = { mark?: string; node?: Pattern };

// A language's patterns are a hundred thousand nodes: equal words are one node, and lists are as long as what is in them.
const nothing: Pattern = { kind: "all", parts: [] };
const wordNodes = new Map<string, Pattern>();
function wordNode(word: string): Pattern {
  const node = wordNodes.get(word) ?? { kind: "word", word };
  wordNodes.set(word, node);
  return node;
}

function lexemes(source: string, normal: (word: string) => string): Lexeme[] {
  const found: Lexeme[] = [];
  lexeme.lastIndex = 0;
  const text = source.trimEnd();
  while (lexeme.lastIndex < text.length) {
    const at = lexeme.lastIndex;
    const match = lexeme.exec(text);
    if (!match) throw new Error(`Pattern "${source}": stuck at "${text.slice(at)}"`);
    const [, mark, rule, inside, word] = match;
    if (mark) found.push({ mark });
    else if (rule) found.push({ node: { kind: "rule", name: rule } });
    else if (inside !== undefined) found.push({ node: braces(inside, source) });
    else if (word) found.push({ node: wordNode(normal(word)) });
  }
  return found;
}

/** Reads one pattern. `normal` brings its words into the form in which tokens are compared. */
export function readPattern(source: string, normal: (word: string) => string): Pattern {
  const items = lexemes(source, normal);
  let at = 0;
  const alternatives = (end: string | undefined): Pattern => {
    const options: Pattern[] = [];
    let parts: Pattern[] = [];
    const close = (): void => {
      options.push(parts.length === 1 && parts[0] ? parts[0] : { kind: "all", parts: parts.slice() });
      parts = [];
    };
    while (at < items.length) {
      const item = items[at++];
      if (item?.node) parts.push(item.node);
      else if (item?.mark === "|") close();
      else if (item?.mark === "(") parts.push(alternatives(")"));
      else if (item?.mark === "[") {
        const inner = alternatives("]");
        parts.push({ kind: "any", options: [inner, nothing] });
      } else if (item?.mark === end) {
        close();
        return options.length === 1 && options[0] ? options[0] : { kind: "any", options: options.slice() };
      } else throw new Error(`Pattern "${source}": "${item?.mark}" closes nothing`);
    }
    if (end) throw new Error(`Pattern "${source}": "${end}" is missing`);
    close();
    return options.length === 1 && options[0] ? options[0] : { kind: "any", options: options.slice() };
  };
  return alternatives(undefined);
}
