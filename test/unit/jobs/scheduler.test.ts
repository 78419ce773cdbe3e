import { describe, expect, it } from "vitest";
import type { Job } from "../../../src/contracts/scheduler.ts";
import { createScheduler } from "../../../src/jobs/scheduler.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { capturedLog } from "../../support/log.ts";

function setup() {
  const clock = createFakeClock(0);
  const { log, lines } = capturedLog();
  return { clock, lines, scheduler: createScheduler({ clock, log }) };
}
type Next = Awaited<ReturnType<Job["run"]>>;
/** A job that writes down when its rounds began. */
function timed(clock: { now(): number }, name: string, next: (round: number) => Next | Promise<Next>) {
  const at: number[] = [];
  const job: Job = {
    name,
    async run() {
      at.push(clock.now());
      return next(at.length);
    },
  };
  return { at, job };
}

describe("the scheduler", () => {
  it("runs a job at once and then when each round says, until it says stop", async () => {
    const { clock, scheduler } = setup();
    const { at, job } = timed(clock, "a", (round) => (round === 4 ? "stop" : { againInMs: round * 100 }));
    scheduler.add(job);
    await clock.advance(10_000);
    expect(at).toEqual([0, 100, 300, 600]);
    expect(clock.pending()).toBe(0);
  });

  it("keeps very long waits", async () => {
    const { clock, scheduler } = setup();
    const days = 24 * 60 * 60 * 1000;
    const { at, job } = timed(clock, "a", () => ({ againInMs: 60 * days }));
    scheduler.add(job);
    await clock.advance(60 * days - 1);
    expect(at).toHaveLength(1);
    await clock.advance(1);
    expect(at).toEqual([0, 60 * days]);
    await scheduler.stop(1);
  });

  it("tries a job that throws again, later each time, and never lets it stop others", async () => {
    const { clock, lines, scheduler } = setup();
    const bad = timed(clock, "bad", (round) => {
      if (round === 6) return { againInMs: 1_000_000 };
      throw new Error("no luck");
    });
    const worse = timed(clock, "worse", () => ({ againInMs: Number.NaN }));
    const good = timed(clock, "good", () => ({ againInMs: 10_000 }));
    scheduler.add(bad.job);
    scheduler.add(worse.job);
    scheduler.add(good.job);
    await clock.advance(60_000);
    expect(bad.at).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000]);
    expect(worse.at).toHaveLength(6);
    expect(good.at).toHaveLength(7);
    expect(lines.filter((line) => line.includes("no luck"))).toHaveLength(5);
    await scheduler.stop(1);
  });

  it("waits five minutes at most after failures", async () => {
    const { clock, scheduler } = setup();
    const { at, job } = timed(clock, "a", () => Promise.reject(new Error("x")));
    scheduler.add(job);
    await clock.advance(3_600_000);
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(Math.max(...gaps)).toBe(300_000);
    await scheduler.stop(1);
  });

  it("wakes a sleeping job at once, and a running one for one more round", async () => {
    const { clock, scheduler } = setup();
    let running = 0;
    let most = 0;
    const at: number[] = [];
    scheduler.add({
      name: "a",
      async run() {
        at.push(clock.now());
        most = Math.max(most, ++running);
        await clock.sleep(50);
        running--;
        return { againInMs: 10_000 };
      },
    });
    await clock.advance(1_000);
    scheduler.wake("a");
    await clock.advance(20);
    scheduler.wake("a");
    scheduler.wake("a");
    await clock.advance(1_000);
    expect(at).toEqual([0, 1_000, 1_050]);
    expect(most).toBe(1);
    scheduler.wake("nobody");
    await scheduler.stop(1);
  });

  it("replaces a job of the same name, after the round in hand has ended", async () => {
    const { clock, scheduler } = setup();
    const order: string[] = [];
    scheduler.add({
      name: "a",
      async run(signal) {
        order.push("old begins");
        await clock.sleep(100);
        order.push(`old ends, told ${signal.aborted}`);
        return { againInMs: 1 };
      },
    });
    await clock.advance(10);
    scheduler.add({
      name: "a",
      async run() {
        order.push("new");
        return "stop";
      },
    });
    await clock.advance(10_000);
    expect(order).toEqual(["old begins", "old ends, told true", "new"]);
  });

  it("removes a job", async () => {
    const { clock, scheduler } = setup();
    const { at, job } = timed(clock, "a", () => ({ againInMs: 10 }));
    scheduler.add(job);
    await clock.advance(25);
    scheduler.remove("a");
    await clock.advance(1_000);
    expect(at).toEqual([0, 10, 20]);
    expect(clock.pending()).toBe(0);
  });

  it("stops when all rounds have ended, and does not wait for one that does not listen", async () => {
    const { clock, lines, scheduler } = setup();
    const { at, job } = timed(clock, "sleeper", () => ({ againInMs: 10 }));
    scheduler.add(job);
    scheduler.add({
      name: "polite",
      run: (signal) => clock.sleep(1_000_000, signal).then(() => "stop" as const),
    });
    await clock.advance(15);
    const from = clock.now();
    await clock.until(scheduler.stop(5_000));
    expect(clock.now()).toBe(from);
    scheduler.add(job);
    await clock.advance(1_000);
    expect(at).toEqual([0, 10]);

    const second = setup();
    second.scheduler.add({ name: "deaf", run: () => new Promise(() => {}) });
    await second.clock.advance(0);
    await second.clock.until(second.scheduler.stop(5_000));
    expect(second.clock.now()).toBe(5_000);
    expect(second.lines.some((line) => line.includes("did not end in time"))).toBe(true);
    expect(lines.some((line) => line.includes("did not end in time"))).toBe(false);
  });
});
