import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHistory } from "../../../src/listening/history.ts";
import { createPrivateTimes, type PrivateTimes } from "../../../src/listening/ledger/private-times.ts";
import {
  HOUR,
  type LedgerStand,
  listed,
  MINUTE,
  MORNING,
  openLedger,
  somebody,
  song,
  watched,
} from "../../support/ledger.ts";

let stand: LedgerStand;
let times: PrivateTimes;
beforeAll(async () => {
  stand = await openLedger();
  times = createPrivateTimes(stand);
});
afterAll(() => stand.close());

const always = { fromAt: 0, untilAt: MORNING * 2 };
const at = (hour: number) => MORNING + hour * HOUR;

describe("private times", () => {
  it("are told of many at once, as of now", async () => {
    const [hides, hid, never] = [somebody(), somebody(), somebody()];
    const now = stand.clock.now();
    await times.add(hides, { fromAt: now, untilAt: now + HOUR });
    await times.add(hid, { fromAt: now - HOUR, untilAt: now });
    expect(await times.areNow([hides, hid, never])).toEqual(new Set([hides]));
  });

  it("are joined where they overlap, and told as far as they reach into a period", async () => {
    const listener = somebody();
    expect(await times.within(listener, always)).toEqual([]);
    await times.add(listener, { fromAt: at(1), untilAt: at(3) });
    await times.add(listener, { fromAt: at(2), untilAt: at(4) });
    await times.add(listener, { fromAt: at(6), untilAt: at(8) });
    await times.add(listener, { fromAt: at(9), untilAt: at(9) });
    expect(await times.within(listener, always)).toEqual([
      { fromAt: at(1), untilAt: at(4) },
      { fromAt: at(6), untilAt: at(8) },
    ]);
    expect(await times.within(listener, { fromAt: at(4), untilAt: at(6) })).toEqual([]);
  });

  it("end early, and what was private stays so", async () => {
    const listener = somebody();
    await times.add(listener, { fromAt: at(1), untilAt: at(3) });
    expect(await times.end(listener, at(2))).toBe(true);
    expect(await times.end(listener, at(2))).toBe(false);
    expect(await times.within(listener, always)).toEqual([{ fromAt: at(1), untilAt: at(2) }]);
  });

  it("are a thousand at most, and unreadable ones are none", async () => {
    const listener = somebody();
    const many = Array.from({ length: 1_002 }, (_, index) => ({ fromAt: index * 10, untilAt: index * 10 + 5 }));
    await stand.store.settings.put(listener, "private_times", many);
    await times.add(listener, { fromAt: at(1), untilAt: at(2) });
    const kept = await times.within(listener, always);
    expect(kept).toHaveLength(1_000);
    expect(kept.at(-1)).toEqual({ fromAt: at(1), untilAt: at(2) });
    await stand.store.settings.put(listener, "private_times", { broken: true });
    expect(await times.within(listener, always)).toEqual([]);
  });

  it("keep everything of that time out of the history, from any source", async () => {
    const listener = somebody();
    const history = createHistory(stand);
    await history.privateTimes.add(listener, { fromAt: at(1), untilAt: at(2) });
    const recorded = await history.ledger.record(listener, [
      watched(song(1), at(1) + MINUTE, at(1) + 4 * MINUTE),
      listed(song(1), at(2) - MINUTE),
      watched(song(1), at(3), at(3) + 3 * MINUTE),
    ]);
    expect(recorded.map(({ outcome }) => outcome)).toEqual(["refused", "refused", "added"]);
    expect(await history.stats.recent(listener)).toHaveLength(1);
  });
});
