import { describe, expect, it } from "vitest";
import { createLanguage } from "../../../src/language/index.ts";
import { links, parse, readTable } from "./tables.ts";

describe("warming up", () => {
  const language = createLanguage({ links, names: ["segue"], services: ["spotify"] });

  it("comes to an end in small steps, and then has nothing left to do", () => {
    let steps = 0;
    while (language.warm()) steps++;
    expect(steps).toBeGreaterThan(100);
    expect(steps).toBeLessThan(5_000);
    expect(language.warm()).toBe(false);
  });

  it("changes no answer", () => {
    for (const { text, context } of [...readTable("commands"), ...readTable("conversation")]) {
      const options = context ? { locale: "en", context } : { locale: "en" };
      expect(language.parse(text, options), text).toEqual(parse(text, context));
    }
  });
});

describe("warming that a message interrupts", () => {
  it("goes on where it was, and the message is answered as ever", () => {
    const language = createLanguage({ links, names: ["segue"], services: ["spotify"] });
    for (const { text } of readTable("several")) {
      expect(language.warm()).toBe(true);
      expect(language.parse(text, { locale: "en" })).toEqual(parse(text));
    }
  });
});
