import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../../../src/contracts/store.ts";
import { createScheduler } from "../../../src/jobs/scheduler.ts";
import { createTimers, type TimerHandler } from "../../../src/jobs/timers.ts";
import { openStore } from "../../../src/store/open.ts";
import { createFakeClock, type FakeClock } from "../../fakes/clock.ts";
import { createJumpingClock } from "../../fakes/jumping-clock.ts";
import { capturedLog } from "../../support/log.ts";

let folder: string;
let clock: FakeClock;
let store: Store;
let lines: string[];
let stops: (() => Promise<void>)[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "segue-timers-"));
  clock = createFakeClock();
  const captured = capturedLog();
  lines = captured.lines;
  stops = [];
  store = await openStore({ url: `sqlite:${folder}/segue.sqlite`, clock, log: captured.log });
});
afterEach(async () => {
  for (const stop of stops) await stop();
  await store.close();
  rmSync(folder, { recursive: true });
});

/** One process's timers; several share the database. */
function open(handlers: Record<string, TimerHandler>) {
  const { log, lines: own } = capturedLog();
  const scheduler = createScheduler({ clock, log });
  const timers = createTimers({ store: store.timers, scheduler, clock, log });
  for (const [name, handler] of Object.entries(handlers)) timers.on(name, handler);
  timers.start();
  lines = own;
  const stop = async () => {
    await clock.until(timers.stop(1_000));
    await clock.until(scheduler.stop(1_000));
  };
  stops.push(stop);
  return { ...timers, halt: stop };
}

