import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFakeClock, type FakeClock } from "../../fakes/clock.ts";
import { call, failure, ok, openNet, quota, type Service, startService, tooMany } from "./service.ts";

const HOUR = 3_600_000;
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

/** Runs a call to its end, moving time only while the wire is quiet. */
const run = <T>(promise: Promise<T>) => clock.until(promise, { realMs: 15 });
const ask = (change = {}) => run(net.http.request(call(service.url, change)));
const fail = (change = {}) => run(failure(net.http.request(call(service.url, change))));

describe("a 429 about one person", () => {
  it("goes to the caller, and shuts nothing for anybody else", async () => {
    service.answer((_request, response) => {
      response.writeHead(429, { "Content-Type": "application/json", "Retry-After": "60" });
      response.end(JSON.stringify({ error: { status: 429, message: "too often", reason: "RATE_LIMITED" } }));
    }, ok);
    expect(await ask({ method: "PUT", repeat: false })).toMatchObject({
      status: 429,
      json: { error: { reason: "RATE_LIMITED" } },
    });
    expect(await ask()).toMatchObject({ status: 200 });
    expect((await net.http.usage("app")).gates).toEqual([]);
  });
});

describe("a quota", () => {
  it("is never tried again, and everybody after is told the time without a call", async () => {
    service.answer(quota({ "Retry-After": "79892" }));
    const retryAt = clock.now() + 79_892_000;
    expect(await fail()).toMatchObject({ code: "QuotaExceeded", retryAt });
    expect(await fail({ lane: "art" })).toMatchObject({ code: "QuotaExceeded", retryAt, details: { lane: "art" } });
    expect(await fail({ method: "PUT", repeat: false })).toMatchObject({ code: "QuotaExceeded", retryAt });
    expect(service.seen).toHaveLength(1);
  });

  it("is not tried again even where its wait would fit", async () => {
    service.answer(quota({ "Retry-After": "1" }), ok);
    expect(await fail({ deadlineAt: clock.now() + 60_000 })).toMatchObject({ code: "QuotaExceeded" });
    expect(service.seen).toHaveLength(1);
  });

  it("keeps its day through a restart, unclamped, and ends with it", async () => {
    service.answer(quota({ "Retry-After": "86400" }), ok);
    const retryAt = clock.now() + 86_400_000;
    await fail();
    const again = net.open();
    await clock.advance(86_400_000 - 1);
    expect(await run(failure(again.request(call(service.url))))).toMatchObject({ code: "QuotaExceeded", retryAt });
    expect(service.seen).toHaveLength(1);
    await clock.advance(1);
    expect(await run(again.request(call(service.url)))).toMatchObject({ status: 200 });
  });

  it("that does not say so is known by its length", async () => {
    service.answer(tooMany({ "Retry-After": "28425" }));
    expect(await fail()).toMatchObject({ code: "QuotaExceeded", retryAt: clock.now() + 28_425_000 });
  });

  it("without a time is waited for by the hour, longer each time, and not before our oldest hour leaves", async () => {
    service.answer(quota());
    // One call was just counted: it leaves the day in 25 h at the latest, so a day is the wait.
    expect(await fail()).toMatchObject({ code: "QuotaExceeded", retryAt: clock.now() + 24 * HOUR });

    const old = clock.now() - 23 * HOUR;
    await net.store.calls.count({ budget: "other", group: "x", lane: "art", at: old });
    const leaves = Math.floor(old / HOUR) * HOUR + 25 * HOUR;
    expect(await fail({ budget: "other" })).toMatchObject({ retryAt: leaves });
    await clock.advance(leaves - clock.now());
    service.answer(ok, quota());
    await ask({ budget: "other" });
    expect(await fail({ budget: "other", group: "second" })).toMatchObject({ code: "QuotaExceeded" });
  });
});

describe("a rate limit", () => {
  it("of seconds is waited out once, within the deadline, by reads and writes alike", async () => {
    for (const change of [{}, { method: "PUT", repeat: false }]) {
      service.answer(tooMany({ "Retry-After": "2" }), ok);
      const from = clock.now();
      const before = service.seen.length;
      expect(await ask({ ...change, deadlineAt: from + 5_000 })).toMatchObject({ status: 200 });
      expect(clock.now() - from).toBeGreaterThanOrEqual(2_000);
      expect(service.seen.length - before).toBe(2);
    }
  });

  it("beyond the deadline fails at once with its time", async () => {
    service.answer(tooMany({ "Retry-After": "30" }));
    const from = clock.now();
    expect(await fail({ deadlineAt: from + 5_000 })).toMatchObject({ code: "RateLimited", retryAt: from + 30_000 });
    expect(clock.now()).toBe(from);
  });

  it("told twice is not asked a third time", async () => {
    service.answer(tooMany({ "Retry-After": "1" }));
    expect(await fail({ deadlineAt: clock.now() + 60_000 })).toMatchObject({ code: "RateLimited" });
    expect(service.seen).toHaveLength(2);
  });

  it("without a time is waited for by the window, longer each time", async () => {
    service.answer(tooMany());
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      const from = clock.now();
      const error = (await fail({ deadlineAt: from + 1_000 })) as { retryAt: number };
      waits.push(error.retryAt - from);
      await clock.advance(error.retryAt - from);
    }
    expect(waits).toEqual([30_000, 60_000, 120_000, 240_000]);
    service.answer(ok, tooMany());
    await ask();
    const from = clock.now();
    expect(await fail({ deadlineAt: from + 1_000 })).toMatchObject({ retryAt: from + 30_000 });
  });

  it("may come as a date, read by the server's own clock", async () => {
    const theirs = Date.UTC(2031, 0, 1);
    service.answer(
      tooMany({ Date: new Date(theirs).toUTCString(), "Retry-After": new Date(theirs + 60_000).toUTCString() }),
    );
    expect(await fail()).toMatchObject({ code: "RateLimited", retryAt: clock.now() + 60_000 });
  });

  it.each(["-5", "soon", "", "1e9", "0x10"])("with a nonsense Retry-After (%j) is one without", async (value) => {
    service.answer(tooMany({ "Retry-After": value }));
    expect(await fail()).toMatchObject({ code: "RateLimited", retryAt: clock.now() + 30_000 });
  });
});

