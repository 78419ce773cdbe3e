import { describe, expect, it } from "vitest";
import { z } from "zod";
import { SegueError } from "../../../src/contracts/errors.ts";
import { type Reply, say } from "../../../src/contracts/reply.ts";
import { defineSkill } from "../../../src/contracts/skill.ts";
import { createAnswering, postedAnswer } from "../../../src/core/answering.ts";
import { createChatAdapter } from "../../fakes/chat-adapter.ts";
import { startConversation } from "../../support/conversation.ts";
import { silentLog } from "../../support/log.ts";
import { talk } from "./support.ts";

const hourMs = 60 * 60_000;

describe("an answer that the platform does not take any more", () => {
  /** Fails the platform's own way to answer; `shown` says whether the message stands there all the same. */
  function failing(resend: "key" | "never", error: unknown, shown = false) {
    const adapter = createChatAdapter({ resend });
    adapter.onSend = (moment, what) => {
      if (what === "reply" && moment === (shown ? "after" : "before")) throw error;
    };
    return adapter;
  }
  const expired = new SegueError("NotFound", { what: "message" });
  const dropped = new Error("the connection dropped");

  it.each([
    ["refused, where keys are taken", "key", expired, false],
    ["dropped, where keys are taken", "key", dropped, false],
    ["dropped after it was shown, where keys are taken", "key", dropped, true],
    ["refused, where nothing is known of a send", "never", expired, false],
  ] as const)("is posted once: %s", async (_what, resend, error, shown) => {
    const adapter = failing(resend, error, shown);
    const held = await talk({ adapter });
    const reply = await held.user("ann").says("play Hello");
    expect(reply?.text).toBe("Playing Hello.");
    expect(adapter.shown.map((message) => message.reply.text)).toEqual(["Playing Hello."]);
    expect(held.world.acts).toEqual(["play Hello"]);
  });

  it("is not posted where the pressed message shows it", async () => {
    const adapter = failing("key", dropped);
    const held = await talk({ adapter });
    const event = held.event("ann", { intent: "playback.pause", slots: {} });
    const answer = adapter.answerTo(event);
    const answering = createAnswering({
      answer,
      adapter,
      event,
      repeated: (reply) => reply,
      keep: async () => {},
      clock: held.clock,
      log: silentLog,
    });
    expect(await answering.final(say("Paused.", undefined, { passing: true }))).toBeUndefined();
    answering.close();
    expect(adapter.shown).toEqual([]);
  });

  it("takes the place of the sign of life that a killed run has left", async () => {
    const adapter = createChatAdapter({ resend: "never" });
    const held = await talk({ adapter });
    const event = held.event("ann", { text: "play hello" });
    const sign = await adapter.send(event.place, say("One moment…"), "sign");
    const kept: unknown[] = [];
    const parts = { adapter, event, repeated: (reply: Reply) => reply, clock: held.clock, log: silentLog };
    const killed = createAnswering({
      ...parts,
      answer: { ...adapter.answerTo(event), defer: async () => {}, sign: () => sign },
      keep: async (shown) => void kept.push(shown),
    });
    await held.clock.advance(1_000);
    expect(kept).toEqual([{ sent: sign, visibility: "private" }]);
    killed.close();

    const answering = createAnswering({
      ...parts,
      answer: postedAnswer(adapter, event),
      before: { sent: sign, visibility: "private" },
      keep: async () => {},
    });
    const reply = say("Playing Hello.");
    expect(answering.replaces(reply)).toBe(true);
    expect(await answering.final(reply)).toEqual(sign);
    expect(adapter.shown.map((message) => message.reply.text)).toEqual(["Playing Hello."]);
    answering.close();
  });

  it("says that it may be there twice where nobody knows", async () => {
    const adapter = failing("never", dropped, true);
    const held = await talk({ adapter });
    await held.user("ann").says("play Hello");
    const [first, second, ...more] = adapter.shown.map((message) => message.reply.text);
    expect(first).toBe("Playing Hello.");
    expect(second).toContain("here it is again");
    expect(more).toEqual([]);
  });
});

