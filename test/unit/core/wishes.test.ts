import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import type { Device } from "../../../src/contracts/music.ts";
import { createI18n } from "../../../src/core/i18n.ts";
import { createRegistry } from "../../../src/core/registry.ts";
import { createWishes } from "../../../src/core/wishes.ts";
import { silentLog } from "../../support/log.ts";
import { talk } from "./support.ts";

const kitchen: Device = {
  id: "kitchen",
  name: "Kitchen",
  kind: "speaker",
  active: false,
  restricted: false,
  hasVolume: true,
};
const locked: Device = { ...kitchen, id: "locked", name: "Locked", restricted: true };
const nameless: Device = { name: "Nameless", kind: "tv", active: false, restricted: false, hasVolume: true };

function personIdOf(held: Awaited<ReturnType<typeof talk>>, name: string): Promise<string> {
  return held.store.people.find(held.user(name).ref).then((person) => person?.id ?? "");
}

describe("a command without an account", () => {
  it("is kept, and comes true when the link is made", async () => {
    const held = await talk({ linked: false });
    const ann = held.user("ann");
    const refused = await ann.says("play Hello, then pause");
    expect(refused).toMatchObject({
      kind: "error",
      text: expect.stringMatching(/^You have not connected a Testify account yet/),
    });
    const offer = await ann.presses("Connect Testify");
    expect(offer?.view).toEqual({ kind: "link", key: "link-1" });
    expect(held.scripted().attached.get("link-1")?.id).toBe("m2");

    held.scripted().finish("link-1");
    await held.clock.advance(2_000);
    expect(held.world.acts).toEqual(["play Hello", "pause"]);
    expect(held.last()?.reply.text).toBe("Playing Hello.\nPaused.");
    const link = held.adapter.shown.find((message) => message.id === "m2");
    expect(link?.reply.text).toBe("Connected to Testify as “Ann T.”. Tell me what to play.");
  });

  it("comes true after a restart when the link was made and nobody was told of it", async () => {
    const held = await talk({ linked: false });
    await held.user("ann").says("play Hello");
    await held.user("bob").says("play Stay");
    held.scripted().granted.set(await personIdOf(held, "ann"), ["state", "playback"]);
    const { granted } = held.scripted();
    await held.restart();
    for (const [person, needs] of granted) held.scripted().granted.set(person, needs);
    await held.clock.advance(2_000);
    expect(held.world.acts).toEqual(["play Hello"]);
  });

  it("comes true once, however often the link is announced", async () => {
    const held = await talk({ linked: false });
    await held.user("ann").says("play Hello");
    await held.user("ann").presses("Connect Testify");
    held.scripted().finish("link-1");
    held.scripted().finish("link-1");
    await held.clock.advance(2_000);
    expect(held.world.acts).toEqual(["play Hello"]);
  });

  it("makes room for a newer one of its kind, and keeps the order of the others", async () => {
    const held = await talk({ linked: false });
    const ann = held.user("ann");
    for (const text of ["play One", "play Two", "pause"]) {
      await ann.says(text);
      await held.clock.advance(1_000);
    }
    held.scripted().granted.set(await personIdOf(held, "ann"), ["state", "playback"]);
    held.events.emit({
      type: "link.created",
      personId: await personIdOf(held, "ann"),
      accountId: "a",
      provider: "test",
      granted: [],
    });
    await held.clock.advance(2_000);
    expect(held.world.acts).toEqual(["play Two", "pause"]);
  });

  it("lets go of what was to be done to the music before, once other music is wished for", async () => {
    const held = await talk({ linked: false });
    const ann = held.user("ann");
    for (const text of ["pause", "play Two"]) {
      await ann.says(text);
      await held.clock.advance(1_000);
    }
    held.scripted().granted.set(await personIdOf(held, "ann"), ["state", "playback"]);
    held.events.emit({
      type: "link.created",
      personId: await personIdOf(held, "ann"),
      accountId: "a",
      provider: "test",
      granted: [],
    });
    await held.clock.advance(2_000);
    expect(held.world.acts).toEqual(["play Two"]);
  });

  it("asks for all it needs with the first link", async () => {
    const held = await talk({ linked: false });
    await held.user("ann").sends("library.like");
    await held.user("ann").presses("Connect Testify");
    expect(held.scripted().links.get("link-1")?.needs).toEqual(["state", "playback", "library.write"]);
  });

  it("asks at once for a permission that is missing, for just that, and carries on", async () => {
    const held = await talk({ linked: false });
    const ann = held.user("ann", { local: true });
    await ann.sends("help");
    held.scripted().granted.set(await personIdOf(held, "ann"), ["state", "playback"]);
    const reply = await ann.sends("library.like");
    expect(reply).toMatchObject({ kind: "question", visibility: "private" });
    expect(reply?.text).toMatch(/^For this I need your permission for more: changing your liked songs\./);
    expect(reply?.blocks).toContainEqual({
      type: "link",
      label: "Connect Testify",
      url: "https://link.example/link-1",
    });
    expect(held.scripted().links.get("link-1")?.needs).toEqual(["library.write"]);
    held.scripted().finish("link-1");
    await held.clock.advance(2_000);
    expect(held.last()?.reply.text).toBe("Liked.");
  });
});

