import { describe, expect, it } from "vitest";
import { loadDeviceWords } from "../../../src/language/index.ts";
import { houseWords } from "../../../src/music/device-names.ts";
import { calledSo, nameIn } from "../../../src/music/player-names.ts";

const words = houseWords(loadDeviceWords());

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
    const fillers = words.languages.flatMap((language) => language.fillers);
    expect(fillers.filter((filler) => kinds.includes(filler))).toEqual([]);
    expect(words.joined.filter((tail) => !kinds.includes(tail))).toEqual([]);
  });

  it("are single words, since a name is compared word by word", () => {
    const small = words.languages.flatMap(({ fillers, at, articles }) => [...fillers, ...at, ...articles]);
    const single = [...Object.values(words.kinds).flat(), ...words.joined, ...small];
    expect(single.filter((word) => word.includes(" "))).toEqual([]);
  });
});

describe("a player named at the end of a sentence", () => {
  const called = {
    providers: ["Tunes"],
    players: ["Küche", "Salón", "Atelier", "Home", "Bar", "Garage", "Studio", "Cuisine", "The Loft"],
  };

  it.each([
    ["de", "spiel was von Queen in der Küche", "Küche"],
    ["de", "mach das auf meiner Küche", "Küche"],
    ["de", "spiel das über die Küche!", "Küche"],
    ["es", "pon algo de Queen en el salón", "Salón"],
    ["fr", "mets du jazz dans mon atelier", "Atelier"],
    ["fr", "mets du jazz dans l’atelier", "Atelier"],
    ["fr", "mets du jazz à la cuisine", "Cuisine"],
    ["fr", "mets du jazz À LA CUISINE".normalize("NFD"), "Cuisine"],
    ["en", "play some jazz in the loft", "The Loft"],
    ["en", "play it in the kitchen", undefined],
    ["de", "spiel Tanz der Küche", undefined],
    ["es", "pon la vida del salón", undefined],
    ["fr", "mets la chanson de l’atelier", undefined],
    // What says where in one language is a plain word of another.
    ["en", "play a house is not a home", undefined],
    ["en", "play an irish guy walks into a bar", undefined],
    ["en", "play love in a garage", undefined],
    ["en", "play who i am studio", undefined],
    ["fr", "mets il y a la cuisine", undefined],
  ])("%s: %s", (locale, text, name) => {
    expect(nameIn({ text, locale }, called, words)).toBe(name);
  });

  it.each([
    ["meine Küche", "Küche"],
    ["mi salón", "Salón"],
    ["l’atelier", "Atelier"],
    ["the loft", "The Loft"],
  ])("%s is said in any language where nothing else is said", (text, name) => {
    expect(nameIn({ text, locale: "en" }, called, words)).toBe(name);
  });
});

describe("a player whose name holds a small word of another language", () => {
  const players = [
    { id: "den", names: ["Den Speaker"] },
    { id: "mi", names: ["Mi TV"] },
    { id: "loft", names: ["Loft"] },
  ];

  it.each([
    ["the den speaker", ["den"]],
    ["mi tv", ["mi"]],
    ["the speaker", []],
    ["den fernseher", []],
    ["my tv", []],
  ])("%s", (said, ids) => {
    expect(calledSo(said, players, words).map(({ id }) => id)).toEqual(ids);
  });
});
