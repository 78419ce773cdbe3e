import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { ParseContext } from "../../../src/contracts/language.ts";
import { createLanguage } from "../../../src/language/index.ts";

const root = join(import.meta.dirname, "../../..");
const language = createLanguage({ names: ["segue"], services: ["spotify"] });

/** What a native would write. Without `slots` only the intent is asked for; `multi` lists the intents of its commands. */
const rowSchema = z.object({
  text: z.string(),
  intent: z.string(),
  slots: z.record(z.string(), z.unknown()).optional(),
  context: z.custom<ParseContext>((value) => typeof value === "object").optional(),
});

const same = (value: unknown): string => JSON.stringify(value).toLowerCase();
const ordered = (slots: object): unknown => Object.entries(slots).sort(([a], [b]) => (a < b ? -1 : 1));

function measure(locale: string): { intents: number; slots: number; wrong: string[]; triggers: string[] } {
  const lines = readFileSync(join(root, `test/fixtures/language/${locale}-dev.jsonl`), "utf8")
    .trim()
    .split("\n");
  const rows = lines.map((line) => rowSchema.parse(JSON.parse(line)));
  const wrong: string[] = [];
  const triggers: string[] = [];
  let [intents, slots] = [0, 0];
  const commands = rows.filter(({ intent }) => intent !== "none");
  const exact = commands.filter((row) => row.slots !== undefined);
  for (const row of rows) {
    const parsed = language.parse(row.text, { locale, ...(row.context ? { context: row.context } : {}) });
    if (row.intent === "none") {
      if (parsed.intent !== "none") triggers.push(`${row.text}: ${parsed.intent}`);
      continue;
    }
    if (parsed.intent !== row.intent) {
      wrong.push(`${row.text}: ${parsed.intent}`);
      continue;
    }
    intents++;
    const { commands: several, ...single } = parsed.slots;
    const found = several ? { commands: several.map(({ intent }) => intent) } : single;
    if (row.slots && same(ordered(found)) === same(ordered(row.slots))) slots++;
  }
  expect(commands.length).toBeGreaterThanOrEqual(250);
  expect(rows.length - commands.length).toBeGreaterThanOrEqual(80);
  return { intents: intents / commands.length, slots: slots / exact.length, wrong, triggers };
}

/** Measured, less a little: a change that loses more than that is no improvement. */
const floors = [
  ["de", 0.98, 0.98],
  ["es", 0.98, 0.97],
  ["fr", 0.97, 0.97],
] as const;

describe.each(floors)("%s", (locale, leastIntents, leastSlots) => {
  it("is understood as natives write it, and its chatter is left alone", () => {
    const { intents, slots, wrong, triggers } = measure(locale);
    expect(triggers).toEqual([]);
    expect(intents, wrong.join("\n")).toBeGreaterThanOrEqual(leastIntents);
    expect(slots).toBeGreaterThanOrEqual(leastSlots);
  });

  it("is no wall: who writes English is understood, too", () => {
    const parse = (text: string): unknown => language.parse(text, { locale }).intent;
    expect(parse("turn it up")).toBe("volume.up");
    expect(parse("play hello by adele")).toBe("playback.play");
    expect(parse("we should move the meeting to thursday")).toBe("none");
  });
});

