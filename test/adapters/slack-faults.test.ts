import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Sent } from "../../src/contracts/incoming.ts";
import { type Reply, say } from "../../src/contracts/reply.ts";
import { openSlack, type SlackStand, soon } from "../doubles/slack/stand.ts";
import type { Channel, Member } from "../doubles/slack/world.ts";
import { capturedLog } from "../support/log.ts";

const publicly = (text: string, blocks?: Reply["blocks"]) => say(text, blocks, { visibility: "public" });
/** Real input and output may be silent this long before fake time moves. */
const patient = { realMs: 15 };

let stand: SlackStand;
let anna: Member;
let room: Channel;
const place = () => ({ platform: "slack", tenant: "T0WORK", id: room.id });
const calls = (method: string) => stand.slack.world.calls.filter((call) => call.method === method);
const open = async (options: Parameters<typeof openSlack>[0] = {}) => {
  stand = await openSlack(options);
  anna = stand.slack.person("anna");
  room = stand.slack.channel("music", [anna]);
};

describe("slack when things go wrong", () => {
  beforeEach(async () => {
    await open();
    await stand.start();
  });
  afterEach(async () => {
    expect(stand.slack.world.violations).toEqual([]);
    await stand.adapter.stop?.();
    await soon(() => stand.slack.connections()).toBe(0);
    expect(stand.clock.pending()).toBe(0);
    await stand.stop();
  });

  describe("the connection", () => {
    it.each(["refresh", "cut"] as const)("comes back after a %s, while an answer is on its way", async (how) => {
      const gate = Promise.withResolvers<void>();
      stand.answer(async (_event, answer) => {
        await gate.promise;
        await answer.reply(publicly("Still here."));
      });
      const lost = stand.slack.mentions(anna, { channel: room.id }, "play");
      await soon(() => stand.heard.length).toBe(1);
      stand.slack.disconnect(how);
      await soon(() => stand.adapter.healthy?.()).toBe(false);
      gate.resolve();
      await soon(() => stand.slack.seen(anna, room)).toContain("Still here.");
      await stand.clock.until(lost, patient);
      await soon(async () => {
        await stand.clock.advance(1_000);
        return stand.adapter.healthy?.();
      }).toBe(true);
      stand.answer(async () => {});
      // What was not acknowledged comes again, under the same key.
      await stand.slack.redeliver();
      expect(stand.heard).toHaveLength(2);
      expect(stand.heard[1]?.key).toBe(stand.heard[0]?.key);
    });

    it("that lived is followed by another at once", async () => {
      await stand.clock.advance(3_600_000);
      stand.slack.disconnect("refresh");
      // Before anybody's watchdog: the library's finds out after more than five seconds.
      await expect.poll(() => calls("apps.connections.open").length, { timeout: 4_000, interval: 10 }).toBe(2);
      await soon(() => stand.adapter.healthy?.()).toBe(true);
      await soon(() => stand.slack.connections()).toBe(1);
      await stand.slack.says(anna, "still there?");
      expect(stand.heard).toHaveLength(1);
    });

    it("is tried again with growing pauses while the platform is down", async () => {
      await stand.slack.goDown();
      await soon(() => stand.adapter.healthy?.()).toBe(false);
      await soon(() => stand.adapter.trouble?.()).toMatch(/^not reachable \(connection\)|closed/);
      const pauses: number[] = [];
      while (pauses.length < 8) {
        await soon(() => stand.clock.pending()).toBe(1);
        const pauseMs = (stand.clock.nextAt() ?? 0) - stand.clock.now();
        pauses.push(pauseMs);
        await stand.clock.advance(pauseMs);
      }
      expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
      await stand.slack.comeBack();
      expect(stand.adapter.healthy?.()).toBe(false);
      await soon(() => stand.clock.pending()).toBe(1);
      await stand.clock.advance(60_000);
      await soon(() => stand.adapter.healthy?.()).toBe(true);
    });
  });

  describe("limits", () => {
    it("waits as long as a 429 says", async () => {
      stand.slack.fault("chat.postMessage", { retryAfter: 7 });
      const from = stand.clock.now();
      await stand.clock.until(stand.adapter.send(place(), publicly("Patient."), "k"), patient);
      expect(stand.clock.now() - from).toBe(7_000);
      expect(stand.slack.seen(anna, room)).toEqual(["Patient."]);
    });

    it("gives up at once when the wait would be long, and says until when", async () => {
      stand.slack.fault("chat.postMessage", { retryAfter: 600 });
      const from = stand.clock.now();
      await expect(stand.adapter.send(place(), publicly("Never."), "k")).rejects.toMatchObject({
        code: "RateLimited",
        retryAt: from + 600_000,
      });
      // Nobody asks the platform again before that.
      await expect(stand.adapter.send(place(), publicly("Never."), "k2")).rejects.toMatchObject({
        code: "RateLimited",
      });
      expect(calls("chat.postMessage")).toHaveLength(1);
    });

    it("paces the posts of a place, in order, without a 429", async () => {
      const texts = Array.from({ length: 12 }, (_, at) => `Post ${at}`);
      const from = stand.clock.now();
      await stand.clock.until(
        Promise.all(texts.map((text) => stand.adapter.send(place(), publicly(text), text))),
        patient,
      );
      expect(stand.slack.seen(anna, room)).toEqual(texts);
      expect(stand.clock.now() - from).toBe(9_000);
    });

    it("bounds what waits", async () => {
      const sends = Array.from({ length: 60 }, (_, at) => stand.adapter.send(place(), publicly(`${at}`), `${at}`));
      const outcomes = await stand.clock.until(Promise.allSettled(sends), patient);
      const refused = outcomes.filter((each) => each.status === "rejected");
      expect(refused).toHaveLength(27);
      expect(refused[0]?.reason).toMatchObject({ code: "RateLimited" });
    });

    it("edits one message with the newest state only", async () => {
      const sent = await stand.adapter.send(place(), publicly("0"), "k");
      const edits = Array.from({ length: 40 }, (_, at) => stand.adapter.edit?.(sent, publicly(`${at + 1}`)));
      await stand.clock.until(Promise.all(edits), patient);
      expect(stand.slack.seen(anna, room)).toEqual(["40"]);
      expect(calls("chat.update").length).toBeLessThanOrEqual(2);
    });
  });

  it("shows what changed while an edit was on its way", async () => {
    const sent = await stand.adapter.send(place(), publicly("0"), "k");
    const slow = Promise.withResolvers<void>();
    stand.slack.fault("chat.update", { hang: slow.promise });
    const first = stand.adapter.edit?.(sent, publicly("1"));
    await soon(() => calls("chat.update").length).toBe(1);
    const second = stand.adapter.edit?.(sent, publicly("2"));
    slow.resolve();
    await Promise.all([first, second]);
    expect(stand.slack.seen(anna, room)).toEqual(["2"]);
  });

  describe("a refusal", () => {
    it.each([
      ["missing_scope", "Forbidden"],
      ["restricted_action", "Forbidden"],
      ["not_in_channel", "Forbidden"],
      ["invalid_blocks", "InvalidInput"],
      ["msg_blocks_too_long", "InvalidInput"],
      ["channel_not_found", "NotFound"],
      ["token_revoked", "Unavailable"],
      ["internal_error", "Unavailable"],
    ])("of %s says what it means: %s", async (error, code) => {
      stand.slack.fault("chat.postMessage", { error });
      await expect(stand.adapter.send(place(), publicly("Words."), "k")).rejects.toMatchObject({ code });
      expect(calls("chat.postMessage")).toHaveLength(1);
    });
  });

  describe("messages that are gone", () => {
    it("lets go of a message that was deleted", async () => {
      const sent = await stand.adapter.send(place(), publicly("Here."), "k");
      stand.slack.world.messages.length = 0;
      await expect(stand.adapter.edit?.(sent, publicly("There."))).rejects.toMatchObject({ code: "NotFound" });
    });

    it("cannot change what it whispered", async () => {
      let sent: Sent | undefined;
      stand.answer(async (_event, answer) => {
        sent = await answer.reply(say("Whisper."));
      });
      await stand.slack.mentions(anna, { channel: room.id }, "hi");
      if (!sent) throw new Error("nothing was sent");
      const whispered = sent;
      await expect(async () => stand.adapter.edit?.(whispered, say("Louder."))).rejects.toMatchObject({
        code: "NotFound",
      });
    });

    it("posts the answer anew when somebody deleted its sign of life", async () => {
      stand.answer(async (_event, answer) => {
        await answer.defer("public");
        stand.slack.world.messages.length = 0;
        await answer.reply(publicly("Done."));
      });
      await stand.slack.mentions(anna, { channel: room.id }, "play");
      expect(stand.slack.seen(anna, room)).toEqual(["Done."]);
    });

    it("writes to the direct chat when the place is closed to a whisper", async () => {
      stand.answer(async (_event, answer) => {
        room.archived = true;
        await answer.reply(say("For you."));
      });
      await stand.slack.mentions(anna, { channel: room.id }, "hi");
      expect(stand.slack.seen(anna, stand.slack.directChat(anna))).toEqual(["For you."]);
    });
  });

  describe("what cannot be taken", () => {
    it("is not acknowledged, so that it comes again", async () => {
      stand.answer(async () => {
        throw new Error("stopping");
      });
      const outcome = stand.slack.says(anna, "play hello");
      await soon(() => stand.heard.length).toBe(1);
      expect(await stand.clock.until(outcome, patient)).toMatchObject({ acknowledged: false });
    });

    it("is garbage, and nothing comes of it", async () => {
      for (const payload of [{}, { type: "event_callback" }, { type: "block_actions", actions: [] }, { event: 7 }])
        expect(await stand.slack.deliver({ kind: "interactive", payload })).toMatchObject({ acknowledged: true });
      await stand.slack.event({ type: "message", subtype: "message_changed", channel: "D1", message: {} });
      await stand.slack.event({ type: "message", channel: "D1", user: "U0BOT", text: "me", ts: "1.1" });
      await stand.slack.event({ type: "message", channel: "D1", user: "U9", bot_id: "B9", text: "bot", ts: "1.1" });
      await stand.slack.event({ type: "something_new", channel: "D1" });
      expect(stand.heard).toEqual([]);
    });

    it("is a word of the platform about events, without one in it", async () => {
      const payload = {
        type: "app_rate_limited",
        token: "legacy",
        team_id: "T0WORK",
        minute_rate_limited: 28_870_000,
        api_app_id: "A0APP",
      };
      expect(await stand.slack.deliver({ kind: "events_api", payload })).toMatchObject({ acknowledged: true });
      await stand.slack.says(anna, "still there?");
      expect(stand.heard).toMatchObject([{ type: "text", text: "still there?" }]);
    });
  });

  describe("pictures", () => {
    const url = "https://example.org/cover.png";
    const pictured = publicly("A cover", [
      { type: "text", text: "Words" },
      { type: "image", url, alt: "The cover" },
    ]);

    it("stay where the platform can fetch them", async () => {
      await stand.adapter.send(place(), pictured, "k");
      expect(JSON.stringify(stand.slack.world.messages.at(-1)?.blocks)).toContain(url);
    });

    it("go when the platform cannot fetch one, and the message stays", async () => {
      stand.slack.world.brokenPictures.add(url);
      await stand.adapter.send(place(), pictured, "k");
      expect(stand.slack.seen(anna, room)).toEqual(["Words\nThe cover"]);
    });

    it("go from a private answer to a command as well", async () => {
      stand.slack.world.brokenPictures.add(url);
      stand.answer(async (_event, answer) => void (await answer.reply({ ...pictured, visibility: "private" })));
      await stand.slack.slash(anna, { channel: room.id }, "cover");
      expect(stand.slack.seen(anna, room)).toEqual(["Words\nThe cover"]);
      expect(calls("chat.postEphemeral")).toEqual([]);
    });

    it("of our own address are said in words", async () => {
      stand.host.picture = async () => ({ bytes: new Uint8Array([1]), mediaType: "image/png" });
      await stand.adapter.send(place(), pictured, "k");
      expect(stand.slack.seen(anna, room)).toEqual(["Words\nThe cover"]);
    });
  });
});

