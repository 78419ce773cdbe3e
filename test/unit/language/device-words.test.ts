import { describe, expect, it } from "vitest";
import { loadDeviceWords } from "../../../src/language/index.ts";
import { foldedWords } from "../../../src/music/device-names.ts";
import { nameIn } from "../../../src/music/player-names.ts";

const words = foldedWords(loadDeviceWords());

describe("words for devices, of all languages together", () => {
  it.each([
    ["phone", "phone", "handy", "movil", "telephone"],
    ["computer", "laptop", "rechner", "ordenador", "ordinateur"],
    ["speaker", "speaker", "lautsprecher", "altavoz", "enceinte"],
    ["tv", "tv", "fernseher", "tele", "television"],
    ["automobile", "car", "auto", "coche", "voiture"],
    ["game_console", "console", "konsole", "consola", "console"],
  ])("name the %s", (kind, ...said) => {
    expect(words.kinds[kind]).toEqual(expect.arrayContaining(said));
  });

  it("never leave out before comparing what names a kind of device", () => {
    const kinds = Object.values(words.kinds).flat();
    expect(words.fillers.filter((filler) => kinds.includes(filler))).toEqual([]);
    expect(words.joined.filter((tail) => !kinds.includes(tail))).toEqual([]);
  });

  it("are single words, since a name is compared word by word", () => {
    const single = [...Object.values(words.kinds).flat(), ...words.joined, ...words.fillers, ...words.at];
    expect(single.filter((word) => word.includes(" "))).toEqual([]);
  });
});

describe("a player named at the end of a sentence", () => {
  const called = { providers: ["Tunes"], players: ["Küche", "Salón", "Atelier"] };

  it.each([
    ["spiel was von Queen in der Küche", "Küche"],
    ["mach das auf meiner Küche", "Küche"],
    ["pon algo de Queen en el salón", "Salón"],
    ["mets du jazz dans mon atelier", "Atelier"],
    ["mets du jazz dans l’atelier", "Atelier"],
    ["play it in the kitchen", undefined],
    ["spiel Tanz der Küche", undefined],
    ["pon la vida del salón", undefined],
    ["mets la chanson de l’atelier", undefined],
  ])("%s", (text, name) => {
    expect(nameIn(text, called, words)).toBe(name);
  });
});
