import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Origin } from "../../adapters/web/index.ts";
import type { Incoming } from "../../src/contracts/incoming.ts";
import { button, say } from "../../src/contracts/reply.ts";
import { type AdapterUnderTest, adapterSuite } from "../contract/adapter-suite.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { hostWith } from "../support/host.ts";
import { type Heard, listen, openWebChat } from "../support/web-chat.ts";

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}/chat/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

adapterSuite("web", async (): Promise<AdapterUnderTest> => {
  const chat = await openWebChat({ clock: createFakeClock() });
  let stream: ReturnType<typeof listen> | undefined;
  const shown = new Map<string, Heard["reply"]>();
  const send = async (body: Record<string, unknown>) => {
    const answer = (await (await post(chat.url, { user: "anna", ...body })).json()) as {
      replies: (Heard["reply"] & { id: string })[];
    };
    for (const reply of answer.replies) shown.set(reply.id, reply);
  };
  let streamed = 0;
  return {
    adapter: chat.adapter,
    says: (text) => send({ text }),
    async presses(label) {
      const buttons = [...shown.values()].flatMap((reply) =>
        reply.blocks.flatMap((block) => (block.type === "buttons" ? block.buttons : [])),
      );
      const command = buttons.find((entry) => entry.label === label)?.command;
      await send({ intent: command?.intent, slots: command?.slots });
    },
    async seen() {
      // Streams keep their order: when the marker has come, so has all that was published before it.
      stream ??= listen(chat.url, "anna");
      const marker = `marker-${streamed}`;
      streamed += 1;
      await chat.adapter.send({ platform: "web", tenant: "", id: "anna" }, say(marker), marker);
      while (!stream.heard.some((event) => event.reply.text === marker)) await stream.until(stream.heard.length + 1);
      for (const event of stream.heard) shown.set(event.id, event.reply);
      return [...shown.values()]
        .filter((reply) => !reply.text.startsWith("marker-"))
        .map((reply) => `${reply.text}\n${JSON.stringify(reply.blocks)}`);
    },
    async stop() {
      await stream?.close();
      await chat.stop();
    },
  };
});

