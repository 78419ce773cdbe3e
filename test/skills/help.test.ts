import { describe, expect, it } from "vitest";
import { startConversation } from "../support/conversation.ts";
import { createDeck } from "../support/deck.ts";
import { createScriptedAccounts } from "../support/scripted-accounts.ts";
import { createScriptedLanguage } from "../support/scripted-language.ts";
import { createScriptedOrchestrator, createWorld } from "../support/scripted-music.ts";

async function talk() {
  const held = await startConversation({
    language: createScriptedLanguage((text) => (text === "help" ? { intent: "help" } : undefined)),
    orchestrator: () => createScriptedOrchestrator(createWorld()),
    accounts: ({ events }) => createScriptedAccounts(events),
    only: ["account", "help"],
    extra: [createDeck()],
  });
  return held.user("ann");
}

describe("help", () => {
  it("shows every command, by group, music first", async () => {
    const ann = await talk();
    const reply = await ann.says("help");
    expect(reply?.text).toBe(
      [
        "Say it in your own words, type a command such as “/now”, or press a button. Music plays on your own player.",
        "Music: playback-play, playback-pause, device-transfer, library-like, nowplaying-query, search-query",
        "Your account: link, confirm-link, unlink, status, operator",
        "Help: help",
      ].join("\n"),
    );
  });

  it("goes into a group at a press", async () => {
    const ann = await talk();
    await ann.says("help");
    const reply = await ann.presses("Your account");
    expect(reply?.text).toContain("unlink: Disconnect your music account and delete what belongs to it");
    expect(reply?.text).toContain("For example:\n“link my account”");
  });

  it.each([
    ["unlink", "Your account\nunlink: Disconnect"],
    ["YOUR ACCOUNT", "Your account\nlink: Connect"],
    ["connect", "Your account\nlink: Connect"],
    ["pause", "Music\nplayback-pause: Does"],
  ])("finds what %s is about", async (topic, text) => {
    const ann = await talk();
    expect((await ann.sends("help", { topic }))?.text.startsWith(text)).toBe(true);
  });

  it("owns up to a topic it does not know", async () => {
    const ann = await talk();
    expect((await ann.sends("help", { topic: "the weather" }))?.text).toMatch(/^I have no help on that/);
  });
});
