import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { talk } from "./support.ts";

describe("several steps in one sentence", () => {
  it("run in order and answer once", async () => {
    const { user, world, adapter } = await talk();
    const reply = await user("ann").says("play Hello, then pause");
    expect(world.acts).toEqual(["play Hello", "pause"]);
    expect(reply?.text).toBe("Playing Hello.\nPaused.");
    expect(adapter.shown).toHaveLength(1);
  });

  it("keep their own notes apart", async () => {
    const { user, world } = await talk();
    await user("ann").says("play One, then play Two");
    expect(world.acts).toEqual(["play One", "play Two"]);
  });

  it("stop at the first failure, say what was done, and leave the rest", async () => {
    const { user, world } = await talk();
    world.refusals.push({ error: new SegueError("Restricted", { reason: "already_paused" }) });
    const reply = await user("ann").says("pause, then play Hello");
    expect(world.acts).toEqual([]);
    expect(reply).toMatchObject({ kind: "error", text: "It is paused already." });
  });

  it("go on with the rest once the question in between is answered", async () => {
    const { user, world } = await talk();
    const ann = user("ann");
    const choices = ["Studio", "Live"].map((label) => ({ label, detail: "2001", slots: { track: label } }));
    world.refusals.push({ error: new SegueError("Ambiguous", { what: "item", choices }) });
    const question = await ann.says("play Hello, then pause");
    expect(question).toMatchObject({
      kind: "question",
      text: "Which one do you mean?\n1. Studio (2001)\n2. Live (2001)",
    });
    const reply = await ann.presses("Live");
    expect(world.acts).toEqual(["play Live", "pause"]);
    expect(reply?.text).toBe("Playing Live.\nPaused.");
  });
});

describe("the same event twice", () => {
  it("acts once and says nothing more", async () => {
    const { user, world, adapter, redeliver, bot } = await talk();
    await user("ann").says("play Hello");
    await redeliver();
    expect(world.acts).toEqual(["play Hello"]);
    expect(adapter.shown).toHaveLength(1);
    expect((await bot().kept("test", "e1"))?.text).toBe("Playing Hello.");
    expect(await bot().kept("test", "e2")).toBeUndefined();
  });

  it("acts once when both arrive at the same time", async () => {
    const { world, adapter, event, send } = await talk();
    const incoming = event("ann", { text: "play Hello" });
    await Promise.all([send(incoming), send(incoming)]);
    expect(world.acts).toEqual(["play Hello"]);
    expect(adapter.shown).toHaveLength(1);
  });
});

describe("follow-ups", () => {
  it("choose from what was last offered, counted from either end", async () => {
    const { user, world } = await talk();
    const ann = user("ann");
    await ann.sends("search.query", { query: "Song" });
    await ann.says("number 2");
    await ann.says("number -1");
    expect(world.acts).toEqual(["play Song Two", "play Song Three"]);
    expect((await ann.says("number 9"))?.text).toBe("There are not that many to choose from.");
  });

  it("belong to one person in one place", async () => {
    const { user, world } = await talk();
    await user("ann").sends("search.query", { query: "Song" });
    expect((await user("bob").says("number 1"))?.text).toBe("There is nothing to choose from right now.");
    expect((await user("ann", { place: "hall" }).says("number 1"))?.text).toBe(
      "There is nothing to choose from right now.",
    );
    expect(world.acts).toEqual([]);
  });

  it("change what was last asked for", async () => {
    const { user, world } = await talk();
    const ann = user("ann");
    await ann.says("play Hello");
    await ann.says("no, the live version");
    expect(world.acts).toEqual(["play Hello", "play Hello live"]);
  });

  it("say yes to the one thing offered, and no to it", async () => {
    const { user, world } = await talk();
    const ann = user("ann");
    const choices = [{ label: "Attic", slots: { deviceId: "attic" } }];
    const error = new SegueError("Ambiguous", { what: "new_device", choices });
    world.refusals.push({ error });
    expect((await ann.says("play Hello"))?.text).toBe("I have not played on “Attic” before. Shall I?\n1. Attic");
    await ann.says("yes");
    expect(world.acts).toEqual(["play Hello on attic"]);
    world.refusals.push({ error });
    await ann.says("play Bye");
    expect((await ann.says("no"))?.text).toBe("Okay, I let it go.");
    expect((await ann.says("yes"))?.text).toBe("I did not ask anything, so there is nothing to confirm.");
    expect(world.acts).toHaveLength(1);
  });

  it("are plain words when nothing came before, also after the memory is gone", async () => {
    const { user, restart } = await talk();
    const ann = user("ann");
    expect((await ann.says("no, the live version"))?.text).toBe(
      "I do not know what to change. Say it in full, please.",
    );
    await ann.sends("search.query", { query: "Song" });
    await restart();
    expect((await ann.says("number 1"))?.text).toBe("There is nothing to choose from right now.");
  });

  it("come from a program as well as from words", async () => {
    const { user, world } = await talk();
    await user("ann").sends("search.query", { query: "Song" });
    await user("ann").sends("followup.select", { index: 1 });
    expect(world.acts).toEqual(["play Song One"]);
  });
});