describe("an answer that the platform refuses", () => {
  const room = { place: "room" };
  const muted = new SegueError("Forbidden", { why: "removed" });

  /** Refuses what `when` picks, and counts every try. */
  async function refusing(error: SegueError, when: (reply: Reply, to: "all" | "one") => boolean) {
    const adapter = createChatAdapter({ resend: "never" });
    let tries = 0;
    const check = (reply: Reply, to: "all" | "one") => {
      tries++;
      if (when(reply, to)) throw error;
    };
    const { send, sendPrivate, answerTo } = adapter;
    adapter.answerTo = (event) => {
      const answer = answerTo(event);
      return {
        ...answer,
        async reply(reply) {
          check(reply, reply.visibility === "private" && !event.direct ? "one" : "all");
          return answer.reply(reply);
        },
      };
    };
    adapter.send = async (to, reply, key) => {
      check(reply, "all");
      return send(to, reply, key);
    };
    adapter.sendPrivate = async (to, user, reply, key) => {
      check(reply, "one");
      if (!sendPrivate) throw new Error("nobody can be told alone");
      return sendPrivate(to, user, reply, key);
    };
    const held = await talk({ adapter, deck: { title: () => "Hello" } });
    return { held, adapter, tries: () => tries };
  }

  it("for everybody is told the asker alone", async () => {
    const { held, adapter, tries } = await refusing(muted, (_reply, to) => to === "all");
    await held.user("ann").sends("nowplaying.query", {}, room);
    expect(adapter.shown).toMatchObject([{ to: { id: "ann" }, reply: { visibility: "private" } }]);
    expect(tries()).toBe(3);
  });

  it("for its look comes in plain words", async () => {
    const look = new SegueError("InvalidInput", { field: "reply", why: "refused" });
    const { held, adapter } = await refusing(look, (reply) => reply.blocks.some(({ type }) => type !== "text"));
    for (const [visibility, intent] of [
      ["public", "nowplaying.query"],
      ["private", "help"],
    ] as const) {
      await held.user("ann").sends(intent, {}, room);
      const { reply, to, place } = adapter.shown.at(-1) ?? {};
      expect(reply).toEqual({
        text: reply?.text,
        kind: "answer",
        visibility,
        blocks: [{ type: "text", text: reply?.text }],
      });
      expect(place?.id).toBe("room");
      expect(to?.id).toBe(visibility === "public" ? undefined : "ann");
    }
    expect(adapter.shown).toHaveLength(2);
  });

  it.each([
    muted,
    new SegueError("NotFound", { what: "chat" }),
    new SegueError("InvalidInput", { field: "reply", why: "refused" }),
  ])("in every way is let go at once: $code", async (error) => {
    const { held, tries } = await refusing(error, () => true);
    await held.user("ann").sends("nowplaying.query", {}, room);
    expect(tries()).toBe(3);
    for (let round = 0; round < 5; round++) {
      await held.clock.advance(60_000);
      await held.bot().recover();
      await held.bot().idle();
    }
    expect(tries()).toBe(3);
  });
});

describe("what a platform may acknowledge", () => {
  it("is an event that is kept, before anything is done about it; one that comes again is kept already", async () => {
    const held = await startConversation({ only: ["help"] });
    const event = held.event("ann", { text: "help" });
    const steps: string[] = [];
    const answer = {
      accepted: () => void steps.push("accepted"),
      defer: async () => {},
      reply: async () => {
        steps.push("answered");
        return { platform: event.place.platform, place: event.place, id: "1" };
      },
    };
    await held.bot().deliver(event, answer);
    await held.bot().deliver(event, answer);
    expect(steps).toEqual(["accepted", "answered", "accepted"]);
  });

  it("is nothing that could not be kept", async () => {
    const held = await startConversation({
      only: ["help"],
      store: (store) => ({
        ...store,
        events: { ...store.events, accept: () => Promise.reject(new Error("the disk is full")) },
      }),
    });
    let accepted = 0;
    const answer = { accepted: () => void accepted++, defer: async () => {}, reply: () => Promise.reject(new Error()) };
    await expect(held.bot().deliver(held.event("ann", { text: "help" }), answer)).rejects.toThrow("the disk is full");
    expect(accepted).toBe(0);
  });
});

