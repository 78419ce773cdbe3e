import { describe, expect, it } from "vitest";
import { parse } from "./tables.ts";

const slotsOf = (text: string): unknown[] => parse(text).readings.map((reading) => reading.slots);

describe("readings", () => {
  it("keep a bare name as title, artist, album and playlist", () => {
    const slots = slotsOf("play zorblax");
    expect(slots[0]).toEqual({ track: "zorblax" });
    expect(slots).toHaveLength(4);
    for (const kind of ["artist", "album", "playlist"]) expect(slots).toContainEqual({ [kind]: "zorblax" });
  });

  it("put the kind first that a well-known name has, and keep the others", () => {
    const slots = slotsOf("play nirvana");
    expect(slots[0]).toEqual({ artist: "nirvana" });
    expect(slots).toHaveLength(4);
  });

  it('keep the bare name of what was called "the … one"', () => {
    expect(slotsOf("play the zombie one")).toContainEqual({ track: "zombie" });
    expect(slotsOf("play the zombie one")[0]).not.toHaveProperty("artist");
  });

  it("keep every split of X by Y, the likely one first", () => {
    const slots = slotsOf("play stand by me");
    expect(slots[0]).toEqual({ track: "stand by me" });
    expect(slots).toContainEqual({ track: "stand", artist: "me" });
    expect(slotsOf("play hello by adele")).toContainEqual({ track: "hello by adele" });
    expect(slotsOf("play hello by adele")).toContainEqual({ album: "hello", artist: "adele" });
  });

  it("keep a place that no list knows as a faint reading", () => {
    expect(slotsOf("play hello on bertha")[0]).toEqual({ track: "hello on bertha" });
    expect(slotsOf("play hello on bertha")).toContainEqual({ track: "hello", device: "bertha" });
    expect(slotsOf("play dancing in the kitchen")[0]).toEqual({ track: "dancing", device: "kitchen" });
    expect(slotsOf("play dancing in the kitchen")).toContainEqual({ track: "dancing in the kitchen" });
  });

  it("keep a genre's name as a title too", () => {
    expect(slotsOf("play jazz")).toContainEqual({ track: "jazz" });
  });

  it("come best first, the chosen one included, and not without end", () => {
    for (const text of [
      "play hello",
      "play hello by adele from the album 25 on the kitchen speaker",
      "play stand by me by ben e king in the kitchen on shuffle",
      "queue day by day by someone on something in somewhere from somewhat next",
    ]) {
      const { slots, readings } = parse(text);
      const scores = readings.map((reading) => reading.score);
      expect(readings[0]?.slots, text).toEqual(slots);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      expect(readings.length).toBeLessThanOrEqual(12);
    }
  });

  it("are kept for each of several commands", () => {
    const { commandReadings } = parse("play nirvana, then turn it up");
    expect(commandReadings?.map((readings) => readings[0]?.slots)).toEqual([{ artist: "nirvana" }, {}]);
    expect(commandReadings?.[0]).toContainEqual({ slots: { track: "nirvana" }, score: expect.any(Number) });
  });
});