describe("what is not for the bot", () => {
  it("gets examples when the bot was spoken to, and silence otherwise", async () => {
    const { user, adapter } = await talk();
    const reply = await user("ann").says("what a lovely day");
    expect(reply?.text).toBe(
      "I did not get that. Try “do playback.play”, “link my account” or “help”, or ask for help.",
    );
    await user("ann", { place: "hall", addressed: false }).says("what a lovely day");
    await user("ann", { place: "hall", addressed: false }).says("play Hello");
    expect(adapter.shown).toHaveLength(1);
  });

  it("is not acted upon below the confidence gate", async () => {
    const { user, world } = await talk({ script: () => ({ intent: "playback.pause", confidence: 0.49 }) });
    expect((await user("ann").says("paws"))?.text).toMatch(/^I did not get that/);
    expect(world.acts).toEqual([]);
  });

  it("is said plainly when it is understood but cannot be done", async () => {
    const { user } = await talk({ script: () => ({ intent: "history.top" }) });
    expect((await user("ann").says("my top songs"))?.text).toMatch(/^I understand what you mean, but I cannot do that/);
  });
});

describe("a pasted link", () => {
  const link = "https://music.example/hello-world";

  it("is offered as a card, to unlinked people too, and costs no command", async () => {
    const { user, world } = await talk({ linked: false });
    const reply = await user("ann").says(`look: ${link}`);
    expect(reply).toMatchObject({ kind: "answer", text: "hello-world: The Testers" });
    expect(reply?.blocks).toContainEqual({ type: "attribution", text: "from Testify" });
    expect(reply?.blocks).toContainEqual({
      type: "link",
      label: "Open Testify",
      url: "https://music.example/hello-world",
    });
    expect(world.acts).toEqual([]);
  });

  it("plays at a press", async () => {
    const { user, world } = await talk();
    await user("ann").says(link);
    await user("ann").presses("Play");
    expect(world.acts).toEqual(["play test:track:hello-world"]);
  });

  it("that leads nowhere is said to", async () => {
    const { user } = await talk();
    expect((await user("ann").says("https://music.example/nothing"))?.text).toMatch(/^I did not find that\./);
  });
});

describe("a shared player", () => {
  it("does what its place allows, and nothing else", async () => {
    const { user, world } = await talk({ shared: true, linked: false });
    await user("ann").says("play Hello");
    expect(world.acts).toEqual(["play Hello"]);
    const reply = await user("ann").sends("device.transfer", { deviceId: "attic" });
    expect(reply).toMatchObject({
      kind: "error",
      text: expect.stringMatching(/^The player here is shared, and only whoever runs this bot may do that/),
    });
    expect(world.acts).toEqual(["play Hello"]);
  });
});

describe("who sees an answer", () => {
  it("is decided by the skill; errors stay private", async () => {
    const { user, world, adapter } = await talk({ deck: { title: () => "Hello" } });
    const ann = user("ann", { place: "hall" });
    expect((await ann.sends("nowplaying.query"))?.visibility).toBe("public");
    expect(adapter.shown.at(-1)?.to).toBeUndefined();
    world.refusals.push({ error: new SegueError("NotFound", { what: "item" }) });
    expect((await ann.says("play Nothing"))?.visibility).toBe("private");
    expect(adapter.shown.at(-1)?.to?.id).toBe("ann");
  });
});
