import { readFileSync } from "node:fs";
import { join } from "node:path";
import type {
  APIInteraction,
  GatewayGuildCreateDispatchData,
  GatewayGuildDeleteDispatchData,
  GatewayMessageCreateDispatchData,
  GatewayPresenceUpdateDispatchData,
} from "discord.js";
import { describe, expect, it } from "vitest";
import { decodeInteraction } from "../../adapters/discord/decode.ts";
import { decodeJoined, decodeLeft, decodeMessage, decodePresence } from "../../adapters/discord/decode-message.ts";
import type { CommandSpec } from "../../src/contracts/adapter.ts";

const now = Date.UTC(2026, 10, 21, 12);
const bot = "900000000000000001";
const menus = { play: "Play on mine", queue: "Queue on mine" };
const option = (slot: string, type: "string" | "integer") => ({
  slot,
  name: slot,
  description: slot,
  type,
  required: false,
  suggests: type === "string",
});
const specs: CommandSpec[] = [
  {
    intent: "volume.set",
    name: "volume",
    description: "v",
    managers: false,
    options: [option("level", "integer"), option("device", "string")],
  },
  {
    intent: "playback.play",
    name: "play",
    description: "p",
    managers: false,
    options: [option("artist", "string"), option("track", "string")],
  },
];

/** Payloads in the shape that Discord's documentation gives them. */
function recorded<T>(name: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/discord", `${name}.json`), "utf8"));
}
const interaction = (name: string) => decodeInteraction(recorded<APIInteraction>(name), specs, menus, now);
const message = (name: string) => decodeMessage(recorded<GatewayMessageCreateDispatchData>(name), bot, now);

const here = { platform: "discord", tenant: "290926798626357999", id: "645027906669510667" };
const nelly = { platform: "discord", tenant: "", id: "80351110224678912" };

describe("an interaction", () => {
  it("that is a slash command becomes its intent and slots", () => {
    expect(interaction("slash-command")).toMatchObject({
      slip: { present: true, onMessage: false, asker: { userName: "Nel", locale: "de", direct: false } },
      asked: {
        kind: "event",
        event: {
          type: "command",
          key: "i:846462639134605312",
          place: here,
          placeName: "#music",
          user: nelly,
          intent: "volume.set",
          slots: { level: 30, device: "Küche" },
          addressed: true,
          local: false,
          at: now,
        },
      },
    });
  });

  it("under the grouped command is the same", () => {
    expect(interaction("slash-grouped")?.asked).toMatchObject({
      event: { intent: "volume.set", slots: { level: 30 } },
    });
  });

  it("of a command that is there no more is like a button that is too old", () => {
    const gone = decodeInteraction(recorded<APIInteraction>("slash-command"), [], menus, now);
    expect(gone?.asked).toEqual({ kind: "press", data: "", form: false });
  });

  it("that completes an option says which, with what is filled in", () => {
    expect(interaction("autocomplete")?.asked).toEqual({
      kind: "completion",
      intent: "playback.play",
      slot: "track",
      text: "hel",
      slots: { artist: "adele" },
    });
  });

  it("that is a press carries what the button carries, and the message it is on", () => {
    expect(interaction("button")).toMatchObject({
      slip: { onMessage: true, targetByToken: false, target: { place: here, id: "846462639134605400" } },
      asked: { kind: "press", data: '["playback.next",{}]', form: false },
    });
  });

  it("on a message for one person alone is known as such", () => {
    expect(interaction("button-ephemeral")).toMatchObject({
      slip: { targetByToken: true, target: { id: "t:846462639134605400" } },
      asked: { kind: "press", data: "x", form: true },
    });
  });

  it("that chooses an option carries that option's command, in the direct chat", () => {
    expect(interaction("select-private")).toMatchObject({
      slip: { present: true, asker: { direct: true, place: { tenant: "" }, userName: "Nelly" } },
      asked: { kind: "press", data: "a.b", form: false },
    });
  });

  it("that is a form gives every answer but the empty ones", () => {
    expect(interaction("form")?.asked).toEqual({ kind: "form", data: "x", slots: { name: "Party", mode: "fair" } });
  });

  it("of a message's menu carries the words and addresses of that message", () => {
    expect(interaction("message-menu")?.asked).toMatchObject({
      event: {
        intent: "message.queue",
        about: [
          "Now on: https://open.example/track/1",
          "Adele",
          "Hello",
          "from 25",
          "https://open.example/track/2",
          "Someone Like You",
          "Open",
          "https://open.example/track/3",
        ].join("\n"),
      },
    });
  });

  it("in a conversation between others is neither direct nor where the bot is", () => {
    expect(interaction("user-installed")?.slip).toMatchObject({
      present: false,
      asker: { direct: false, place: { tenant: "private" } },
    });
  });
});

