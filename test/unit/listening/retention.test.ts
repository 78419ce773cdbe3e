import { afterEach, describe, expect, it } from "vitest";
import { createRetention } from "../../../src/listening/ledger/retention.ts";
import {
  DAY,
  kept,
  type LedgerStand,
  MINUTE,
  MORNING,
  openLedger,
  somebody,
  song,
  sumsOf,
  watched,
} from "../../support/ledger.ts";

let stand: LedgerStand;
afterEach(() => stand.close());

/** A song a day, for so many days before this morning. */
async function heardFor(listener: string, days: number): Promise<void> {
  const plays = Array.from({ length: days }, (_, day) => {
    const at = MORNING - day * DAY;
    return watched(song(day % 5), at, at + 3 * MINUTE);
  });
  await stand.ledger.record(listener, plays);
}

describe("a limit to how long plays are kept", () => {
  it("deletes what is older, of everybody, with the sums and gaps of it, and nothing else", async () => {
    stand = await openLedger();
    const [ann, bob] = [somebody(), somebody()];
    await heardFor(ann, 60);
    await heardFor(bob, 10);
    await stand.ledger.gap(ann, {
      fromAt: MORNING - 50 * DAY + DAY / 2,
      untilAt: MORNING - 49 * DAY - 1,
      why: "offline",
    });
    const job = createRetention({ store: stand.store, keepDays: 30, clock: stand.clock });
    await stand.clock.until(job.run(new AbortController().signal));
    const border = stand.clock.now() - 30 * DAY;
    const left = await kept(stand, ann);
    expect(left.length).toBeGreaterThan(25);
    expect(left.every(({ startedAt }) => startedAt >= border)).toBe(true);
    expect(await kept(stand, bob)).toHaveLength(10);
    const { kept: sums, summed } = await sumsOf(stand, ann);
    expect(sums).toEqual(summed);
    expect(await stand.ledger.gaps(ann, { fromAt: 0, untilAt: MORNING })).toEqual([]);
  });

  it("sweeps again what a file brings back, and goes on where it was stopped", async () => {
    stand = await openLedger();
    const ann = somebody();
    await heardFor(ann, 60);
    const job = createRetention({ store: stand.store, keepDays: 30, clock: stand.clock });
    const stop = new AbortController();
    stop.abort();
    await stand.clock.until(job.run(stop.signal));
    expect(await kept(stand, ann)).toHaveLength(60);
    await stand.clock.until(job.run(new AbortController().signal));
    const left = (await kept(stand, ann)).length;
    await heardFor(ann, 60);
    await stand.clock.until(job.run(new AbortController().signal));
    expect(await kept(stand, ann)).toHaveLength(left);
  });
});
