import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandSpec, Host } from "../../src/contracts/adapter.ts";
import type { Picture } from "../../src/contracts/music.ts";
import { type Block, button, say } from "../../src/contracts/reply.ts";
import { openTelegramChat } from "../doubles/telegram/chat.ts";
import { hostWith } from "../support/host.ts";

const anna = 42;
const place = { platform: "telegram", tenant: "", id: String(anna) };
const picture = (byte: number): Picture => ({ mediaType: "image/jpeg", bytes: new Uint8Array(100).fill(byte) });
const image = (url: string): Block => ({ type: "image", url, alt: "A cover" });

let chat: Awaited<ReturnType<typeof openTelegramChat>>;
let ending: AbortController;
const start = async (host: Partial<Host> = {}, keep?: Map<string, string>) => {
  chat = await openTelegramChat(
    keep
      ? { kept: { get: async (name) => keep.get(name), set: async (name, value) => void keep.set(name, value) } }
      : {},
  );
  chat.double.world.addUser({ id: anna });
  ending = new AbortController();
  await chat.adapter.start(
    hostWith(async () => {}, host),
    ending.signal,
  );
};
const stop = async () => {
  ending.abort();
  await chat.adapter.stop?.();
  await chat.double.down();
};
afterEach(stop);

describe("pictures", () => {
  const own = new Map([
    ["http://127.0.0.1:8765/art/1", picture(1)],
    ["http://127.0.0.1:8765/art/2", picture(2)],
  ]);
  beforeEach(() => start({ picture: async (url) => own.get(url) }));
  const bot = () => chat.double.botMessages(anna);

  it("shows art that Telegram can fetch as a preview, so that the words have room and can change", async () => {
    const blocks: Block[] = [image("https://i.scdn.co/image/1"), { type: "text", text: "x".repeat(3_000) }];
    const sent = await chat.adapter.send(place, say("Now", blocks), "k");
    expect(bot()[0]).toMatchObject({ preview: "https://i.scdn.co/image/1", text: "x".repeat(3_000) });
    await chat.adapter.edit?.(sent, say("Now", [image("https://i.scdn.co/image/2"), { type: "text", text: "Next" }]));
    expect(bot()).toMatchObject([{ preview: "https://i.scdn.co/image/2", text: "Next" }]);
  });

  it("wants no preview of an address that only stands in the words", async () => {
    await chat.adapter.send(
      place,
      say("See", [{ type: "list", ordered: false, items: [{ title: "A", url: "https://example.org/a" }] }]),
      "k",
    );
    expect(chat.double.called("sendMessage")[0]?.args.link_preview_options).toEqual({ is_disabled: true });
  });

  it("uploads what only we can fetch, and edits its words and then the picture", async () => {
    const text = (words: string): Block => ({ type: "text", text: words });
    const sent = await chat.adapter.send(place, say("Now", [image("http://127.0.0.1:8765/art/1"), text("One")]), "k");
    expect(sent.id).toMatch(/^photo:/);
    expect(bot()[0]?.photo?.[0]).toBe(1);
    await chat.adapter.edit?.(sent, say("Now", [image("http://127.0.0.1:8765/art/1"), text("Two")]));
    expect(chat.double.called("editMessageMedia")).toEqual([]);
    await chat.adapter.edit?.(sent, say("Now", [image("http://127.0.0.1:8765/art/2"), text("y".repeat(2_000))]));
    expect(bot()).toHaveLength(1);
    expect(bot()[0]?.photo?.[0]).toBe(2);
    expect(bot()[0]?.text).toHaveLength(1_024);
  });

  it("would rather say everything than show a picture", async () => {
    await chat.adapter.send(
      place,
      say("Long", [image("http://127.0.0.1:8765/art/1"), { type: "text", text: "z".repeat(2_000) }]),
      "k",
    );
    expect(bot()[0]).toMatchObject({ text: "z".repeat(2_000) });
    expect(bot()[0]?.photo).toBeUndefined();
  });

  it("leaves out a picture that nobody can fetch", async () => {
    await chat.adapter.send(
      place,
      say("Now", [image("http://127.0.0.1:8765/art/9"), { type: "text", text: "Song" }]),
      "k",
    );
    expect(bot()[0]).toMatchObject({ text: "Song" });
    expect(bot()[0]?.preview).toBeUndefined();
  });
});

