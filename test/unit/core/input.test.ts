import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { echo, oneLine } from "../../../src/core/clean-text.ts";
import { talk } from "./support.ts";

describe("bad input in words", () => {
  it.each([
    "",
    "   ",
    "\u0000\u0007\u001b[31m",
    "\u200B\u202E\u2066",
    "🎉🎉🎉",
    "@everyone",
    "<b>&amp;</b>",
    "{time, select, other {}}",
  ])("%j gets a plain answer and changes nothing", async (text) => {
    const { user, world } = await talk();
    expect((await user("ann").says(text))?.text).toMatch(/^I did not get that/);
    expect(world.acts).toEqual([]);
  });

  it("of 10,000 characters is not read and not kept", async () => {
    const { user, world, store } = await talk();
    const reply = await user("ann").says(`play ${"la ".repeat(4_000)}`);
    expect(reply?.text).toBe("That is more than I can read at once. Please keep it under 1,000 characters.");
    expect(world.acts).toEqual([]);
    expect(JSON.stringify(await store.events.find("test", "e1")).length).toBeLessThan(3_000);
  });

  it("loses what would turn it around before anybody reads it", async () => {
    const { user, world } = await talk();
    await user("ann").says("play\t\u202EHello\u202C\n World\u0000");
    expect(world.acts).toEqual(["play Hello World"]);
  });
});

describe("bad input as a command", () => {
  const cases: [string, Record<string, unknown>, RegExp][] = [
    ["playback.pause", { level: 900 }, /^The volume must be at most 100; you said 900\.$/],
    ["playback.pause", { level: "loud" }, /^“loud” does not fit as the volume\. Please try another value\.$/],
    ["playback.play", { track: { nested: true } }, /^That does not fit as the song\./],
    ["search.query", {}, /^I need a bit more for that\. Say it like this: “do search\.query”\.$/],
    [
      "help",
      { topic: "" },
      /^I need a bit more for that \(What you want to know more about\)\. Say it like this: “what can you do”\.$/,
    ],
    ["nobody.knows", {}, /^I do not know a command called “nobody.knows”\./],
    ["core.words", { key: "error.unknown", values: { number: "1" } }, /^I do not know a command called “core.words”\./],
    ["core.card", { uri: "x", type: "y", pasted: "z" }, /^I do not know a command called/],
    ["Not An Intent", {}, /^I could not read that command\./],
    ["playback.play", { track: "x".repeat(9_000) }, /^I could not read that command\./],
  ];
  it.each(cases)("%s %j", async (intent, slots, words) => {
    const { user, world } = await talk();
    const reply = await user("ann").sends(intent, slots);
    expect(reply?.text).toMatch(words);
    expect(world.acts).toEqual([]);
  });

  it("cannot reach the prototype of anything", async () => {
    const { user } = await talk();
    await user("ann").sends(
      "playback.play",
      JSON.parse('{"__proto__":{"track":"Evil"},"constructor":{"prototype":{}}}'),
    );
    expect(({} as { track?: string }).track).toBeUndefined();
  });
});

describe("a fault that nobody foresaw", () => {
  it("is logged under the number of its message, as all else about that, and only the number is said", async () => {
    const { user, world, logLines } = await talk();
    world.refusals.push({ error: new TypeError("secret table is missing at /srv/data") });
    const reply = await user("ann").says("play Hello");
    const number = /the number (\S+)\.$/.exec(reply?.text ?? "")?.[1] ?? "none";
    expect(reply?.text).not.toContain("secret");
    await user("bea").says("help");
    const about = logLines.filter((line) => JSON.parse(line).request === number);
    const all = about.map((line) => JSON.parse(line).msg);
    expect(all).toEqual(["an event is worked on", "a command failed", "command done", "answered"]);
    expect(about[1]).toContain("secret table is missing");
  });

  it("leaves nothing behind that would stop the next command", async () => {
    const { user, world } = await talk();
    world.refusals.push({ error: new Error("once") });
    await user("ann").says("play Hello");
    await user("ann").says("play Hello");
    expect(world.acts).toEqual(["play Hello"]);
  });
});

describe("a pasted address", () => {
  const address = "https://127.0.0.1:8765/callback?code=VERY-SECRET&state=link-1";

  it("finishes the link and is written down nowhere", async () => {
    const held = await talk({ linked: false });
    await held.user("ann").sends("account.link");
    const reply = await held.user("ann").says(address);
    expect(reply?.text).toMatch(/^Connected to Testify/);
    expect(held.scripted().pasted).toEqual([address]);
    const kept = JSON.stringify([await held.store.events.find("test", "e2"), await held.store.audit.recent(100)]);
    expect(kept).toContain("account.paste");
    expect(kept).not.toContain("VERY-SECRET");
    expect(held.logLines.join("\n")).not.toContain("VERY-SECRET");
  });

  it("stays unwritten when the service fails: the button to try again asks for it anew", async () => {
    const held = await talk({ linked: false });
    const failing = new SegueError("Unavailable", { service: "test", why: "timeout" });
    held.accounts().finishByPaste = () => Promise.reject(failing);
    await held.user("ann").says(address);
    expect(JSON.stringify(await held.store.events.find("test", "e1"))).not.toContain("VERY-SECRET");
    expect((await held.user("ann").presses("Try again"))?.text).toBe(
      "I was interrupted while connecting. Please paste the address once more.",
    );
  });

  it("is refused in a place that others read, even where the bot was not spoken to", async () => {
    const held = await talk({ linked: false });
    const reply = await held.user("ann", { place: "hall", addressed: false }).says(address);
    expect(reply).toMatchObject({
      visibility: "private",
      text: expect.stringMatching(/^Please never paste that address/),
    });
    expect(held.scripted().pasted).toEqual([]);
  });
});

describe("text that is shown again", () => {
  it("is one line without control characters, and bounded", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), fc.integer({ min: 5, max: 100 }), (text, max) => {
        const shown = echo(text, max);
        expect([...shown].length).toBeLessThanOrEqual(max);
        expect(shown).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069\u200B\uFEFF]/u);
        expect(oneLine(shown)).toBe(shown);
        expect(shown.isWellFormed()).toBe(true);
      }),
    );
  });

  it("keeps what emoji and scripts are made of", () => {
    expect(oneLine("  👩‍👩‍👧 Beyoncé  —  می‌خواهم ")).toBe("👩‍👩‍👧 Beyoncé — می‌خواهم");
  });
});
