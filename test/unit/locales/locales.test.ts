import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createI18n, readLocales } from "../../../src/core/i18n.ts";
import { createRegistry, loadSkills } from "../../../src/core/registry.ts";
import { createLanguage } from "../../../src/language/index.ts";
import { languagesIn } from "../../../src/language/load.ts";
import { root } from "../../house/source.ts";
import { startConversation } from "../../support/conversation.ts";
import { silentLog } from "../../support/log.ts";
import { alike, english, formal, quotes } from "./customs.ts";
import {
  categoriesOf,
  folder,
  messageOf,
  readTree,
  shapeOf,
  spoken,
  standard,
  translations,
  wordsOf,
} from "./messages.ts";

const original = wordsOf(standard);
const skills = await loadSkills(join(root, "skills"));
const files = await readLocales(
  folder,
  skills.map((skill) => skill.name),
);
const i18n = createI18n({ files, fallback: standard, strict: true, log: silentLog });
const registry = createRegistry(skills, i18n);
const language = createLanguage({ locales: [standard] });

/** Every fault of a language in one list, so that one run shows all there is to mend. */
function faults(words: Map<string, string>, wrong: (text: string, path: string) => unknown): string[] {
  return [...words].filter(([path, text]) => wrong(text, path)).map(([path, text]) => `${path}: ${text}`);
}
const isCommandName = (path: string) => /^\S+ commands \S+ name$/.test(path);
const isOptionName = (path: string) => /^\S+ commands \S+ options \S+ name$/.test(path);
const isDescription = (path: string) => / commands .* description$/.test(path);
/** What may be typed for a choice: each language has as many words for it as it has. */
const isChoice = (path: string) => /^\S+ choices \S+ \d+$/.test(path);
const isFurtherWord = (path: string) => isChoice(path) && !path.endsWith(" 0");
const isName = (path: string) => isCommandName(path) || isOptionName(path);

