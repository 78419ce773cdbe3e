import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createI18n, readLocales } from "../../../src/core/i18n.ts";
import { createRegistry, loadSkills } from "../../../src/core/registry.ts";
import { readSlash } from "../../../src/core/slash.ts";
import { createLanguage } from "../../../src/language/index.ts";
import { root } from "../../house/source.ts";
import { silentLog } from "../../support/log.ts";

const skills = await loadSkills(join(root, "skills"));
const files = await readLocales(
  join(root, "locales"),
  skills.map((skill) => skill.name),
);
const i18n = createI18n({ files, fallback: "en", strict: true, log: silentLog });
const registry = createRegistry(skills, i18n);
const language = createLanguage();
const read = (text: string, locale = "en") =>
  readSlash(text, locale, { locales: i18n.locales, specs: registry.specs, language });

describe("a typed command", () => {
  it.each([
    ["/pause", "playback.pause", {}],
    ["/next@segue_bot", "playback.next", {}],
    ["/volume 30", "volume.set", { level: 30 }],
    ["/volume 30 kitchen", "volume.set", { level: 30, device: "kitchen" }],
    ['/volume percent:30 device:"kitchen speaker"', "volume.set", { level: "30", device: "kitchen speaker" }],
    ["/playlist-rename gym sweat it out", "playlist.rename", { playlist: "gym", name: "sweat it out" }],
    ['/playlist-rename "road trip" summer', "playlist.rename", { playlist: "road trip", name: "summer" }],
    ['/playlist-create name:"Party 2026" public:yes', "playlist.create", { name: "Party 2026", public: true }],
    ["/queue-move 3 1", "queue.move", { from: "3", to: "1" }],
    ["/operator ABCD-EFGH-JKMN", "account.operator", { code: "ABCD-EFGH-JKMN" }],
  ])("%s", (text, intent, slots) => {
    const command = read(text);
    expect(command).toMatchObject({ intent });
    const { readings: _, ...plain } = command && "slots" in command ? command.slots : {};
    expect(plain).toEqual(slots);
    const { skill } = registry.handler(intent) ?? {};
    expect(skill?.intents[intent]?.safeParse(plain).success).toBe(true);
  });

  it("reads what follows as the sentence it makes", () => {
    expect(read("/play hello by adele on the kitchen speaker")).toMatchObject({
      intent: "playback.play",
      slots: { track: "hello", artist: "adele", device: "kitchen speaker" },
    });
    expect(read("/search daft punk")).toMatchObject({ intent: "search.query", slots: { query: "daft punk" } });
  });

  it("may be the first of several wishes, and no name of a song is taken for one", () => {
    expect(read("/play yesterday by the beatles, then turn it down a bit")).toEqual({
      sentence: "play yesterday by the beatles, then turn it down a bit",
      locale: "en",
    });
    expect(read("/play now and then by the beatles")).toMatchObject({ slots: { track: "now and then" } });
    expect(read("/search pause, then play")).toEqual({ intent: "search.query", slots: { query: "pause, then play" } });
  });

  it.each([
    ["/lautstärke 30", "en"],
    ["/lautstarke 30", "en"],
    ["/lautstarke 30", "de"],
    ["/Lautstärke 30", "fr"],
    ["/volume 30", "de"],
    ["/volume prozent:30", "de"],
    ["/lautstärke percent:30", "en"],
  ])("has its name in any language, as the client shows it: %s to somebody answered in %s", (text, locale) => {
    const command = read(text, locale);
    expect(command).toMatchObject({ intent: "volume.set" });
    expect(Number(command && "slots" in command && command.slots.level)).toBe(30);
  });

  it("means what the name is in the asker's own language first", () => {
    const of = (locale: string) => i18n.locales.filter((each) => each !== locale);
    for (const locale of i18n.locales)
      for (const { name, intent } of registry.specs(locale)) {
        expect(read(`/${name}`, locale)).toMatchObject({ intent });
        for (const other of of(locale)) expect(read(`/${name}`, other)).toHaveProperty("intent");
      }
  });

  it.each([
    ["/private 2 hours", "en", { minutes: 120 }],
    ["/private 1h", "en", { minutes: 60 }],
    ["/private half an hour", "en", { minutes: 30 }],
    ["/private minutes:2h", "en", { minutes: 120 }],
    ["/privat 2 stunden", "de", { minutes: 120 }],
    ["/privado 2 horas", "es", { minutes: 120 }],
    ["/privé une heure et demie", "fr", { minutes: 90 }],
    ["/private 2 stunden", "en", { minutes: 120 }],
    ["/sleep 2 hours", "en", { minutes: 120 }],
    ["/private 30", "en", { minutes: "30" }],
    ["/private off", "en", { state: "off" }],
    ["/privat aus", "de", { state: "off" }],
    ["/privado no", "es", { state: "off" }],
    ["/privé off", "fr", { state: "off" }],
    ["/mitschreiben aus", "de", { state: "off" }],
    ["/rückblick woche aus", "de", { every: "week", state: "off" }],
    ["/weiterleiten aus", "de", { state: "off" }],
    ["/weiterleiten listenbrainz aus", "de", { service: "listenbrainz", state: "off" }],
    ["/bild jahr", "de", { picture: "year" }],
    ["/ansagen stopp", "de", { what: "stop" }],
    ["/ansagen aus", "de", { what: "off" }],
    ["/anunciar parar", "es", { what: "stop" }],
    ["/rückblick wöchentlich aus", "de", { every: "week", state: "off" }],
    ["/top songs", "en", { type: "tracks" }],
    ["/picture songs", "en", { picture: "top" }],
    ["/search artist", "en", { query: "artist" }],
  ])("is read in people's own words: %s", (text, locale, slots) => {
    const command = read(text, locale);
    const { readings: _, ...plain } = command && "slots" in command ? command.slots : {};
    expect(plain).toEqual(slots);
  });

  it.each([
    "/private 1e3",
    "/private 0x10",
    "/private minutes:1e3",
    "/private 2 bananas",
    "/private 1.5 hours",
    "/queue-move 3 1 x",
  ])("takes no number out of what is more than one: %s", (text) => {
    const command = read(text);
    const { intent, slots } = command && "slots" in command ? command : { intent: "", slots: {} };
    expect(registry.handler(intent)?.schema.safeParse(slots).success).toBe(false);
  });

  it("may be typed without a dash", () => {
    expect(read("/skip_to 3")).toEqual(read("/skip-to 3"));
    expect(read("/skip_to 3")).toHaveProperty("intent");
  });

  it("is known by its name alone", () => {
    expect(read("/dance wildly")).toEqual({ unknown: "dance" });
    for (const text of ["pause", "and/or", "/", "//", "/ pause", "/PAUSE!", "1/2"]) expect(read(text)).toBeUndefined();
  });
});
