import fc from "fast-check";
import { DateTime } from "luxon";
import { describe, expect, it } from "vitest";
import { readHours, writeHours } from "../../../skills/shared/hours.ts";
import type { NowPlaying } from "../../../src/contracts/listening.ts";
import type { Track } from "../../../src/contracts/music.ts";
import { quietUntil } from "../../../src/listening/announce/quiet.ts";
import { begun, ended, endsAt, heard, mostly, without } from "../../../src/listening/announce/session.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const start = Date.UTC(2026, 10, 21, 12);

const track = (name: string, artist: string, durationMs = 4 * minuteMs): Track => ({
  type: "track",
  uri: `t:${name}`,
  title: name,
  artists: [{ name: artist }],
  durationMs,
  art: [],
});

function news(at: number, item: Track | undefined, playing: boolean, progressMs = 0): NowPlaying {
  const state = { at, playing, progressMs, shuffle: false, repeat: "off" as const, refused: [] };
  const source = { origin: "x", way: "observed" as const };
  return { listener: "person:a", source, at, state: item ? { ...state, item } : undefined };
}

function session(...all: NowPlaying[]) {
  const [first, ...rest] = all;
  const begin = first && begun(first);
  if (!begin) throw new Error("nothing began");
  return rest.reduce(heard, begin);
}

describe("a session", () => {
  const one = track("One", "Ada");
  const two = track("Two", "Bea");

  it("loses a play once, however often it is taken back", () => {
    const made = session(
      news(start, one, true),
      news(start + 4 * minuteMs, two, true),
      news(start + 8 * minuteMs, one, true),
    );
    const play = { playId: 7, startedAt: start, endedAt: start + 4 * minuteMs, listenedMs: 4 * minuteMs, by: "Ada" };
    const left = without(made, play);
    expect(left).toMatchObject({ songs: 1, listenedMs: 4 * minuteMs });
    // As it is kept in between.
    const kept = JSON.parse(JSON.stringify(left));
    expect(without(kept, play)).toEqual(kept);
    expect(without(kept, { ...play, playId: 8, by: "Bea" })).toMatchObject({ songs: 0, listenedMs: 0 });
    expect(without(ended(kept, start + 8 * minuteMs), play)).toMatchObject({ songs: 1, listenedMs: 4 * minuteMs });
  });

  it("begins with what plays, and with nothing else", () => {
    expect(begun(news(start, one, false))).toBeUndefined();
    expect(begun(news(start, undefined, true))).toBeUndefined();
    expect(begun(news(start, one, true))).toMatchObject({ startedAt: start, songs: 0, listenedMs: 0 });
  });

  it("counts what was heard for half a minute, not what was skipped, and no pause", () => {
    const made = session(
      news(start, one, true),
      news(start + 10_000, two, true),
      news(start + 2 * minuteMs, two, false, 110_000),
      news(start + 10 * minuteMs, two, true, 110_000),
      news(start + 11 * minuteMs, undefined, false),
    );
    expect(made).toMatchObject({ songs: 1, listenedMs: 10_000 + 110_000 + minuteMs, playing: false });
    expect(mostly(made)).toBeUndefined();
  });

  it("does not run past the end of its song, and counts the same one again when it begins again", () => {
    const made = session(
      news(start, one, true),
      news(start + hourMs, one, true, 0),
      news(start + hourMs + minuteMs, two, true),
    );
    expect(made).toMatchObject({ songs: 2, listenedMs: 5 * minuteMs });
  });

  it("says who was heard most of the time, of several songs", () => {
    const made = session(
      news(start, one, true),
      news(start + minuteMs, two, true),
      news(start + 4 * minuteMs, undefined, false),
    );
    expect(mostly(made)).toBe("Bea");
    expect(mostly(session(news(start, two, true), news(start + 3 * minuteMs, undefined, false)))).toBeUndefined();
  });

  it("ends a quarter of an hour after its song, or after it stopped", () => {
    const made = session(news(start, one, true, minuteMs));
    expect(endsAt(made)).toBe(start + 18 * minuteMs);
    const paused = session(news(start, one, true), news(start + minuteMs, one, false, minuteMs));
    expect(endsAt(heard(paused, news(start + 9 * minuteMs, one, false, minuteMs)))).toBe(start + 16 * minuteMs);
    expect(ended(made, start + 18 * minuteMs)).toMatchObject({ listenedMs: 3 * minuteMs, playing: false });
    expect(ended(made, start + 18 * minuteMs)).not.toHaveProperty("item");
  });

  it("never counts more time than passed, nor more songs than half minutes, whatever it is told", () => {
    const told = fc.record({
      afterMs: fc.integer({ min: 0, max: 20 * minuteMs }),
      which: fc.nat(3),
      playing: fc.boolean(),
      progressMs: fc.integer({ min: 0, max: 10 * minuteMs }),
    });
    fc.assert(
      fc.property(fc.array(told, { maxLength: 30 }), (all) => {
        let at = start;
        const items = [one, two, track("Three", "Ada", 0), undefined];
        let made = session(news(start, one, true));
        for (const { afterMs, which, playing, progressMs } of all) {
          at += afterMs;
          const before = made;
          made = heard(made, news(at, items[which], playing, progressMs));
          expect(made.listenedMs).toBeGreaterThanOrEqual(before.listenedMs);
          expect(made.songs).toBeGreaterThanOrEqual(before.songs);
        }
        expect(made.listenedMs).toBeLessThanOrEqual(at - start);
        expect(made.songs * 30_000).toBeLessThanOrEqual(made.listenedMs);
        expect(made.artists.reduce((sum, each) => sum + each.listenedMs, 0)).toBeLessThanOrEqual(made.listenedMs);
      }),
    );
  });
});