describe("a command without a device", () => {
  it("shows those that can be chosen, and plays where one is", async () => {
    const held = await talk();
    held.world.refusals.push({ error: new SegueError("NoActiveDevice", { devices: [kitchen, locked, nameless] }) });
    const reply = await held.user("ann").says("play Hello");
    const select = reply?.blocks.find((block) => block.type === "select");
    expect(select?.options.map((option) => option.label)).toEqual(["Kitchen"]);
    await held.user("ann").presses("Kitchen");
    expect(held.world.acts).toEqual(["play Hello on kitchen"]);
  });

  it("moves the music first when the command itself takes no device", async () => {
    const held = await talk();
    held.world.refusals.push({ error: new SegueError("NoActiveDevice", { devices: [kitchen] }) });
    await held.user("ann").says("pause");
    const reply = await held.user("ann").presses("Kitchen");
    expect(held.world.acts).toEqual(["transfer kitchen", "pause"]);
    expect(reply?.text).toBe("Moved.\nPaused.");
  });

  it("comes true when a device wakes", async () => {
    const held = await talk();
    held.world.refusals.push({ error: new SegueError("NoActiveDevice", { devices: [] }) });
    const reply = await held.user("ann", { place: "hall" }).says("play Hello");
    expect(reply?.text).toMatch(/^I see no device that could play/);
    const personId = await personIdOf(held, "ann");
    expect(held.world.watched).toEqual([personId]);
    held.events.emit({ type: "device.woke", personId, deviceId: "kitchen" });
    await held.clock.advance(2_000);
    expect(held.world.acts).toEqual(["play Hello on kitchen"]);
    expect(held.last()).toMatchObject({ place: { id: "hall" }, to: { id: "ann" }, reply: { text: "Playing Hello." } });
  });

  it("on a shared player waits for a choice, and never for a device of the person's own", async () => {
    const held = await talk({ shared: true });
    held.world.refusals.push({ error: new SegueError("NoActiveDevice", { devices: [kitchen] }) });
    await held.user("ann").says("play Hello");
    const personId = await personIdOf(held, "ann");
    expect(held.world.watched).toEqual([]);
    held.events.emit({ type: "device.woke", personId, deviceId: "phone" });
    await held.clock.advance(2_000);
    expect(held.world.acts).toEqual([]);
    await held.user("ann").presses("Kitchen");
    expect(held.world.acts).toEqual(["play Hello on kitchen"]);
  });

  it("does not come true an hour later", async () => {
    const held = await talk();
    held.world.refusals.push({ error: new SegueError("NoActiveDevice", { devices: [] }) });
    await held.user("ann").says("play Hello");
    await held.clock.advance(11 * 60_000);
    held.events.emit({ type: "device.woke", personId: await personIdOf(held, "ann"), deviceId: "kitchen" });
    await held.clock.advance(2_000);
    expect(held.world.acts).toEqual([]);
    expect((await held.user("ann").presses("Try again"))?.text).toBe(
      "That question is no longer open. Please ask again.",
    );
  });
});

