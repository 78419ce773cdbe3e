import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/clock.ts";

const longest = 2 ** 31 - 1;

describe("the clock of the machine", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function stateAfter(sleep: Promise<void>, ms: number): Promise<"asleep" | "awake"> {
    let state: "asleep" | "awake" = "asleep";
    void sleep.then(() => {
      state = "awake";
    });
    await vi.advanceTimersByTimeAsync(ms);
    return state;
  }

  it("sleeps as long as it is told", async () => {
    expect(await stateAfter(systemClock.sleep(50), 49)).toBe("asleep");
    expect(await stateAfter(systemClock.sleep(50), 50)).toBe("awake");
    expect(await stateAfter(systemClock.sleep(-1), 1)).toBe("awake");
  });

  it("sleeps longer than a timer of Node can", async () => {
    const sleep = systemClock.sleep(longest + 1_000);
    expect(await stateAfter(sleep, longest)).toBe("asleep");
    expect(await stateAfter(sleep, 1_000)).toBe("awake");
  });

  it.each([50, longest + 1_000])(
    "is woken by a signal with its reason, and leaves no timer behind (%i ms)",
    async (ms) => {
      const stop = new AbortController();
      const woken = expect(systemClock.sleep(ms, stop.signal)).rejects.toBe("over");
      await vi.advanceTimersByTimeAsync(Math.min(ms - 1, longest));
      stop.abort("over");
      await woken;
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it("does not begin for a signal that was given before", async () => {
    const sleep = systemClock.sleep(50, AbortSignal.abort("over"));
    expect(vi.getTimerCount()).toBe(0);
    await expect(sleep).rejects.toBe("over");
  });

  it("lets go of a signal that outlives many sleeps", async () => {
    const { signal } = new AbortController();
    const taken = vi.spyOn(signal, "removeEventListener");
    const sleep = systemClock.sleep(5, signal);
    await vi.advanceTimersByTimeAsync(5);
    await sleep;
    expect(taken).toHaveBeenCalledOnce();
  });
});
