import { describe, expect, it } from "vitest";
import { say } from "../../../src/contracts/reply.ts";
import { createAnswering } from "../../../src/core/answering.ts";
import { createChatAdapter } from "../../fakes/chat-adapter.ts";
import { silentLog } from "../../support/log.ts";
import { talk } from "./support.ts";

/** A door that a test opens: what passes it waits until then. */
function gate(): { wait(): Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait: () => opened, open: () => open() };
}

describe("an answer that takes its time", () => {
  it("gives a sign of life after a second, seen by whoever will see the answer", async () => {
    const door = gate();
    const held = await talk({ deck: { slow: door.wait } });
    const said = held.user("ann").says("play Hello");
    await held.clock.advance(999);
    expect(held.adapter.deferred).toEqual([]);
    await held.clock.advance(1);
    expect(held.adapter.deferred).toEqual([{ key: "e1", visibility: "private" }]);
    door.open();
    expect((await said)?.text).toBe("Playing Hello.");
  });

  it("gives one to those who wait for their turn, too, a second after they were heard", async () => {
    const door = gate();
    const held = await talk({ deck: { slow: door.wait } });
    const first = held.user("ann").says("play Hello");
    await held.clock.advance(500);
    const second = held.user("ann").says("pause");
    await held.clock.advance(999);
    expect(held.adapter.deferred.map(({ key }) => key)).toEqual(["e1"]);
    await held.clock.advance(1);
    expect(held.adapter.deferred.map(({ key }) => key)).toEqual(["e1", "e2"]);
    door.open();
    await first;
    expect((await second)?.kind).toBe("answer");
  });

  it("gives none when it comes in time", async () => {
    const held = await talk();
    await held.user("ann").says("play Hello");
    await held.clock.advance(10_000);
    expect(held.adapter.deferred).toEqual([]);
    expect(held.clock.pending()).toBe(0);
  });

  it("is given up after 30 seconds, with the truth", async () => {
    let aborted: unknown;
    const held = await talk({
      deck: {
        slow: (signal) =>
          new Promise(() => {
            signal.addEventListener("abort", () => {
              aborted = signal.reason;
            });
          }),
      },
    });
    const said = held.user("ann").says("play Hello, then pause");
    await held.clock.advance(30_000);
    const reply = await said;
    expect(reply?.text).toBe("I sent that, but cannot tell whether it took effect. Have a look before you ask again.");
    expect(aborted).toMatchObject({ code: "Unavailable" });
    expect(held.world.acts).toEqual([]);
  });
});

describe("interim answers", () => {
  const adapterWith = (editable: boolean) => createChatAdapter({ editable, limits: { editsPerMinute: 60 } });

  it.each([true, false])("where messages can be edited: %s", async (editable) => {
    const adapter = adapterWith(editable);
    const held = await talk({ adapter });
    const event = held.event("ann", { text: "x" });
    const answering = createAnswering({
      answer: adapter.answerTo(event),
      adapter,
      event,
      repeated: (reply) => reply,
      keep: async () => {},
      clock: held.clock,
      log: silentLog,
    });
    await answering.interim(say("half"));
    await answering.interim(say("too soon"));
    await held.clock.advance(1_000);
    await answering.interim(say("almost"));
    await answering.final(say("done"));
    answering.close();
    const [message] = adapter.shown;
    expect(adapter.shown).toHaveLength(1);
    expect(message?.reply.text).toBe("done");
    expect(message?.edits.map((reply) => reply.text)).toEqual(editable ? ["almost", "done"] : []);
  });

  it("never give way in place to what only one person may see", async () => {
    const adapter = adapterWith(true);
    const held = await talk({ adapter });
    const event = held.event("ann", { text: "x" });
    const answering = createAnswering({
      answer: adapter.answerTo(event),
      adapter,
      event,
      repeated: (reply) => reply,
      keep: async () => {},
      clock: held.clock,
      log: silentLog,
    });
    await answering.interim(say("half", undefined, { visibility: "public" }));
    await answering.final(say("your secret"));
    answering.close();
    expect(adapter.shown.map(({ reply, edits }) => [reply.text, edits.length])).toEqual([
      ["half", 0],
      ["your secret", 0],
    ]);
  });
});

describe("one person's events", () => {
  it("are done in order while others go ahead", async () => {
    const door = gate();
    let first = true;
    const slow = () => {
      const mine = first;
      first = false;
      return mine ? door.wait() : Promise.resolve();
    };
    const held = await talk({ deck: { slow } });
    const one = held.user("ann").says("play One");
    const two = held.user("ann").says("play Two");
    await held.user("bob").says("play Three");
    expect(held.world.acts).toEqual(["play Three"]);
    door.open();
    await Promise.all([one, two]);
    expect(held.world.acts).toEqual(["play Three", "play One", "play Two"]);
  });

  it("wait in a line that has an end", async () => {
    const door = gate();
    const held = await talk({ deck: { slow: door.wait } });
    const waiting = Array.from({ length: 10 }, (_, at) => held.user("ann").says(`play ${at}`));
    expect((await held.user("ann").says("play more"))?.text).toMatch(
      /^That was a lot at once\. Please go on in a few seconds/,
    );
    door.open();
    await Promise.all(waiting);
    expect(held.world.acts).toHaveLength(10);
  });
});

