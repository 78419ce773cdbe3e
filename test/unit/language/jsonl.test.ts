import { describe, expect, it } from "vitest";
import { parseLines } from "../../../src/language/index.ts";
import { language } from "./tables.ts";

async function* each(lines: readonly string[]): AsyncIterable<string> {
  yield* lines;
}

async function answers(...lines: string[]): Promise<unknown[]> {
  const found: unknown[] = [];
  await parseLines(language, {
    input: each(lines),
    output: (line) => found.push(JSON.parse(line)),
    defaultLocale: "en",
  });
  return found;
}

describe("parse --jsonl", () => {
  it("answers each line with text, intent, slots and confidence", async () => {
    expect(await answers('{"text":"play hello by adele"}', '{"text":"pause","locale":"en"}')).toEqual([
      {
        text: "play hello by adele",
        intent: "playback.play",
        slots: { track: "hello", artist: "adele" },
        confidence: expect.any(Number),
      },
      { text: "pause", intent: "playback.pause", slots: {}, confidence: expect.any(Number) },
    ]);
  });

  it("hears the context", async () => {
    const line = JSON.stringify({ text: "the second one", context: { previous: "Which one?", state: { choices: 3 } } });
    expect(await answers(line)).toMatchObject([{ intent: "followup.select", slots: { index: 2 } }]);
  });

  it("answers a line that is no request with an error of its own, and goes on", async () => {
    const found = await answers(
      "",
      "nonsense",
      "[]",
      '{"text":5}',
      "null",
      '"play"',
      `{"text":"${"a".repeat(70_000)}"}`,
      '{"text":"pause"}',
    );
    expect(found.slice(0, -1)).toEqual(Array.from({ length: 6 }, () => ({ error: expect.any(String) })));
    expect(found.at(-1)).toMatchObject({ intent: "playback.pause" });
  });

  it("takes a context of any shape for what it can", async () => {
    const line = JSON.stringify({ text: "pause", context: { state: { choices: "many", last: 7 } } });
    expect(await answers(line)).toMatchObject([{ intent: "playback.pause" }]);
  });
});
