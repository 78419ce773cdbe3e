import { describe, expect, it } from "vitest";
import { createOffsetClock, isSettable } from "../../src/rehearsal/clock.ts";
import { createFakeClock } from "../fakes/clock.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a clock with an offset", () => {
  it("runs with its base and can be moved ahead of it", async () => {
    const base = createFakeClock(1_000);
    const clock = createOffsetClock(base);
    await base.advance(5);
    expect(clock.now()).toBe(1_005);
    await clock.advance(1_000);
    expect(clock.now()).toBe(2_005);
    expect(isSettable(clock)).toBe(true);
    expect(isSettable({ now: base.now, sleep: base.sleep })).toBe(false);
    expect(() => clock.advance(-1)).toThrow(RangeError);
  });

  it("wakes sleepers whether the base passes the time or it is moved", async () => {
    const base = createFakeClock();
    const clock = createOffsetClock(base);
    const woken: string[] = [];
    void clock.sleep(100).then(() => woken.push("short"));
    void clock.sleep(1_000).then(() => woken.push("long"));
    await base.advance(100);
    expect(woken).toEqual(["short"]);
    await clock.advance(899);
    await turn();
    expect(woken).toEqual(["short"]);
    await clock.advance(1);
    await turn();
    expect(woken).toEqual(["short", "long"]);
    expect(base.pending()).toBe(0);
  });

  it("lets go of a sleeper that is told to stop", async () => {
    const base = createFakeClock();
    const clock = createOffsetClock(base);
    const stop = new AbortController();
    const sleeping = clock.sleep(1_000, stop.signal);
    await clock.advance(10);
    await turn();
    stop.abort(new Error("enough"));
    await expect(sleeping).rejects.toThrow("enough");
    expect(base.pending()).toBe(0);
    await expect(clock.sleep(1, stop.signal)).rejects.toThrow("enough");
  });
});