describe("a plan that does not allow it", () => {
  it("is tried again when the person says that it has changed", async () => {
    const held = await talk();
    held.world.refusals.push({ error: new SegueError("PremiumRequired", { provider: "test" }) });
    expect((await held.user("ann").says("play Hello"))?.text).toMatch(/^Testify lets only Premium accounts/);
    await held.user("ann").presses("I have Premium now");
    expect(held.world.rechecked).toEqual([await personIdOf(held, "ann")]);
    expect(held.world.acts).toEqual(["play Hello"]);
  });
});

describe("an offered choice", () => {
  const choices = ["Studio", "Live"].map((label) => ({ label, slots: { track: label } }));
  const error = new SegueError("Ambiguous", { what: "item", choices });

  it("is taken once", async () => {
    const held = await talk();
    held.world.refusals.push({ error });
    await held.user("ann").says("play Hello");
    await held.user("ann").presses("Live");
    expect((await held.user("ann").presses("Studio"))?.text).toBe("That question is no longer open. Please ask again.");
    expect(held.world.acts).toEqual(["play Live"]);
  });

  it("is its owner's alone", async () => {
    const held = await talk();
    held.world.refusals.push({ error });
    const question = await held.user("ann", { place: "hall" }).says("play Hello");
    const option = question?.blocks.find((block) => block.type === "select")?.options[0];
    const reply = await held.user("bob", { place: "hall" }).sends("wish.continue", option?.command.slots);
    expect(reply?.text).toBe("That was asked by somebody else. Ask me yourself, and it is yours.");
    await held.user("bob", { place: "hall" }).sends("wish.drop", option?.command.slots);
    await held.user("ann", { place: "hall" }).presses("Studio");
    expect(held.world.acts).toEqual(["play Studio"]);
  });

  it("survives a restart", async () => {
    const held = await talk();
    held.world.refusals.push({ error });
    await held.user("ann").says("play Hello, then pause");
    await held.restart();
    await held.user("ann").presses("Studio");
    expect(held.world.acts).toEqual(["play Studio", "pause"]);
  });

  it("is let go when the person says so", async () => {
    const held = await talk();
    held.world.refusals.push({ error });
    await held.user("ann").says("play Hello");
    expect((await held.user("ann").presses("Never mind"))?.text).toBe("Okay, I let it go.");
    expect((await held.user("ann").presses("Studio"))?.text).toBe("That question is no longer open. Please ask again.");
  });

  it.each([{}, { wish: 7 }, { wish: "nobody's" }, { wish: "x".repeat(1_000) }, { wish: "a", set: "b" }])(
    "cannot be made up: %j",
    async (slots) => {
      const held = await talk();
      const reply = await held.user("ann").sends("wish.continue", slots);
      expect(reply).toMatchObject({ kind: "error", text: "That question is no longer open. Please ask again." });
    },
  );
});

describe("a wish that two processes want at the same time", () => {
  it("is one's alone", async () => {
    const held = await talk();
    const row = {
      id: "w",
      personId: "p",
      place: held.event("ann", { text: "" }).place,
      user: held.user("ann").ref,
      userName: "ann",
      locale: "en",
      direct: true,
      local: false,
      waitsFor: "choice" as const,
      commands: [],
      createdAt: 0,
      expiresAt: held.clock.now() + 1_000,
    };
    // Both have read it before either takes it.
    const store = { ...held.store.wishes, get: async () => row };
    await store.put(row);
    const registry = createRegistry([], createI18n({ files: new Map(), fallback: "en", strict: true, log: silentLog }));
    const { take } = createWishes(store, registry, held.clock);
    const notes = { has: () => false, once: <T>(_key: string, compute: () => Promise<T>) => compute() };
    await expect(take({ wish: "w" }, "p", notes)).resolves.toMatchObject({ commands: [] });
    await expect(take({ wish: "w" }, "p", notes)).rejects.toMatchObject({ details: { why: "gone" } });
  });
});
