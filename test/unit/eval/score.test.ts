import { describe, expect, it } from "vitest";
import { meaningOf } from "../../eval/mapping.ts";
import { add, emptyScore, judge, slotF1 } from "../../eval/score.ts";

const one = {
  text: "play hello by adele",
  lang: "en",
  intents: ["playback.play"],
  slots: { track: "hello", artist: "adele" },
};

describe("the score of an evaluation", () => {
  it("counts a slot as right only with its exact value, whatever its case", () => {
    const score = emptyScore();
    add(score, one, { intent: "playback.play", slots: { track: "Hello", album: "adele" }, confidence: 1 });
    expect(score).toMatchObject({ cases: 1, intentRight: 1, frameRight: 0, found: 1, wrong: 1, missed: 1 });
    expect(slotF1(score)).toBe(0.5);
  });

  it("does not hold slots against a parser that the source does not annotate", () => {
    const judged = { ...one, judged: ["track"] };
    expect(
      judge(judged, { intent: "playback.play", slots: { track: "hello", device: "tv" }, confidence: 1 }).frame,
    ).toBe(true);
    expect(judge(one, { intent: "playback.play", slots: { track: "hello" }, confidence: 1 }).frame).toBe(false);
  });

  it("takes every command of a message for itself", () => {
    const commands = [
      { intent: "playback.pause", slots: {} },
      { intent: "volume.set", slots: { level: 20 } },
    ];
    const several = { text: "", lang: "en", intents: ["multi"], slots: { commands } };
    expect(judge(several, { intent: "multi", slots: { commands }, confidence: 1 }).frame).toBe(true);
    const other = [commands[0], { intent: "volume.set", slots: { level: 30 } }];
    expect(judge(several, { intent: "multi", slots: { commands: other }, confidence: 1 }).frame).toBe(false);
  });

  it("calls an answer to what is none of the bot's business a false trigger", () => {
    const score = emptyScore();
    const idle = { text: "skip lunch?", lang: "en", intents: ["none"], slots: {} };
    add(score, idle, { intent: "playback.next", slots: {}, confidence: 0.9 });
    add(score, idle, { intent: "none", slots: {}, confidence: 0.9 });
    expect(score).toMatchObject({ idle: 2, triggered: 1 });
  });
});

describe("the names that public sets use", () => {
  const row = (source: string, intent: string, slots: Record<string, unknown> = {}) =>
    meaningOf({ text: "x", lang: "en", intent, slots, source });

  it("become ours", () => {
    expect(
      row("MiuLab/SlotGated-SLU@x", "PlayMusic", { artist: "adele", year: "eighties", sort: "top" }),
    ).toMatchObject({
      intents: ["playback.play", "queue.add"],
      slots: { artist: "adele", decade: "1980s" },
    });
    expect(row("clinc/oos-eval@x", "oos")).toEqual({ intents: ["none"], slots: {} });
    expect(row("OHF-Voice/intents@x", "HassMediaNext")).toEqual({ intents: ["playback.next"] });
  });

  it("are left out where nothing here is meant by them", () => {
    expect(row("MiuLab/SlotGated-SLU@x", "SearchCreativeWork")).toBeUndefined();
    expect(row("somewhere/else@x", "PlayMusic")).toBeUndefined();
  });
});
