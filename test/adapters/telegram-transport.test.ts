import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTelegramChat, type TelegramChatOptions } from "../../adapters/telegram/index.ts";
import type { Answer } from "../../src/contracts/adapter.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type { Incoming } from "../../src/contracts/incoming.ts";
import { button, say } from "../../src/contracts/reply.ts";
import { openTelegramChat, token } from "../doubles/telegram/chat.ts";
import { createQuickClock } from "../doubles/telegram/quick-clock.ts";
import { Refusal, tooMany } from "../doubles/telegram/refusal.ts";
import { root } from "../house/source.ts";
import { hostWith } from "../support/host.ts";
import { capturedLog } from "../support/log.ts";

const anna = 42;
const ben = 43;
const place = { platform: "telegram", tenant: "", id: String(anna) };

describe("telegram, day and night", () => {
  let chat: Awaited<ReturnType<typeof openTelegramChat>>;
  let heard: Incoming[];
  let respond: (event: Incoming, answer: Answer) => Promise<unknown>;
  let ending: AbortController;
  const captured = capturedLog();

  const start = async (options: Partial<TelegramChatOptions> = {}, host = {}) => {
    chat = await openTelegramChat({ log: captured.log, ...options });
    chat.double.world.addUser({ id: anna });
    chat.double.world.addUser({ id: ben, first_name: "Ben" });
    heard = [];
    respond = async () => {};
    ending = new AbortController();
    await chat.adapter.start(
      hostWith(
        async (event, answer) => {
          heard.push(event);
          await respond(event, answer);
        },
        { commands: () => [], ...host },
      ),
      ending.signal,
    );
  };
  beforeEach(() => start());
  afterEach(async () => {
    ending.abort();
    await chat.adapter.stop?.();
    await chat.double.down();
    // Neither what was said nor what opens the bot may be written down, whatever went wrong.
    expect(captured.lines.join("\n")).not.toContain(token.split(":")[1]);
  });
  const again = async (...args: Parameters<typeof start>) => {
    await chat.adapter.stop?.();
    await chat.double.down();
    await start(...args);
  };
  const says = (text: string, user = anna) => chat.double.says(user, user, text);

  it("confirms nothing that core has not accepted, and delivers it again", async () => {
    let refusing = true;
    respond = async () => {
      if (refusing) throw new SegueError("Unavailable", { service: "core", why: "offline" });
    };
    const update = says("pause");
    await expect.poll(() => heard.length, { timeout: 5_000 }).toBeGreaterThan(1);
    expect(chat.double.updates.pending()).toHaveLength(1);
    refusing = false;
    await chat.settled(update);
    expect(new Set(heard.map(({ key }) => key))).toEqual(new Set([String(update)]));
  });

  it("confirms once core has begun to answer, and answers others meanwhile", async () => {
    const gate = Promise.withResolvers<void>();
    respond = async (event, answer) => {
      if (event.user.id === String(anna)) {
        await answer.defer("private");
        await gate.promise;
      }
      await answer.reply(say(`Done for ${event.userName}.`));
    };
    const slow = says("play something");
    await chat.double.updates.confirmed(slow);
    const quick = says("pause", ben);
    await chat.double.updates.confirmed(quick);
    await expect.poll(() => chat.double.sees(ben)).toContain("Done for Ben.");
    expect(chat.double.actions).toEqual([{ chat: anna, action: "typing" }]);
    gate.resolve();
    await expect.poll(() => chat.double.sees(anna)).toContain("Done for Anna.");
  });

  it("hears others while core has not yet taken the first, and loses none of them", async () => {
    const gate = Promise.withResolvers<void>();
    respond = async (event) => {
      if (event.user.id === String(anna)) await gate.promise;
    };
    const slow = says("one");
    await expect.poll(() => heard.length).toBe(1);
    const quick = says("two", ben);
    await expect.poll(() => heard.length).toBe(2);
    // Both come again until the first is taken, and neither is done twice.
    await expect.poll(() => chat.double.updates.pending().length).toBe(2);
    gate.resolve();
    await Promise.all([chat.settled(slow), chat.settled(quick)]);
    expect(heard).toHaveLength(2);
  });

  it("asks again soon for what is new while core has not yet taken the first, and less and less often", async () => {
    const quick = createQuickClock();
    const waits: number[] = [];
    let stuck = false;
    const sleep: typeof quick.sleep = (ms, signal) => {
      if (stuck && ms < 1_000) waits.push(ms);
      return quick.sleep(ms, signal);
    };
    await again({ clock: { ...quick, sleep } });
    const gate = Promise.withResolvers<void>();
    respond = () => gate.promise;
    stuck = true;
    const slow = says("one");
    await expect.poll(() => waits.length, { timeout: 5_000 }).toBeGreaterThan(5);
    expect(waits[0]).toBeLessThanOrEqual(50);
    expect(waits.slice(1).every((ms, index) => ms >= (waits[index] ?? 0))).toBe(true);
    expect(Math.max(...waits)).toBeGreaterThan(200);
    gate.resolve();
    await chat.settled(slow);
  });

  it("gives a redelivered update the same key", async () => {
    await chat.settled(says("pause"));
    const key = heard[0]?.key;
    const update = chat.double.updates;
    const message = {
      message_id: 101,
      date: 1,
      text: "pause",
      from: { id: anna, is_bot: false, first_name: "Anna" },
      chat: { id: anna, type: "private" },
    };
    await again();
    chat.double.updates.again({ update_id: Number(key), message });
    await chat.double.updates.confirmed(Number(key));
    expect(heard[0]?.key).toBe(key);
    expect(update).not.toBe(chat.double.updates);
  });

  it("does what comes again while it runs only once", async () => {
    const update = says("pause");
    const [sent] = chat.double.updates.pending();
    await chat.settled(update);
    if (sent) chat.double.updates.again(sent);
    await chat.settled(update);
    await chat.settled(says("resume"));
    expect(heard.map((event) => event.type === "text" && event.text)).toEqual(["pause", "resume"]);
  });

  it("starts while Telegram is down, says so, and comes up by itself", async () => {
    await chat.adapter.stop?.();
    await chat.double.down();
    const away = createTelegramChat({
      token,
      apiUrl: chat.double.url,
      clock: chat.clock,
      log: captured.log,
      locales: `${root}/locales`,
      kept: { get: async () => undefined, set: async () => {} },
    });
    const ends = new AbortController();
    const got: Incoming[] = [];
    await away.start(
      hostWith(async (event) => void got.push(event), { commands: () => [] }),
      ends.signal,
    );
    expect(away.healthy?.()).toBe(false);
    const sending = away.send(place, say("Kept until then."), "k");
    await chat.double.up();
    await expect.poll(() => away.healthy?.(), { timeout: 10_000 }).toBe(true);
    await chat.double.updates.confirmed(says("hello"));
    expect(got).toHaveLength(1);
    await sending;
    expect(chat.double.sees(anna)).toContain("Kept until then.");
    ends.abort();
    await away.stop?.();
  });

  it("is not healthy with a token that is refused", async () => {
    await again({ token: "1:wrong" });
    expect(chat.adapter.healthy?.()).toBe(false);
    expect(chat.adapter.trouble?.()).toBe("401 Unauthorized");
  });

  it("comes back after the connection was cut in the middle of an answer", async () => {
    respond = async (_event, answer) => {
      await chat.double.down();
      await expect.poll(() => chat.adapter.healthy?.()).toBe(false);
      const answering = answer.reply(say("Here it is."));
      await new Promise((resolve) => setTimeout(resolve, 50));
      await chat.double.up();
      await answering;
    };
    says("play hello");
    await expect.poll(() => chat.double.sees(anna), { timeout: 10_000 }).toContain("Here it is.");
    expect(chat.double.botMessages(anna)).toHaveLength(1);
    await expect.poll(() => chat.adapter.healthy?.(), { timeout: 10_000 }).toBe(true);
    const next = says("pause");
    respond = async () => {};
    await chat.settled(next);
    expect(heard.at(-1)).toMatchObject({ text: "pause" });
  });

  it("asks again at once where a connection turns out to be cut, and is never away", async () => {
    const before = captured.lines.length;
    chat.double.fate("getUpdates", "cut before", "cut after", "cut before");
    const asked = chat.double.called("getUpdates").length;
    await chat.settled(says("pause"));
    await chat.settled(says("resume"));
    expect(chat.double.called("getUpdates").length).toBeGreaterThan(asked + 3);
    expect(captured.lines.slice(before).join("\n")).not.toContain("not reachable");
    expect(chat.adapter.healthy?.()).toBe(true);
  });

  it("does not post twice when nobody knows whether it arrived, and says so", async () => {
    chat.double.fate("sendMessage", "cut after");
    await expect(chat.adapter.send(place, say("Once."), "k")).rejects.toMatchObject({ code: "Unconfirmed" });
    expect(chat.double.botMessages(anna)).toHaveLength(1);
  });

  it("repeats an edit of which nobody knows", async () => {
    const sent = await chat.adapter.send(place, say("Before."), "k");
    chat.double.fate("editMessageText", "cut after");
    await chat.adapter.edit?.(sent, say("After."));
    expect(chat.double.sees(anna)).toEqual(["After."]);
  });

  it("waits as long as Telegram asks", async () => {
    chat.double.fate("sendMessage", tooMany(1));
    const begun = chat.clock.now();
    await chat.adapter.send(place, say("Later."), "k");
    expect(chat.clock.now() - begun).toBeGreaterThanOrEqual(1_000);
    expect(chat.double.botMessages(anna)).toHaveLength(1);
    chat.double.fate("sendMessage", tooMany(3_600));
    await expect(chat.adapter.send(place, say("Never."), "k")).rejects.toMatchObject({ code: "RateLimited" });
  });

  it("lets go of a message that was deleted meanwhile, and of a chat that is closed to it", async () => {
    const sent = await chat.adapter.send(place, say("Before."), "k");
    for (const message of chat.double.world.messages) message.deleted = true;
    await expect(chat.adapter.edit?.(sent, say("After."))).rejects.toMatchObject({ code: "NotFound" });
    const user = chat.double.world.users.get(anna);
    if (user) user.blocked = true;
    await expect(chat.adapter.edit?.(sent, say("After all."))).rejects.toMatchObject({ code: "NotFound" });
    await expect(chat.adapter.send(place, say("Hello?"), "k")).rejects.toMatchObject({ code: "Forbidden" });
    await expect(chat.adapter.send({ ...place, id: "12345" }, say("Hello?"), "k")).rejects.toMatchObject({
      code: "NotFound",
    });
  });

  it("does not send an edit that changes nothing, and forgives one that Telegram finds so", async () => {
    const sent = await chat.adapter.send(place, say("Same."), "k");
    const begun = chat.clock.now();
    await chat.adapter.edit?.(sent, say("Same."));
    expect(chat.clock.now() - begun).toBeLessThan(700);
    expect(chat.double.called("editMessageText")).toEqual([]);
    // Changed and changed back before its turn came.
    await Promise.all(["Different.", "Same."].map((words) => chat.adapter.edit?.(sent, say(words))));
    expect(chat.double.called("editMessageText")).toEqual([]);
    chat.double.fate(
      "editMessageText",
      new Refusal(400, "Bad Request: message is not modified: specified new message content"),
    );
    await chat.adapter.edit?.(sent, say("Other."));
  });

  it.each([
    ["Bad Request: not enough rights to send text messages to the chat", "Forbidden"],
    ["Bad Request: CHAT_SEND_PLAIN_FORBIDDEN", "Forbidden"],
    ["Bad Request: chat not found", "NotFound"],
    ["Bad Request: can't parse entities: unsupported start tag", "InvalidInput"],
  ])("tells core that “%s” is final", async (words, code) => {
    chat.double.fate("sendMessage", new Refusal(400, words));
    await expect(chat.adapter.send(place, say("Hello."), "k")).rejects.toMatchObject({ code });
  });

  it("acknowledges every press once and in time, however long core takes", async () => {
    respond = async (event, answer) => {
      if (event.type === "text") await answer.reply(say("?", [{ type: "buttons", buttons: [button("Go", "help")] }]));
      else if (event.type === "command" && "slow" in event.slots)
        await new Promise((resolve) => setTimeout(resolve, 1_000));
    };
    await chat.settled(says("hello"));
    const quick = chat.double.presses(anna, "Go");
    await chat.settled(quick.id);
    await expect.poll(() => quick.press.answer).toEqual({});
    const [message] = chat.double.botMessages(anna);
    if (!message) throw new Error("no message");
    const slow = chat.double.pressUpdate(anna, message, JSON.stringify(["help", { slow: true }]));
    await expect.poll(() => slow.press.answer, { timeout: 900 }).toEqual({});
    await chat.settled(slow.id);
    expect(chat.double.called("answerCallbackQuery")).toHaveLength(2);
  });

  it("says plainly that a button is too old", async () => {
    await again({}, { decodeButton: async () => undefined });
    const message = await chat.adapter.send(
      place,
      say("?", [{ type: "buttons", buttons: [button("Go", "help")] }]),
      "k",
    );
    expect(message.id).toMatch(/^text:/);
    const { id, press } = chat.double.presses(anna, "Go");
    await chat.settled(id);
    await expect
      .poll(() => press.answer)
      .toMatchObject({ show_alert: true, text: "That button is too old. Please ask me again." });
    expect(heard).toEqual([]);
  });

  it("stops within a moment, confirms what core has, and leaves no socket", async () => {
    const update = says("pause");
    await chat.settled(update);
    const begun = performance.now();
    ending.abort();
    await chat.adapter.stop?.();
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(chat.adapter.healthy?.()).toBe(false);
    expect(chat.double.updates.pending()).toEqual([]);
    await expect.poll(() => chat.double.openSockets()).toBe(0);
  });

  it("confirms what core took in its last moment", async () => {
    respond = async () => {
      ending.abort();
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    says("pause");
    await expect.poll(() => heard.length).toBe(1);
    await chat.adapter.stop?.();
    expect(chat.double.updates.pending()).toEqual([]);
  });

  it("goes on in the supergroup that a group became", async () => {
    chat.double.world.addGroup(-5, { [anna]: "member" });
    chat.double.world.addGroup(-1005, { [anna]: "member" });
    const room = chat.double.world.rooms.get(-5);
    if (room) room.movedTo = -1005;
    const sent = await chat.adapter.send(
      { ...place, id: "-5" },
      say("Still here.", undefined, { visibility: "public" }),
      "k",
    );
    expect(sent.place.id).toBe("-1005");
    expect(chat.double.botMessages(-1005)).toHaveLength(1);
  });

  it("sends a file into the person's private chat, wherever they asked, and says where that is closed", async () => {
    const file = { name: "history.csv", mediaType: "text/csv", bytes: Buffer.from("a,b\n1,2\n"), text: "Yours" };
    const user = (id: number) => ({ platform: "telegram", tenant: "", id: String(id) });
    chat.double.world.addGroup(-7, { [anna]: "member" });
    says("hello");
    const sent = await chat.adapter.sendFile?.({ ...place, id: "-7" }, user(anna), file, "k");
    expect(sent?.place.id).toBe(String(anna));
    expect(chat.double.botMessages(-7)).toEqual([]);
    expect(chat.double.botMessages(anna).at(-1)).toMatchObject({
      text: "Yours",
      document: { name: "history.csv", bytes: Buffer.from("a,b\n1,2\n") },
    });
    await expect(chat.adapter.sendFile?.(place, user(99), file, "k2")).rejects.toMatchObject({ code: "NotFound" });
    expect(chat.adapter.limits.fileBytes).toBeLessThanOrEqual(20_000_000);
  });

  it("fetches a file, and says what it cannot", async () => {
    const bytes = Buffer.from("OggS and so on");
    chat.double.world.files.set("voice-1", { path: "voice/file 1.oga", bytes });
    chat.double.world.files.set("huge", { path: "documents/huge.zip", bytes: Buffer.alloc(20_000_001) });
    const fetched = await chat.adapter.fetchFile?.({ ref: "voice-1" }, ending.signal);
    expect(Buffer.from(await new Response(fetched).arrayBuffer())).toEqual(bytes);
    await expect(chat.adapter.fetchFile?.({ ref: "gone" }, ending.signal)).rejects.toMatchObject({ code: "NotFound" });
    await expect(chat.adapter.fetchFile?.({ ref: "huge" }, ending.signal)).rejects.toMatchObject({
      code: "InvalidInput",
    });
    await expect(chat.adapter.fetchFile?.({ ref: "unasked", bytes: 30_000_000 }, ending.signal)).rejects.toMatchObject({
      details: { field: "file" },
    });
    expect(chat.double.called("getFile")).toHaveLength(3);
  });
});

describe("telegram by webhook", () => {
  it("hears only who knows the secret, and answers 200 only for what core has", async () => {
    let handle: NonNullable<ReturnType<typeof createTelegramChat>["listener"]>["handle"] = () => {};
    const server = createServer((request, response) => handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const secret = "a_secret-for-the-hook";
    const chat = await openTelegramChat({ webhook: { publicUrl: url, secret } });
    if (chat.adapter.listener) handle = chat.adapter.listener.handle;
    expect(chat.adapter.listener?.paths).toEqual(["/telegram/"]);
    chat.double.world.addUser({ id: anna });
    const heard: Incoming[] = [];
    let refuse = true;
    const ends = new AbortController();
    await chat.adapter.start(
      hostWith(
        async (event, answer) => {
          heard.push(event);
          if (refuse) {
            refuse = false;
            throw new SegueError("Unavailable", { service: "core", why: "offline" });
          }
          await answer.reply(say("Heard."));
        },
        { commands: () => [] },
      ),
      ends.signal,
    );
    expect(chat.adapter.healthy?.()).toBe(true);
    await chat.double.updates.confirmed(chat.double.says(anna, anna, "hello"));
    expect(heard).toHaveLength(2);
    expect(heard[0]?.key).toBe(heard[1]?.key);
    await expect.poll(() => chat.double.sees(anna)).toContain("Heard.");

    const post = (body: string, headers: Record<string, string> = {}, path = "/telegram/") =>
      fetch(`${url}${path}`, { method: "POST", body, headers }).then(({ status }) => status);
    const proof = { "x-telegram-bot-api-secret-token": secret };
    expect(await post('{"update_id":1}')).toBe(401);
    expect(await post('{"update_id":1}', { "x-telegram-bot-api-secret-token": `${secret}x` })).toBe(401);
    expect(await post("{", proof)).toBe(400);
    expect(await post('{"update_id":-1}', proof)).toBe(400);
    expect(await post(`{"update_id":1,"x":"${"x".repeat(1_100_000)}"}`, proof)).toBe(413);
    expect(await post('{"update_id":1}', proof, "/telegram/other")).toBe(404);
    expect(await post('{"update_id":1,"message":{"from":null}}', proof)).toBe(200);
    expect(heard).toHaveLength(2);
    // Half a request, then nothing.
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(
      `POST /telegram/ HTTP/1.1\r\nhost: x\r\nx-telegram-bot-api-secret-token: ${secret}\r\ncontent-length: 100\r\n\r\n{`,
    );
    socket.destroy();
    expect(await post('{"update_id":2}', proof)).toBe(200);
    ends.abort();
    await chat.adapter.stop?.();
    await chat.double.down();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
