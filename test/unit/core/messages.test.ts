import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { placeIntents } from "../../../src/contracts/incoming.ts";
import { type ChatAdapter, createChatAdapter } from "../../fakes/chat-adapter.ts";
import { createMemoryProvider } from "../../fakes/memory-player.ts";
import { startConversation } from "../../support/conversation.ts";
import { talk } from "./support.ts";

const room = { place: "room", addressed: false };
const link = "memory:track:0-2-lamp-oil";

/** A player whose things can be looked up on nobody's behalf, as far as a test allows it. */
function open(options: { refuse?: boolean; adapter?: ChatAdapter } = {}) {
  const looked: string[] = [];
  return startConversation({
    ...(options.adapter ? { adapter: options.adapter } : {}),
    provider: ({ clock }) => {
      const provider = createMemoryProvider({ clock });
      return {
        ...provider,
        async publicLookup(uri) {
          looked.push(uri);
          if (options.refuse) throw new SegueError("QuotaExceeded", {});
          const item = await provider.open({ kind: "shared", playerId: provider.players?.[0]?.id ?? "" }).lookup?.(uri);
          if (!item) throw new SegueError("NotFound", { what: "item" });
          return item;
        },
      };
    },
  }).then((held) => Object.assign(held, { looked }));
}

describe("words about another message", () => {
  it.each(["play this", "play it", "play that song", "play"])("“%s” plays the link in it", async (text) => {
    const held = await open();
    const reply = await held.user("ann").says(text, { about: `look at this: ${link} great` });
    expect(reply?.text).toContain("Lamp Oil");
  });

  it("“queue this” queues it", async () => {
    const held = await open();
    await held.user("ann").says("play low water");
    const reply = await held.user("ann").says("queue this", { about: link });
    expect(reply?.text).toMatch(/queue.*Lamp Oil/);
  });

  it("says something of its own, and the link is left alone", async () => {
    const held = await open();
    const reply = await held.user("ann").says("play low water", { about: link });
    expect(reply?.text).toContain("Low Water");
  });

  it("do not play what is no song", async () => {
    const held = await open();
    const reply = await held.user("ann").says("play this", { about: "see you tomorrow\nat the usual place" });
    expect(reply).toMatchObject({ kind: "error", text: expect.stringContaining("no song in that message") });
  });
});

describe("a message chosen from its menu", () => {
  it.each([
    ["a link", `have a listen ${link}`],
    ["a title by itself", "Lamp Oil"],
    ["artist and title", "The Tidewrights - Lamp Oil"],
    ["title and artist", "Lamp Oil – The Tidewrights"],
  ])("plays %s for whoever pressed", async (_what, about) => {
    const held = await open();
    const reply = await held.user("bob").sends(placeIntents.playMessage, {}, { place: "room", about });
    expect(reply?.text).toContain("Lamp Oil");
    expect(reply?.visibility).toBe("private");
  });

  it("queues it", async () => {
    const held = await open();
    await held.user("ann").says("play low water");
    const reply = await held.user("ann").sends(placeIntents.queueMessage, {}, { about: link });
    expect(reply?.text).toContain("Lamp Oil");
  });

  it.each([
    ["nothing", ""],
    ["several lines", "first\nsecond"],
    ["a long text", "la ".repeat(60)],
    ["signs only", "?!"],
  ])("says so when there is no song in it: %s", async (_what, about) => {
    const held = await open();
    const reply = await held.user("ann").sends(placeIntents.playMessage, {}, { about });
    expect(reply).toMatchObject({ kind: "error", text: expect.stringContaining("no song in that message") });
  });

  it("says whose link it is when it is one to something else", async () => {
    const held = await open();
    const about = "https://elsewhere.example/watch";
    const reply = await held.user("ann").sends(placeIntents.playMessage, {}, { about });
    expect(reply).toMatchObject({ kind: "error", text: expect.stringContaining("leads to elsewhere.example") });
  });

  it("is not written down when it holds a pasted address", async () => {
    const { event, send, store, accounts } = await talk();
    const address = "http://127.0.0.1:8765/v1/test/callback?code=secret&state=x";
    accounts().isPastedAddress = (text) => text === address;
    const incoming = event("ann", { intent: placeIntents.playMessage, slots: {} }, { about: `here ${address} ok` });
    await send(incoming);
    expect(JSON.stringify(await store.events.find("test", incoming.key))).not.toContain("secret");
  });
});

