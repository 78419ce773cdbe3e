import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type SlotName, slotSchemas, vocabulary } from "../../../src/contracts/vocabulary.ts";
import { createLanguage } from "../../../src/language/index.ts";
import { inputsHash, languagesIn, loadSpeech, speechFile } from "../../../src/language/load.ts";
import { readMessages } from "../../../src/language/messages.ts";
import { trainingSettings } from "../../../src/language/teach.ts";
import { speechSettings } from "../../../src/language/teach-speech.ts";
import { tokenise } from "../../../src/language/tokens.ts";

describe.each(languagesIn())("what was learnt from messages in %s", (locale) => {
  it("is made from the files as they are (else: npm run train), and is small", () => {
    expect(loadSpeech(locale)?.inputs).toBe(inputsHash(locale, [trainingSettings, speechSettings]));
    expect(statSync(speechFile(locale)).size).toBeLessThan(700_000);
  });

  it("comes from messages whose marks are slots of their intents, or say how a value is meant", () => {
    const messages = readMessages(locale, tokenise);
    expect(messages.length).toBeGreaterThan(2_000);
    for (const { intent, marks, text } of messages) {
      expect(text).not.toMatch(/[{}|]/);
      for (const { slot, value } of marks) {
        expect(vocabulary[intent], `${intent}: ${text}`).toContain(slot);
        // Of a place in a track the words say which way it goes.
        if (value !== undefined && slot !== "offset_s")
          expect(slotSchemas[slot as SlotName].safeParse(value).success, `${slot}=${value}: ${text}`).toBe(true);
      }
    }
  });
});

describe("what no pattern has", () => {
  const language = createLanguage();
  const parse = (locale: string, text: string) => {
    const { intent, slots, confidence } = language.parse(text, { locale });
    if (intent !== "none") expect(confidence, text).toBeGreaterThanOrEqual(0.5);
    return { intent, slots };
  };

  it.each<[string, string, string, object]>([
    ["en", "90s hip hop, go", "playback.play", { decade: "1990s", genre: "hip hop" }],
    ["en", "keep repeating the whole playlist", "playback.repeat", { mode: "context" }],
    ["en", "stop repeating this song please man", "playback.repeat", { mode: "off" }],
    ["fr", "un ptit Joe Dassin à mettre dans la file stp", "queue.add", { artist: "Joe Dassin" }],
    ["fr", "y a quoi de prévu dans la queue ensuite", "queue.show", {}],
    ["fr", "les albums que j’ai le plus écoutés en 2023", "history.top", { period: "2023", type: "albums" }],
    ["de", "mach in zehn minuten die musik aus bitte", "playback.sleep", { minutes: 10 }],
    ["es", "bájale un poco tío", "volume.down", { size: "small" }],
  ])("%s: %s", (locale, text, intent, slots) => {
    expect(parse(locale, text)).toEqual({ intent, slots });
  });

  it.each([
    ["en", "that interview with rick rubin was actually really interesting"],
    ["de", "digga die neue folge war so gut"],
    ["fr", "on se fait un resto ce soir"],
    ["es", "qué temazo sonó anoche en la fiesta"],
  ])("%s: is silent on %s", (locale, text) => {
    expect(parse(locale, text)).toEqual({ intent: "none", slots: {} });
  });

  it("takes bounded time for a message of many parts", () => {
    const text = "yo bot, und dann mal so, ".repeat(20);
    const start = performance.now();
    parse("de", text);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
