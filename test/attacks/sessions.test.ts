import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ask, ask } from "../unit/web/site.ts";
import { openProgram } from "./door.ts";

const token = "the-chat-token-of-this-house";
let program: Awaited<ReturnType<typeof openProgram>>;
beforeAll(async () => {
  program = await openProgram({
    CHAT_TOKEN: token,
    PUBLIC_URL: "https://segue.example",
    TRUSTED_PROXIES: "127.0.0.1",
  });
}, 60_000);
afterAll(async () => {
  expect(program?.faults()).toEqual([]);
  expect(program?.lines.join()).not.toContain(token);
  await program?.close();
});

let addresses = 0;
/** From an address of its own, by the proxy: limits of one do not touch the next. */
const from = () => `198.51.100.${++addresses}`;
const asked = (path: string, { headers = {}, ...more }: Ask = {}, address = from()) =>
  ask(program.port, path, {
    ...more,
    headers: { Host: "segue.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": address, ...headers },
  });
const json = { "Content-Type": "application/json" };
const hello = JSON.stringify({ user: "ada", text: "help" });
const says = (headers: Record<string, string>, address?: string) =>
  asked("/chat/messages", { method: "POST", headers: { ...json, ...headers }, body: hello }, address);
const enters = (value: string, address?: string, headers: Record<string, string> = {}) =>
  asked(
    "/chat/session",
    {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
      body: new URLSearchParams({ token: value }).toString(),
    },
    address,
  );
const cookieOf = ({ headers }: { headers: { "set-cookie"?: string[] | undefined } }) =>
  headers["set-cookie"]?.[0] ?? "";

describe("the web chat, opened to others by a token", () => {
  it("lets in whoever has it, by a cookie that no script, no other site and no plain line gets", async () => {
    const entered = await enters(token);
    expect(entered.status).toBe(303);
    expect(entered.headers.location).toBe("/");
    expect(cookieOf(entered)).toMatch(
      /^segue_chat=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=\d+; Secure$/,
    );
    expect(cookieOf(entered)).not.toContain(token);
    const cookie = cookieOf(entered).split(";")[0] ?? "";
    expect((await says({ Cookie: cookie })).status).toBe(200);
    expect((await says({ Authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it("sets no cookie of an attacker's choice: there is nothing to fix beforehand", async () => {
    const planted = { Cookie: "segue_chat=planted-by-somebody-else" };
    expect((await says(planted)).status).toBe(401);
    expect(cookieOf(await enters(token, undefined, planted))).not.toContain("planted");
    expect(cookieOf(await enters("wrong", undefined, planted))).toBe("");
  });

  it.each([
    "segue_chat=",
    "segue_chat=null",
    `segue_chat=${token}`,
    `segue_chat=${"A".repeat(43)}`,
    "segue_chat=__proto__",
    `x=1; segue_chat="${"A".repeat(43)}"`,
  ])("takes no made-up cookie: %s", async (cookie) => {
    expect((await says({ Cookie: cookie })).status).toBe(401);
    expect((await asked("/chat/events?user=ada", { headers: { Cookie: cookie } })).status).toBe(401);
  });

  it("does nothing for a page of another site, whoever looks at it is signed in or not", async () => {
    const cookie = { Cookie: cookieOf(await enters(token)).split(";")[0] ?? "" };
    const others: Record<string, string>[] = [
      { Origin: "https://evil.example" },
      { Origin: "null" },
      { Origin: "https://segue.example.evil.example" },
      { Origin: "https://segue.example:8443" },
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
    ];
    for (const headers of others) {
      expect((await says({ ...cookie, ...headers })).status, JSON.stringify(headers)).toBe(403);
      expect((await asked("/chat/events?user=ada", { headers: { ...cookie, ...headers } })).status).toBe(403);
      expect((await enters(token, undefined, headers)).status).toBe(403);
    }
    // What a form of another site can send without being asked: no JSON.
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=b",
      "application/jsonx",
    ]) {
      const sent = await asked("/chat/messages", {
        method: "POST",
        headers: { ...cookie, "Content-Type": type },
        body: hello,
      });
      expect(sent.status, type).toBe(415);
    }
  });

  it("gives no page of another site leave to read", async () => {
    const asksFirst = await asked("/chat/messages", {
      method: "OPTIONS",
      headers: { Origin: "https://evil.example", "Access-Control-Request-Method": "POST" },
    });
    expect(asksFirst.status).toBe(403);
    expect(Object.keys(asksFirst.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("is guessed five times a minute from one address, by form and by header together", async () => {
    const address = from();
    const statuses: number[] = [];
    for (let count = 0; count < 4; count++)
      statuses.push((await says({ Authorization: `Bearer wrong-${count}` }, address)).status);
    statuses.push((await enters("wrong", address)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 403]);
    // Then not even the right one: whoever hits it hears nothing of it.
    expect((await says({ Authorization: `Bearer ${token}` }, address)).status).toBe(429);
    const refused = await enters(token, address);
    expect(refused.status).toBe(429);
    expect(cookieOf(refused)).toBe("");
    // Somebody else is none the worse, and neither is who is in already.
    expect((await says({ Authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await says({ Cookie: cookieOf(await enters(token)).split(";")[0] ?? "" }, address)).status).toBe(200);
  });

  it("counts the addresses of one IPv6 household as one", async () => {
    const house = (at: number) => `2001:db8:77:1:${at.toString(16)}::${at}`;
    for (let count = 0; count < 5; count++) expect((await enters("wrong", house(count))).status).toBe(403);
    expect((await enters(token, house(9))).status).toBe(429);
    expect((await enters(token, "2001:db8:77:2::1")).status).toBe(303);
  });
});

describe("one person of the chat", () => {
  it("is slowed down alone, and told so in their language", async () => {
    const authorization = { Authorization: `Bearer ${token}` };
    const as = (user: string) =>
      asked("/chat/messages", {
        method: "POST",
        headers: { ...json, ...authorization, "Accept-Language": "de" },
        body: JSON.stringify({ user, text: "hilfe" }),
      });
    const answers = await Promise.all(Array.from({ length: 60 }, () => as("mallory")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const replies = answers.map(({ body }) => JSON.stringify((JSON.parse(body) as { replies: unknown[] }).replies));
    const slowed = replies.filter((each) => each.includes("Das war viel auf einmal"));
    // Said once; what comes on top of it is heard and not answered.
    expect(slowed.length).toBeGreaterThan(0);
    expect(replies.filter((each) => each !== "[]").length - slowed.length).toBeLessThanOrEqual(40);
    expect((await as("ada")).body).not.toContain("Das war viel auf einmal");
  });
});