describe("replies beyond Telegram's numbers", () => {
  beforeEach(() => start());

  it("are shown as far as they go", async () => {
    await chat.adapter.send(
      place,
      say("Much", [
        { type: "text", text: "<&>".repeat(3_400) },
        {
          type: "list",
          ordered: true,
          items: Array.from({ length: 30 }, (_, at) => ({ title: `Song ${at}`, url: `https://example.org/${at}` })),
        },
        {
          type: "buttons",
          buttons: Array.from({ length: 12 }, (_, at) =>
            button(`Button number ${at}`, "help", { at, long: "x".repeat(300) }),
          ),
        },
        {
          type: "select",
          label: "Which?",
          options: Array.from({ length: 40 }, (_, at) => ({
            label: `Option ${at}`,
            command: { intent: "help", slots: { at } },
          })),
        },
      ]),
      "k",
    );
    const [message] = chat.double.botMessages(anna);
    expect(message?.text.length).toBeLessThanOrEqual(4_096);
    expect(message?.keyboard.flat()).toHaveLength(37);
  });

  it("ring for an answer, and not for a card", async () => {
    await chat.adapter.send(place, say("News."), "k1");
    await chat.adapter.send(place, say("Card.", undefined, { view: { kind: "nowplaying", key: "1" } }), "k2");
    expect(chat.double.botMessages(anna).map(({ silent }) => silent)).toEqual([false, true]);
  });
});

describe("inline mode", () => {
  const shareables: Host["shareables"] = async ({ place: asked, direct }, text) =>
    text === "nothing" || asked.id !== String(anna) || !direct
      ? []
      : Array.from({ length: 10 }, (_, at) => ({
          id: at === 0 ? "x".repeat(300) : "same",
          title: `<b>${text}</b> ${at}`,
          imageUrl: "https://i.scdn.co/image/1",
          reply: say("Hello by Adele", [
            image("http://127.0.0.1:8765/art/1"),
            { type: "text", text: "Hello by <Adele>" },
            { type: "buttons", buttons: [button("Queue it", "queue.add", { uri: "x:1" })] },
          ]),
        }));
  const ben = 43;
  let heard: unknown[];
  beforeEach(async () => {
    heard = [];
    await start({
      shareables,
      deliver: async (event, answer) => {
        heard.push(event);
        const sent = await answer.reply(
          say("Queued.", [
            { type: "text", text: "Queued." },
            { type: "buttons", buttons: [button("Undo", "playback.undo")] },
          ]),
        );
        if (event.target) await chat.adapter.edit?.(event.target, say("Hello, queued once."));
        heard.push(sent);
      },
    });
    chat.double.world.addUser({ id: ben, first_name: "Ben" });
  });

  it("offers what the asker could post, to them alone; its buttons work for whoever presses", async () => {
    const { id, update } = chat.double.asksInline(anna, "adele");
    await chat.settled(update);
    await expect.poll(() => chat.double.inlineQueries.get(id)?.results?.length).toBe(10);
    const posted = chat.double.choosesInline(ben, id, 3);
    expect(posted.text).toBe("Hello by <Adele>");
    const press = chat.double.presses(ben, "Queue it");
    await chat.settled(press.id);
    expect(heard[0]).toMatchObject({
      type: "command",
      intent: "queue.add",
      slots: { uri: "x:1" },
      direct: false,
      user: { id: String(ben) },
    });
    // In whatever chat that is, nothing is posted; the answer is Ben's alone, and the message itself can change.
    expect(chat.double.botMessages(ben).map(({ text }) => text)).toEqual(["Queued."]);
    await expect.poll(() => press.press.answer?.text).toBe("The answer is in our private chat.");
    expect(posted.text).toBe("Hello, queued once.");
    expect(heard[1]).toMatchObject({ place: { id: String(ben) } });
  });

  it("opens the private chat of somebody who never wrote to the bot", async () => {
    const carl = 44;
    chat.double.world.addUser({ id: carl, first_name: "Carl" }, { started: false });
    const { id, update } = chat.double.asksInline(anna, "adele");
    await chat.settled(update);
    await expect.poll(() => chat.double.inlineQueries.get(id)?.results?.length).toBe(10);
    chat.double.choosesInline(carl, id, 1);
    const { id: pressed, press } = chat.double.presses(carl, "Queue it");
    await chat.settled(pressed);
    await expect.poll(() => press.answer).toEqual({ url: "https://t.me/segue_test_bot?start=open" });
  });

  it("offers the way to the private chat when there is nothing to post", async () => {
    const { id, update } = chat.double.asksInline(anna, "nothing");
    await chat.settled(update);
    await expect
      .poll(() => chat.double.inlineQueries.get(id))
      .toMatchObject({ results: [], button: { text: "Open a private chat", start_parameter: "open" } });
  });
});