describe("a posted link", () => {
  it("unfolds into a card for everybody", async () => {
    const held = await open();
    const reply = await held.user("ann").sends(placeIntents.unfold, { url: link }, room);
    expect(reply).toMatchObject({ visibility: "public", text: "Lamp Oil: The Tidewrights" });
    const buttons = reply?.blocks.flatMap((block) => (block.type === "buttons" ? block.buttons : []));
    expect(buttons?.map(({ label }) => label)).toEqual(["Play on mine", "Queue on mine"]);
    expect(held.looked).toHaveLength(1);
  });

  it.each([
    ["of nothing that is known", { url: "https://elsewhere.example/x" }],
    ["without an address", {}],
  ])("%s is passed over in silence", async (_what, slots) => {
    const held = await open();
    await held.user("ann").sends(placeIntents.unfold, slots, room);
    expect(held.adapter.shown).toEqual([]);
  });

  it("that nobody may look up now is passed over, and nobody's account is asked", async () => {
    const held = await open({ refuse: true });
    await held.user("ann").sends(placeIntents.unfold, { url: link }, room);
    expect(held.adapter.shown).toEqual([]);
  });

  it("has its card nowhere else, where the platform will not have it there", async () => {
    const adapter = createChatAdapter({ resend: "never" });
    adapter.onSend = (moment, what) => {
      if (what === "reply" && moment === "before") throw new SegueError("NotFound", { what: "message" });
    };
    const held = await open({ adapter });
    await held.user("ann").sends(placeIntents.unfold, { url: link }, room);
    expect(held.looked).toHaveLength(1);
    expect(adapter.shown).toEqual([]);
  });

  it("is left alone by a later start", async () => {
    const held = await open();
    const event = held.event("ann", { intent: placeIntents.unfold, slots: { url: link } }, room);
    await held.store.events.accept(event, { untilAt: held.clock.now(), owner: "died" });
    await held.restart();
    expect(held.looked).toEqual([]);
    expect(held.adapter.shown).toEqual([]);
    expect(await held.store.events.find("test", event.key)).toMatchObject({ finished: true });
  });

  it("never brings a word about too many of them", async () => {
    const held = await open({ refuse: true });
    for (let count = 0; count < 30; count++) await held.user("ann").sends(placeIntents.unfold, { url: link }, room);
    expect(held.adapter.shown).toEqual([]);
  });
});

describe("files and voice messages", () => {
  it("are answered where the bot was spoken to, and nowhere else", async () => {
    const held = await open();
    const file = { ref: "f1", mediaType: "audio/ogg" };
    expect((await held.user("ann").posts(file))?.text).toContain("I can make nothing of that");
    expect((await held.user("ann").posts(file, { place: "room" }))?.text).toContain("I can make nothing of that");
    expect(await held.user("ann").posts(file, room)).toBeUndefined();
  });
});

describe("the language of an answer", () => {
  it("is the platform's where the person chose none, and the default where there is no such language", async () => {
    const held = await talk();
    const answer = async (locale: string) => (await held.user("ann").says("help", { locale }))?.text;
    const [english, german, unknown] = [await answer("en"), await answer("de-AT"), await answer("tlh")];
    expect(german).not.toBe(english);
    expect(unknown).toBe(english);
  });
});

describe("a person's home", () => {
  it("shows the player and follows it, on the same page", async () => {
    const held = await open();
    const home = { place: "home-ann" };
    const first = await held.user("ann").sends(placeIntents.home, {}, home);
    expect(first).toMatchObject({ visibility: "private", view: { kind: "home" } });
    const page = held.last();
    await held.clock.until(held.user("ann").says("play lamp oil"));
    await held.clock.advance(5_000);
    expect(page?.reply.text).toContain("Lamp Oil");
  });

  it("is the answer to what is pressed there", async () => {
    const held = await open();
    await held.clock.until(held.user("ann").says("play lamp oil"));
    await held.user("ann").sends(placeIntents.home, {}, { place: "home-ann" });
    const page = held.last() ?? expect.fail("no home");
    const press = async (name: string) => {
      const event = held.event(name, { intent: "playback.pause", slots: {} }, { place: "home-ann" });
      await held.clock.until(held.send({ ...event, target: { platform: "test", place: page.place, id: page.id } }));
      return held.adapter.shown.find(({ key }) => key === event.key)?.reply;
    };
    expect(await press("ann")).toMatchObject({ kind: "answer", passing: true });
    expect((await press("bob"))?.passing).toBeUndefined();
  });

  it("shows that an account was linked", async () => {
    const held = await talk({ only: ["account", "help", "home"], linked: false });
    await held.user("ann").sends(placeIntents.home, {}, { place: "home-ann" });
    const page = held.last();
    const before = page?.edits.length ?? 0;
    const person = await held.store.people.find(held.asker("ann").user);
    held.scripted().granted.set(person?.id ?? "", ["state"]);
    held.events.emit({
      type: "link.created",
      personId: person?.id ?? "",
      accountId: "a",
      provider: "test",
      granted: ["state"],
    });
    await held.clock.advance(5_000);
    expect(page?.edits.length).toBeGreaterThan(before);
  });

  it("is nobody else's", async () => {
    const held = await open();
    await held.user("ann").sends(placeIntents.home);
    const view = held.last()?.reply.view;
    await held.user("bob").sends(placeIntents.home);
    expect(held.last()?.reply.view?.key).not.toBe(view?.key);
  });
});

describe("what a platform tells by itself", () => {
  it("is passed over where no skill wants to know", async () => {
    const held = await talk();
    for (const intent of [placeIntents.joined, placeIntents.left, placeIntents.home])
      await held.user("ann").sends(intent, {}, room);
    expect(held.adapter.shown).toEqual([]);
  });
});
