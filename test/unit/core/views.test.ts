import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { createChatAdapter } from "../../fakes/chat-adapter.ts";
import { talk } from "./support.ts";

async function withCard(adapter = createChatAdapter({ limits: { editsPerMinute: 60 } }), more = {}) {
  let title: string | undefined = "One";
  const held = await talk({ adapter, deck: { title: () => title, ...more } });
  const ann = held.user("ann");
  await ann.sends("nowplaying.query");
  const personId = (await held.store.people.find(ann.ref))?.id;
  const key = `test:${personId}`;
  return {
    held,
    adapter,
    key,
    ann,
    show(next: string | undefined) {
      title = next;
      held.events.emit({ type: "view.changed", kind: "card", key });
    },
    rows: () => held.store.views.of("card", key, held.clock.now()),
  };
}

describe("a message that shows something that changes", () => {
  it("is edited when it does, as it was seen before", async () => {
    const { held, adapter, show } = await withCard();
    show("Two");
    await held.clock.advance(1_000);
    expect(adapter.shown).toHaveLength(1);
    expect(adapter.shown[0]?.reply).toMatchObject({ text: "Playing Two.", visibility: "public" });
  });

  it("is not edited to what it says already", async () => {
    const { held, adapter, show } = await withCard();
    show("One");
    await held.clock.advance(1_000);
    expect(adapter.shown[0]?.edits).toEqual([]);
  });

  it("spends no edit on what has not changed", async () => {
    const { held, adapter, show } = await withCard();
    show("One");
    await held.clock.advance(0);
    show("Two");
    await held.clock.advance(0);
    expect(adapter.shown[0]?.reply.text).toBe("Playing Two.");
  });

  it("skips what is old news when changes come faster than edits may", async () => {
    const { held, adapter, show } = await withCard();
    for (const title of ["Two", "Three", "Four", "Five"]) {
      show(title);
      await held.clock.advance(10);
    }
    await held.clock.advance(5_000);
    expect(adapter.shown[0]?.edits.map((reply) => reply.text)).toEqual(["Playing Two.", "Playing Five."]);
  });

  it("has one edit in flight, and shows the newest state after it", async () => {
    const { held, adapter, show } = await withCard();
    let open = () => {};
    const door = new Promise<void>((resolve) => {
      open = resolve;
    });
    adapter.onSend = (moment, what) => (moment === "before" && what === "edit" ? door : undefined);
    show("Two");
    await held.clock.advance(2_000);
    show("Three");
    await held.clock.advance(2_000);
    show("Four");
    await held.clock.advance(2_000);
    open();
    await held.clock.advance(2_000);
    expect(adapter.shown[0]?.edits.map((reply) => reply.text)).toEqual(["Playing Two.", "Playing Four."]);
  });

  it("lets go when it cannot be edited three times running", async () => {
    const { held, adapter, show, rows } = await withCard();
    adapter.onSend = (moment, what) => {
      if (moment === "before" && what === "edit") throw new Error("no");
    };
    show("Two");
    await held.clock.advance(10_000);
    expect(await rows()).toEqual([]);
  });

  it("gets over a failure that passes", async () => {
    const { held, adapter, show, rows } = await withCard();
    let failures = 2;
    adapter.onSend = (moment, what) => {
      if (moment === "before" && what === "edit" && failures-- > 0) throw new Error("no");
    };
    show("Two");
    await held.clock.advance(10_000);
    expect(adapter.shown[0]?.reply.text).toBe("Playing Two.");
    expect(await rows()).toHaveLength(1);
  });

  it("lets go at once when the message or its subject is gone", async () => {
    const one = await withCard();
    one.adapter.onSend = (moment, what) => {
      if (moment === "before" && what === "edit") throw new SegueError("NotFound", { what: "message" });
    };
    one.show("Two");
    await one.held.clock.advance(1);
    expect(await one.rows()).toEqual([]);
    const two = await withCard();
    two.show(undefined);
    await two.held.clock.advance(1);
    expect(await two.rows()).toEqual([]);
    await two.held.clock.advance(2_000);
    expect(two.adapter.shown[0]?.reply).toMatchObject({ text: "Playing One.", blocks: [{ type: "heading" }] });
  });

  it("looks alive no more once a newer one has taken its place", async () => {
    const { held, adapter, ann } = await withCard();
    await ann.sends("nowplaying.query");
    await held.clock.advance(2_000);
    const kinds = adapter.shown.map((message) => message.reply.blocks.map((block) => block.type));
    expect(kinds).toEqual([["heading"], ["heading", "buttons"]]);
  });

  it("looks alive no more after a restart, either", async () => {
    const { held, adapter, show, ann } = await withCard();
    show("Two");
    await held.clock.advance(2_000);
    await held.restart();
    await ann.sends("nowplaying.query");
    await held.clock.advance(2_000);
    expect(adapter.shown[0]?.reply).toMatchObject({ text: "Playing Two.", blocks: [{ type: "heading", text: "Two" }] });
    expect(adapter.shown[0]?.reply.blocks).toHaveLength(1);
  });

  it.each([false, true])(
    "says again what it said when it was asked for, once it shows nothing (restart: %s)",
    async (restart) => {
      const { held, adapter, show, ann } = await withCard(undefined, { tells: true });
      show("Two");
      await held.clock.advance(2_000);
      expect(adapter.shown[0]?.reply.text).toBe("Playing Two.");
      if (restart) await held.restart();
      await ann.sends("nowplaying.query");
      await held.clock.advance(2_000);
      expect(adapter.shown[0]?.reply).toMatchObject({
        text: "Playing One.",
        blocks: [{ type: "heading", text: "One" }],
      });
      expect(adapter.shown[0]?.reply.blocks).toHaveLength(1);
    },
  );

  it("shows what was on its way to it when a newer one came, and looks alive no more all the same", async () => {
    const { held, adapter, show, ann } = await withCard();
    show("Two");
    await ann.sends("nowplaying.query");
    await held.clock.advance(5_000);
    expect(adapter.shown[0]?.reply).toMatchObject({ text: "Playing Two.", blocks: [{ type: "heading", text: "Two" }] });
    expect(adapter.shown[1]?.reply.blocks).toMatchObject([{ type: "heading", text: "Two" }, { type: "buttons" }]);
  });

  it("shows the state after the last step, not the one in between", async () => {
    let acts = 0;
    const held = await talk({ deck: { title: () => (acts < 2 ? "Before" : "After") } });
    held.world.onAct = () => {
      acts += 1;
    };
    const reply = await held.user("ann").says("play A, then pause");
    expect(reply?.blocks).toContainEqual({ type: "heading", text: "After" });
  });

  it("lives through a restart, and is let go after a day", async () => {
    const { held, adapter, show, rows } = await withCard();
    await held.restart();
    show("Two");
    await held.clock.advance(1_000);
    expect(adapter.shown[0]?.reply.text).toBe("Playing Two.");
    await held.clock.advance(24 * 60 * 60_000);
    expect(await rows()).toEqual([]);
  });

  it("is the newest of its kind in its place, and one of each person's", async () => {
    const { held, adapter, show, ann, rows } = await withCard();
    await ann.sends("nowplaying.query");
    expect(await rows()).toHaveLength(1);
    await held.user("ann", { place: "hall" }).sends("nowplaying.query");
    expect(await rows()).toHaveLength(2);
    show("Two");
    await held.clock.advance(2_000);
    expect(adapter.shown.map((message) => message.reply.text)).toEqual([
      "Playing One.",
      "Playing Two.",
      "Playing Two.",
    ]);
  });

  it("is left as it was where the platform cannot edit", async () => {
    const { held, adapter, show, rows } = await withCard(createChatAdapter({ editable: false }));
    expect(await rows()).toEqual([]);
    show("Two");
    await held.clock.advance(1_000);
    expect(adapter.shown[0]?.reply.text).toBe("Playing One.");
  });

  it("keeps the question of a sentence whose last step asked", async () => {
    const { held, adapter, show, ann } = await withCard();
    held.world.onAct = () => {
      held.world.onAct = () => {};
      held.world.refusals.push({
        error: new SegueError("Ambiguous", { what: "item", choices: [{ label: "X", slots: {} }] }),
      });
    };
    await ann.says("play Hello, then pause");
    show("Two");
    await held.clock.advance(2_000);
    expect(adapter.shown.at(-1)?.reply.text).toMatch(/^Playing Hello\.\nWhich one do you mean\?/);
  });

  it("is not held up for good by an edit that hangs, nor are others", async () => {
    const { held, adapter, show, ann } = await withCard();
    await held.user("ann", { place: "hall" }).sends("nowplaying.query");
    await ann.sends("nowplaying.query");
    await held.clock.advance(5_000);
    let hanging = 1;
    adapter.onSend = (moment, what) =>
      moment === "before" && what === "edit" && hanging-- > 0 ? new Promise(() => {}) : undefined;
    show("Two");
    await held.clock.advance(1_000);
    const texts = () => adapter.shown.slice(1).map((message) => message.reply.text);
    expect(texts().toSorted()).toEqual(["Playing One.", "Playing Two."]);
    for (let second = 0; second < 15; second += 1) await held.clock.advance(1_000);
    expect(texts()).toEqual(["Playing Two.", "Playing Two."]);
  });

  it("stays for the next change while its platform is down", async () => {
    const { held, adapter, show, rows } = await withCard();
    adapter.onSend = (moment, what) => {
      if (moment === "before" && what === "edit")
        throw new SegueError("Unavailable", { service: "platform", why: "connection" });
    };
    show("Two");
    for (let second = 0; second < 60; second += 1) await held.clock.advance(1_000);
    expect(await rows()).toHaveLength(1);
    adapter.onSend = () => {};
    show("Three");
    await held.clock.advance(1_000);
    expect(adapter.shown[0]?.reply.text).toBe("Playing Three.");
  });

  it.each([
    ["is down", () => new SegueError("Unavailable", { service: "platform", why: "connection" })],
    ["takes no more edits", (at: number) => new SegueError("RateLimited", { scope: "service" }, { retryAt: at })],
  ])("is brought up to date by itself once its platform, which %s for an hour, takes edits again", async (_, error) => {
    const { held, adapter, show } = await withCard();
    const backAt = held.clock.now() + 60 * 60_000;
    let tries = 0;
    adapter.onSend = (moment, what) => {
      if (moment !== "before" || what !== "edit") return;
      tries += 1;
      if (held.clock.now() < backAt) throw error(backAt);
    };
    show("Two");
    for (let minute = 0; minute < 80; minute += 1) await held.clock.advance(60_000);
    expect(adapter.shown[0]?.reply.text).toBe("Playing Two.");
    expect(tries).toBeLessThan(40);
    adapter.onSend = () => {};
    for (let minute = 0; minute < 80; minute += 1) await held.clock.advance(60_000);
    expect(adapter.shown[0]?.edits).toHaveLength(1);
  });

  it("asks nothing of a platform that says it is down, until it is there again", async () => {
    const { held, adapter, show } = await withCard();
    let up = false;
    let tries = 0;
    adapter.healthy = () => up;
    adapter.onSend = (moment, what) => {
      if (moment !== "before" || what !== "edit") return;
      tries += 1;
      if (!up) throw new SegueError("Unavailable", { service: "platform", why: "connection" });
    };
    show("Two");
    for (let minute = 0; minute < 60; minute += 1) await held.clock.advance(60_000);
    expect(tries).toBe(3);
    up = true;
    await held.clock.advance(60_000);
    expect(adapter.shown[0]?.reply.text).toBe("Playing Two.");
  });

  it("of a platform that is not started is left alone", async () => {
    const { held, key, rows, show } = await withCard();
    const [row] = await rows();
    if (!row) throw new Error("no view");
    const elsewhere = { ...row.sent, platform: "elsewhere", place: { ...row.sent.place, platform: "elsewhere" } };
    await held.store.views.put({ ...row, id: "other", sent: elsewhere });
    show("Two");
    await held.clock.advance(10_000);
    expect((await held.store.views.of("card", key, held.clock.now())).map(({ id }) => id)).toContain("other");
  });
});
