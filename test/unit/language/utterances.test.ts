import { describe, expect, it } from "vitest";
import { parse, readTable } from "./tables.ts";

describe.each(["commands", "several", "conversation", "chatter"])("what people say: %s", (table) => {
  it.each(readTable(table))("$text", ({ text, intent, slots = {}, context }) => {
    const parsed = parse(text, context);
    expect({ intent: parsed.intent, slots: parsed.slots }).toEqual({ intent, slots });
  });
});

describe("confidence", () => {
  it("is a probability, above even odds for whatever is acted on", () => {
    for (const table of ["commands", "several", "chatter"]) {
      for (const { text } of readTable(table)) {
        const { intent, confidence } = parse(text);
        expect(confidence, text).toBeLessThanOrEqual(1);
        expect(confidence, text).toBeGreaterThanOrEqual(intent === "none" ? 0 : 0.5);
      }
    }
  });

  it("is higher for a plain command than for one that could be chatter", () => {
    expect(parse("pause").confidence).toBeGreaterThan(parse("find the blue one").confidence);
  });
});