describe("slack at the start", () => {
  afterEach(() => stand.stop());

  it("does not hold up the others when the platform is down, and comes when it is back", async () => {
    await open();
    await stand.slack.goDown();
    await stand.start();
    expect(stand.adapter.healthy?.()).toBe(false);
    await stand.slack.comeBack();
    await stand.clock.advance(1_500);
    await soon(() => stand.adapter.healthy?.()).toBe(true);
  });

  it("ends by the signal alone", async () => {
    await open();
    await stand.start();
    expect(stand.slack.connections()).toBe(1);
    stand.abort();
    await soon(() => stand.slack.connections()).toBe(0);
    expect(stand.clock.pending()).toBe(0);
  });

  it("stops at once while a request hangs", async () => {
    await open();
    const never = Promise.withResolvers<void>();
    stand.slack.fault("auth.test", { hang: never.promise });
    const started = stand.start();
    await soon(() => calls("auth.test").length).toBe(1);
    await stand.adapter.stop?.();
    await started;
    expect(stand.adapter.healthy?.()).toBe(false);
    never.resolve();
  });

  it("is not healthy with a token that is refused", async () => {
    await open();
    stand.slack.fault("auth.test", { error: "invalid_auth" });
    await stand.start();
    expect(stand.adapter.healthy?.()).toBe(false);
  });

  it("goes on without what it has no right to", async () => {
    await open({ scopes: ["app_mentions:read", "chat:write", "im:history", "im:write", "commands"] });
    await stand.start();
    const root = stand.slack.writes(anna, { channel: room.id }, "a song");
    stand.answer(async (_event, answer) => void (await answer.reply(publicly("Yes."))));
    await stand.slack.mentions(anna, { channel: room.id, thread: root.ts }, "play this");
    expect(stand.heard[0]).toMatchObject({ text: "play this", userName: anna.id });
    expect(stand.heard[0]).not.toHaveProperty("about");
    expect(await stand.adapter.groups?.(place())).toEqual([]);
  });

  it("writes no secret into the log", async () => {
    const { log, lines } = capturedLog();
    await open({ log });
    stand.slack.fault("apps.connections.open", { error: "internal_error" });
    stand.slack.fault("chat.postMessage", { status: 500 });
    await stand.start();
    await stand.clock.advance(3_000);
    await soon(() => stand.adapter.healthy?.()).toBe(true);
    stand.answer(async (_event, answer) => void (await answer.reply(publicly("Hidden words."))));
    const outcome = stand.slack.slash(anna, { channel: room.id }, "secret words");
    await stand.clock.until(outcome, patient);
    for (const socket of stand.slack.sockets) socket.raw("hushed");
    await soon(() => lines.join("\n")).toContain("a frame of slack's socket could not be read");
    stand.slack.disconnect("cut");
    await soon(() => stand.adapter.healthy?.()).toBe(false);
    const all = lines.join("\n");
    expect(lines.length).toBeGreaterThan(2);
    for (const secret of [
      "xoxb-",
      "xapp-",
      "ticket=",
      "/commands/",
      "secret words",
      "Hidden words",
      "signing-secret",
      "hushed",
    ])
      expect(all).not.toContain(secret);
  });
});