describe("a person who sends too much", () => {
  it("is asked to slow down, then heard again; nobody else is", async () => {
    const held = await talk({ bot: { allowance: { count: 3, windowMs: 10_000 } } });
    const ann = held.user("ann");
    for (const title of ["A", "B", "C"]) await ann.says(`play ${title}`);
    expect(await ann.says("play D")).toMatchObject({
      kind: "error",
      text: "That was a lot at once. Please go on in a few seconds.",
    });
    expect(held.world.acts).toHaveLength(3);
    await held.user("bob").says("play E");
    await held.clock.advance(10_000);
    await ann.says("play F");
    expect(held.world.acts.slice(3)).toEqual(["play E", "play F"]);
  });

  it("does not spend the allowance on talk that is not for the bot", async () => {
    const held = await talk({ bot: { allowance: { count: 1, windowMs: 10_000 } } });
    for (let at = 0; at < 5; at++) await held.user("ann", { place: "hall", addressed: false }).says("chatter");
    expect((await held.user("ann").says("play A"))?.kind).toBe("answer");
  });
});

describe("stopping", () => {
  it("waits for what is in hand, and takes nothing new", async () => {
    const door = gate();
    const held = await talk({ deck: { slow: door.wait } });
    const said = held.user("ann").says("play Hello");
    await held.clock.advance(0);
    const stopped = held.bot().stop(5_000);
    await expect(held.user("bob").says("play Bye")).rejects.toMatchObject({ code: "Unavailable" });
    door.open();
    await Promise.all([said, stopped]);
    expect(held.last()?.reply.text).toBe("Playing Hello.");
    expect(held.clock.pending()).toBe(0);
  });

  it("leaves what does not end in time to the next start", async () => {
    let never = true;
    const held = await talk({ deck: { slow: () => (never ? new Promise(() => {}) : Promise.resolve()) } });
    const said = held.user("ann").says("play Hello");
    await held.clock.advance(0);
    const stopped = held.bot().stop(5_000);
    await held.clock.advance(5_000);
    await stopped;
    expect(await said).toBeUndefined();
    never = false;
    await held.restart();
    expect(held.world.acts).toEqual(["play Hello"]);
    expect(held.last()?.reply.text).toBe("Playing Hello.");
  });
});

describe("an event that was left behind", () => {
  it("is not done once it is old, and that is said", async () => {
    const held = await talk();
    await held.store.events.accept(held.event("ann", { text: "play Hello" }), { untilAt: 0, owner: "dead" });
    await held.clock.advance(11 * 60_000);
    await held.restart();
    expect(held.world.acts).toEqual([]);
    expect(held.last()?.reply.text).toBe(
      "I was interrupted before I could do this. Please ask again if you still want it.",
    );
  });

  it("is ended before what came while the bot started", async () => {
    const held = await talk();
    await held.store.events.accept(held.event("ann", { text: "play Old" }), { untilAt: 0, owner: "dead" });
    let early: Promise<unknown> = Promise.resolve();
    await held.restart((store) => ({
      ...store,
      events: {
        ...store.events,
        async takeAbandoned(...asked) {
          early = held.user("ann").says("play New");
          await held.clock.advance(0);
          return store.events.takeAbandoned(...asked);
        },
      },
    }));
    await early;
    expect(held.world.acts).toEqual(["play Old", "play New"]);
  });

  it("is tried three times, then the person is told that it may have begun", async () => {
    let runs = 0;
    const slow = () => {
      runs++;
      return new Promise<void>(() => {});
    };
    const held = await talk({ deck: { slow } });
    void held.user("ann").says("play Hello");
    await expect.poll(() => runs).toBe(1);
    for (const run of [2, 3]) {
      void held.restart();
      await expect.poll(() => runs).toBe(run);
    }
    await held.restart();
    expect(held.last()?.reply).toMatchObject({
      kind: "error",
      text: expect.stringMatching(/^I was interrupted while doing this/),
    });
    await held.restart();
    expect(held.adapter.shown).toHaveLength(1);
  });

  it("is answered later when the platform is away, with a pause that grows", async () => {
    const held = await talk();
    let away = true;
    held.adapter.onSend = (moment) => {
      if (away && moment === "before") throw new Error("away");
    };
    await held.user("ann").says("play Hello");
    for (let minute = 0; minute < 3; minute++) {
      await held.clock.advance(60_000);
      await held.bot().recover();
      await held.bot().idle();
    }
    expect(held.adapter.shown).toEqual([]);
    away = false;
    await held.clock.advance(60_000);
    await held.bot().recover();
    await held.bot().idle();
    expect(held.adapter.shown.map((message) => message.reply.text)).toEqual(["Playing Hello."]);
    expect(held.world.acts).toEqual(["play Hello"]);
  });

  it("is not taken over while its own process holds it, however long it waits its turn", async () => {
    const held = await talk({ deck: { slow: () => new Promise(() => {}) } });
    const waiting = Array.from({ length: 10 }, (_, at) => held.user("ann").says(`play ${at}`));
    // Ten times the deadline of 30 s: far beyond the lease that each was accepted under.
    for (let second = 0; second < 300; second += 15) {
      // Another process knows of the leases alone.
      expect(await held.store.events.takeAbandoned(held.clock.now(), { untilAt: 0, owner: "other" }, 50)).toEqual([]);
      expect(await held.bot().recover()).toBe(0);
      await held.clock.advance(15_000);
    }
    const replies = await Promise.all(waiting);
    expect(replies.every((reply) => reply?.text.startsWith("I sent that, but cannot tell"))).toBe(true);
    expect(held.adapter.shown).toHaveLength(10);
  });
});
