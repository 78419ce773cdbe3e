import { describe, expect, it } from "vitest";
import type { Reply } from "../../src/contracts/reply.ts";
import { startConversation, type UserOptions } from "../support/conversation.ts";
import { createDeck } from "../support/deck.ts";
import { createScriptedAccounts, type ScriptedAccounts } from "../support/scripted-accounts.ts";
import { createScriptedLanguage } from "../support/scripted-language.ts";
import { createScriptedOrchestrator, createWorld } from "../support/scripted-music.ts";

/** With `all`, every skill there is; else two of them, and a small one beside them. */
async function talk(options: { linkable?: boolean; as?: UserOptions; all?: boolean } = {}) {
  const accounts: ScriptedAccounts[] = [];
  const held = await startConversation({
    language: createScriptedLanguage((text) => (text === "help" ? { intent: "help" } : undefined)),
    orchestrator: () => createScriptedOrchestrator(createWorld()),
    accounts: ({ events }) => {
      const made = createScriptedAccounts(events, { linkable: options.linkable ?? true });
      accounts.push(made);
      return made;
    },
    ...(options.all ? {} : { only: ["account", "help"], extra: [createDeck()] }),
  });
  return { held, ann: held.user("ann", options.as), accounts };
}

const labels = (reply: Reply | undefined) =>
  reply?.blocks.flatMap((block) => (block.type === "buttons" ? block.buttons.map(({ label }) => label) : [])) ?? [];

describe("help", () => {
  it("shows a few sections, music first, and no command by itself", async () => {
    const { ann } = await talk();
    const reply = await ann.says("help");
    expect(reply?.text).toBe(
      [
        "Say it in your own words, type a command such as “/now”, or press a button. Music plays on your own player.",
        "Music",
        "You: Your account",
        "Settings and help: Help",
        "Press one, or ask for help with it: “help volume”.",
      ].join("\n"),
    );
  });

  it("is short with everything there is, and goes into a section at a press", async () => {
    const { ann } = await talk({ all: true });
    const all = await ann.says("help");
    expect(all?.text.length).toBeLessThan(800);
    expect(labels(all).length).toBeLessThanOrEqual(10);
    const control = await ann.presses("While it plays");
    expect(control?.text).toContain("\nVolume\nvolume: Set the volume");
    expect(control?.text).toContain("For example:\n“pause”");
    expect(control?.blocks.filter(({ type }) => type === "list").length).toBeGreaterThan(3);
  });

  it("goes into a group at a press", async () => {
    const { ann } = await talk();
    await ann.says("help");
    const reply = await ann.presses("You");
    expect(reply?.text).toContain("unlink: Disconnect your music account and delete what belongs to it");
    expect(reply?.text).toContain("For example:\n“link my account”");
  });

  it("keeps to itself what only its operator or nobody is told of", async () => {
    const { held, ann } = await talk({ all: true });
    const words = async () =>
      (await Promise.all(["You", "Settings and help", "lyrics"].map((topic) => ann.sends("help", { topic }))))
        .map((reply) => reply?.text)
        .join("\n");
    const before = await words();
    for (const name of ["confirm-link:", "operator:", "also-me-code:", "misses:", "lyrics:"])
      expect(before).not.toContain(`\n${name}`);
    expect(before).toContain("\nsettings:");
    await held.store.people.setOperator((await held.store.people.find(ann.ref))?.id ?? "");
    expect(await words()).toContain("\nmisses:");
  });

  it("names the settings of a place to those who manage it alone", async () => {
    const { ann } = await talk({ all: true, as: { place: "hall" } });
    const reply = await ann.sends("help", { topic: "Settings and help" });
    expect(reply?.text).toContain("my-time-zone:");
    expect(reply?.text).not.toContain("\nsettings:");
  });

  it.each([
    ["unlink", "Your account\nunlink: Disconnect"],
    ["YOUR ACCOUNT", "Your account\nlink: Connect"],
    ["connect", "Your account\nlink: Connect"],
    ["pause", "Music\nplayback-pause: Does"],
    ["the music", "Music\nplayback-play: Does"],
  ])("finds what %s is about", async (topic, text) => {
    const { ann } = await talk();
    expect((await ann.sends("help", { topic }))?.text.startsWith(text)).toBe(true);
  });

  it.each([
    ["en", "help your account", "Your account\nlink: Connect"],
    ["en", "Help unlink!", "Your account\nunlink: Disconnect"],
    ["de", "hilfe dein konto", "Dein Konto\n"],
    ["de", "help dein konto", "Dein Konto\n"],
  ])("in %s, “%s” is about that", async (locale, text, start) => {
    const { ann } = await talk({ as: { locale } });
    expect((await ann.says(text))?.text.startsWith(start)).toBe(true);
  });

  it("takes a long sentence for something else", async () => {
    const { ann } = await talk();
    expect((await ann.says(`help ${"me make it through the night ".repeat(3)}`))?.text).toMatch(/^I did not get that/);
  });

  it("owns up to a topic it does not know", async () => {
    const { ann } = await talk();
    expect((await ann.sends("help", { topic: "the weather" }))?.text).toMatch(/^I have no help on that/);
  });
});

describe("a greeting", () => {
  it.each([
    ["en", "Hi!", "Hello! I play music"],
    ["en", "hello", "Hello! I play music"],
    ["de", "Moin", "Hallo! Ich spiele Musik"],
    ["es", "¡Hola!", "¡Hola! Pongo música"],
    ["fr", "bonjour", "Salut\u00a0! Je mets de la musique"],
    ["fr", "hi", "Salut\u00a0! Je mets de la musique"],
  ])("in %s, %s, is answered with a few words", async (locale, text, start) => {
    const { ann } = await talk({ as: { locale } });
    const reply = await ann.says(text);
    expect(reply?.text.startsWith(start)).toBe(true);
    expect(reply?.text.split("\n")).toHaveLength(3);
  });

  it("offers to connect an account, until there is one, and then help alone", async () => {
    const { ann, accounts } = await talk();
    expect((await ann.sends("help.hello"))?.text).toContain("Connect your music account first");
    await ann.presses("Connect your account");
    accounts[0]?.finish("link-1");
    const after = await ann.sends("help.hello");
    expect(after?.text).toContain("on your own player");
    expect(labels(after)).toEqual(["What can you do?"]);
  });

  it("leads to what can be done", async () => {
    const { ann } = await talk({ linkable: false });
    const reply = await ann.sends("help.hello");
    expect(labels(reply)).toEqual(["What can you do?"]);
    expect((await ann.presses("What can you do?"))?.text).toContain("Music");
  });
});
