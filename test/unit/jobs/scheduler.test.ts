import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import type { Job } from "../../../src/contracts/scheduler.ts";
import { createScheduler } from "../../../src/jobs/scheduler.ts";
import { during } from "../../../src/trace.ts";
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

  it("goes on at its pace when the machine's clock is put back or forward by a day", async () => {
    const timer = createFakeClock(0);
    let wrongBy = 0;
    // What sleeps is a timer of the machine, which does not follow its clock.
    const clock = { now: () => timer.now() + wrongBy, sleep: timer.sleep };
    const scheduler = createScheduler({ clock, log: capturedLog().log });
    const { at, job } = timed(timer, "a", () => ({ againInMs: 1_000 }));
    scheduler.add(job);
    await timer.advance(500);
    wrongBy = -24 * 60 * 60 * 1000;
    await timer.advance(2_000);
    wrongBy = 24 * 60 * 60 * 1000;
    await timer.advance(2_000);
    expect(at).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
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

describe("what the scheduler says of its jobs", () => {
  it("names kinds, how many of each fail again and again, and why, until one of them works", async () => {
    const { clock, scheduler } = setup();
    let down = true;
    scheduler.add({
      name: "read:a",
      async run() {
        if (down) throw new SegueError("Unavailable", { service: "x", why: "timeout" });
        return { againInMs: 60_000 };
      },
    });
    scheduler.add({ name: "read:b", run: async () => ({ againInMs: 60_000 }) });
    await clock.advance(500);
    expect(scheduler.standing()).toEqual([{ kind: "read", jobs: 2, down: 0 }]);
    await clock.advance(5_000);
    expect(scheduler.standing()).toEqual([
      { kind: "read", jobs: 2, down: 1, why: "failed 3 times running: Unavailable" },
    ]);
    down = false;
    await clock.advance(5_000);
    expect(scheduler.standing()).toEqual([{ kind: "read", jobs: 2, down: 0 }]);
    await scheduler.stop(1);
  });

  it("counts rounds that say themselves that they could do nothing, and leaves their pace to them", async () => {
    const { clock, scheduler } = setup();
    const { at, job } = timed(clock, "watch", () => ({ againInMs: 100, failed: "it does not answer" }));
    scheduler.add(job);
    await clock.advance(200);
    expect(at).toEqual([0, 100, 200]);
    expect(scheduler.standing()).toEqual([
      { kind: "watch", jobs: 1, down: 1, why: "failed 3 times running: it does not answer" },
    ]);
    await scheduler.stop(1);
  });

  it("sees a round that hangs, but for jobs that may take their time", async () => {
    const { clock, scheduler } = setup();
    const never = (signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
    scheduler.add({ name: "sweep", run: never });
    scheduler.add({ name: "listen", run: never, roundMs: Number.POSITIVE_INFINITY });
    await clock.advance(600_000);
    expect(scheduler.standing().map(({ down }) => down)).toEqual([0, 0]);
    await clock.advance(60_000);
    expect(scheduler.standing()).toEqual([
      { kind: "sweep", jobs: 1, down: 1, why: "hangs for 660 s" },
      { kind: "listen", jobs: 1, down: 0 },
    ]);
    await scheduler.stop(1);
  });

  it("logs for each job under its name, whoever added it", async () => {
    const { clock, lines, scheduler } = setup();
    during({ request: "somebody" }, () =>
      scheduler.add({
        name: "late",
        run: async () => {
          throw new Error("broken");
        },
      }),
    );
    await clock.advance(10);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ job: "late", msg: "job failed" }]);
    expect(lines[0]).not.toContain("somebody");
    await scheduler.stop(1);
  });
});
