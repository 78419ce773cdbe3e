import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coverOf } from "../../../src/store/sql/plays/cover.ts";
import { spansOf } from "../../../src/store/sql/plays/sums.ts";

const now = Date.UTC(2026, 10, 21, 12);
const HALF_MONTH = 15.5 * 24 * 60 * 60_000;

/** How often a play at that time is counted. */
function counted(at: number, { spans, edges }: ReturnType<typeof coverOf>): number {
  const inSpans = spans.filter((span) => spansOf(at).includes(span)).length;
  return edges.reduce((sum, { fromAt, untilAt, sign }) => (at >= fromAt && at < untilAt ? sum + sign : sum), inSpans);
}

const time = fc.oneof(
  fc.integer({ min: Date.UTC(2002, 0), max: now }),
  // Around the turns of months and years, where mistakes are.
  fc
    .tuple(fc.integer({ min: 0, max: 24 * 12 }), fc.integer({ min: -2, max: 2 }))
    .map(([month, off]) => Date.UTC(2002, month) + off * 1_800_000),
);

describe("a period as sums and plays", () => {
  it("counts each play within once, and no other, by edges of at most half a month", () => {
    fc.assert(
      fc.property(time, time, fc.array(time, { minLength: 1, maxLength: 30 }), (a, b, plays) => {
        const period = { fromAt: Math.min(a, b), untilAt: Math.max(a, b) };
        const cover = coverOf(period, now);
        for (const at of [...plays, period.fromAt, period.fromAt - 1, period.untilAt, period.untilAt - 1]) {
          if (at < Date.UTC(2002, 0)) continue;
          expect(counted(at, cover)).toBe(at >= period.fromAt && at < period.untilAt ? 1 : 0);
        }
        if (cover.spans.length > 0 && cover.spans[0] !== 0)
          for (const edge of cover.edges) expect(edge.untilAt - edge.fromAt).toBeLessThanOrEqual(HALF_MONTH);
      }),
      { numRuns: 500 },
    );
  });

  it("is one sum for all time, a year or a month, and a few for a year in a zone", () => {
    expect(coverOf({ fromAt: 0, untilAt: Number.MAX_SAFE_INTEGER }, now)).toEqual({ spans: [0], edges: [] });
    expect(coverOf({ fromAt: 0, untilAt: now }, now).spans).toEqual([0]);
    expect(coverOf({ fromAt: Date.UTC(2025, 0), untilAt: Date.UTC(2026, 0) }, now)).toEqual({
      spans: [202500],
      edges: [],
    });
    expect(coverOf({ fromAt: Date.UTC(2025, 5), untilAt: Date.UTC(2025, 6) }, now)).toEqual({
      spans: [202506],
      edges: [],
    });
    const hour = 3_600_000;
    expect(coverOf({ fromAt: Date.UTC(2025, 0) - hour, untilAt: Date.UTC(2026, 0) - hour }, now)).toEqual({
      spans: [202500],
      edges: [
        { fromAt: Date.UTC(2025, 0) - hour, untilAt: Date.UTC(2025, 0), sign: 1 },
        { fromAt: Date.UTC(2026, 0) - hour, untilAt: Date.UTC(2026, 0), sign: -1 },
      ],
    });
  });

  it("of nothing is nothing", () => {
    for (const [fromAt, untilAt] of [
      [now, now],
      [now, 0],
      [0, 0],
      [Number.NEGATIVE_INFINITY, 5],
    ] as const)
      expect(coverOf({ fromAt, untilAt }, now)).toEqual({ spans: [], edges: [] });
  });
});
