import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCases } from "../../eval/cases.ts";
import { add, emptyScore, type Score } from "../../eval/score.ts";
import { language } from "../language/tables.ts";

const folder = join(import.meta.dirname, "..", "..", "eval", "data");

function scoreOf(name: string): Score {
  const score = emptyScore();
  for (const one of readCases(join(folder, `${name}.jsonl`))) {
    const { intent, slots, confidence } = language.parse(one.text, {
      locale: "en",
      ...(one.context ? { context: one.context } : {}),
    });
    add(score, one, { intent, slots, confidence });
  }
  return score;
}

// A few points below what is measured: a change that costs more than that has broken something.
describe("understanding stays as good as it is", () => {
  it.each([
    ["en-by", 0.96, 0.83],
    ["en-command-titles", 0.96, 0.92],
    ["en-kinds", 0.96, 0.9],
    ["en-versions", 0.88, 0.84],
    ["en-typos", 0.88, 0.8],
    ["en-numbers", 0.96, 0.96],
    ["en-amounts", 0.96, 0.96],
    ["en-several", 0.96, 0.92],
    ["en-register", 0.95, 0.92],
    ["en-messy.test", 0.97, 0.9],
  ])("%s: intents %d, whole frames %d", (name, intents, frames) => {
    const score = scoreOf(name);
    expect(score.cases).toBeGreaterThan(20);
    expect(score.intentRight / score.cases).toBeGreaterThanOrEqual(intents);
    expect(score.frameRight / score.framed).toBeGreaterThanOrEqual(frames);
  });

  it("chatter does not fire", () => {
    const { triggered, idle } = scoreOf("en-chatter");
    expect(idle).toBeGreaterThan(80);
    expect(triggered).toBeLessThanOrEqual(1);
  });
});
