import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { msUntil } from "../../skills/shared/until-time.ts";

const hourMs = 60 * 60_000;
const berlin = "Europe/Berlin";
const shown = (at: number, timeZone: string): string =>
  new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }).format(at);

describe("how long until a clock shows a time", () => {
  const noon = Date.UTC(2026, 10, 21, 12, 0, 30);

  it("is told to the start of that minute, in the zone of whoever asks", () => {
    expect(msUntil("23:30", noon, "UTC")).toBe(11.5 * hourMs - 30_000);
    expect(msUntil("13:04", noon, berlin)).toBe(4 * 60_000 - 30_000);
  });

  it("takes the sooner of two where a time may be of the afternoon", () => {
    const evening = Date.UTC(2026, 10, 21, 22);
    expect(msUntil("11:30", evening, "UTC")).toBe(1.5 * hourMs);
    expect(msUntil("7:00", evening, "UTC")).toBe(9 * hourMs);
    expect(msUntil("00:15", evening, "UTC")).toBe(2.25 * hourMs);
    expect(msUntil("21:00", evening, "UTC")).toBe(23 * hourMs);
  });

  it("counts the hour that a clock change takes or gives", () => {
    expect(msUntil("06:00", Date.UTC(2026, 2, 28, 23), berlin)).toBe(5 * hourMs);
    expect(msUntil("06:00", Date.UTC(2026, 9, 24, 22), berlin)).toBe(7 * hourMs);
  });

  it("is ahead, within a day and an hour, and the clock shows it then: as said, or twelve hours from it", () => {
    const zone = fc.constantFrom("UTC", berlin, "America/St_Johns", "Asia/Kathmandu", "Pacific/Auckland");
    const quarters = fc.integer({ min: 0, max: 4 * 24 * 365 });
    fc.assert(
      fc.property(quarters, zone, fc.nat(23), fc.nat(59), (quarter, timeZone, hour, minute) => {
        const now = Date.UTC(2026, 0, 1) + quarter * 15 * 60_000;
        const digits = (value: number): string => String(value).padStart(2, "0");
        const ms = msUntil(`${digits(hour)}:${digits(minute)}`, now, timeZone);
        expect(ms).toBeGreaterThan(0);
        expect(ms).toBeLessThanOrEqual(25 * hourMs);
        // An hour that a clock leaves out is never shown.
        fc.pre(hour !== 2 && hour !== 14);
        expect([hour, (hour + 12) % 24].map((one) => `${digits(one)}:${digits(minute)}`)).toContain(
          shown(now + ms, timeZone),
        );
      }),
    );
  });
});
