import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { IntlMessageFormat } from "intl-messageformat";
import { root } from "../../house/source.ts";

export const folder = join(root, "locales");
export const standard = "en";
export const translations = readdirSync(folder).filter((name) => name !== standard);

type Tree = { [key: string]: Tree | string | number };
type Node = ReturnType<IntlMessageFormat["getAst"]>[number];

/** The words people read, by path ("queue.json replies empty"). Examples are what people say, and differ in number. */
export function wordsOf(locale: string): Map<string, string> {
  const files = readdirSync(join(folder, locale)).filter((name) => name.endsWith(".json"));
  return new Map(files.flatMap((name) => flat(readTree(locale, name), name)));
}

export function readTree(locale: string, name: string): Tree {
  const { examples: _, ...tree }: Tree = JSON.parse(readFileSync(join(folder, locale, name), "utf8"));
  return tree;
}

function flat(tree: Tree, path: string): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] => {
    if (typeof value === "number") return [];
    return typeof value === "string" ? [[`${path} ${key}`, value]] : flat(value, `${path} ${key}`);
  });
}

/** As the program reads it: tags are off. */
export function messageOf(text: string, locale: string): IntlMessageFormat {
  return new IntlMessageFormat(text, locale, undefined, { ignoreTag: true });
}

function* nodesOf(nodes: readonly Node[]): Generator<Node> {
  for (const node of nodes) {
    yield node;
    if ("options" in node) for (const option of Object.values(node.options)) yield* nodesOf(option.value);
  }
}

const kinds = ["", "argument", "number", "date", "time", "select", "plural"];
const isExact = (key: string) => key.startsWith("=");

/** What a message takes: arguments with their kinds, the branches of each select, the exact numbers of each plural. */
export function shapeOf(text: string, locale: string): string[] {
  const shape = new Set<string>();
  for (const node of nodesOf(messageOf(text, locale).getAst())) {
    const kind = kinds[node.type];
    if (!kind || !("value" in node) || typeof node.value !== "string") continue;
    const keys = "options" in node ? Object.keys(node.options) : [];
    const branches = kind === "plural" ? keys.filter(isExact) : keys;
    shape.add([node.value, kind, ...branches.sort()].join(" "));
  }
  return [...shape].sort();
}

/** The plural categories a message has words for, those of all its plurals together. */
export function categoriesOf(text: string, locale: string): string[] {
  const plurals = [...nodesOf(messageOf(text, locale).getAst())].filter((node) => kinds[node.type] === "plural");
  const keys = plurals.flatMap((node) => ("options" in node ? Object.keys(node.options) : []));
  return [...new Set(keys)].filter((key) => !isExact(key));
}

const sampleAt = new Date(Date.UTC(2026, 10, 21, 14, 5));

/** What each argument of a message can be: every branch once, and a value that is in none. */
function samplesOf(text: string, locale: string): [string, (string | number | Date)[]][] {
  const samples = new Map<string, Set<string | number | Date>>();
  for (const node of nodesOf(messageOf(text, locale).getAst())) {
    const kind = kinds[node.type];
    if (!kind || !("value" in node) || typeof node.value !== "string") continue;
    const known = samples.get(node.value) ?? new Set();
    samples.set(node.value, known);
    if (kind === "number" || kind === "plural") for (const count of [0, 1, 2, 7, 1_000_000]) known.add(count);
    else if (kind === "date" || kind === "time") known.add(sampleAt);
    else if (kind === "argument") known.add(`~${node.value}~`);
    if (kind === "select" && "options" in node)
      for (const key of Object.keys(node.options)) known.add(key === "other" ? `~${node.value}~` : key);
  }
  // An argument that is counted or dated is shown as what it is.
  return [...samples].map(([name, values]) => {
    const strict = [...values].filter((value) => typeof value !== "string");
    return [name, strict.length > 0 ? strict : [...values]];
  });
}

/** A message with every combination of its arguments' samples. */
export function* spoken(text: string, locale: string): Generator<string> {
  const message = messageOf(text, locale);
  let rows: Record<string, string | number | Date>[] = [{}];
  for (const [name, values] of samplesOf(text, locale))
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value })));
  for (const row of rows) yield String(message.format(row));
}