describe("who sees that an answer is coming", () => {
  const room = { place: "room" };

  /** A skill that thinks for two seconds before it answers or refuses. */
  async function slow() {
    const held = await startConversation({
      only: ["account", "help", "place"],
      extra: [
        {
          skill: defineSkill({
            name: "slow",
            intents: { "slow.openly": z.object({ fails: z.boolean().optional() }), "slow.alone": z.object({}) },
            needs: [],
            visibility: (intent) => (intent === "slow.openly" ? "public" : "private"),
            async run(ctx) {
              await held.clock.sleep(2_000, ctx.signal);
              if (ctx.intent === "slow.openly" && ctx.args.fails) throw new SegueError("NotFound", { what: "item" });
              return say("Done.");
            },
          }),
          words: {},
        },
      ],
    });
    const ask = (intent: string, slots = {}) => held.clock.until(held.user("ann").sends(intent, slots, room));
    return { held, ask };
  }

  it.each([
    ["slow.alone", {}, "private", "private"],
    ["slow.openly", {}, "public", "public"],
    ["slow.openly", { fails: true }, "public", "private"],
  ] as const)("%s %o: expected %s, answered %s", async (intent, slots, expected, answered) => {
    const { held, ask } = await slow();
    const reply = await ask(intent, slots);
    expect(held.adapter.deferred.map(({ visibility }) => visibility)).toEqual([expected]);
    expect(reply?.visibility).toBe(answered);
  });

  it("is the asker alone in a place that answers privately", async () => {
    const { held, ask } = await slow();
    const { id } = await held.store.people.ensure(held.asker("ann").user, "ann", held.clock.now());
    await held.store.people.setOperator(id);
    await held.user("ann").sends("place.set", { setting: "answers", value: "private" }, room);
    await ask("slow.openly");
    expect(held.adapter.deferred.map(({ visibility }) => visibility)).toEqual(["private"]);
  });

  it("is nobody where nobody spoke to the bot", async () => {
    const { held } = await slow();
    await held.clock.until(held.user("ann").sends("slow.alone", {}, { place: "room", addressed: false }));
    expect(held.adapter.deferred).toEqual([]);
  });
});

describe("an event of a platform that is not started now", () => {
  /** A command that was accepted from a platform which then is not there for some time. */
  async function without(hours: number) {
    const held = await talk();
    const row = {
      ...held.event("ann", { text: "play Hello" }),
      place: { platform: "gone", tenant: "", id: "direct-ann" },
    };
    await held.store.events.accept(row, { untilAt: held.clock.now(), owner: "an earlier run" });
    for (let hour = 0; hour < hours; hour++) {
      await held.clock.advance(hourMs);
      await held.restart();
    }
    return { held, found: () => held.store.events.find("gone", row.key) };
  }

  it("is kept, however often it is taken up in vain", async () => {
    const { held, found } = await without(20);
    expect(await found()).toMatchObject({ finished: false });
    expect(held.world.acts).toEqual([]);
    expect(held.logLines.join("")).toContain("is kept");
  });

  it("is given up after a day, with a word in the log", async () => {
    const { held, found } = await without(26);
    expect((await found())?.finished).toBe(true);
    expect(held.logLines.join("")).toContain("is given up");
  });

  it("is answered once the platform is there again", async () => {
    const held = await talk({ adapter: createChatAdapter({ platform: "back" }) });
    const event = held.event("ann", { text: "play Hello" });
    const row = await held.store.events.accept(event, { untilAt: held.clock.now(), owner: "an earlier run" });
    // Twenty runs that had nowhere to answer were none.
    for (let run = 0; run < 20; run++) {
      const [taken] = await held.store.events.takeAbandoned(Number.MAX_SAFE_INTEGER, { untilAt: 0, owner: "x" }, 10);
      await held.store.events.note(row?.id ?? "", "parked", taken?.attempts ?? 0);
    }
    await held.restart();
    expect(held.adapter.shown.map((message) => message.reply.text)).toEqual(["Playing Hello."]);
  });
});
