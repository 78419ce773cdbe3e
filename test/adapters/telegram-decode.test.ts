import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { Update } from "grammy/types";
import { describe, expect, it } from "vitest";
import { type Decoded, decode } from "../../adapters/telegram/decode.ts";
import { root } from "../house/source.ts";

const updates = JSON.parse(readFileSync(join(root, "test/fixtures/telegram/updates.json"), "utf8")) as Record<
  string,
  Update
>;
const me = { id: 7_000_001, username: "segue_test_bot" };
const commands = (name: string) => ({ sleep_timer: "playback.sleep", pause: "playback.pause" })[name];
const of = (name: string): Decoded | undefined => {
  const update = updates[name];
  if (!update) throw new Error(`no fixture "${name}"`);
  return decode(update, { me, now: 1_794_500_000_000, commands });
};
const event = (name: string) => {
  const decoded = of(name);
  if (decoded?.type !== "event") throw new Error(`"${name}" is no event`);
  return decoded;
};

const anna = { platform: "telegram", tenant: "", id: "42" };
const group = { platform: "telegram", tenant: "", id: "-1001234" };

describe("telegram updates as neutral events", () => {
  it("hears words in a private chat", () => {
    expect(event("private text")).toEqual({
      type: "event",
      origin: { message: 12 },
      event: {
        type: "text",
        text: "play hello by adele",
        key: "870000001",
        place: anna,
        user: anna,
        userName: "Anna Berg",
        addressed: true,
        direct: true,
        local: false,
        at: 1_794_400_000_000,
        locale: "de",
      },
    });
  });

  it.each([
    ["start", "help.hello"],
    ["start to link", "account.link"],
    ["a command only its writer sees", "playback.pause"],
    ["added to a group", "place.joined"],
    ["blocked by a person", "place.left"],
  ])("takes %s as the command %s", (name, intent) => {
    expect(event(name).event).toMatchObject({ type: "command", intent, slots: {}, addressed: true });
  });

  it("gives a command to core with what follows it, in its topic", () => {
    const { event: heard } = event("command with words for us by name, in a topic");
    expect(heard).toMatchObject({
      type: "text",
      text: "/sleep_timer 30 minutes",
      addressed: true,
      direct: false,
      place: { ...group, thread: "7" },
    });
    // The message that opened the topic was not replied to.
    expect(heard).not.toHaveProperty("about");
    expect(heard).not.toHaveProperty("target");
  });

  it.each([
    ["/sleep-timer 30", "/sleep_timer 30", 6],
    ["/sleep_timer\n30", "/sleep_timer 30", 12],
    ["/pause-it now", "/pause-it now", 6],
    ["/lautstärke 30", "/lautstärke 30", 7],
    ["/pause, please", "/pause, please", 6],
  ])("reads %s as %s, though Telegram sees only the beginning", (text, heard, length) => {
    const base = updates["private text"];
    const entities = [{ type: "bot_command", offset: 0, length }];
    const decoded = decode({ ...base, message: { ...base?.message, text, entities } } as Update, {
      me,
      now: 0,
      commands,
    });
    expect(decoded).toMatchObject({ event: { type: "text", text: heard, addressed: true } });
  });

  it.each([
    "command of another bot",
    "command nobody here knows",
    "anonymous administrator",
    "made administrator",
    "a post in a channel",
  ])("leaves %s alone", (name) => {
    expect(of(name)).toBeUndefined();
  });

  it("takes its own name out of what is said to it, whatever stands before it", () => {
    expect(event("mention").event).toMatchObject({ type: "text", text: "🎵 play hello", addressed: true });
  });

  it("knows which message of its own was replied to, and what it said", () => {
    expect(event("reply to the bot, quoting").event).toMatchObject({
      text: "louder",
      addressed: true,
      place: group,
      target: { platform: "telegram", place: group, id: "photo:300" },
      about: "Hello by Adele\nhttps://open.example.org/track/1",
    });
  });

  it("takes the number of a thread of replies for no topic", () => {
    expect(event("reply to the bot, quoting").event.place).toEqual(group);
  });

  it.each([
    ["to", { migrate_to_chat_id: -1001234, chat: { id: -5, type: "group", title: "Old" } }],
    ["from", { migrate_from_chat_id: -5, chat: { id: -1001234, type: "supergroup", title: "New" } }],
  ])("hears that a group got another id: %s", (_what, told) => {
    const from = { id: 42, is_bot: false, first_name: "Anna" };
    const read = (sender: object) =>
      decode({ update_id: 9, message: { message_id: 1, date: 1, ...sender, ...told } } as Update, {
        me,
        now: 0,
        commands,
      });
    const moved = {
      type: "event",
      origin: { left: true },
      event: { intent: "place.moved", slots: { to: "-1001234" }, place: { id: "-5" }, addressed: false, direct: false },
    };
    expect(read({ from })).toMatchObject(moved);
    // An administrator who does not show who they are, and nobody at all.
    expect(read({ from: { ...from, is_bot: true }, sender_chat: { id: -5 } })).toMatchObject(moved);
    expect(read({})).toMatchObject({ ...moved, event: { ...moved.event, user: { id: "-5" } } });
  });

  it("passes on what is said among others as not said to it", () => {
    expect(event("talk among others").event).toMatchObject({ addressed: false, direct: false });
  });

  it("names files so that they can be fetched", () => {
    expect(event("voice").event).toMatchObject({
      type: "audio",
      file: { ref: "AwACAgI", mediaType: "audio/ogg", bytes: 16_000, durationMs: 4_000 },
    });
    expect(event("document").event).toMatchObject({
      type: "file",
      file: { ref: "BQACAgI", name: "my_spotify_data.zip", mediaType: "application/zip", bytes: 1_234_567 },
      about: "my history",
    });
  });

  it("keeps apart where a press came from", () => {
    expect(of("press")).toMatchObject({
      type: "press",
      data: "b:abc",
      origin: { press: "180388626432195123" },
      envelope: { place: { ...group, thread: "7" }, direct: false, target: { id: "text:300" }, at: 1_794_500_000_000 },
    });
    const old = of("press on a message too old to be shown");
    expect(old).toMatchObject({ type: "press", envelope: { place: anna, direct: true } });
    expect(old?.type === "press" && "target" in old.envelope).toBe(false);
    expect(of("press on what inline mode posted")).toMatchObject({
      envelope: { place: { id: "inline:5551" }, direct: false, target: { id: "inline:BAAAAA-x_1" } },
    });
    expect(of("press on what one person sees alone")).toMatchObject({ envelope: { target: { id: "only-text:42:9" } } });
  });

  it("asks for what could be shared as in the asker's own chat", () => {
    expect(of("inline query")).toEqual({
      type: "inline",
      id: "180388626432195127",
      text: "adele",
      asker: { place: anna, user: anna, userName: "Anna", direct: true, locale: "en" },
    });
  });

  it("survives any text with any entities, and loses no letter that is not its name", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 60 }),
        fc.array(
          fc.record({
            offset: fc.nat(80),
            length: fc.nat(80),
            type: fc.constantFrom("mention", "bot_command", "url", "bold"),
          }),
          { maxLength: 5 },
        ),
        (text, entities) => {
          const base = updates["private text"];
          const update = { ...base, message: { ...base?.message, text, entities } } as Update;
          const decoded = decode(update, { me, now: 0, commands });
          if (decoded?.type === "event" && decoded.event.type === "text") expect(decoded.event.text).toBe(text);
        },
      ),
    );
  });
});
