import { describe, expect, it } from "vitest";
import { resolveFollowup } from "../../../src/core/followup.ts";
import type { Recollection } from "../../../src/core/memory.ts";
import { layOver, splitReadings, withReadings } from "../../../src/core/readings.ts";

const hello = withReadings({ intent: "playback.play", slots: { track: "hello" } }, [
  { slots: { track: "hello" }, score: 0.8 },
  { slots: { artist: "hello" }, score: 0.3 },
]);
const after = (command: typeof hello) => ({ last: [command], choices: [] }) as unknown as Recollection;

describe("readings of a command", () => {
  it("keep every slot that fits, whatever another one holds", () => {
    const { readings } = splitReadings({ track: "hello", mode: "replace", deviceId: "d1" });
    expect(readings).toEqual([{ slots: { track: "hello" }, score: 1 }]);
  });

  it("lose those that a correction contradicts", () => {
    const { slots, readings } = splitReadings(layOver(hello, { artist: "lionel richie" }).slots);
    expect(slots).toEqual({ track: "hello", artist: "lionel richie" });
    expect(readings).toEqual([{ slots: { track: "hello", artist: "lionel richie" }, score: 1 }]);
  });

  it("keep the last one there is", () => {
    const { readings } = splitReadings(
      layOver({ intent: "playback.play", slots: { artist: "muse" } }, { artist: "queen" }).slots,
    );
    expect(readings).toEqual([{ slots: { artist: "queen" }, score: 1 }]);
  });
});

describe("a correction", () => {
  it("changes what was asked for, though it can be read in several ways itself", () => {
    const change = withReadings({ intent: "followup.refine", slots: { version: "live" } }, [
      { slots: { version: "live" }, score: 0.9 },
      { slots: { album: "live" }, score: 0.2 },
    ]);
    const resolved = resolveFollowup(change, after(hello));
    expect(resolved).toMatchObject({
      command: { intent: "playback.play", slots: { track: "hello", version: "live" } },
    });
  });
});
