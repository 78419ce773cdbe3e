import { describe, expect, it } from "vitest";
import { z } from "zod";
import { SegueError } from "../../../src/contracts/errors.ts";
import { say } from "../../../src/contracts/reply.ts";
import { defineSkill } from "../../../src/contracts/skill.ts";
import { createChatAdapter } from "../../fakes/chat-adapter.ts";
import { startConversation } from "../../support/conversation.ts";
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
