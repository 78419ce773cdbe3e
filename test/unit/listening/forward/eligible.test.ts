import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sameWords } from "../../../../src/listening/diaries/entry.ts";
import { isWorth } from "../../../../src/listening/forward/eligible.ts";

describe("a play is worth a line in a diary", () => {
  const ms = fc.integer({ min: 0, max: 3 * 60 * 60_000 });

  it("from half of it or four minutes on, if it is longer than half a minute", () => {
    fc.assert(
      fc.property(ms, ms, (listened, duration) => {
        const enough = listened * 2 >= duration || listened >= 240_000;
        expect(isWorth(listened, duration)).toBe(duration > 30_000 && enough);
      }),
    );
  });

  it("never less for having been heard for longer", () => {
    fc.assert(
      fc.property(ms, ms, fc.option(ms, { nil: undefined }), (one, more, duration) => {
        if (isWorth(one, duration)) expect(isWorth(one + more, duration)).toBe(true);
      }),
    );
  });

  it.each([
    [30_000, 30_000, false],
    [30_001, 30_001, true],
    [15_500, 31_000, true],
    [15_499, 31_000, false],
    [239_999, 600_000, false],
    [240_000, 600_000, true],
    [30_000, undefined, false],
    [30_001, undefined, true],
  ] as const)("%d ms of %d: %s", (listened, duration, worth) => expect(isWorth(listened, duration)).toBe(worth));
});

describe("two spellings of one song", () => {
  const named = (title: string, ...artists: string[]) => ({ title, artists });

  it.each([
    [named("Song", "A"), named("song", "a"), true],
    [named("Song (feat. B)", "A"), named("Song", "A, B"), true],
    [named("Song - 2011 Remastered", "A", "B"), named("Song", "A"), true],
    [named("Café", "Beyoncé"), named("Cafe", "Beyonce"), true],
    [named("Song", "A"), named("Song (Live)", "A"), false],
    [named("Song", "Air"), named("Song", "Airbourne"), false],
    [named("Song", "A"), named("Other", "A"), false],
    [named("???", "!!!"), named("???", "!!!"), true],
  ])("%j, %j: %s", (one, other, same) => {
    expect(sameWords(one, other)).toBe(same);
    expect(sameWords(other, one)).toBe(same);
  });
});
