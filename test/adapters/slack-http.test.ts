import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { signed } from "../doubles/slack/delivery.ts";
import { openSlack, type SlackStand, soon } from "../doubles/slack/stand.ts";
import type { Member } from "../doubles/slack/world.ts";

/** Real input and output may be silent this long before fake time moves. */
const patient = { realMs: 15 };

describe("slack by signed requests", () => {
  let stand: SlackStand;
  let anna: Member;
  let url: string;
  const body = JSON.stringify({ type: "url_verification", challenge: "abc" });
  beforeEach(async () => {
    stand = await openSlack({ events: "http" });
    anna = stand.slack.person("anna");
    await stand.start();
    url = stand.requests;
  });
  afterEach(() => stand.stop());
  const post = (text: string, headers: Record<string, string>, path = "/slack/events") =>
    fetch(new URL(path, url), {
      method: "POST",
      body: text,
      headers: { "content-type": "application/json", ...headers },
    });
  const sign = (text: string, at = stand.clock.now(), secret = stand.slack.signingSecret) => signed(text, secret, at);

  it("answers the platform's challenge", async () => {
    const response = await post(body, sign(body));
    expect(await response.json()).toEqual({ challenge: "abc" });
  });

  it("answers the look at the certificate", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await post("ssl_check=1&payload={}", form)).status).toBe(200);
    expect(stand.heard).toEqual([]);
  });

  it.each([
    ["no signature", () => ({}), 401],
    ["a wrong secret", () => sign(body, undefined, "other"), 401],
    ["an old request", () => sign(body, stand.clock.now() - 301_000), 401],
    ["a request of the future", () => sign(body, stand.clock.now() + 302_000), 401],
    ["another body", () => sign(`${body} `), 401],
  ])("refuses %s", async (_name, headers, status) => {
    expect((await post(body, headers())).status).toBe(status);
    expect(stand.heard).toEqual([]);
  });

  it("refuses what is too large, garbage, elsewhere or no post", async () => {
    expect((await post("x".repeat(1_100_000), {})).status).toBe(413);
    expect((await post("{", sign("{"))).status).toBe(400);
    expect((await post("{", {})).status).toBe(401);
    expect((await post(body, sign(body), "/slack/other")).status).toBe(404);
    expect((await fetch(new URL("/slack/events", url))).status).toBe(405);
  });

  it("asks for what could not be taken again, and takes a retry under the same key", async () => {
    stand.answer(async () => {
      throw new Error("stopping");
    });
    expect(await stand.slack.says(anna, "play hello")).toMatchObject({ acknowledged: false });
    stand.answer(async () => {});
    expect(await stand.slack.redeliver()).toMatchObject({ acknowledged: true });
    expect(stand.heard[1]?.key).toBe(stand.heard[0]?.key);
  });

  it("acknowledges at once what core has, however long the answer takes", async () => {
    const gate = Promise.withResolvers<void>();
    stand.answer(async (_event, answer) => {
      answer.accepted?.();
      await gate.promise;
    });
    expect(await stand.slack.says(anna, "play hello")).toEqual({ acknowledged: true, afterMs: 0 });
    gate.resolve();
  });

  it("acknowledges in time when core is slow", async () => {
    const gate = Promise.withResolvers<void>();
    stand.answer(() => gate.promise);
    const outcome = stand.slack.says(anna, "play hello");
    await soon(() => stand.heard.length).toBe(1);
    expect(await stand.clock.until(outcome, patient)).toEqual({ acknowledged: true, afterMs: 2_000 });
    gate.resolve();
  });

  it("takes nothing before it knows who it is, and after it has stopped", async () => {
    await stand.adapter.stop?.();
    expect((await post("{}", sign("{}"))).status).toBe(503);
  });
});