describe("quiet hours", () => {
  const night = { fromMinute: 22 * 60, untilMinute: 8 * 60 };

  it.each([
    ["2026-11-21T21:59", undefined],
    ["2026-11-21T22:00", "2026-11-22T08:00"],
    ["2026-11-22T07:59", "2026-11-22T08:00"],
    ["2026-11-22T08:00", undefined],
    // The night that has an hour twice, and the one that lacks one.
    ["2026-10-25T01:30", "2026-10-25T08:00"],
    ["2026-03-28T23:30", "2026-03-29T08:00"],
  ])("over midnight, at %s in Berlin: until %s", (now, until) => {
    const zone = "Europe/Berlin";
    const found = quietUntil(night, zone, DateTime.fromISO(now, { zone }).toMillis());
    expect(found).toBe(until === undefined ? undefined : DateTime.fromISO(until, { zone }).toMillis());
  });

  it("are none where none are set", () => {
    expect(quietUntil(undefined, "UTC", start)).toBeUndefined();
  });

  it("end within a day, after now, and at their end it is quiet no more", () => {
    const minute = fc.integer({ min: 0, max: 1_439 });
    const when = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) });
    const zones = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe");
    fc.assert(
      fc.property(minute, minute, when, zones, (fromMinute, untilMinute, now, zone) => {
        fc.pre(fromMinute !== untilMinute);
        const until = quietUntil({ fromMinute, untilMinute }, zone, now);
        if (until === undefined) return;
        expect(until).toBeGreaterThan(now);
        expect(until - now).toBeLessThanOrEqual(25 * hourMs);
      }),
    );
  });
});

describe("hours as people write them", () => {
  it.each([
    ["22:00-08:00", "22:00–08:00"],
    ["22-8", "22:00–08:00"],
    ["10 pm to 8 am", "22:00–08:00"],
    ["12am - 6:30am", "00:00–06:30"],
    ["von 22 Uhr bis 7 Uhr", "22:00–07:00"],
    ["de 22h à 8h30", "22:00–08:30"],
    ["23.15 – 24", "23:15–00:00"],
  ])("%s", (said, written) => {
    const read = readHours(said);
    expect(read && writeHours(read)).toBe(written);
  });

  it.each(["", "off", "25-8", "22:70-8", "8-8", "22", "13pm-8", "0am-5", "2026-11-21"])("%s is none", (said) => {
    expect(readHours(said)).toBeUndefined();
  });

  it("reads again what it writes", () => {
    const minute = fc.integer({ min: 0, max: 1_439 });
    fc.assert(
      fc.property(minute, minute, (fromMinute, untilMinute) => {
        fc.pre(fromMinute !== untilMinute);
        expect(readHours(writeHours({ fromMinute, untilMinute }))).toEqual({ fromMinute, untilMinute });
      }),
    );
  });

  it("takes any text in a moment", () => {
    fc.assert(fc.property(fc.string({ maxLength: 100 }), (text) => void readHours(text)));
    const before = performance.now();
    readHours("1".repeat(100));
    readHours(" 1 ".repeat(33));
    expect(performance.now() - before).toBeLessThan(50);
  });
});
