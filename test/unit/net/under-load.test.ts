import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Lane, lanes } from "../../../src/contracts/music.ts";
import { laneStopsAt } from "../../../src/net/ledger.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { call, failure, ok, openNet, startService, status } from "./service.ts";

const lane = fc.constantFrom(...lanes);

describe("the day's budget", () => {
  it("is never passed, whoever asks at once and whatever is answered, and each lane keeps to its share", async () => {
    const dailyCalls = 40;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(lane, { minLength: 1, maxLength: 12 }), { minLength: 3, maxLength: 8 }),
        fc.array(fc.constantFrom(200, 204, 404, 500, 503), { minLength: 4, maxLength: 4 }),
        async (bursts, statuses) => {
          const clock = createFakeClock();
          const service = await startService(...statuses.map((code) => status(code)), ok);
          const net = await openNet({ clock, limits: { dailyCalls }, net: { breaker: { failures: 1_000 } } });
          const sent: Lane[] = [];
          const http = net.open({ onCall: (report) => void sent.push(report.lane) });
          for (const burst of bursts) {
            const asked = burst.map((each) => http.request(call(service.url, { lane: each })).catch(() => undefined));
            await clock.until(Promise.all(asked), { realMs: 2 });
          }
          const { last24h } = await http.usage("app");
          expect(service.seen.length).toBeLessThanOrEqual(dailyCalls);
          expect(last24h).toBe(service.seen.length);
          // Of every lane the last call went out before the day was so far gone.
          for (const each of lanes)
            expect(sent.lastIndexOf(each)).toBeLessThan(Math.floor(dailyCalls * laneStopsAt[each]));
          await net.close();
          await service.close();
        },
      ),
      { numRuns: 12 },
    );
  });
});

describe("a service that fails again and again, and a thousand who ask it at once", () => {
  const once = { group: "player", repeat: false, method: "POST" } as const;

  it("is tried by exactly one of them, and whether it is back is told to all", async () => {
    const clock = createFakeClock();
    const service = await startService(status(503));
    const net = await openNet({ clock, limits: { windowCalls: 2_000 } });
    const ask = () => net.http.request(call(service.url, once));
    for (let times = 0; times < 5; times++) await failure(ask());
    await clock.advance(30_000);
    for (const answer of [status(503), ok]) {
      service.answer(answer);
      const before = service.seen.length;
      const outcomes = await Promise.allSettled(Array.from({ length: 1_000 }, ask));
      expect(service.seen.length - before).toBe(1);
      const refused = outcomes
        .filter(({ status: how }) => how === "rejected")
        .map((each) => "reason" in each && each.reason);
      expect(refused).toHaveLength(answer === ok ? 999 : 1_000);
      expect(refused.filter((error) => error.code === "Unavailable" && error.details.why === "breaker")).toHaveLength(
        999,
      );
      await clock.advance(30_000);
    }
    expect((await net.http.usage("app")).breakers).toEqual([]);
    await net.close();
    await service.close();
  });

  it.each([400, 401, 403, 404, 409, 429])("is not left alone for %d, which is no fault of its own", async (code) => {
    const service = await startService(status(code, { error: { status: code, reason: "RATE_LIMITED" } }));
    const net = await openNet();
    for (let times = 0; times < 12; times++)
      expect(await net.http.request(call(service.url, once))).toMatchObject({ status: code });
    expect((await net.http.usage("app")).breakers).toEqual([]);
    await net.close();
    await service.close();
  });
});