// The sentences that replies and pages quote: a person who copies one must be understood.
it.each([
  ["de", "Verbinde mein Konto", "account.link"],
  ["de", "„Konto trennen“", "account.unlink"],
  ["de", "Ist mein Konto verbunden?", "account.status"],
  ["de", "Erstelle eine Playlist namens Sommer", "playlist.create"],
  ["de", "Füge das zu Sommer hinzu", "playlist.add"],
  ["de", "30 Sekunden zurück", "playback.seek"],
  ["de", "Geh zu 1:20", "playback.seek"],
  ["de", "Was läuft gerade?", "nowplaying.query"],
  ["de", "lauter", "volume.up"],
  ["es", "conecta mi cuenta", "account.link"],
  ["es", "Desconecta mi cuenta", "account.unlink"],
  ["es", "¿Está conectada mi cuenta?", "account.status"],
  ["es", "crea una playlist llamada Verano", "playlist.create"],
  ["es", "añade esto a Verano", "playlist.add"],
  ["es", "30 segundos atrás", "playback.seek"],
  ["es", "ve a 1:20", "playback.seek"],
  ["es", "¿qué suena?", "nowplaying.query"],
  ["es", "sube el volumen", "volume.up"],
  ["fr", "connecte mon compte", "account.link"],
  ["fr", "déconnecte mon compte", "account.unlink"],
  ["fr", "est-ce que mon compte est connecté ?", "account.status"],
  ["fr", "crée une playlist appelée Été", "playlist.create"],
  ["fr", "ajoute ça à Été", "playlist.add"],
  ["fr", "30 secondes en arrière", "playback.seek"],
  ["fr", "va à 1:20", "playback.seek"],
  ["fr", "qu’est-ce qui passe ?", "nowplaying.query"],
  ["fr", "plus fort", "volume.up"],
])("%s: what we quote is understood: %s", (locale, text, intent) => {
  expect(language.parse(text, { locale }).intent).toBe(intent);
});

it.each([
  ["de", "kannst du bitte mal was von Queen spielen?", "playback.play", { artist: "Queen" }],
  ["de", "spiel Hello auf Küche", "playback.play", { track: "Hello", device: "Küche" }],
  ["de", "spiel Hello bei mir in der Küche", "playback.play", { track: "Hello", device: "Küche" }],
  ["de", "spiel Hello auf dem Laptop von Anna", "playback.play", { track: "Hello", device: "Laptop von Anna" }],
  ["de", "spiel zufällig Queen", "playback.play", { shuffle: "on", track: "Queen" }],
  ["de", "kannst du hello in die warteschlange packen", "queue.add", { track: "hello" }],
  ["de", "meine Top-Künstler letzten Monat", "history.top", { type: "artists", period: "last_month" }],
  ["de", "mach lauter auf 60%", "volume.set", { level: 60 }],
  ["es", "canciones favoritas", "playback.play", { library: "liked" }],
  ["es", "q suena ahora", "nowplaying.query", {}],
  ["es", "ke suena", "nowplaying.query", {}],
  ["de", "verschieb 3 auf 1", "queue.move", { from: 3, to: 1 }],
  ["de", "schieb die 3 an die erste Stelle", "queue.move", { from: 3, to: 1 }],
  ["de", "doch nicht aufhören", "playback.stay_awake", {}],
  ["de", "finde Songs, die Hello heißen", "search.query", { query: "Hello", type: "track" }],
  ["es", "pon Hello en la cocina", "playback.play", { track: "Hello", device: "cocina" }],
  ["es", "pon Hello en el portátil de Ana", "playback.play", { track: "Hello", device: "portátil de Ana" }],
  ["es", "mueve la 3 a la 1", "queue.move", { from: 3, to: 1 }],
  ["es", "mueve la tres a la primera", "queue.move", { from: 3, to: 1 }],
  ["es", "pon Yesterday en la cola", "queue.add", { track: "Yesterday" }],
  ["fr", "mets Hello sur l’enceinte du salon", "playback.play", { track: "Hello", device: "enceinte du salon" }],
  ["fr", "mets Hello en cuisine", "playback.play", { track: "Hello", device: "cuisine" }],
  ["fr", "mets Hello au salon", "playback.play", { track: "Hello", device: "salon" }],
  ["fr", "mets Hello sur le portable d’Anna", "playback.play", { track: "Hello", device: "portable d’Anna" }],
  ["fr", "déplace la 3 en 1", "queue.move", { from: 3, to: 1 }],
  ["fr", "mets plutôt du rock", "playback.play", { genre: "rock" }],
])("%s: %s", (locale, text, intent, slots) => {
  const parsed = language.parse(text, { locale });
  expect([parsed.intent, parsed.slots]).toEqual([intent, slots]);
});

