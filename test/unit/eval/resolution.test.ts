import { beforeAll, describe, expect, it } from "vitest";
import { loadCatalogue } from "../../../src/rehearsal/catalogue/index.ts";
import { type Measured, measureResolution } from "../../eval/resolution/measure.ts";
import { parts, readRequests } from "../../eval/resolution/rows.ts";
import { createFinder } from "../../eval/resolution/things.ts";
import { SEED } from "../../eval/resolution/world.ts";
import { language } from "../language/tables.ts";

const rows = parts.flatMap(readRequests);

describe("the requests", () => {
  it("are many, and most were written before the ranking was looked at", () => {
    expect(rows.length).toBeGreaterThanOrEqual(400);
    expect(rows.filter(({ author }) => author === "other").length).toBeGreaterThan(rows.length / 2);
  });

  it("ask each thing once, so that nothing of the test part was tuned on", () => {
    const asked = rows.map(({ lang, text, likes = [] }) => [lang, text, ...likes].join(" | "));
    expect(asked.filter((one, index) => asked.indexOf(one) !== index)).toEqual([]);
  });

  it("name things that the catalogue has", () => {
    const urisOf = createFinder(loadCatalogue(), SEED);
    const named = rows.flatMap(({ expect: wanted, likes = [] }) => [
      ...likes,
      ...("anyOf" in wanted ? wanted.anyOf : []),
    ]);
    for (const name of named) expect(urisOf(name)).not.toEqual([]);
    expect(() => urisOf("track: Nobody | Nothing")).toThrow("the catalogue has no");
  });
});

// A few below what is measured: a change that costs more than that has broken something.
describe("what is played is what was meant", () => {
  let measured: Measured[] = [];
  beforeAll(async () => {
    measured = await measureResolution(language);
  }, 60_000);
  const share = (list: readonly Measured[], verdict: Measured["verdict"]): number =>
    list.filter((one) => one.verdict === verdict).length / list.length;

  it.each([
    ["dev", 0.93],
    ["test", 0.9],
  ] as const)("%s: at least %d right, hardly ever something else", (part, least) => {
    const ofPart = measured.filter((one) => one.part === part);
    expect(share(ofPart, "right")).toBeGreaterThanOrEqual(least);
    expect(share(ofPart, "wrong")).toBeLessThanOrEqual(0.03);
  });

  it("never plays a karaoke, a tribute or another song for what is not there", () => {
    const strict = measured.filter(({ row }) => "none" in row.expect);
    expect(strict.length).toBeGreaterThan(20);
    expect(strict.filter(({ verdict }) => verdict === "wrong").map(({ row }) => row.text)).toEqual([]);
  });

  it("takes one search at most, and one call to play what it found", () => {
    for (const { row, calls } of measured) {
      expect(calls.filter((call) => call === "GET search").length, row.text).toBeLessThanOrEqual(1);
      expect(calls.length, row.text).toBeLessThanOrEqual(3);
    }
    const perRequest = measured.reduce((sum, { calls }) => sum + calls.length, 0) / measured.length;
    expect(perRequest).toBeLessThanOrEqual(2);
  });
});