describe("timers", () => {
  it("run once, when due, with their data, and are gone", async () => {
    const ran: unknown[] = [];
    const timers = open({ sleep: async (timer) => void ran.push([clock.now(), timer]) });
    const row = { name: "sleep", owner: "ada", dueAt: clock.now() + 90_000, data: { device: "kitchen" } };
    await timers.put(row);
    await clock.advance(89_999);
    expect(ran).toEqual([]);
    await clock.advance(1);
    expect(ran).toEqual([[row.dueAt, row]]);
    await clock.advance(600_000);
    expect(ran).toHaveLength(1);
    expect(await store.timers.get("sleep", "ada")).toBeUndefined();
  });

  it("of a clock that is put back are tried again in their minute, and run once at a time all the same", async () => {
    const jumping = createJumpingClock(clock);
    const { log } = capturedLog();
    const scheduler = createScheduler({ clock: jumping, log });
    const timers = createTimers({ store: store.timers, scheduler, clock: jumping, log });
    const ran: string[] = [];
    const slow = Promise.withResolvers<void>();
    let fails = 1;
    timers.on("fails", async () => {
      ran.push("fails");
      if (fails-- > 0) throw new Error("not yet");
    });
    timers.on("slow", async () => {
      ran.push("slow");
      await slow.promise;
    });
    timers.start();
    stops.push(async () => {
      await clock.until(timers.stop(1_000));
      await clock.until(scheduler.stop(1_000));
    });
    const dueAt = jumping.now() - 2 * 60 * 60_000;
    await timers.put({ name: "fails", owner: "ada", dueAt, data: null });
    await timers.put({ name: "slow", owner: "ada", dueAt, data: null });
    await clock.advance(1_000);
    expect([...ran].sort()).toEqual(["fails", "slow"]);
    jumping.jump(-60 * 60_000);
    await clock.advance(30_000);
    slow.resolve();
    await clock.advance(2 * 60_000);
    expect([...ran].sort()).toEqual(["fails", "fails", "slow"]);
    expect(await store.timers.get("fails", "ada")).toBeUndefined();
    expect(await store.timers.get("slow", "ada")).toBeUndefined();
  });

  it("of a clock that goes forward by a day run at once, each once", async () => {
    const jumping = createJumpingClock(clock);
    const { log } = capturedLog();
    const scheduler = createScheduler({ clock: jumping, log });
    const timers = createTimers({ store: store.timers, scheduler, clock: jumping, log });
    const ran: string[] = [];
    timers.on("sleep", async ({ owner }) => void ran.push(owner));
    timers.start();
    stops.push(async () => {
      await clock.until(timers.stop(1_000));
      await clock.until(scheduler.stop(1_000));
    });
    for (const [at, owner] of ["ada", "bob"].entries())
      await timers.put({ name: "sleep", owner, dueAt: jumping.now() + (at + 1) * 60 * 60_000, data: null });
    await clock.advance(1_000);
    jumping.jump(24 * 60 * 60_000);
    await clock.advance(61_000);
    expect(ran).toEqual(["ada", "bob"]);
    await clock.advance(24 * 60 * 60_000);
    expect(ran).toHaveLength(2);
  });

  it("that are set while others sleep are not late", async () => {
    const ran: string[] = [];
    const timers = open({ look: async ({ owner }) => void ran.push(`${owner} ${clock.now()}`) });
    const from = clock.now();
    await timers.put({ name: "look", owner: "late", dueAt: from + 50_000, data: null });
    await clock.advance(1_000);
    await timers.put({ name: "look", owner: "soon", dueAt: from + 2_000, data: null });
    await clock.advance(60_000);
    expect(ran).toEqual([`soon ${from + 2_000}`, `late ${from + 50_000}`]);
  });

  it("can be replaced and cancelled", async () => {
    const ran: unknown[] = [];
    const timers = open({ sleep: async (timer) => void ran.push(timer.data) });
    const dueAt = clock.now() + 1_000;
    await timers.put({ name: "sleep", owner: "ada", dueAt, data: 1 });
    await timers.put({ name: "sleep", owner: "ada", dueAt: dueAt + 1_000, data: 2 });
    await timers.put({ name: "sleep", owner: "bob", dueAt, data: 3 });
    expect(await timers.remove("sleep", "bob")).toBe(true);
    await clock.advance(10_000);
    expect(ran).toEqual([2]);
  });

  it("may set themselves anew from their own handler", async () => {
    const at: number[] = [];
    const from = clock.now();
    const timers = open({
      look: async ({ name, owner }) => {
        at.push(clock.now() - from);
        if (at.length < 3) await timers.put({ name, owner, dueAt: clock.now() + 10_000, data: null });
      },
    });
    await timers.put({ name: "look", owner: "x", dueAt: from, data: null });
    await clock.advance(300_000);
    expect(at).toEqual([0, 10_000, 20_000]);
  });

  it("survive the death of the process, also in the middle of their work", async () => {
    const ran: string[] = [];
    const first = open({ sleep: (_timer, signal) => clock.sleep(1e9, signal).then(() => void ran.push("never")) });
    await first.put({ name: "sleep", owner: "ada", dueAt: clock.now() + 1_000, data: null });
    await clock.advance(1_000);
    await first.halt();
    open({ sleep: async () => void ran.push("after restart") });
    await clock.advance(58_000);
    expect(ran).toEqual([]);
    await clock.advance(60_000);
    expect(ran).toEqual(["after restart"]);
  });

  it("run in one process of many", async () => {
    const ran: string[] = [];
    const handlers = { sleep: async ({ owner }: { owner: string }) => void ran.push(owner) };
    const all = [open(handlers), open(handlers), open(handlers)];
    for (let index = 0; index < 30; index++) {
      await all[index % 3]?.put({ name: "sleep", owner: `o${index}`, dueAt: clock.now() + 1_000, data: null });
    }
    await clock.advance(120_000);
    expect(ran.sort()).toEqual(Array.from({ length: 30 }, (_, index) => `o${index}`).sort());
  });

  it("that are slow do not hold up others", async () => {
    const ran: string[] = [];
    const timers = open({
      slow: (_timer, signal) => clock.sleep(30_000, signal).then(() => void ran.push("slow")),
      quick: async () => void ran.push("quick"),
    });
    await timers.put({ name: "slow", owner: "x", dueAt: clock.now(), data: null });
    await timers.put({ name: "quick", owner: "x", dueAt: clock.now() + 1_000, data: null });
    await clock.advance(60_000);
    expect(ran).toEqual(["quick", "slow"]);
  });

  it("that fail or hang are tried five times in all, and then let go with a word", async () => {
    let failed = 0;
    let hung = 0;
    const timers = open({
      bad: async () => {
        failed++;
        throw new Error("no luck");
      },
      hangs: () => {
        hung++;
        return new Promise(() => {});
      },
    });
    await timers.put({ name: "bad", owner: "x", dueAt: clock.now(), data: null });
    await timers.put({ name: "hangs", owner: "x", dueAt: clock.now(), data: null });
    await clock.advance(3_600_000);
    expect([failed, hung]).toEqual([5, 5]);
    expect(await store.timers.nextDueAt()).toBeUndefined();
    expect(lines.filter((line) => line.includes("no luck"))).toHaveLength(5);
  });

  it("that nobody handles stay, and are told once", async () => {
    const timers = open({});
    await timers.put({ name: "future", owner: "x", dueAt: clock.now(), data: null });
    await clock.advance(600_000);
    expect(await store.timers.get("future", "x")).toBeDefined();
    expect(lines.filter((line) => line.includes("nothing here handles"))).toHaveLength(1);
  });

  it("beyond what may run at once follow as soon as there is room", async () => {
    let running = 0;
    let most = 0;
    let ran = 0;
    const timers = open({
      work: async (_timer, signal) => {
        most = Math.max(most, ++running);
        await clock.sleep(100, signal);
        running--;
        ran++;
      },
    });
    for (let index = 0; index < 45; index++) {
      await timers.put({ name: "work", owner: `o${index}`, dueAt: clock.now() + 1_000, data: null });
    }
    await clock.advance(1_500);
    expect(most).toBe(20);
    expect(ran).toBe(45);
  });
});
