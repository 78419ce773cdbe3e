import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DigestKind } from "../../../src/contracts/digests.ts";
import { createCompose } from "../../../src/listening/digest/compose.ts";
import { DAY, HOUR } from "../../support/ledger.ts";
import { berlin, type DigestStand, openDigests, zone } from "./digest-stand.ts";

let stand: DigestStand;
beforeEach(async () => {
  stand = await openDigests();
});
afterEach(() => stand.close());

describe("what a digest says", () => {
  const compose = () => createCompose(stand.open().history);
  const day = { fromAt: berlin("2025-03-10"), untilAt: berlin("2025-03-11") };

  it("is how things moved since the period before, and what was heard for the first time", async () => {
    const { listener } = await stand.somebody();
    const yesterday = day.fromAt - DAY;
    await stand.hears(listener, 1, yesterday - 3 * DAY);
    const heard = [
      [1, yesterday + HOUR],
      [1, yesterday + 2 * HOUR],
      [2, yesterday + 3 * HOUR],
      [2, day.fromAt + HOUR],
      [2, day.fromAt + 2 * HOUR],
      [1, day.fromAt + 3 * HOUR],
      [3, day.fromAt + 4 * HOUR],
    ] as const;
    for (const [number, at] of heard) await stand.hears(listener, number, at);
    const digest = await compose()({ listeners: [listener], kind: "day", period: day, zone, own: true });
    expect(digest?.charts.tracks.map(({ name, moved }) => [name, moved])).toEqual([
      ["Song 2", { by: 1 }],
      ["Song 1", { by: -1 }],
      ["Song 3", "new"],
    ]);
    expect(digest).toMatchObject({
      before: { plays: 3 },
      discoveries: { total: 1, names: ["Band 3"] },
      sessions: { total: 4 },
      own: { tracks: 3, artists: 3 },
    });
    // Where nothing is known of the time before, not everything is new.
    const first = await compose()({
      listeners: [listener],
      kind: "day",
      period: { fromAt: yesterday, untilAt: day.fromAt },
      zone,
    });
    expect(first?.before).toBeUndefined();
    expect(first?.charts.tracks.every(({ moved }) => moved === undefined)).toBe(true);
    expect(first?.own).toBeUndefined();
  });

  it("claims nothing of a time before that is known in part, and says since when it is known", async () => {
    const { listener } = await stand.somebody();
    await stand.hears(listener, 1, day.fromAt - HOUR);
    await stand.hears(listener, 2, day.fromAt + HOUR);
    const of = (kind: DigestKind, period: { fromAt: number; untilAt: number }) =>
      compose()({ listeners: [listener], kind, period, zone, own: true });
    const today = await of("day", day);
    expect(today?.sinceAt).toBeUndefined();
    expect(today?.before).toBeUndefined();
    const week = await of("week", { fromAt: day.fromAt, untilAt: day.fromAt + 7 * DAY });
    expect(week).toMatchObject({ plays: 1, discoveries: { total: 0 } });
    expect(week?.before).toBeUndefined();
    expect(week?.charts.tracks.some(({ moved }) => moved !== undefined)).toBe(false);
    const wider = await of("week", { fromAt: day.fromAt - 3 * DAY, untilAt: day.fromAt + 4 * DAY });
    expect(wider?.sinceAt).toBe(day.fromAt - HOUR);
  });

  it("is honest about what nobody knows, by the days of its zone", async () => {
    const { listener } = await stand.somebody();
    const week = { fromAt: berlin("2025-03-24"), untilAt: berlin("2025-03-31") };
    await stand.hears(listener, 1, week.fromAt + HOUR);
    const { ledger } = stand.open().history;
    await ledger.gap(listener, {
      fromAt: berlin("2025-03-25T10:00"),
      untilAt: berlin("2025-03-25T16:00"),
      why: "offline",
    });
    await ledger.gap(listener, {
      fromAt: berlin("2025-03-29T22:00"),
      untilAt: berlin("2025-03-30T04:00"),
      why: "offline",
    });
    const digest = await compose()({ listeners: [listener], kind: "week", period: week, zone });
    expect(digest?.unknown.ms).toBe(11 * HOUR);
    expect(digest?.unknown.days).toEqual([
      { at: berlin("2025-03-25"), ms: 6 * HOUR },
      // Three hours by its clocks are two where one is left out.
      { at: berlin("2025-03-30"), ms: 3 * HOUR },
      { at: berlin("2025-03-29"), ms: 2 * HOUR },
    ]);
  });

  it("is a row of days with music where there is one that still goes on", async () => {
    const { listener } = await stand.somebody();
    const today = stand.startOf("day").toMillis();
    for (let days = 1; days <= 4; days += 1) await stand.hears(listener, days, today - days * DAY + 12 * HOUR);
    const period = { fromAt: today - DAY, untilAt: today };
    expect((await compose()({ listeners: [listener], kind: "day", period, zone }))?.streakDays).toBe(4);
  });

  it("is nothing where nothing counts", async () => {
    const { listener } = await stand.somebody();
    expect(await compose()({ listeners: [listener], kind: "day", period: day, zone })).toBeUndefined();
    expect(await compose()({ listeners: [], kind: "day", period: day, zone })).toBeUndefined();
  });
});