describe.each([standard, ...translations])("the words of %s", (locale) => {
  const words = wordsOf(locale);

  it("are plain text that ICU can read", () => {
    expect(faults(words, (text) => !reads(text, locale))).toEqual([]);
    expect(faults(words, (text) => /\*\*|__|`|~~|<\/?[a-z]|&#?\w+;|\]\(/i.test(text))).toEqual([]);
    // An apostrophe before one of these makes ICU read what follows as it stands.
    expect(faults(words, (text) => /'[{}#|']/.test(text))).toEqual([]);
  });

  it("are whole with every value they can be given", () => {
    const broken = [...words].flatMap(([path, text]) => {
      const said = [...spoken(text, locale)].find((line) => /[{}#]|\bundefined\b|\S {2}|“”|„“|«\s*»| [.,]/.test(line));
      return said === undefined ? [] : [`${path}: ${said}`];
    });
    expect(broken).toEqual([]);
  });

  it("have only the plurals that their language has", () => {
    const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions();
    expect(faults(words, (text) => categoriesOf(text, locale).some((key) => !isOneOf(key, pluralCategories)))).toEqual(
      [],
    );
  });

  it("name commands as every platform takes them, each once", () => {
    // Telegram takes lower-case Latin letters, digits and underscores alone: https://core.telegram.org/bots/api#botcommand
    expect(faults(words, (text, path) => isCommandName(path) && !/^[a-z0-9-]{1,32}$/.test(unaccented(text)))).toEqual(
      [],
    );
    expect(faults(words, (text, path) => isOptionName(path) && !/^[\p{Ll}\p{Lo}\p{N}_-]{1,32}$/u.test(text))).toEqual(
      [],
    );
    expect(faults(words, (text, path) => isDescription(path) && text.length > 100)).toEqual([]);
    const specs = registry.specs(locale);
    expect(twice(specs.map((spec) => unaccented(spec.name)))).toEqual([]);
    for (const spec of specs) expect(twice(spec.options.map((option) => option.name)), spec.name).toEqual([]);
  });

  it("name what an error is about, a volume that a player refuses among it", () => {
    const t = i18n.translator("core", locale);
    const said = t("error.InvalidInput.range", {
      field: i18n.has("core", locale, "field.volume") ? t("field.volume") : "none",
      given: "900",
      bounds: "both",
      min: 0,
      max: 100,
    });
    expect(said).toContain(t("field.level"));
  });

  it("point to commands that there are", () => {
    const names = new Set(registry.specs(locale).map((spec) => spec.name));
    const named = [...words.values()].flatMap((text) => [...text.matchAll(/[“„«]\s*\/([\p{L}\d-]+)/gu)]);
    expect(named.length).toBeGreaterThan(0);
    expect(named.map(([, name = ""]) => name).filter((name) => !names.has(name))).toEqual([]);
  });

  it("show a sentence to say wherever English has one, never an empty one", () => {
    const said = (of: string) =>
      new Map(registry.commands(of).map(({ intent, examples }) => [intent, examples.filter(Boolean).length]));
    const here = said(locale);
    for (const [intent, count] of said(standard))
      expect(here.get(intent) ?? 0, intent).toBeGreaterThanOrEqual(Math.min(count, 1));
  });
});

describe.each(translations)("the translation into %s", (locale) => {
  const words = wordsOf(locale);

  it("has the files and keys of English, and no others", () => {
    const names = (of: string) => readdirSync(join(folder, of)).filter((name) => name.endsWith(".json"));
    expect(names(locale)).toEqual(names(standard));
    const missing = [...original.keys()].filter((path) => !words.has(path) && !isFurtherWord(path));
    const extra = [...words.keys()].filter((path) => !original.has(path) && !isFurtherWord(path));
    expect({ missing, extra }).toEqual({ missing: [], extra: [] });
    for (const name of names(standard)) {
      const { help } = readTree(standard, name);
      if (typeof help === "object") expect(readTree(locale, name).help, name).toMatchObject({ order: help.order });
    }
  });

  // A language without a grammar is read as English, and rightly shows English sentences.
  it.runIf(languagesIn().includes(locale))("has sentences of its own for whatever English has some for", () => {
    const own = (of: string) => [...(files.get(of)?.values() ?? [])].flatMap(({ examples }) => Object.keys(examples));
    expect(own(locale).sort()).toEqual(own(standard).sort());
    const said = (of: string) => registry.commands(of).flatMap(({ examples }) => examples);
    // A bare word such as "pause" is the same in several languages.
    expect(said(locale).filter((say) => say.includes(" ") && said(standard).includes(say))).toEqual([]);
  });

  it("takes the values and tells apart the cases that English does", () => {
    const differing = [...original].flatMap(([path, text]) => {
      const [theirs, ours] = [shapeOf(text, standard).join("; "), shapeOf(words.get(path) ?? "", locale).join("; ")];
      return theirs === ours ? [] : [`${path}: ${theirs} | ${ours}`];
    });
    expect(differing).toEqual([]);
  });

  it("leaves no English", () => {
    const same = faults(
      words,
      (text, path) =>
        !isChoice(path) &&
        text === original.get(path) &&
        /\p{L}/u.test(text.replace(/\{[^{}]*\}/g, "")) &&
        !alike(locale).has(text),
    );
    expect(same).toEqual([]);
    expect(faults(words, (text) => english.test(text))).toEqual([]);
  });

  it("is about as long as English", () => {
    const room = (path: string) => (original.get(path)?.length ?? 0) * 1.6 + 20;
    expect(faults(words, (text, path) => !isName(path) && text.length > room(path))).toEqual([]);
  });

  it("writes the quotation marks of its language, in pairs, and apostrophes that ICU leaves alone", () => {
    expect(faults(words, (text) => /['"]/.test(text))).toEqual([]);
    const [open = "", close = ""] = quotes[locale] ?? [];
    const count = (text: string, mark: string) => text.split(mark).length;
    expect(faults(words, (text) => count(text, open) !== count(text, close))).toEqual([]);
    const others = ["„", "“", "”", "«", "»"].filter((mark) => mark !== open && mark !== close);
    expect(faults(words, (text) => others.some((mark) => text.includes(mark)))).toEqual([]);
    // A line must not end before one of these: the space there is U+00A0.
    expect(faults(words, (text) => / [:;?!%»]|« /.test(text))).toEqual([]);
  });

  it("speaks to a person as a friend does", () => {
    expect(faults(words, (text) => formal[locale]?.test(text))).toEqual([]);
  });

  it("is what a person of that language is answered in, with their words read by English where it has no grammar", async () => {
    const talk = await startConversation({ language });
    const anna = talk.user("anna", { locale });
    const t = i18n.translator("core", locale);
    const sentences = new Map<string, string>();
    for (const { skill, examples } of registry.commands(locale))
      if (examples[0] !== undefined && !sentences.has(skill)) sentences.set(skill, examples[0]);
    const [first = "", second = "", third = ""] = sentences.values();
    const lost = await anna.says("flibber the gibbet");
    expect(lost?.text).toBe(t("unsure", { first, second, third }));
    expect(lost?.text).not.toMatch(/“”|„“|«\s*»/);
    const lyrics = i18n.translator("lyrics", locale)("not_here", { provider: "", shared: "yes" });
    expect((await anna.says("show me the lyrics"))?.text).toContain(lyrics);
    const [intro = ""] = i18n.translator("help", locale)("intro", { shared: "yes", player: "|" }).split("|");
    expect((await anna.sends("help"))?.text).toContain(intro);
  });
});

it("what the web chat suggests is understood in every language that has a grammar", () => {
  const parser = createLanguage();
  for (const locale of parser.locales)
    for (const text of Object.values(readTree(locale, "web.json").try ?? {}))
      expect(parser.parse(String(text), { locale }).intent, `${locale}: ${text}`).not.toBe("none");
});

function reads(text: string, locale: string): boolean {
  try {
    return messageOf(text, locale).getAst().length > 0;
  } catch {
    return false;
  }
}

function unaccented(name: string): string {
  return name.normalize("NFKD").replace(/\p{M}/gu, "");
}

function isOneOf(key: string, list: readonly string[]): boolean {
  return list.includes(key);
}

function twice(names: readonly string[]): string[] {
  return names.filter((name, at) => names.indexOf(name) !== at);
}
