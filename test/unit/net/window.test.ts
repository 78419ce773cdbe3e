import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Lane, lanes } from "../../../src/contracts/music.ts";
import { createWindow, type Window } from "../../../src/net/window.ts";
import { createFakeClock, type FakeClock } from "../../fakes/clock.ts";
import { failure } from "./service.ts";

let opened: Window[] = [];
/** Bottleneck moves by zero timers of its own, which are turned by hand here: by real ones a busy machine would take ages. */
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] }));
afterEach(async () => {
  for (const window of opened) await settled(window.stop());
  opened = [];
  vi.useRealTimers();
});
function open(clock: FakeClock, limit: number, windowMs = 30_000): Window {
  const window = createWindow({ clock, limit, windowMs });
  opened.push(window);
  return window;
}

async function settle(): Promise<void> {
  for (let turn = 0, idle = 0; turn < 20_000 && idle < 4; turn++) {
    idle = vi.getTimerCount() === 0 ? idle + 1 : 0;
    await vi.advanceTimersByTimeAsync(1);
  }
}
async function settled<T>(promise: Promise<T>): Promise<T> {
  await settle();
  return promise;
}
async function advance(clock: FakeClock, ms: number): Promise<void> {
  await settle();
  const end = clock.now() + ms;
  for (let next = clock.nextAt(); next !== undefined && next <= end; next = clock.nextAt()) {
    await clock.advance(Math.max(0, next - clock.now()));
    await settle();
  }
  await clock.advance(end - clock.now());
  await settle();
}
const never = new AbortController().signal;

