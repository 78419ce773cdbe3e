import { describe, expect, it } from "vitest";
import { foreignLink } from "../../../src/music/foreign-link.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createMemoryProvider } from "../../fakes/memory-player.ts";
import { startConversation } from "../../support/conversation.ts";
import { createScriptedAccounts } from "../../support/scripted-accounts.ts";

const ours = {
  recognise: (text: string) =>
    text.includes("music.example/1") ? { uri: "x:track:1", type: "track" as const, start: 0, end: 1 } : undefined,
  unreadable: (text: string) =>
    text.includes("short.example") ? { why: "short_link" as const, start: 0, end: 1 } : undefined,
};

describe("whose link a text holds", () => {
  it.each([
    ["play https://open.service.example/track/abc?si=1", "open.service.example"],
    ["HTTPS://WWW.Tube.Example/watch?v=1, please", "tube.example"],
    ["www.tube.example/watch", "tube.example"],
    ["tu.be/dQw4w9WgXcQ", "tu.be"],
    ["https://user:secret@evil.example/x", "evil.example"],
    ["queue somewhere:track:4uLU6hMCjMI75M1A2tKUQC", "somewhere"],
    ["https://other.example/x", "other.example"],
  ])("%s: %s", (text, host) => {
    expect(foreignLink(text, [ours])).toBe(host);
  });

  it.each([
    "https://music.example/1",
    "play https://music.example/1 or https://other.example/2",
    "https://short.example/x",
    "play ac/dc",
    "play will.i.am/britney",
    "play 99 luftballons by nena",
    "seek to 1:30",
    "play m.i.a. paper planes",
    "remind me: album of the year",
    "https://",
    "mail me@x.com/now",
  ])("is none of anybody else's in: %s", (text) => {
    expect(foreignLink(text, [ours])).toBeUndefined();
  });

  it("is found in bounded time, whatever was written", () => {
    for (const piece of ["a.", "www.", "https://", "a-", "x:track:", "@", "http://a@"]) {
      const begun = performance.now();
      foreignLink(piece.repeat(20_000), [ours]);
      expect(performance.now() - begun, piece).toBeLessThan(500);
    }
  });
});

describe("a link that nobody here can play", () => {
  async function talk() {
    const held = await startConversation({
      accounts: ({ events }) => createScriptedAccounts(events, { linkable: false }),
      provider: () => createMemoryProvider({ clock: createFakeClock() }),
    });
    return held.user("ann");
  }

  it.each([
    "https://open.service.example/track/abc",
    "play https://open.service.example/track/abc",
    "/play https://open.service.example/track/abc",
  ])("is named in answer to: %s", async (text) => {
    const ann = await talk();
    const reply = await ann.says(text);
    expect(reply).toMatchObject({ kind: "error" });
    expect(reply?.text).toMatch(/^That link leads to open\.service\.example, and I cannot play from there\./);
  });

  it("is named where it stands in an option, and in the message that was chosen", async () => {
    const ann = await talk();
    const link = "https://open.service.example/track/abc";
    for (const reply of [
      await ann.sends("playback.play", { track: link }),
      await ann.sends("search.query", { query: link }),
      await ann.sends("message.play", {}, { about: `hear this: ${link}` }),
    ])
      expect(reply?.text).toMatch(/^That link leads to open\.service\.example/);
  });
});
