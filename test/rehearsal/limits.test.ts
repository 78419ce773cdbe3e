import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRollingCounter } from "../../src/rehearsal/limits/rolling.ts";
import { JONAS, type Stand, stand } from "./stand.ts";

const SEARCH = "/search?q=x&type=track";
const calls = async (spotify: Stand, path: string, times: number) => {
  const statuses: number[] = [];
  for (let call = 0; call < times; call += 1) statuses.push((await spotify.call("GET", path)).status);
  return statuses;
};

describe("the rolling window", () => {
  it("refuses what is over its number, until the oldest calls are behind it", async () => {
    const spotify = await stand({ settings: { limits: { windowCalls: { development: 3 } } } });
    await calls(spotify, "/me", 1);
    await spotify.clock.advance(10_000);
    expect(await calls(spotify, "/me", 2)).toEqual([200, 200]);
    const refused = await spotify.call("GET", "/me");
    expect(refused).toMatchObject({
      status: 429,
      body: { error: { status: 429, message: "API rate limit exceeded" } },
    });
    expect(refused.headers.get("retry-after")).toBe("20");
    await spotify.clock.advance(20_000);
    expect(await calls(spotify, "/me", 2)).toEqual([200, 429]);
  });

  it("may say so in plain text, and without Retry-After", async () => {
    const spotify = await stand({
      settings: { limits: { windowCalls: { development: 0 }, windowBody: "text", retryAfter: "absent" } },
    });
    const refused = await spotify.call("GET", "/me", { unchecked: true });
    expect(refused).toMatchObject({ status: 429, body: "Too many requests" });
    expect(refused.headers.has("retry-after")).toBe(false);
  });

  it("counts all apps of one developer account together, others apart", async () => {
    const apps = [
      { clientId: "second", redirectUris: [], allowlist: [JONAS] },
      { clientId: "stranger", redirectUris: [], allowlist: [JONAS], developerId: "another" },
    ];
    const spotify = await stand({ otherApps: apps, settings: { limits: { windowCalls: { development: 2 } } } });
    const tokenOf = (clientId: string) => spotify.server.control.grant(JONAS, { clientId }).access_token;
    await calls(spotify, "/me", 2);
    expect((await spotify.call("GET", "/me", { token: tokenOf("second") })).status).toBe(429);
    expect((await spotify.call("GET", "/me", { token: tokenOf("stranger") })).status).toBe(200);
  });

  it("may be lengthened by knocking", async () => {
    const spotify = await stand({ settings: { limits: { windowCalls: { development: 1 }, knocking: "extends" } } });
    expect(await calls(spotify, "/me", 2)).toEqual([200, 429]);
    await spotify.clock.advance(30_000);
    expect(await calls(spotify, "/me", 1)).toEqual([200]);
    await calls(spotify, "/me", 1);
    await spotify.clock.advance(15_000);
    const refused = await spotify.call("GET", "/me");
    expect(refused.headers.get("retry-after")).toBe("30");
  });
});

describe("the daily quota", () => {
  it("is kept by bucket over a rolling day, and one bucket does not lock the others", async () => {
    const spotify = await stand({
      settings: { limits: { quota: { catalogue: 2 } }, tokens: { accessTokenMs: 7 * 86_400_000 } },
    });
    expect(await calls(spotify, SEARCH, 2)).toEqual([200, 200]);
    await spotify.clock.advance(3_600_000);
    const refused = await spotify.call("GET", SEARCH);
    expect(refused).toMatchObject({
      status: 429,
      body: { error: { status: 429, message: "Too many requests", reason: "QUOTA_EXCEEDED" } },
    });
    expect(refused.headers.get("retry-after")).toBe(String(23 * 3600));
    expect((await spotify.call("GET", "/me")).status).toBe(200);
    expect((await spotify.call("GET", "/me/player/devices")).status).toBe(200);
    await spotify.clock.advance(23 * 3_600_000);
    expect(await calls(spotify, SEARCH, 3)).toEqual([200, 200, 429]);
  });

  it.each([
    ["reason", true],
    ["json", true],
    ["text", false],
  ] as const)("speaks in the form %s", async (quotaBody, isJson) => {
    const spotify = await stand({ settings: { limits: { quota: { player: 0 }, quotaBody, retryAfter: "absent" } } });
    const refused = await spotify.call("GET", "/me/player", { unchecked: !isJson });
    expect(refused.status).toBe(429);
    expect(refused.headers.has("retry-after")).toBe(false);
    const said = JSON.stringify(refused.body);
    expect(said.includes("QUOTA_EXCEEDED")).toBe(quotaBody === "reason");
    expect(said.includes("API rate limit exceeded")).toBe(quotaBody === "json");
  });

  it("is not for extended apps, whose window is wider", async () => {
    const spotify = await stand({
      app: { mode: "extended" },
      settings: { limits: { quota: { catalogue: 0 }, windowCalls: { development: 0, extended: 2 } } },
    });
    expect(await calls(spotify, SEARCH, 3)).toEqual([200, 200, 429]);
  });

  it("counts no call that another door refused", async () => {
    const spotify = await stand();
    await fetch(`${spotify.server.apiUrl}/me`);
    await spotify.call("GET", "/tracks?ids=0123456789abcdefABCDEF");
    expect(spotify.server.control.limits()).toEqual({ "developer window": 1 });
    spotify.server.control.clearLimits();
    expect(spotify.server.control.limits()).toEqual({});
  });
});

describe("a rolling counter", () => {
  it("agrees with a plain list", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50), fc.boolean()), { maxLength: 3000 }), (moves) => {
        const counter = createRollingCounter();
        let plain: number[] = [];
        let at = 0;
        for (const [wait, forget] of moves) {
          at += wait;
          counter.add(at);
          plain.push(at);
          if (forget) {
            counter.forget(at - 200);
            plain = plain.filter((time) => time > at - 200);
          }
        }
        expect(counter.count()).toBe(plain.length);
        expect(counter.nth(0)).toBe(plain[0]);
      }),
      { numRuns: 50 },
    );
  });
});
