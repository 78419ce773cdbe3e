import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CallCount, CallStore } from "../../../src/contracts/call-store.ts";
import { type Lane, lanes } from "../../../src/contracts/music.ts";
import { createLedger, laneStopsAt } from "../../../src/net/ledger.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { call, failure, ok, openNet, silence, startService } from "./service.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Keeps single calls, as no real store would: the model that the buckets are held against. */
function naiveStore() {
  const calls: { group: string; lane: Lane; at: number }[] = [];
  const store: CallStore = {
    async count({ group, lane, at }) {
      calls.push({ group, lane, at });
    },
    async since(budget, sinceAt) {
      const rows = calls.map(
        ({ group, lane, at }): CallCount => ({ budget, group, lane, hourAt: at - (at % HOUR), calls: 1 }),
      );
      return rows.filter((row) => row.hourAt + HOUR > sinceAt);
    },
  };
  return { calls, store };
}

describe("the ledger of a day", () => {
  it("never counts less than the last 24 hours hold, nor more than the last 25", async () => {
    const step = fc.record({
      afterMs: fc.oneof(fc.integer({ min: 0, max: HOUR }), fc.integer({ min: 0, max: 8 * HOUR })),
      lane: fc.constantFrom(...lanes),
      restart: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        async (steps, dailyCalls) => {
          const clock = createFakeClock(1_800_000_000_123);
          const { calls, store } = naiveStore();
          const open = () => createLedger({ budget: "b", dailyCalls, store, clock });
          let ledger = open();
          for (const { afterMs, lane, restart } of steps) {
            clock.jumpTo(clock.now() + afterMs);
            if (restart) {
              ledger = open();
              await ledger.load();
            }
            const now = clock.now();
            const within = (ms: number) => calls.filter((each) => each.at > now - ms).length;
            expect(ledger.used()).toBeGreaterThanOrEqual(within(DAY));
            expect(ledger.used()).toBeLessThanOrEqual(within(DAY + HOUR));
            const allowed = Math.floor(dailyCalls * laneStopsAt[lane]);
            const before = ledger.used();
            const error = await ledger.count("g", lane).catch((caught) => caught);
            if (before < allowed) {
              expect(error).toBeUndefined();
              expect(ledger.used()).toBe(before + 1);
            } else {
              expect(error).toMatchObject({ code: "QuotaExceeded", details: { lane } });
              if (allowed === 0) continue;
              // The time told is the first at which the lane has room again.
              const other = open();
              await other.load();
              const at = clock.now();
              clock.jumpTo(error.retryAt - 1);
              expect(other.used()).toBeGreaterThanOrEqual(allowed);
              clock.jumpTo(error.retryAt);
              expect(other.used()).toBeLessThan(allowed);
              clock.jumpTo(at);
            }
            expect(within(DAY)).toBeLessThanOrEqual(dailyCalls);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("stops the lanes one after the other, controls last", async () => {
    const stopped: Lane[] = [];
    const ledger = createLedger({ budget: "b", dailyCalls: 100, store: naiveStore().store, clock: createFakeClock() });
    for (let index = 0; index < 100; index++) {
      for (const lane of lanes) {
        if (stopped.includes(lane) || lane === "controls") continue;
        if (ledger.used() >= 100 * laneStopsAt[lane]) {
          await expect(ledger.count("g", lane)).rejects.toMatchObject({ code: "QuotaExceeded" });
          stopped.push(lane);
        }
      }
      await ledger.count("g", "controls");
    }
    expect(stopped).toEqual(["art", "metadata", "now_playing", "history", "party"]);
    await expect(ledger.count("g", "controls")).rejects.toMatchObject({ code: "QuotaExceeded" });
  });

  it("gives the last place to one of many that begin together", async () => {
    const { calls, store } = naiveStore();
    const ledger = createLedger({ budget: "b", dailyCalls: 3, store, clock: createFakeClock() });
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => ledger.count("g", "controls")));
    expect(results.filter((each) => each.status === "fulfilled")).toHaveLength(3);
    expect(calls).toHaveLength(3);
  });

  it("does not count what could not be written down, and lets the call not go out", async () => {
    const service = await startService(ok);
    const broken = { count: () => Promise.reject(new Error("disk full")), since: async () => [] };
    const net = await openNet({ net: { calls: broken } });
    expect(await failure(net.http.request(call(service.url)))).toMatchObject({ message: "disk full" });
    expect(await net.http.usage("app")).toMatchObject({ last24h: 0, window: { used: 0 } });
    expect(service.seen).toHaveLength(0);
    await net.close();
    await service.close();
  });

  it("counts calls of a clock that was ahead as made now, for one day", async () => {
    const clock = createFakeClock();
    const { store } = naiveStore();
    const right = clock.now();
    const ledger = createLedger({ budget: "b", dailyCalls: 10, store, clock });
    clock.jumpTo(right + 400 * DAY);
    await ledger.count("g", "controls");
    clock.jumpTo(right);
    expect(ledger.used()).toBe(1);
    clock.jumpTo(right + DAY + HOUR);
    expect(ledger.used()).toBe(0);
  });

  it("equals what the server saw, retries included, also after a restart", async () => {
    const service = await startService((request, response, seen) => {
      if (service.seen.length % 3 === 0) response.writeHead(503).end();
      else ok(request, response, seen);
    });
    const net = await openNet({ net: { random: () => 0 } });
    for (let index = 0; index < 20; index++) await net.http.request(call(service.url));
    expect(service.seen.length).toBeGreaterThan(20);
    expect((await net.http.usage("app")).last24h).toBe(service.seen.length);
    expect((await net.open().usage("app")).last24h).toBe(service.seen.length);
    const rows = await net.store.calls.since("app", Date.now() - DAY);
    expect(rows.reduce((sum, row) => sum + row.calls, 0)).toBe(service.seen.length);
    await net.close();
    await service.close();
  });

  it("makes background waits shorter and retries fewer when little is left", async () => {
    const clock = createFakeClock();
    const service = await startService((_request, response) => void response.writeHead(503).end());
    const net = await openNet({ clock, limits: { dailyCalls: 40 }, net: { breaker: { failures: 100 } } });
    for (let index = 0; index < 30; index++) {
      await net.store.calls.count({ budget: "low", group: "g", lane: "art", at: clock.now() });
    }
    const ask = async (budget: string) => {
      const before = service.seen.length;
      const request = net.http.request(call(service.url, { lane: "now_playing", budget }));
      await clock.until(failure(request), { realMs: 15 });
      return service.seen.length - before;
    };
    expect(await ask("fresh")).toBe(6);
    expect(await ask("low")).toBe(2);

    service.answer(silence);
    const wait = async (budget: string) => {
      const from = clock.now();
      const request = net.http.request(call(service.url, { lane: "now_playing", budget, repeat: false }));
      await clock.until(failure(request), { realMs: 15 });
      return clock.now() - from;
    };
    expect(await wait("fresh")).toBe(30_000);
    expect(await wait("low")).toBe(10_000);
    await net.close();
    await service.close();
  });
});
