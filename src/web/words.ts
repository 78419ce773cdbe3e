import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { IntlMessageFormat } from "intl-messageformat";
import { z } from "zod";

const FILE = "pages.json";
type Tree = { [key: string]: string | Tree };
const treeSchema: z.ZodType<Tree> = z.lazy(() => z.record(z.string(), z.union([z.string(), treeSchema])));

type Values = Record<string, string | number | Date>;

/** The pages' words in one language. */
export type Words = {
  locale: string;
  direction: "ltr" | "rtl";
  has(key: string): boolean;
  /** Raises on a key that no language has: a page without its words is a fault of ours. */
  t(key: string, values?: Values): string;
  date(at: number): string;
};

/** What would end the isolate around it, or turn more than itself. */
const turning = /[\u202A-\u202E\u2066-\u2069]/g;
/** First strong isolate and its end: a name of another direction stays in its place within a sentence. */
const isolate = (text: string): string => `\u2068${text.replace(turning, "")}\u2069`;
const rightToLeft = new Set(["ar", "fa", "he", "ps", "ur", "yi"]);

function flatten(tree: Tree, prefix = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[prefix + key, value] as [string, string]] : flatten(value, `${prefix}${key}.`),
  );
}

function createWords(locale: string, own: Map<string, string>, fallback: Map<string, string>): Words {
  const formats = new Map<string, IntlMessageFormat>();
  function format(key: string): IntlMessageFormat {
    const known = formats.get(key);
    if (known) return known;
    const text = own.get(key) ?? fallback.get(key);
    if (text === undefined) throw new Error(`no words for ${key}`);
    const made = new IntlMessageFormat(text, own.has(key) ? locale : "en", undefined, { ignoreTag: true });
    formats.set(key, made);
    return made;
  }
  const dates = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
  return {
    locale,
    direction: rightToLeft.has(locale.split("-")[0] ?? "") ? "rtl" : "ltr",
    has: (key) => own.has(key) || fallback.has(key),
    t(key, values = {}) {
      const isolated = Object.entries(values).map(([name, value]) => [
        name,
        typeof value === "string" ? isolate(value) : value,
      ]);
      return String(format(key).format(Object.fromEntries(isolated)));
    },
    date: (at) => dates.format(at),
  };
}

/** Reads `<folder>/<language>/pages.json` of every language there is, once. `standard` must be among them. */
export function loadWords(folder: string, standard = "en"): { choose(acceptLanguage: string | undefined): Words } {
  const trees = new Map<string, Map<string, string>>();
  for (const language of readdirSync(folder)) {
    const path = join(folder, language, FILE);
    if (!existsSync(path)) continue;
    trees.set(language.toLowerCase(), new Map(flatten(treeSchema.parse(JSON.parse(readFileSync(path, "utf8"))))));
  }
  const fallback = trees.get("en") ?? new Map<string, string>();
  const languages = new Map([...trees].map(([language, own]) => [language, createWords(language, own, fallback)]));
  const usual = languages.get(standard.toLowerCase()) ?? languages.get("en");
  if (!usual) throw new Error(`no words for the pages in ${folder}`);

  return {
    choose(acceptLanguage) {
      for (const tag of preferred(acceptLanguage)) {
        const found = languages.get(tag) ?? languages.get(tag.split("-")[0] ?? "");
        if (found) return found;
      }
      return usual;
    },
  };
}

/** Language tags by falling weight (RFC 9110, 12.5.4). */
function preferred(header = ""): string[] {
  return header
    .slice(0, 500)
    .split(",")
    .map((entry) => {
      const [tag = "", ...parameters] = entry.trim().toLowerCase().split(";");
      const weight = parameters.map((text) => /^\s*q=([\d.]+)$/.exec(text)?.[1]).find((text) => text !== undefined);
      return { tag: tag.trim(), weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ tag, weight }) => tag !== "" && weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
}
