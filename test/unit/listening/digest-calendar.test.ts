import fc from "fast-check";
import { DateTime } from "luxon";
import { describe, expect, it } from "vitest";
import { type DigestKind, digestKinds } from "../../../src/contracts/digests.ts";
import {
  endedBetween,
  latestDue,
  monthsOf,
  nextDue,
  periodAround,
  periodBefore,
} from "../../../src/listening/digest/calendar.ts";

const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "America/Santiago",
  "Africa/Cairo",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "Asia/Beirut",
];
const at = (zone: string, text: string): number => DateTime.fromISO(text, { zone }).toMillis();

const asked = fc.record({
  kind: fc.constantFrom<DigestKind>(...digestKinds),
  zone: fc.constantFrom(...zones),
  hour: fc.integer({ min: 0, max: 23 }),
  now: fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2035, 0, 1) }),
});

describe("the calendar of digests", () => {
  it("tells of the week on Monday, of the month on its first, at the place's hour", () => {
    const zone = "Europe/Berlin";
    const due = nextDue("week", zone, 9, at(zone, "2026-11-21T12:00"));
    expect(due.dueAt).toBe(at(zone, "2026-11-23T09:00"));
    expect(due.period).toEqual({ fromAt: at(zone, "2026-11-16"), untilAt: at(zone, "2026-11-23") });
    expect(due.label).toBe("2026-W47");
    expect(nextDue("month", zone, 0, at(zone, "2026-11-21T12:00"))).toMatchObject({
      label: "2026-11",
      dueAt: at(zone, "2026-12-01"),
    });
    expect(nextDue("year", zone, 18, at(zone, "2026-11-21T12:00"))).toMatchObject({
      label: "2026",
      dueAt: at(zone, "2027-01-01T18:00"),
    });
    expect(nextDue("day", zone, 9, at(zone, "2026-11-21T08:59:59"))).toMatchObject({
      label: "2026-11-20",
      dueAt: at(zone, "2026-11-21T09:00"),
    });
  });

  it("has a day of 23 and one of 25 hours, and an hour that is left out is the next one", () => {
    const zone = "Europe/Berlin";
    const hours = (day: string) => {
      const { fromAt, untilAt } = periodAround("day", zone, at(zone, `${day}T12:00`));
      return (untilAt - fromAt) / 3_600_000;
    };
    expect([hours("2026-03-29"), hours("2026-10-25"), hours("2026-10-26")]).toEqual([23, 25, 24]);
    // 02:30 is not there on that day; what is due at 2 comes at 3 o'clock of the summer.
    expect(nextDue("day", zone, 2, at(zone, "2026-03-29T00:30")).dueAt).toBe(at(zone, "2026-03-29T03:00"));
    // 02:00 comes twice: once is enough.
    const first = nextDue("day", zone, 2, at(zone, "2026-10-25T00:30"));
    expect(first.dueAt).toBe(Date.UTC(2026, 9, 25, 0));
    expect(nextDue("day", zone, 2, first.dueAt).label).toBe("2026-10-25");
  });

  it("begins days that have no midnight with their first moment", () => {
    // Clocks in Chile go from 24:00 to 01:00 on 5 September 2026.
    const { fromAt, untilAt } = periodAround("day", "America/Santiago", at("America/Santiago", "2026-09-06T12:00"));
    expect(DateTime.fromMillis(fromAt, { zone: "America/Santiago" }).toFormat("yyyy-MM-dd HH:mm")).toBe(
      "2026-09-06 01:00",
    );
    expect((untilAt - fromAt) / 3_600_000).toBe(23);
  });

  it("has each moment in one period, and each period due once, wherever the clocks are turned", () => {
    fc.assert(
      fc.property(asked, ({ kind, zone, hour, now }) => {
        const around = periodAround(kind, zone, now);
        expect(around.fromAt).toBeLessThanOrEqual(now);
        expect(around.untilAt).toBeGreaterThan(now);
        expect(periodAround(kind, zone, around.untilAt).fromAt).toBe(around.untilAt);
        expect(periodBefore(kind, zone, around).fromAt).toBeLessThan(around.fromAt);
        expect(periodAround(kind, zone, around.fromAt - 1)).toEqual(periodBefore(kind, zone, around));

        const latest = latestDue(kind, zone, hour, now);
        const next = nextDue(kind, zone, hour, now);
        expect(latest.dueAt).toBeLessThanOrEqual(now);
        expect(next.dueAt).toBeGreaterThan(now);
        expect(next.period.fromAt).toBe(latest.period.untilAt);
        expect(next.label).not.toBe(latest.label);
        expect(latestDue(kind, zone, hour, next.dueAt)).toEqual(next);
        expect(nextDue(kind, zone, hour, latest.dueAt)).toEqual(next);
        expect(latest.dueAt).toBeGreaterThanOrEqual(latest.period.untilAt);
        const local = DateTime.fromMillis(next.dueAt, { zone });
        // Zones that turn by half an hour make it the half hour after.
        expect(Math.abs(local.hour - hour)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 400 },
    );
  });

  it("names all that ended in a time, the oldest first and no more than wanted", () => {
    const zone = "America/New_York";
    const missed = endedBetween(
      "day",
      zone,
      9,
      { fromAt: at(zone, "2026-10-30"), untilAt: at(zone, "2026-11-03") },
      31,
    );
    expect(missed.map(({ label }) => label)).toEqual(["2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02"]);
    expect(endedBetween("day", zone, 9, { fromAt: 0, untilAt: at(zone, "2026-11-03") }, 3)).toHaveLength(3);
    expect(
      endedBetween("week", zone, 9, { fromAt: at(zone, "2026-11-02"), untilAt: at(zone, "2026-11-02") }, 3),
    ).toEqual([]);
  });

  it("has twelve months in a year, one after the other", () => {
    const zone = "Europe/Berlin";
    const year = periodAround("year", zone, at(zone, "2026-06-01"));
    const months = monthsOf(zone, year);
    expect(months).toHaveLength(12);
    expect([months[0]?.fromAt, months[11]?.untilAt]).toEqual([year.fromAt, year.untilAt]);
    // Of one that is not over, those to come; of many years, the last twelve months.
    const early = monthsOf(zone, { ...year, untilAt: at(zone, "2026-03-05") });
    expect(early).toEqual(months);
    const last = monthsOf(zone, { fromAt: 0, untilAt: at(zone, "2026-03-05") });
    expect([last.length, last[0]?.fromAt, last[11]?.untilAt]).toEqual([
      12,
      at(zone, "2025-04-01"),
      at(zone, "2026-04-01"),
    ]);
    months.slice(1).forEach((month, index) => {
      expect(month.fromAt).toBe(months[index]?.untilAt);
    });
  });
});