describe("web chat for programs", () => {
  let chat: Awaited<ReturnType<typeof openWebChat>>;
  let heard: Incoming[];
  const open = async (options: Partial<Parameters<typeof openWebChat>[0]> = {}) => {
    chat = await openWebChat({ clock: createFakeClock(), ...options });
    heard = [];
    await chat.adapter.start(
      hostWith(async (event, answer) => {
        heard.push(event);
        await answer.reply(
          say(
            event.type === "text"
              ? `You said ${event.text}`
              : `You sent ${event.type === "command" ? event.intent : event.type}`,
            undefined,
            {
              visibility: "private",
            },
          ),
        );
      }),
      new AbortController().signal,
    );
  };
  beforeEach(() => open());
  afterEach(async () => {
    await chat.adapter.stop?.();
    await chat.stop();
  });

  it("answers a message with its replies", async () => {
    const response = await post(chat.url, { user: "anna", text: "hi" });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      replies: [{ text: "You said hi", blocks: [{ type: "text", text: "You said hi" }] }],
    });
  });

  it("takes the zone that the browser is in", async () => {
    await post(chat.url, { user: "anna", text: "hi", timeZone: "Asia/Tokyo" });
    await post(chat.url, { user: "anna", text: "hi" });
    expect(heard.map(({ timeZone }) => timeZone)).toEqual(["Asia/Tokyo", undefined]);
    expect((await post(chat.url, { user: "anna", text: "hi", timeZone: "x".repeat(101) })).status).toBe(400);
  });

  it("takes a command as a button carries it", async () => {
    const { command } = button("Go", "playback.next", { count: 2 });
    await post(chat.url, { user: "anna", ...command });
    expect(heard[0]).toMatchObject({ type: "command", intent: "playback.next", slots: { count: 2 } });
  });

  it("gives the same message sent again the same key", async () => {
    await post(chat.url, { user: "anna", text: "hi", id: "m1" });
    await post(chat.url, { user: "anna", text: "hi", id: "m1" });
    await post(chat.url, { user: "bert", text: "hi", id: "m1" });
    expect(heard[0]?.key).toBe(heard[1]?.key);
    expect(heard[0]?.key).not.toBe(heard[2]?.key);
  });

  it("answers what it answered, when the same message comes again and nothing new is said", async () => {
    await chat.adapter.stop?.();
    await chat.stop();
    chat = await openWebChat({
      clock: createFakeClock(),
      kept: async (key) => (key === "anna:m1" ? say("As I said.") : undefined),
    });
    await chat.adapter.start(
      hostWith(async () => {}),
      new AbortController().signal,
    );
    expect(await (await post(chat.url, { user: "anna", text: "hi", id: "m1" })).json()).toMatchObject({
      replies: [{ text: "As I said." }],
    });
    expect(await (await post(chat.url, { user: "anna", text: "hi", id: "m2" })).json()).toMatchObject({ replies: [] });
  });

  it("lets an edit change an answer that is still on its way", async () => {
    await chat.adapter.stop?.();
    await chat.stop();
    chat = await openWebChat({ clock: createFakeClock() });
    await chat.adapter.start(
      hostWith(async (_event, answer) => {
        const sent = await answer.reply(say("Working on it."));
        await chat.adapter.edit?.(sent, say("Done."));
      }),
      new AbortController().signal,
    );
    const answer = (await (await post(chat.url, { user: "anna", text: "hi" })).json()) as {
      replies: { text: string }[];
    };
    expect(answer.replies.map((reply) => reply.text)).toEqual(["Done."]);
  });

  it.each([
    ["no JSON", "{", 400, /valid JSON/],
    ["an array", [], 400, /user/],
    ["no user", { text: "hi" }, 400, /user/],
    ["a hostile user", { user: "../../etc", text: "hi" }, 400, /user: must be/],
    ["neither text nor intent", { user: "anna" }, 400, /text/],
    ["an intent that is none", { user: "anna", intent: "DROP TABLE", slots: {} }, 400, /text|intent/],
    ["a huge body", { user: "anna", text: "x".repeat(100_000) }, 413, /64 KiB/],
  ])("refuses %s with a plain error", async (_name, body, status, message) => {
    const response = await post(chat.url, body);
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe("InvalidInput");
    expect(error.message).toMatch(message);
    expect(heard).toEqual([]);
  });

  it("refuses what is not sent as JSON, so that a form of another page cannot speak", async () => {
    const response = await post(chat.url, '{"user":"anna","text":"pause"}', { "content-type": "text/plain" });
    expect(response.status).toBe(415);
    const form = await fetch(`${chat.url}/chat/messages`, {
      method: "POST",
      body: new URLSearchParams({ user: "anna", text: "pause" }),
    });
    expect(form.status).toBe(415);
    expect(heard).toEqual([]);
  });

  it("refuses a page of another origin", async () => {
    expect((await post(chat.url, { user: "anna", text: "pause" }, { origin: "https://evil.example" })).status).toBe(
      403,
    );
    expect((await post(chat.url, { user: "anna", text: "pause" }, { origin: "null" })).status).toBe(403);
    expect((await post(chat.url, { user: "anna", text: "pause" }, { origin: chat.url })).status).toBe(200);
    const events = (headers: Record<string, string>) => fetch(`${chat.url}/chat/events?user=anna`, { headers });
    expect((await events({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" })).status).toBe(403);
  });

  it("streams later posts and edits, and what was missed while away", async () => {
    const place = { platform: "web", tenant: "", id: "anna" };
    await chat.adapter.send(place, say("While nobody looked."), "k1");
    const stream = listen(chat.url, "anna");
    const [missed] = await stream.until(1);
    expect(missed).toMatchObject({ type: "post", reply: { text: "While nobody looked." } });
    const sent = await chat.adapter.send(place, say("One."), "k2");
    await chat.adapter.edit?.(sent, say("Two."));
    await stream.until(3);
    expect(stream.heard.slice(1)).toMatchObject([
      { type: "post", id: sent.id, reply: { text: "One." } },
      { type: "edit", id: sent.id, reply: { text: "Two." } },
    ]);
    await stream.close();

    const again = listen(chat.url, "anna", stream.heard[1]?.number);
    expect(await again.until(1)).toMatchObject([{ type: "edit", reply: { text: "Two." } }]);
    await again.close();
    // An id of another start says nothing about this one's events: what nobody saw yet comes.
    await expect.poll(() => (chat.adapter as typeof chat.adapter & { openStreams(): number }).openStreams()).toBe(0);
    await chat.adapter.send(place, say("After a restart."), "k9");
    const returned = listen(chat.url, "anna", "anOtherStart.99");
    expect(await returned.until(1)).toMatchObject([{ reply: { text: "After a restart." } }]);
    await returned.close();
    const bert = listen(chat.url, "bert");
    await chat.adapter.send({ ...place, id: "bert" }, say("For bert."), "k3");
    expect(await bert.until(1)).toMatchObject([{ reply: { text: "For bert." } }]);
    await bert.close();
  });

  it("sends an answer by the stream when the asker has hung up", async () => {
    await chat.adapter.stop?.();
    await chat.stop();
    chat = await openWebChat({ clock: createFakeClock() });
    const gate = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    await chat.adapter.start(
      hostWith(async (_event, answer) => {
        arrived.resolve();
        await gate.promise;
        await answer.reply(say("Late."));
      }),
      new AbortController().signal,
    );
    const stream = listen(chat.url, "anna");
    await stream.opened;
    const hungUp = Promise.withResolvers<void>();
    chat.server.once("connection", (peer) => peer.once("close", hungUp.resolve));
    const { port, hostname } = new URL(chat.url);
    const socket = connect(Number(port), hostname);
    const body = JSON.stringify({ user: "anna", id: "m-7", text: "hi" });
    socket.write(
      `POST /chat/messages HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await arrived.promise;
    socket.destroy();
    await hungUp.promise;
    gate.resolve();
    expect(await stream.until(1)).toMatchObject([
      // By this the page knows which of its messages it no longer has to wonder about.
      { type: "post", answers: "m-7", reply: { text: "Late." } },
    ]);
    await stream.close();
  });

  it("says which message a later post answers, where it answers one of that person's", async () => {
    const place = { platform: "web", tenant: "", id: "anna" };
    const stream = listen(chat.url, "anna");
    for (const key of ["anna:m-8", "wish:8", "bert:m-8", "anna:m 8"]) await chat.adapter.send(place, say(key), key);
    await stream.until(4);
    expect(stream.heard.map(({ answers }) => answers)).toEqual(["m-8", undefined, undefined, undefined]);
    await stream.close();
  });

  it("closes streams beyond eight of one user, oldest first", async () => {
    const streams = [];
    for (let index = 0; index < 9; index++) {
      const stream = listen(chat.url, "anna");
      await stream.opened;
      streams.push(stream);
    }
    const adapter = chat.adapter as typeof chat.adapter & { openStreams(): number };
    await streams[0]?.close();
    expect(adapter.openStreams()).toBe(8);
    for (const stream of streams) await stream.close();
  });
});

describe("who may talk to the web chat", () => {
  let from: Origin;
  let chat: Awaited<ReturnType<typeof openWebChat>>;
  const token = "a-very-long-chat-token";
  const open = async (options: { token?: string; origin: Partial<Origin> }) => {
    from = { address: "127.0.0.1", loopback: true, hostAllowed: true, secure: false, ...options.origin };
    chat = await openWebChat({
      clock: createFakeClock(),
      origin: () => from,
      ...(options.token ? { token: options.token } : {}),
    });
    await chat.adapter.start(
      hostWith(async (_event, answer) => void (await answer.reply(say("Yes.")))),
      new AbortController().signal,
    );
  };
  afterEach(async () => {
    await chat.adapter.stop?.();
    await chat.stop();
  });

  it("is this machine alone without a token", async () => {
    await open({ origin: { loopback: false, address: "10.0.0.7" } });
    expect((await post(chat.url, { user: "anna", text: "hi" })).status).toBe(403);
    expect((await fetch(`${chat.url}/chat/events?user=anna`)).status).toBe(403);
    const page = await fetch(chat.url);
    expect(page.status).toBe(403);
    expect(await page.text()).toContain("CHAT_TOKEN");
  });

  it("is nobody by a Host header that is not ours", async () => {
    await open({ origin: { hostAllowed: false } });
    expect((await post(chat.url, { user: "anna", text: "hi" })).status).toBe(403);
    expect((await fetch(chat.url)).status).toBe(403);
  });

  it("is whoever shows the token, once it is set, loopback included", async () => {
    await open({ token, origin: {} });
    expect((await post(chat.url, { user: "anna", text: "hi" })).status).toBe(401);
    expect((await post(chat.url, { user: "anna", text: "hi" }, { authorization: "Bearer wrong" })).status).toBe(401);
    expect((await post(chat.url, { user: "anna", text: "hi" }, { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it("lets a browser in by the form, with a cookie that is not the token", async () => {
    await open({ token, origin: { loopback: false, address: "10.0.0.7" } });
    expect(await (await fetch(chat.url)).text()).toContain('name="token"');
    const enter = (value: string) =>
      fetch(`${chat.url}/chat/session`, {
        method: "POST",
        body: new URLSearchParams({ token: value }),
        redirect: "manual",
      });
    expect((await enter("nope")).status).toBe(403);
    const entered = await enter(token);
    expect(entered.status).toBe(303);
    const cookie = entered.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    expect(cookie).not.toContain(token);
    const value = cookie.split(";")[0] ?? "";
    expect((await post(chat.url, { user: "anna", text: "hi" }, { cookie: value })).status).toBe(200);
    expect((await post(chat.url, { user: "anna", text: "hi" }, { cookie: `${value}x` })).status).toBe(401);
  });

  it("slows down guessing", async () => {
    await open({ token, origin: { loopback: false, address: "10.0.0.9" } });
    const enter = (value: string) =>
      fetch(`${chat.url}/chat/session`, {
        method: "POST",
        body: new URLSearchParams({ token: value }),
        redirect: "manual",
      });
    for (let index = 0; index < 5; index++) expect((await enter(`guess-${index}`)).status).toBe(403);
    expect((await enter(token)).status).toBe(429);
  });

  it("gets strict headers with every answer", async () => {
    await open({ origin: {} });
    const { headers } = await fetch(chat.url);
    expect(headers.get("content-security-policy")).toMatch(/default-src 'none'; script-src 'self'/);
    expect(headers.get("content-security-policy")).toMatch(/frame-ancestors 'none'/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect((await fetch(`${chat.url}/chat/assets/..%2f..%2fadapter.ts`)).status).toBe(404);
    expect((await fetch(`${chat.url}/chat/assets/chat.js`)).headers.get("content-type")).toMatch(/javascript/);
  });
});
