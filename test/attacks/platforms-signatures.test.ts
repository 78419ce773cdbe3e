import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signed } from "../doubles/slack/delivery.ts";
import type { Member } from "../doubles/slack/world.ts";
import { aWhile, openStand, type Stand, soon } from "../program/platforms/stand.ts";
import { raw, request, statuses } from "./door.ts";

/** The whole program, with the two platforms that come to it over the net. */
let stand: Stand;
let anna: Member;
let port: number;
const ted = 77;
const secret = "webhook-secret-of-the-stand";
beforeAll(async () => {
  stand = await openStand({ slack: "http", telegram: "webhook" });
  anna = stand.slack.person("anna", { displayName: "Anna" });
  stand.telegram.world.addUser({ id: ted, first_name: "Ted" });
  port = Number(new URL(stand.local).port);
  await stand.start();
});
afterAll(async () => {
  expect(stand.lines.join()).not.toContain(secret);
  expect(stand.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  await stand?.close();
});

const send = async (path: string, headers: Record<string, string | string[]>, body: string) => {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`));
  const head = request(
    `POST ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    ...lines,
  );
  return statuses(await raw(port, head + body))[0];
};

describe("slack", () => {
  let events = 0;
  const direct = () => stand.slack.directChat(anna).id;
  const message = (text: string) => {
    const ts = `${Math.floor(Date.now() / 1000)}.${String(++events).padStart(6, "0")}`;
    return JSON.stringify({
      type: "event_callback",
      team_id: stand.slack.world.team,
      api_app_id: stand.slack.world.appId,
      event_id: `Ev${events}`,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [{ team_id: stand.slack.world.team, user_id: stand.slack.world.botUser, is_bot: true }],
      event: { type: "message", channel_type: "im", channel: direct(), user: anna.id, text, ts, event_ts: ts },
    });
  };
  const type = { "Content-Type": "application/json" };
  const key = () => stand.slack.signingSecret;
  const sign = (body: string, at = Date.now(), by = key()) => signed(body, by, at);
  const post = (body: string, headers: Record<string, string | string[]>) =>
    send("/slack/events", { ...type, ...headers }, body);
  const told = () => stand.slack.seen(anna, stand.slack.directChat(anna)).length;

  it("hears what Slack has signed, and once, however often it comes", async () => {
    const body = message("help");
    const proof = sign(body);
    expect(await post(body, proof)).toBe(200);
    await soon(told).toBeGreaterThan(0);
    const before = told();
    // Recorded on the way and sent again within the five minutes for which its signature is good.
    for (let count = 0; count < 5; count++) expect(await post(body, proof)).toBe(200);
    await aWhile();
    expect(told()).toBe(before);
  });

  it("refuses it once the five minutes are over, and from the future", async () => {
    const body = message("help");
    const before = told();
    for (const seconds of [-301, -3_600, 302, 86_400])
      expect(await post(body, sign(body, Date.now() + seconds * 1_000))).toBe(401);
    await aWhile();
    expect(told()).toBe(before);
  });

  it("refuses every other signature there can be", async () => {
    const body = message("unlink my account");
    const before = told();
    const good = sign(body);
    const stamp = good["x-slack-request-timestamp"] ?? "";
    const signature = good["x-slack-signature"] ?? "";
    const hmac = (text: string, by = key()) => createHmac("sha256", by).update(text).digest("hex");
    const forged: [string, Record<string, string | string[]>][] = [
      ["none", {}],
      ["no time", { "x-slack-signature": signature }],
      ["no signature", { "x-slack-request-timestamp": stamp }],
      ["an empty one", { "x-slack-request-timestamp": stamp, "x-slack-signature": "" }],
      ["half of it", { "x-slack-request-timestamp": stamp, "x-slack-signature": signature.slice(0, 20) }],
      ["one more letter", { "x-slack-request-timestamp": stamp, "x-slack-signature": `${signature}0` }],
      ["upper case", { "x-slack-request-timestamp": stamp, "x-slack-signature": signature.toUpperCase() }],
      ["another version", { "x-slack-request-timestamp": stamp, "x-slack-signature": signature.replace("v0=", "v1=") }],
      ["of another secret", sign(body, Date.now(), "another-signing-secret")],
      [
        "of no secret",
        { "x-slack-request-timestamp": stamp, "x-slack-signature": `v0=${hmac(`v0:${stamp}:${body}`, "")}` },
      ],
      ["of another body", sign(`${body} `)],
      ["of another time", { ...sign(body, Date.now() - 10_000), "x-slack-request-timestamp": stamp }],
      ["without the time in it", { "x-slack-request-timestamp": stamp, "x-slack-signature": `v0=${hmac(body)}` }],
      [
        "for a time that is none",
        { "x-slack-request-timestamp": "NaN", "x-slack-signature": `v0=${hmac(`v0:NaN:${body}`)}` },
      ],
      ["for no time", { "x-slack-request-timestamp": "", "x-slack-signature": `v0=${hmac(`v0::${body}`)}` }],
      [
        "for all times",
        { "x-slack-request-timestamp": "Infinity", "x-slack-signature": `v0=${hmac(`v0:Infinity:${body}`)}` },
      ],
      ["the wrong one first", { "x-slack-request-timestamp": stamp, "x-slack-signature": ["v0=00", signature] }],
    ];
    for (const [name, headers] of forged) expect(await post(body, headers), name).toBe(401);
    await aWhile();
    expect(told()).toBe(before);
  });

  it("answers no challenge that Slack did not sign, and takes nothing by a look at the certificate", async () => {
    const before = told();
    expect(await post(JSON.stringify({ type: "url_verification", challenge: "x" }), {})).toBe(401);
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    const command = `ssl_check=1&command=/segue&text=help&user_id=${anna.id}&team_id=${stand.slack.world.team}&channel_id=${direct()}`;
    expect(await send("/slack/events", form, command)).toBe(200);
    await aWhile();
    expect(told()).toBe(before);
  });

  it("posts nowhere but to Slack, whatever address comes with a command", async () => {
    const text = new URLSearchParams({
      command: "/segue",
      text: "help",
      user_id: anna.id,
      user_name: "anna",
      team_id: stand.slack.world.team,
      channel_id: direct(),
      channel_name: "directmessage",
      trigger_id: "1.2.evil",
      response_url: `${stand.local}/slack/events?stolen`,
    }).toString();
    const before = stand.lines.length;
    expect(
      await send("/slack/events", { "Content-Type": "application/x-www-form-urlencoded", ...sign(text) }, text),
    ).toBe(200);
    await aWhile();
    expect(stand.lines.slice(before).filter((line) => line.includes("was not signed"))).toEqual([]);
  });
});

