import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBreaker } from "../../../src/net/breaker.ts";
import type { HttpCall } from "../../../src/net/call.ts";
import { createFakeClock, type FakeClock } from "../../fakes/clock.ts";
import {
  call,
  failure,
  type Handler,
  ok,
  openNet,
  reset,
  type Service,
  silence,
  startService,
  status,
  tooMany,
} from "./service.ts";

let clock: FakeClock;
let service: Service;
let net: Awaited<ReturnType<typeof openNet>>;
beforeEach(async () => {
  clock = createFakeClock();
  service = await startService(ok);
  net = await openNet({ clock });
});
afterEach(async () => {
  await net.close();
  await service.close();
});

/** A write is sent once, so that one request is one attempt. */
const once = (change: Partial<HttpCall> = {}) => call(service.url, { method: "POST", repeat: false, ...change });
const asked = async (change: Partial<HttpCall> = {}) =>
  clock.until(failure(net.http.request(once(change))), { realMs: 15 });
const fiveTimes = async (handler: Handler, change: Partial<HttpCall> = {}) => {
  service.answer(handler);
  for (let time = 0; time < 5; time++) await asked(change);
};
const left = { code: "Unavailable", details: { service: "Service", why: "breaker" } };

describe("a service that fails again and again", () => {
  it("is left alone for 30 s after five failures in a row, and callers are told until when", async () => {
    await fiveTimes(status(503));
    const at = clock.now();
    expect(await asked()).toMatchObject({ ...left, retryAt: at + 30_000 });
    expect(service.seen).toHaveLength(5);
    expect((await net.http.usage("app")).breakers).toEqual([{ group: "player", state: "open", untilAt: at + 30_000 }]);
  });

  it.each([
    ["no connection", reset],
    ["no answer", silence],
    ["a success that is none", status(200, "<html>oops</html>")],
  ] as const)("counts %s", async (_name, handler) => {
    await fiveTimes(handler, { answer: "json" });
    expect(await asked()).toMatchObject(left);
    expect(service.seen).toHaveLength(5);
  });

  it.each([
    ["a refusal", status(403, "Forbidden")],
    ["nothing found", status(404)],
  ])("takes %s for an answer", async (_name, handler) => {
    await fiveTimes(status(503), { group: "other" });
    service.answer(status(503));
    for (let time = 0; time < 4; time++) await asked();
    service.answer(handler);
    expect(await net.http.request(once())).toMatchObject({ status: expect.any(Number) });
    service.answer(status(503));
    for (let time = 0; time < 4; time++) expect(await asked()).not.toMatchObject(left);
  });

  it("does not count a 429, which is the gate's business", async () => {
    service.answer(status(503));
    for (let time = 0; time < 4; time++) await asked();
    service.answer(tooMany({ "Retry-After": "1" }));
    await asked({ deadlineAt: clock.now() + 900 });
    await clock.advance(1_000);
    service.answer(status(503));
    expect(await asked()).not.toMatchObject(left);
    expect(await asked()).toMatchObject(left);
  });

  it("does not blame it for a caller who was in a hurry", async () => {
    service.answer(silence);
    for (let time = 0; time < 6; time++) await asked({ deadlineAt: clock.now() + 500 });
    service.answer(ok);
    expect(await net.http.request(once())).toMatchObject({ status: 200 });
  });

  it("is called in its other groups all the while", async () => {
    await fiveTimes(status(503));
    service.answer(ok);
    expect(await net.http.request(once({ group: "search" }))).toMatchObject({ status: 200 });
  });

  it("is tried by one call once the time is over, and the others wait for how that ends", async () => {
    await fiveTimes(status(503));
    await clock.advance(30_000);
    let answer: (() => void) | undefined;
    service.answer((_request, response) => {
      answer = () => void response.writeHead(204).end();
    });
    const trying = net.http.request(once());
    await expect.poll(() => answer).toBeDefined();
    expect(await failure(net.http.request(once()))).toMatchObject(left);
    expect((await net.http.usage("app")).breakers).toMatchObject([{ state: "half_open" }]);
    answer?.();
    expect(await trying).toMatchObject({ status: 204 });
    expect((await net.http.usage("app")).breakers).toEqual([]);
    expect(service.seen).toHaveLength(6);
  });

  it("is left alone for another 30 s where the try fails", async () => {
    await fiveTimes(status(503));
    await clock.advance(30_000);
    expect(await asked()).not.toMatchObject(left);
    expect(await asked()).toMatchObject({ ...left, retryAt: clock.now() + 30_000 });
  });

  it("is tried by somebody else where the one who tried gave up", async () => {
    await fiveTimes(status(503));
    await clock.advance(30_000);
    const gone = new AbortController();
    service.answer(silence);
    const trying = failure(net.http.request(once({ signal: gone.signal })));
    await expect.poll(() => service.seen.length).toBe(6);
    gone.abort(new Error("gone"));
    await trying;
    service.answer(ok);
    expect(await net.http.request(once())).toMatchObject({ status: 200 });
  });

  it("is asked no more within one request that repeats itself, and by that one again where its time lasts", async () => {
    service.answer(status(503));
    const request = net.http.request(call(service.url, { lane: "now_playing", deadlineAt: clock.now() + 5 * 60_000 }));
    await clock.until(failure(request), { realMs: 15 });
    expect(service.seen).toHaveLength(6);
    expect(net.reports.at(-1)).toMatchObject({ attempt: 6 });
    expect(clock.now()).toBeGreaterThanOrEqual(30_000);
  });
});

it("holds its rules for any calls that come and go", () => {
  const times = { failures: 3, openMs: 1_000 };
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.record({ act: fc.constant("enter" as const) }),
          fc.record({
            act: fc.constant("end" as const),
            which: fc.nat(),
            how: fc.constantFrom("well" as const, "failed" as const, "unknown" as const),
          }),
          fc.record({ act: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 1_500 }) }),
        ),
        { maxLength: 80 },
      ),
      (steps) => {
        let now = 0;
        const breaker = createBreaker({ clock: { now: () => now, sleep: async () => {} }, times });
        const under: { leave: ReturnType<typeof breaker.enter>; trying: boolean }[] = [];
        for (const step of steps) {
          if (step.act === "wait") now += step.ms;
          if (step.act === "enter" && breaker.refusedUntil("g") === undefined) {
            const trying = breaker.open().length > 0;
            // Never two that try at once.
            if (trying) expect(under.some((each) => each.trying)).toBe(false);
            under.push({ leave: breaker.enter("g"), trying });
          }
          if (step.act === "end" && under.length > 0) {
            const [one] = under.splice(step.which % under.length, 1);
            one?.leave(step.how);
            one?.leave("failed");
            if (step.how === "well") expect(breaker.open()).toEqual([]);
          }
          const until = breaker.refusedUntil("g");
          if (until !== undefined) expect(until).toBeLessThanOrEqual(now + times.openMs);
        }
        // Whatever came before: once nobody is under way, it is open to a try within its time.
        for (const { leave } of under) leave("unknown");
        now += times.openMs;
        expect(breaker.refusedUntil("g")).toBeUndefined();
      },
    ),
  );
});
