import { describe, expect, it } from "vitest";
import { parseDevices, parseQueue, parseState } from "../../../../src/music/providers/spotify/parse-state.ts";
import { fixture } from "./fixture.ts";

const AT = 1_764_000_000_000;
const state = (name: string) => parseState(fixture(name), AT);

describe("player state", () => {
  it("of a track", () => {
    expect(state("state-track")).toMatchObject({
      at: AT,
      playing: true,
      progressMs: 41_233,
      item: { type: "track", title: "Bohemian Rhapsody - Remastered 2011" },
      context: { uri: "spotify:album:1GbtB4zTqAsyfZEsm1RZfx", type: "album" },
      device: {
        id: "74ASZWbe4lXaubB36ztrGX",
        name: "Kitchen speaker",
        kind: "speaker",
        active: true,
        restricted: false,
        volume: 59,
        hasVolume: true,
      },
      shuffle: false,
      repeat: "off",
      refused: ["resume"],
    });
  });

  it("of an ad, which is no item and refuses almost everything", () => {
    const ad = state("state-ad");
    expect(ad).toMatchObject({ playing: true, other: "ad", progressMs: 3120 });
    expect(ad?.item).toBeUndefined();
    expect(ad?.context).toBeUndefined();
    expect([...(ad?.refused ?? [])].sort()).toEqual(["next", "previous", "repeat", "resume", "seek", "shuffle"]);
  });

  it("of an episode, told and untold", () => {
    expect(state("state-episode")).toMatchObject({
      item: {
        type: "episode",
        title: "Starta företag: Låna pengar",
        show: { name: "Vetenskapsradion Historia" },
        durationMs: 1_686_230,
      },
      context: { type: "show" },
    });
    expect(state("state-episode-untold")).toMatchObject({ other: "unknown" });
  });

  it("of a local file among the liked songs", () => {
    const local = state("state-local");
    expect(local?.item).toMatchObject({
      type: "track",
      local: true,
      title: "Garage Song",
      artists: [{ name: "My Band" }],
      album: { name: "Demo tape" },
      durationMs: 183_000,
      art: [],
    });
    expect(local?.item?.url).toBeUndefined();
    expect(local?.context).toEqual({ uri: "spotify:user:some.listener:collection", type: "playlist" });
  });

  it("on a device without a name for itself, in private, that takes no commands", () => {
    const now = state("state-null-device");
    expect(now?.device).toEqual({
      name: "Web Player (Firefox)",
      kind: "computer",
      active: true,
      restricted: true,
      private: true,
      hasVolume: false,
    });
    expect(now?.progressMs).toBe(0);
    expect(now?.refused).toEqual(expect.arrayContaining(["play", "pause", "next", "volume", "queue"]));
    expect(now?.refused).not.toContain("transfer");
  });

  it("never runs past the end, and takes unknown modes for off", () => {
    expect(state("state-past-the-end")).toMatchObject({
      progressMs: 354_320,
      repeat: "off",
      shuffle: false,
      refused: [],
    });
  });

  it("of nothing is nothing", () => {
    expect(parseState(undefined, AT)).toBeUndefined();
    expect(parseState(null, AT)).toBeUndefined();
  });

  it.each(["text", 5, [], {}, { is_playing: "yes" }, { item: {} }])("%j is malformed", (raw) => {
    expect(() => parseState(raw, AT)).toThrowError(
      expect.objectContaining({ code: "Unavailable", details: { service: "spotify", why: "malformed" } }),
    );
  });
});

describe("devices", () => {
  it("are those that can be read, with and without a volume or a name", () => {
    expect(parseDevices(fixture("devices"))).toEqual([
      {
        id: "74ASZWbe4lXaubB36ztrGX",
        name: "Kitchen speaker",
        kind: "speaker",
        active: true,
        restricted: false,
        private: false,
        volume: 59,
        hasVolume: true,
      },
      {
        name: "Old stereo",
        kind: "avr",
        active: false,
        restricted: false,
        private: false,
        volume: 30,
        hasVolume: true,
      },
      {
        id: "b46689a4cb0c7a5cb7ecd3c4ae9b1e2d4a4f3e11",
        name: "Echo Dot",
        kind: "speaker",
        active: false,
        restricted: true,
        private: false,
        volume: 0,
        hasVolume: true,
      },
      {
        id: "tv",
        name: "Living room TV",
        kind: "tv",
        active: false,
        restricted: false,
        private: false,
        hasVolume: false,
      },
    ]);
  });

  it.each([null, {}, { devices: null }, []])("%j is malformed", (raw) => {
    expect(() => parseDevices(raw)).toThrowError(expect.objectContaining({ code: "Unavailable" }));
  });
});

describe("queue", () => {
  it("is what can be played of it, in order", () => {
    const { current, next } = parseQueue(fixture("queue"));
    expect(current?.type).toBe("episode");
    expect(next.map((item) => item.title)).toEqual([
      "Bohemian Rhapsody - Remastered 2011",
      "Starta företag: Låna pengar",
      "Garage Song",
      "Under Pressure - Remastered 2011",
    ]);
  });

  it("may be empty in every way", () => {
    for (const raw of [{}, { currently_playing: null, queue: [] }, { queue: null }])
      expect(parseQueue(raw)).toEqual({ next: [] });
    expect(() => parseQueue({ queue: "three" })).toThrowError(expect.objectContaining({ code: "Unavailable" }));
  });
});