describe("groups and budgets", () => {
  const refused = { deadlineAt: 0 };
  beforeEach(() => {
    refused.deadlineAt = clock.now() + 500;
  });

  it("close one by one: a catalogue's day does not stop the player", async () => {
    service.answer(quota({ "Retry-After": "86207" }), ok);
    await fail({ group: "catalogue" });
    expect(await ask({ group: "player" })).toMatchObject({ status: 200 });
    expect(await fail({ group: "catalogue" })).toMatchObject({ code: "QuotaExceeded" });
  });

  it("close all together once a second one is refused, for as long as both are", async () => {
    service.answer(quota({ "Retry-After": "40000" }), quota({ "Retry-After": "30000" }), ok);
    const from = clock.now();
    await fail({ group: "catalogue" });
    await fail({ group: "playlists" });
    const before = service.seen.length;
    expect(await fail({ group: "player" })).toMatchObject({ code: "QuotaExceeded", retryAt: from + 30_000_000 });
    expect(await fail({ group: "catalogue" })).toMatchObject({ retryAt: from + 40_000_000 });
    expect(service.seen.length).toBe(before);
    const again = net.open();
    expect(await run(failure(again.request(call(service.url, { group: "player" }))))).toMatchObject({
      retryAt: from + 30_000_000,
    });
    await clock.advance(30_000_000);
    expect(await ask({ group: "player" })).toMatchObject({ status: 200 });
    expect(await fail({ group: "catalogue" })).toMatchObject({ retryAt: from + 40_000_000 });
  });

  it("are not locked for a day by a burst of seconds", async () => {
    service.answer(quota({ "Retry-After": "86400" }), tooMany({ "Retry-After": "10" }), ok);
    const from = clock.now();
    await fail({ group: "catalogue" });
    expect(await fail({ group: "player", ...refused })).toMatchObject({ code: "RateLimited", retryAt: from + 10_000 });
    expect(await fail({ group: "library", ...refused })).toMatchObject({ code: "RateLimited", retryAt: from + 10_000 });
    await clock.advance(10_000);
    expect(await ask({ group: "library" })).toMatchObject({ status: 200 });
  });

  it("of another developer account go on", async () => {
    service.answer(quota({ "Retry-After": "86400" }), quota({ "Retry-After": "86400" }), ok);
    await fail({ group: "a" });
    await fail({ group: "b" });
    expect(await ask({ budget: "another", group: "a" })).toMatchObject({ status: 200 });
  });

  it("stay shut for callers that were already waiting in the queue", async () => {
    await net.close();
    net = await openNet({ clock, limits: { windowCalls: 1, windowMs: 1_000 } });
    service.answer(quota({ "Retry-After": "86400" }));
    const deadlineAt = clock.now() + 10_000;
    const all = ["a", "a", "a"].map((group) => failure(net.http.request(call(service.url, { group, deadlineAt }))));
    for (const each of all) expect(await run(each)).toMatchObject({ code: "QuotaExceeded" });
    expect(service.seen).toHaveLength(1);
  });
});

describe("a wrong clock", () => {
  it("set back after a refusal means the same wait again, not years", async () => {
    service.answer(quota({ "Retry-After": "3600" }), ok);
    const right = clock.now();
    clock.jumpTo(right + 10 * 365 * 24 * HOUR);
    await fail();
    clock.jumpTo(right);
    expect(await fail()).toMatchObject({ code: "QuotaExceeded", retryAt: right + HOUR });
    const again = net.open();
    expect(await run(failure(again.request(call(service.url))))).toMatchObject({ retryAt: right + HOUR });
    await clock.advance(HOUR);
    expect(await ask()).toMatchObject({ status: 200 });
  });
});

it("tells the state of the budget", async () => {
  service.answer(ok, ok, quota({ "Retry-After": "600" }));
  await ask({ lane: "controls", group: "player" });
  await ask({ lane: "metadata", group: "search" });
  await fail({ lane: "metadata", group: "search" });
  const at = clock.now();
  expect(await net.http.usage("app")).toEqual({
    budget: "app",
    limits: { windowCalls: 1000, windowMs: 30_000 },
    last24h: 3,
    byLane: { controls: 1, metadata: 2 },
    byGroup: { player: 1, search: 2 },
    oldestLeavesAt: Math.floor(at / HOUR) * HOUR + 25 * HOUR,
    window: { used: 3, queued: 0 },
    gates: [{ budget: "app", group: "search", closedAt: at, untilAt: at + 600_000, reason: "quota" }],
    breakers: [],
  });
});