describe("the rolling window", () => {
  it("never lets more than its limit out in any span of its length, and loses nobody", async () => {
    const arrival = fc.record({
      afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 900 })),
      lane: fc.constantFrom(...lanes),
      giveUpAfterMs: fc.option(fc.integer({ min: 1, max: 2500 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrival, { maxLength: 14 }),
        fc.integer({ min: 1, max: 4 }),
        async (arrivals, limit) => {
          const clock = createFakeClock();
          const window = open(clock, limit, 1000);
          const went: number[] = [];
          const ends: Promise<string>[] = [];
          for (const { afterMs, lane, giveUpAfterMs } of arrivals) {
            await advance(clock, afterMs);
            const controller = new AbortController();
            if (giveUpAfterMs !== undefined) void clock.sleep(giveUpAfterMs).then(() => controller.abort());
            const end = window.take(lane, clock.now() + 60_000, controller.signal).then(
              (at) => {
                went.push(at);
                return "went";
              },
              () => "gave up",
            );
            ends.push(end);
          }
          await advance(clock, 20_000);
          const results = await Promise.all(ends);
          expect(window.queued()).toBe(0);
          expect(results.filter((each) => each === "went")).toHaveLength(went.length);
          arrivals.forEach((each, index) => {
            if (each.giveUpAfterMs === undefined) expect(results[index]).toBe("went");
          });
          went.sort((a, b) => a - b);
          for (let index = limit; index < went.length; index++) {
            expect((went[index] ?? 0) - (went[index - limit] ?? 0)).toBeGreaterThanOrEqual(1000);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("lets the more important lane go first, and equals in order", async () => {
    const clock = createFakeClock();
    const window = open(clock, 2);
    const order: string[] = [];
    const go = (lane: Lane, name: string = lane) =>
      window.take(lane, clock.now() + 600_000, never).then(() => void order.push(name));
    await go("art", "first");
    await go("art", "second");
    const rest = [
      go("art"),
      go("metadata"),
      go("history", "h1"),
      go("now_playing"),
      go("history", "h2"),
      go("party"),
      go("controls"),
    ];
    expect(window.queued()).toBe(7);
    await settle();
    await advance(clock, 120_000);
    await Promise.all(rest);
    expect(order).toEqual(["first", "second", "controls", "party", "now_playing", "h1", "h2", "metadata", "art"]);
  });

  it("lets a late important call overtake those that already wait", async () => {
    const clock = createFakeClock();
    const window = open(clock, 1);
    await window.take("art", clock.now(), never);
    const order: string[] = [];
    const slow = window.take("art", clock.now() + 90_000, never).then(() => void order.push("art"));
    await advance(clock, 29_000);
    const fast = window.take("controls", clock.now() + 3_000, never).then(() => void order.push("controls"));
    await advance(clock, 61_000);
    await Promise.all([slow, fast]);
    expect(order).toEqual(["controls", "art"]);
  });

  it("refuses at once, with the time, who cannot be served by the deadline", async () => {
    const clock = createFakeClock();
    const window = open(clock, 2);
    const at = await window.take("controls", clock.now(), never);
    await advance(clock, 1_000);
    await window.take("controls", clock.now(), never);
    expect(await failure(window.take("controls", at + 29_999, never))).toMatchObject({
      code: "RateLimited",
      retryAt: at + 30_000,
    });
    const served = window.take("controls", at + 30_000, never);
    expect(await failure(window.take("controls", at + 30_000, never))).toMatchObject({ retryAt: at + 31_000 });
    await advance(clock, 29_000);
    expect(await served).toBe(at + 30_000);
    expect(window.queued()).toBe(0);
  });

  it("frees a place to the millisecond", async () => {
    const clock = createFakeClock();
    const window = open(clock, 1);
    const at = await window.take("controls", clock.now(), never);
    clock.jumpTo(at + 29_999);
    expect(await failure(window.take("controls", at + 29_999, never))).toMatchObject({ retryAt: at + 30_000 });
    clock.jumpTo(at + 30_000);
    expect(await window.take("controls", at + 30_000, never)).toBe(at + 30_000);
  });

  it("gives a place that came back at once to whoever waits", async () => {
    const clock = createFakeClock();
    const window = open(clock, 1);
    const at = await window.take("controls", clock.now(), never);
    const next = window.take("art", at + 60_000, never);
    await settle();
    window.giveBack(at);
    expect(await settled(next)).toBe(at);
  });

  it("does not let a newcomer past those who wait when a place is just free", async () => {
    const clock = createFakeClock();
    const window = open(clock, 1);
    const at = await window.take("art", clock.now(), never);
    const order: string[] = [];
    const first = window.take("art", at + 90_000, never).then(() => void order.push("first"));
    await settle();
    clock.jumpTo(at + 30_000);
    const second = window.take("art", at + 90_000, never).then(() => void order.push("second"));
    await advance(clock, 60_000);
    await Promise.all([first, second]);
    expect(order).toEqual(["first", "second"]);
  });

  it("gives a newcomer no place that was made to clear away those who left", async () => {
    const clock = createFakeClock();
    const window = open(clock, 1);
    const at = await window.take("art", clock.now(), never);
    const controller = new AbortController();
    const left = Array.from({ length: 80 }, () => failure(window.take("art", at + 1e9, controller.signal)));
    await settle();
    controller.abort();
    await Promise.all(left);
    let went: number | undefined;
    const newcomer = window.take("controls", at + 60_000, never).then((when) => {
      went = when;
    });
    await settle();
    expect(went).toBeUndefined();
    await advance(clock, 30_000);
    await newcomer;
    expect(went).toBe(at + 30_000);
  });

  it("ends a wait with the caller's reason and gives the place to the next", async () => {
    const clock = createFakeClock();
    const window = open(clock, 1);
    const at = await window.take("controls", clock.now(), never);
    const controller = new AbortController();
    const gone = failure(window.take("controls", at + 60_000, controller.signal));
    const next = window.take("art", at + 60_000, never);
    await settle();
    controller.abort("enough");
    expect(await gone).toBe("enough");
    expect(window.queued()).toBe(1);
    await advance(clock, 30_000);
    expect(await next).toBe(at + 30_000);
  });

  it("is not clogged by callers who left", async () => {
    const clock = createFakeClock();
    const window = open(clock, 1);
    await window.take("art", clock.now(), never);
    for (let round = 0; round < 3; round++) {
      const controller = new AbortController();
      const left = Array.from({ length: 150 }, () => failure(window.take("art", clock.now() + 1e9, controller.signal)));
      await settle();
      controller.abort();
      await settled(Promise.all(left));
      await settle();
    }
    const live = window.take("art", clock.now() + 60_000, never);
    await advance(clock, 60_000);
    await live;
    expect(window.used()).toBeLessThanOrEqual(1);
  });

  it("keeps the order of those who wait, and room for others, while many around them leave", async () => {
    const clock = createFakeClock();
    const window = open(clock, 1);
    const at = await window.take("art", clock.now(), never);
    const order: string[] = [];
    const stays = (lane: Lane, name: string) => window.take(lane, at + 1e9, never).then(() => void order.push(name));
    const waits: Promise<void>[] = [];
    for (const round of ["1", "2", "3"]) {
      waits.push(stays("art", `art ${round}`), stays("controls", `controls ${round}`));
      const controller = new AbortController();
      // In the more important lane as well: such jobs stand before those who wait.
      const left = Array.from({ length: 170 }, (_, index) =>
        failure(window.take(index % 2 ? "art" : "controls", at + 1e9, controller.signal)),
      );
      await settle();
      controller.abort("left");
      expect(new Set(await settled(Promise.all(left)))).toEqual(new Set(["left"]));
    }
    waits.push(stays("art", "last"));
    await settle();
    expect(window.queued()).toBe(7);
    await advance(clock, 7 * 30_000);
    await Promise.all(waits);
    expect(order).toEqual(["controls 1", "controls 2", "controls 3", "art 1", "art 2", "art 3", "last"]);
  });

  it("turns the least important away when too many wait", async () => {
    const clock = createFakeClock();
    const window = open(clock, 1);
    await window.take("art", clock.now(), never);
    const art = Array.from({ length: 200 }, () => failure(window.take("art", clock.now() + 1e9, never)));
    await settle();
    const control = window.take("controls", clock.now() + 40_000, never);
    await settle();
    expect(await settled(Promise.race(art))).toMatchObject({ code: "RateLimited" });
    expect(window.queued()).toBe(200);
    await advance(clock, 30_000);
    await control;
    await settled(window.stop());
    expect(await settled(Promise.all(art))).toHaveLength(200);
  });

  it("is not stopped by a clock that was ahead", async () => {
    const clock = createFakeClock();
    const right = clock.now();
    const window = open(clock, 1);
    clock.jumpTo(right + 1e9);
    await window.take("controls", clock.now(), never);
    clock.jumpTo(right);
    const next = window.take("controls", right + 31_000, never);
    await advance(clock, 30_000);
    expect(await next).toBe(right + 30_000);
  });
});
