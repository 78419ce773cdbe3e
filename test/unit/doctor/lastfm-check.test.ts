import { describe, expect, it } from "vitest";
import { checkLastFm } from "../../../src/listening/diaries/lastfm/checks.ts";
import { openLastFm } from "../../doubles/lastfm.ts";
import { createFakeClock } from "../../fakes/clock.ts";

const apiKey = "0123456789abcdef0123456789abcdef";
const secret = "hush hush hush";
const never = new AbortController().signal;

describe("the Last.fm line of doctor", () => {
  it("is well for a key, with its secret and without, and shows neither", async () => {
    const { url: apiUrl } = await openLastFm(createFakeClock());
    expect(await checkLastFm({ apiUrl, apiKey })(never)).toEqual([
      { name: "Last.fm", status: "ok", found: "read; to write there, set LASTFM_API_SECRET too" },
    ]);
    const both = await checkLastFm({ apiUrl, apiKey, secret })(never);
    expect(both).toEqual([{ name: "Last.fm", status: "ok", found: "read and written" }]);
  });

  it("names a wrong key and a wrong secret, each with what to do", async () => {
    const { url: apiUrl } = await openLastFm(createFakeClock());
    const [key] = await checkLastFm({ apiUrl, apiKey: "f".repeat(32), secret })(never);
    expect(key).toMatchObject({ status: "failed", todo: expect.stringContaining("LASTFM_API_KEY") });
    const [hush] = await checkLastFm({ apiUrl, apiKey, secret: "not it" })(never);
    expect(hush).toMatchObject({ status: "failed", todo: expect.stringContaining("LASTFM_API_SECRET") });
    expect(JSON.stringify([key, hush])).not.toMatch(/not it|ffff/);
  });

  it("says so where Last.fm is down, or something else answers there", async () => {
    const service = await openLastFm(createFakeClock());
    service.faults.push({ status: 503, json: { error: 11, message: "offline" } });
    expect(await checkLastFm({ apiUrl: service.url, apiKey })(never)).toMatchObject([{ status: "warning" }]);
    expect(await checkLastFm({ apiUrl: service.url.replace("2.0", "page"), apiKey })(never)).toMatchObject([
      { status: "failed", found: "Last.fm answers 404" },
    ]);
  });
});
