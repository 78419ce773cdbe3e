import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createLanguage } from "../../../src/language/index.ts";

const folder = mkdtempSync(join(tmpdir(), "language-"));
afterAll(() => rmSync(folder, { recursive: true }));

const english = join(import.meta.dirname, "../../../locales/en/language/words.json");

/** Adds a language of a few words: files, no code. */
function addLanguage(
  locale: string,
  grammar: unknown,
  change: (words: Record<string, unknown>) => void = () => {},
): URL {
  const home = join(folder, locale, "language");
  mkdirSync(home, { recursive: true });
  const words = JSON.parse(readFileSync(english, "utf8"));
  change(words);
  writeFileSync(join(home, "words.json"), JSON.stringify(words));
  writeFileSync(join(home, "all.json"), JSON.stringify(grammar));
  return pathToFileURL(`${folder}/`);
}

const toy = {
  rules: { ludi: "(ludu|bonvolu ludi)" },
  intents: {
    "playback.play": [
      ["<ludi> {track}", 0.7],
      ["<ludi> {track} de {artist}", 0.9],
    ].map(([say, score]) => ({ say, score })),
    "playback.pause": ["paŭzu [la muzikon]"],
    "playback.next": ["sekva", "saltu {count:number} kantojn"],
    "volume.set": ["laŭteco {level:level}"],
  },
};

describe("a new language", () => {
  it("is files alone, and works without a trained model", () => {
    const where = addLanguage("eo", toy, (words) => {
      words.numbers = { words: { du: 2, tri: 3 }, tens: {}, hundred: ["cent"], percent: ["elcentoj"] };
    });
    const language = createLanguage({ folder: where });
    const parse = (text: string): unknown[] => {
      const { intent, slots } = language.parse(text, { locale: "eo" });
      return [intent, slots];
    };
    expect(language.locales).toEqual(["eo"]);
    expect(parse("Ludu Hejmo de Kajto")).toEqual(["playback.play", { track: "Hejmo", artist: "Kajto" }]);
    expect(parse("pauzu la muzikon!")).toEqual(["playback.pause", {}]);
    expect(parse("saltu tri kantojn")).toEqual(["playback.next", { count: 3 }]);
    expect(parse("laŭteco 30")).toEqual(["volume.set", { level: 30 }]);
    expect(parse("sekva kaj paŭzu")).toEqual(["none", {}]);
    expect(parse("saluton")).toEqual(["none", {}]);
  });

  it.each([
    ["an unknown rule", { intents: { "playback.pause": ["<nothing>"] } }, /<nothing> is not defined/],
    ["a rule within itself", { rules: { a: "x <a>" }, intents: { "playback.pause": ["<a>"] } }, /contains itself/],
    ["an unknown intent", { intents: { "playback.dance": ["dance"] } }, /not in the vocabulary/],
    ["a slot that the intent has not", { intents: { "playback.pause": ["pause {track}"] } }, /no slot "track"/],
    ["an unknown kind of value", { intents: { "volume.set": ["at {level:colour}"] } }, /no kind of value "colour"/],
    ["an open bracket", { intents: { "playback.pause": ["(pause|stop"] } }, /"\)" is missing/],
    ["a stray bracket", { intents: { "playback.pause": ["pause)"] } }, /closes nothing/],
    ["braces that say nothing", { intents: { "playback.pause": ["pause {a b}"] } }, /not understood/],
    ["an unknown key", { intents: {}, extra: 1 }, /cannot be read/],
  ])("with %s is refused when it is loaded", (_name, grammar, message) => {
    const where = addLanguage("zz", grammar);
    expect(() => createLanguage({ folder: where, locales: ["zz"] })).toThrow(message);
  });
});
