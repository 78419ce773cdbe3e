import { describe, expect, it } from "vitest";
import { shiftsOf } from "../../../src/listening/stats/zone.ts";

const HOUR = 3_600_000;
const year = { fromAt: Date.UTC(2026, 0), untilAt: Date.UTC(2027, 0) };
const told = (zone: string, period = year) =>
  shiftsOf(zone, period).map(({ fromAt, aheadMs }) => [new Date(fromAt).toISOString().slice(0, 16), aheadMs / HOUR]);

describe("shifts of a zone", () => {
  it("are at the minute at which clocks are turned", () => {
    expect(told("Europe/Berlin")).toEqual([
      ["2026-01-01T00:00", 1],
      ["2026-03-29T01:00", 2],
      ["2026-10-25T01:00", 1],
    ]);
    // By half an hour, in the south.
    expect(told("Australia/Lord_Howe")).toEqual([
      ["2026-01-01T00:00", 11],
      ["2026-04-04T15:00", 10.5],
      ["2026-10-03T15:30", 11],
    ]);
  });

  it("are one where they are never turned, by quarters of an hour too, under old names too", () => {
    expect(told("Asia/Kathmandu")).toEqual([["2026-01-01T00:00", 5.75]]);
    expect(told("Asia/Calcutta")).toEqual([["2026-01-01T00:00", 5.5]]);
    expect(told("UTC")).toEqual([["2026-01-01T00:00", 0]]);
  });

  it("see a day that a zone left out", () => {
    const dateLine = { fromAt: Date.UTC(2011, 11, 25), untilAt: Date.UTC(2012, 0, 5) };
    expect(told("Pacific/Apia", dateLine)).toEqual([
      ["2011-12-25T00:00", -10],
      ["2011-12-30T10:00", 14],
    ]);
  });

  it("of a zone that does not exist are refused, and of an empty period are one", () => {
    expect(() => shiftsOf("Europe/Atlantis", year)).toThrow(RangeError);
    expect(() => shiftsOf("", year)).toThrow(RangeError);
    expect(told("Europe/Berlin", { fromAt: year.untilAt, untilAt: year.fromAt })).toEqual([["2027-01-01T00:00", 1]]);
    expect(shiftsOf("UTC", { fromAt: Number.NEGATIVE_INFINITY, untilAt: Number.POSITIVE_INFINITY })).toHaveLength(1);
  });
});
