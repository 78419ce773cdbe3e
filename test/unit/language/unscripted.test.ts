import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { vocabulary } from "../../../src/contracts/vocabulary.ts";
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
      for (const { slot } of marks) expect(vocabulary[intent], `${intent}: ${text}`).toContain(slot);
    }
  });
});