describe("a message", () => {
  it("with a mention is words without it, names of others as they are shown, and what it replies to", () => {
    expect(message("mention")).toMatchObject([
      {
        type: "text",
        key: "m:846462639134606000",
        text: "play what @Mason said :cat:",
        userName: "Nel",
        place: here,
        user: nelly,
        direct: false,
        addressed: true,
        about: expect.stringContaining("https://open.example/track/2"),
      },
    ]);
  });

  it("without one in a server is not for us, nor is what a bot or the system says", () => {
    const mention = recorded<GatewayMessageCreateDispatchData>("mention");
    expect(decodeMessage({ ...mention, mentions: [] }, bot, now)).toEqual([]);
    expect(decodeMessage({ ...mention, author: { ...mention.author, bot: true } }, bot, now)).toEqual([]);
    expect(decodeMessage({ ...mention, webhook_id: "1" }, bot, now)).toEqual([]);
    expect(decodeMessage({ ...mention, type: 7 }, bot, now)).toEqual([]);
  });

  it("that replies to one of ours is for us", () => {
    const mention = recorded<GatewayMessageCreateDispatchData>("mention");
    const ours = { ...mention.referenced_message, author: { ...mention.author, id: bot } };
    const reply = { ...mention, content: "again", referenced_message: ours } as GatewayMessageCreateDispatchData;
    expect(decodeMessage(reply, bot, now)).toMatchObject([{ text: "again", target: { id: "846462639134605500" } }]);
    // To the answer of a command, or with the ping switched off: its words do not come with it.
    expect(decodeMessage({ ...reply, content: "", mentions: [] }, bot, now)).toEqual([]);
  });

  it("that is spoken is audio with its length", () => {
    expect(message("direct-voice")).toMatchObject([
      {
        type: "audio",
        direct: true,
        key: "m:846462639134606001:846462639134606002",
        file: { name: "voice-message.ogg", mediaType: "audio/ogg", bytes: 4096, durationMs: 3250 },
      },
    ]);
  });

  it("with a file is its words and the file, each with a key of its own", () => {
    const events = message("direct-file");
    expect(events).toMatchObject([
      { type: "text", text: "import this" },
      { type: "file", file: { name: "history.zip", mediaType: "application/zip" } },
    ]);
    expect(new Set(events.map(({ key }) => key)).size).toBe(2);
  });
});

describe("what happens around", () => {
  it("listening is read off the profile, and its end too", () => {
    const presence = recorded<GatewayPresenceUpdateDispatchData>("presence");
    expect(decodePresence(presence, now)).toEqual({
      user: nelly,
      at: now,
      listening: {
        service: "musicservice",
        title: "Hello",
        artists: ["Adele", "Guest"],
        album: "25",
        uri: "musicservice:track:4aebBr4JAihzJQR0CiIZJv",
        startedAt: 1_795_262_400_000,
        endsAt: 1_795_262_695_000,
      },
    });
    expect(decodePresence({ ...presence, activities: [] }, now)).toEqual({ user: nelly, at: now });
  });

  it("a new server is joined in the first channel for words, a lost one is left", () => {
    expect(decodeJoined(recorded<GatewayGuildCreateDispatchData>("guild-create"), bot, now)).toMatchObject({
      intent: "place.joined",
      place: here,
      user: nelly,
      addressed: false,
      key: "j:290926798626357999:2026-11-21T12:00:00.000000+00:00",
    });
    expect(decodeLeft(recorded<GatewayGuildDeleteDispatchData>("guild-delete"), bot, now)).toMatchObject({
      intent: "place.left",
      place: { tenant: here.tenant },
    });
  });

  describe("a new server whose channels are not all for the bot", () => {
    const own = "77";
    const shut = { allow: "0", deny: "3072", type: 0 };
    const open = { allow: "3072", deny: "0", type: 0 };
    const word = (id: string, position: number, ...overwrites: object[]) => ({
      id,
      type: 0,
      name: id,
      position,
      permission_overwrites: overwrites,
    });
    const placeOf = (channels: object[], more: object = {}) => {
      const guild = recorded<GatewayGuildCreateDispatchData>("guild-create");
      const everyone = guild.roles[0];
      const roles = [everyone, { ...everyone, id: own, permissions: "0", tags: { bot_id: bot } }];
      return decodeJoined({ ...guild, roles, channels, ...more } as GatewayGuildCreateDispatchData, bot, now).place.id;
    };
    const all = recorded<GatewayGuildCreateDispatchData>("guild-create").id;

    it("is joined where it may speak, by the order that people see", () => {
      expect(placeOf([word("b", 2), word("a", 1)])).toBe("a");
      expect(placeOf([word("a", 1), word("news", 9)], { system_channel_id: "news" })).toBe("news");
      const silent = { id: all, ...shut };
      expect(placeOf([word("a", 1, silent), word("b", 2)])).toBe("b");
      expect(placeOf([word("a", 1), word("news", 0, silent)], { system_channel_id: "news" })).toBe("a");
    });

    it("lays overwrites over each other as the platform does", () => {
      const silent = { id: all, ...shut };
      expect(placeOf([word("a", 1, silent, { id: own, ...open })])).toBe("a");
      expect(placeOf([word("a", 1, { id: own, ...shut })])).toBe(all);
      expect(placeOf([word("a", 1, { id: own, ...shut }, { id: bot, ...open, type: 1 })])).toBe("a");
      expect(placeOf([word("a", 1, { id: "somebody else's", ...shut })])).toBe("a");
      // Seeing without speaking is not enough.
      expect(placeOf([word("a", 1, { id: all, allow: "0", deny: "2048", type: 0 })])).toBe(all);
      const guild = recorded<GatewayGuildCreateDispatchData>("guild-create");
      const admin = [{ ...guild.roles[0], permissions: "8" }];
      expect(placeOf([word("a", 1, silent)], { roles: admin })).toBe("a");
    });
  });
});
