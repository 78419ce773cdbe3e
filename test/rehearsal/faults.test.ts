import { beforeEach, describe, expect, it } from "vitest";
import { loadCatalogue } from "../../src/rehearsal/catalogue/index.ts";
import { createFaultPlan } from "../../src/rehearsal/faults/plan.ts";
import { JONAS, MIA, type Stand, stand } from "./stand.ts";

const [track] = loadCatalogue().tracks.keys();
const TRACK = `spotify:track:${track}`;

let spotify: Stand;
beforeEach(async () => {
  spotify = await stand();
});

const faults = () => spotify.server.control.faults;
const look = () => spotify.server.control.player.look(MIA);
const kitchen = () => spotify.server.control.devices.list(MIA)[0]?.id;
const play = (path = `/me/player/play?device_id=${kitchen()}`) =>
  spotify.call("PUT", path, { body: { uris: [TRACK] }, unchecked: true });

describe("faults", () => {
  it("answer instead of the call, which then has no effect", async () => {
    faults().add({ match: { method: "PUT", path: "/v1/me/player/play" }, effect: { status: 502 } });
    expect((await play()).status).toBe(502);
    expect(look().playing).toBe(false);
  });

  it("may lie about a call that took effect", async () => {
    faults().add({
      match: { path: "/v1/me/player/*" },
      effect: { status: 503, applied: true, body: "upstream", headers: { "retry-after": "3" } },
    });
    const answer = await play();
    expect(answer).toMatchObject({ status: 503, body: "upstream" });
    expect(answer.headers.get("retry-after")).toBe("3");
    expect(look().playing).toBe(true);
  });

  it("delay an answer by the server's clock", async () => {
    faults().add({ effect: { delayMs: 5_000 } });
    let answered = false;
    const answer = spotify.call("GET", "/me").then((each) => {
      answered = true;
      return each;
    });
    while (spotify.clock.pending() === 0) await new Promise((resolve) => setImmediate(resolve));
    await spotify.clock.advance(4_999);
    expect(answered).toBe(false);
    await spotify.clock.advance(1);
    expect((await answer).status).toBe(200);
  });

  it("drop the connection before anything happened", async () => {
    faults().add({ match: { path: "/v1/me/player/play" }, effect: { drop: "before" } });
    await expect(play()).rejects.toThrow();
    expect(look().playing).toBe(false);
    expect(spotify.server.control.counts().routes["PUT /v1/me/player/play"]?.statuses).toEqual({ 0: 1 });
  });

  it("drop the connection after the call took effect", async () => {
    faults().add({ match: { path: "/v1/me/player/play" }, effect: { drop: "after" } });
    await expect(play()).rejects.toThrow();
    expect(look().playing).toBe(true);
  });

  it("break off in the middle of an answer", async () => {
    faults().add({ match: { path: "/v1/me" }, effect: { drop: "midway" } });
    const response = await fetch(`${spotify.server.apiUrl}/me`, {
      headers: { authorization: `Bearer ${spotify.token()}` },
    });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it.each([
    [
      "truncated",
      (text: string, whole: string) => expect(whole.startsWith(text) && text.length < whole.length).toBe(true),
    ],
    ["html", (text: string) => expect(text).toContain("<!DOCTYPE html>")],
    ["types", (text: string) => expect(JSON.parse(text)).toMatchObject({ id: expect.any(Number), images: {} })],
    ["huge", (text: string) => expect(text.length).toBeGreaterThan(10_000_000)],
    ["empty", (text: string) => expect(text).toBe("")],
    ["noise", (text: string) => expect(() => JSON.parse(text)).toThrow()],
  ] as const)("spoil a body: %s", async (corrupt, check) => {
    const whole = JSON.stringify((await spotify.call("GET", "/me")).body);
    faults().add({ match: { path: "/v1/me" }, effect: { corrupt } });
    const answer = await spotify.call("GET", "/me", { unchecked: true });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("application/json");
    check(String(answer.body ?? ""), whole);
  });

  it("trickle an answer", async () => {
    faults().add({ match: { path: "/v1/me" }, effect: { trickle: { bytes: 100, everyMs: 1_000 } } });
    const started = spotify.clock.now();
    const answer = await spotify.clock.until(spotify.call("GET", "/me"), { realMs: 5 });
    expect(answer.status).toBe(200);
    expect(spotify.clock.now() - started).toBeGreaterThanOrEqual(2_000);
  });

  it("can be taken back, listed and cleared", async () => {
    const id = faults().add({ effect: { status: 500 } });
    faults().add({ id: "mine", match: { path: "/v1/nowhere" }, effect: { status: 500 } });
    expect((await spotify.call("GET", "/me")).status).toBe(500);
    expect(faults().list()).toMatchObject([
      { id, seen: 1, harmed: 1 },
      { id: "mine", seen: 0 },
    ]);
    expect(faults().remove(id)).toBe(true);
    expect((await spotify.call("GET", "/me")).status).toBe(200);
    faults().clear();
    expect(faults().list()).toEqual([]);
  });

  it("never harm the control interface", async () => {
    faults().add({ effect: { drop: "before" } });
    expect((await fetch(`${spotify.server.url}/_control/faults/list`)).status).toBe(200);
  });

  it("are refused when they make no sense", () => {
    expect(() => faults().add({ effect: { status: 42 } })).toThrow();
    expect(() => faults().add({ probability: 2, effect: {} })).toThrow();
    expect(() => faults().add({ effect: { exploded: true } } as never)).toThrow();
  });
});

describe("a rule's aim", () => {
  const target = { method: "GET", path: "/v1/tracks/abc", route: "/v1/tracks/{id}", userId: MIA, clientId: "app" };
  const hits = (rule: Parameters<ReturnType<typeof createFaultPlan>["add"]>[0], times: number, at = target) => {
    const plan = createFaultPlan(7);
    plan.add(rule);
    return Array.from({ length: times }, () => plan.take(at) !== undefined);
  };

  it.each([
    [{ method: "get" }, true],
    [{ method: "PUT" }, false],
    [{ path: "/v1/tracks/abc" }, true],
    [{ path: "/v1/tracks/{id}" }, true],
    [{ path: "/v1/*" }, true],
    [{ path: "/v1/tracks" }, false],
    [{ path: "/v1/tracks/a.c" }, false],
    [{ userId: MIA }, true],
    [{ userId: JONAS }, false],
    [{ clientId: "app" }, true],
    [{ clientId: "other" }, false],
  ])("%o: %s", (match, expected) => {
    expect(hits({ match, effect: { status: 500 } }, 1)).toEqual([expected]);
  });

  it("counts: the third, then two, then no more", () => {
    expect(hits({ skip: 2, count: 2, effect: { status: 500 } }, 6)).toEqual([false, false, true, true, false, false]);
  });

  it("draws the same lots from the same seed", () => {
    const rule = { probability: 0.3, effect: { status: 500 } };
    const drawn = hits(rule, 200);
    expect(drawn).toEqual(hits(rule, 200));
    const share = drawn.filter(Boolean).length / 200;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
  });
});