it("a new wish in the middle of a conversation is no change of the last one", () => {
  const context = { previous: "♪", state: { last: { intent: "playback.play", slots: { track: "Hello" } } } } as const;
  expect(language.parse("mets du jazz", { locale: "fr", context })).toMatchObject({
    intent: "playback.play",
    slots: { genre: "jazz" },
  });
  expect(language.parse("non, de Queen", { locale: "fr", context })).toMatchObject({
    intent: "followup.refine",
    slots: { artist: "Queen" },
  });
});

it("a title is not read as chosen by how the queue is spoken of", () => {
  const [best, ...others] = language.parse("pon Yesterday en la cola", { locale: "es" }).readings;
  const rival = others.find(({ slots }) => slots.track === "pon Yesterday");
  // From nine tenths on, a reading has a say in what is searched for.
  expect(rival?.score ?? 0).toBeLessThan(0.9 * (best?.score ?? 0));
});

it("a fifth language is files alone, beside the others", () => {
  const folder = mkdtempSync(join(tmpdir(), "languages-"));
  try {
    for (const locale of ["de", "en", "es", "fr"])
      cpSync(join(root, `locales/${locale}/language`), join(folder, `${locale}/language`), { recursive: true });
    mkdirSync(join(folder, "eo/language"), { recursive: true });
    cpSync(join(root, "locales/en/language/words.json"), join(folder, "eo/language/words.json"));
    const grammar = { intents: { "playback.pause": ["paŭzu [la muzikon]"], "playback.play": ["ludu {track}"] } };
    writeFileSync(join(folder, "eo/language/all.json"), JSON.stringify(grammar));
    const five = createLanguage({ folder: pathToFileURL(`${folder}/`) });
    const parse = (text: string, locale: string): unknown => five.parse(text, { locale }).intent;
    expect(five.locales).toEqual(["de", "en", "eo", "es", "fr"]);
    expect(parse("Paŭzu la muzikon!", "eo")).toBe("playback.pause");
    expect(parse("ludu hejmo", "eo-XX")).toBe("playback.play");
    expect(parse("paŭzu la muzikon", "fr")).toBe("none");
    expect(parse("lauter", "de-AT")).toBe("volume.up");
    expect(parse("louder", "pt")).toBe("volume.up");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it.each([
  [
    "de",
    "füge Hello von Adele zur Warteschlange in der Küche hinzu",
    { track: "Hello", artist: "Adele", device: "Küche" },
  ],
  ["es", "añade Hello de Adele a la cola en la cocina", { track: "Hello", artist: "Adele", device: "cocina" }],
  [
    "fr",
    "ajoute Hello d’Adele à la file d’attente dans la cuisine",
    { track: "Hello", artist: "Adele", device: "cuisine" },
  ],
])("%s: what is queued may be queued elsewhere: %s", (locale, text, slots) => {
  const { intent, slots: found } = language.parse(text, { locale });
  expect([intent, found]).toEqual(["queue.add", slots]);
});

it("es: a number after “sube a” is a volume, a place is none", () => {
  expect(language.parse("sube a 30", { locale: "es" })).toMatchObject({ intent: "volume.set", slots: { level: 30 } });
  expect(language.parse("sube a casa", { locale: "es" }).intent).toBe("none");
});

it.each([
  ["de", "öffne iTunes und spiel Hello von Adele"],
  ["es", "abre iTunes y pon Hello de Adele"],
  ["fr", "ouvre iTunes et mets Hello d’Adele"],
])("%s: the name of another service asks for nothing: %s", (locale, text) => {
  expect(language.parse(text, { locale })).toMatchObject({
    intent: "playback.play",
    slots: { track: "Hello", artist: "Adele" },
  });
});

it("tells in which language it was read, where that is not the one that was asked for", () => {
  const readIn = (text: string, locale: string) => language.parse(text, { locale }).locale;
  expect(readIn("lauter", "de")).toBeUndefined();
  expect(readIn("lauter", "de-AT")).toBe("de");
  expect(readIn("louder", "pt")).toBe("en");
  expect(readIn("what's playing on the office speaker?", "de")).toBe("en");
});

it("de: “dann” within a command is no part of it", () => {
  const { slots } = language.parse("überspring das und mach dann lauter", { locale: "de" });
  expect(slots.commands?.map(({ intent }) => intent)).toEqual(["playback.next", "volume.up"]);
});