describe("commands", () => {
  const spec = (intent: string, name: string, description: string, managers = false): CommandSpec => ({
    intent,
    name,
    description,
    managers,
    options: [],
  });
  const german: Record<string, CommandSpec[]> = {
    en: [
      spec("playback.play", "play", "Play something"),
      spec("playback.sleep", "sleep-timer", "x".repeat(400)),
      spec("place.settings", "setup", "Settings", true),
    ],
    "de-DE": [
      spec("playback.play", "spiele", "Spiele etwas"),
      spec("playback.sleep", "einschläfern", "Schlafe"),
      spec("place.settings", "einstellen", "Rechte", true),
    ],
    ja: [
      spec("playback.play", "再生", "何かを再生"),
      spec("playback.sleep", "スリープ", "スリープ"),
      spec("place.settings", "設定", "設定", true),
    ],
  };
  const host: Partial<Host> = { locales: ["en", "de-DE", "ja"], commands: (locale) => german[locale] ?? [] };

  it("are told per language and scope, in letters that Telegram takes, and only when they changed", async () => {
    const keep = new Map<string, string>();
    await start(host, keep);
    await expect.poll(() => keep.size).toBe(1);
    const names = (menu: string) => chat.double.menus.get(menu)?.map(({ command }) => command);
    expect(names("all_private_chats")).toEqual(["play", "sleep_timer", "setup"]);
    expect(names("all_group_chats")).toEqual(["play", "sleep_timer"]);
    expect(names("all_chat_administrators de")).toEqual(["spiele", "einschlafern", "einstellen"]);
    expect(names("all_private_chats ja")).toEqual(["play", "sleep_timer", "setup"]);
    expect(chat.double.menus.get("all_private_chats ja")?.[0]?.description).toBe("何かを再生");
    expect(chat.double.called("setMyCommands")).toHaveLength(9);
    await stop();
    await start(host, keep);
    await chat.settled(chat.double.says(anna, anna, "hello"));
    expect(chat.double.called("setMyCommands")).toHaveLength(0);
    await stop();
    await start({ ...host, locales: ["en"] }, keep);
    await expect.poll(() => chat.double.called("setMyCommands").length).toBe(3);
  });

  it("are known by their names in every language", async () => {
    const texts: unknown[] = [];
    await start({
      ...host,
      deliver: async (event) =>
        void texts.push(event.type === "text" ? event.text : event.type === "command" ? event.intent : ""),
    });
    const user = chat.double.world.users.get(anna);
    if (user) user.language_code = "de";
    for (const said of ["/play hello", "/spiele", "/sleep_timer 30", "/nosuch"])
      await chat.settled(chat.double.says(anna, anna, said));
    expect(texts).toEqual(["/play hello", "playback.play", "/sleep_timer 30", "/nosuch"]);
  });
});