describe("telegram", () => {
  const header = "X-Telegram-Bot-Api-Secret-Token";
  let id = 900_000_000;
  const update = (more: Record<string, unknown>) => JSON.stringify({ update_id: ++id, ...more });
  const message = (text: string) =>
    update({
      message: {
        message_id: id,
        date: Math.floor(Date.now() / 1000),
        chat: { id: ted, type: "private", first_name: "X" },
        from: { id: ted, is_bot: false, first_name: "X", language_code: "en" },
        text,
      },
    });
  const told = () => stand.telegram.sees(ted).length;

  it("hears nobody who does not know the secret", async () => {
    const before = told();
    const forged: Record<string, string | string[]>[] = [
      {},
      { [header]: "" },
      { [header]: secret.slice(0, -1) },
      { [header]: `${secret}x` },
      { [header]: secret.toUpperCase() },
      { [header]: encodeURIComponent(`${secret} `) },
      { [header]: ["", secret] },
      { [header]: [secret, "x"] },
      { Authorization: `Bearer ${secret}` },
    ];
    for (const headers of forged)
      expect(await send("/telegram/", headers, message("help")), JSON.stringify(headers)).toBe(401);
    expect(await send(`/telegram/?secret_token=${secret}`, {}, message("help"))).toBe(401);
    await aWhile();
    expect(told()).toBe(before);
  });

  it("answers whoever claims to speak a language that is none", async () => {
    for (const language of ["__proto__", "constructor", "../../../etc/passwd", "x".repeat(500), "en-\u0000", "%00"]) {
      const before = told();
      const body = JSON.parse(message("what's playing?")) as { message: { from: { language_code: string } } };
      body.message.from.language_code = language;
      expect(await send("/telegram/", { [header]: secret }, JSON.stringify(body)), language).toBe(200);
      await soon(told).toBeGreaterThan(before);
      expect(stand.telegram.sees(ted).at(-1)).toMatch(/not connected a Spotify account|a lot at once/);
    }
  });

  it("hears what comes again once", async () => {
    const body = message("/help");
    for (let count = 0; count < 4; count++) expect(await send("/telegram/", { [header]: secret }, body)).toBe(200);
    const answers = () => stand.telegram.sees(ted).filter((text) => text.includes("What I can do")).length;
    await soon(answers).toBeGreaterThan(0);
    await aWhile();
    expect(answers()).toBe(1);
  });

  it("takes a press for what it is: the person's own, with whatever somebody wrote into it", async () => {
    const mine = stand.telegram.botMessages(ted).at(-1);
    if (!mine) throw new Error("nothing was said to Ted");
    const forged = [
      "#1",
      "#../../1",
      "#' OR 1=1 --",
      `["core.words",{"key":"error.unknown"}]`,
      `["slots.let_in",{"entry":"1"}]`,
      `["account.operator",{"code":"AAAA-AAAA-AAAA"}]`,
      `["place.joined",{}]`,
      `{"__proto__":{"polluted":1}}`,
      `["volume.set",{"__proto__":{"percent":1}}]`,
      "[[[[[[[[[[",
      "\u0000",
      "A".repeat(64),
    ];
    const before = told();
    for (const data of forged) {
      const { id: number, press } = stand.telegram.pressUpdate(ted, mine, data);
      await stand.telegram.updates.confirmed(number);
      // A client that waits turns its wheel for ever.
      await soon(() => stand.telegram.world.presses.get(press.id)?.answer).toBeDefined();
    }
    await aWhile();
    const said = stand.telegram.sees(ted).slice(before).join("\n");
    expect(said).not.toMatch(/Something went wrong|TypeError|SyntaxError|Your code/);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
