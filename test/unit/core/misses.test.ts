import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameless } from "../../../src/core/misses.ts";
import { startConversation } from "../../support/conversation.ts";

describe("words without names", () => {
  const names = ["Ada Lovelace", "ben_42", "Zoë"];
  it.each([
    ["Tell Ada the flarp is blorped", "tell <name> the flarp is blorped"],
    ["ask ZOË's sister, ben_42!", "ask <name> sister, <name>"],
    ["play Lovelaces mix, lovelace’s boss", "play <name> mix, <name> boss"],
    ["facebook.com/ada.lovelace 0171 123 4567 blorp", "<link> <number> blorp"],
    ["<@U12345|ada> hey <#C99|general> blorp", "<name> hey <name> blorp"],
    ["@somebody blorp at me@example.org", "<name> blorp at <address>"],
    [
      "blorp https://example.org/x?token=abc www.foo.bar spotify:track:4uLU6hMCjMI75M1A2tKUQC",
      "blorp <link> <link> <link>",
    ],
    ["call +49 170-1234567 in 1999", "call <number> in 1999"],
    [`blorp ${"x".repeat(60)}`, "blorp <word>"],
  ])("%s", (given, kept) => {
    expect(nameless(given, names)).toBe(kept);
  });

  it("hold no known name, whatever is around it, and end", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 300 }),
        fc.string({ unit: "binary", maxLength: 300 }),
        (before, after) => {
          const kept = nameless(`${before} Lovelace ${after}`, names);
          expect(kept.split(/[^\p{L}\p{N}]+/u)).not.toContain("lovelace");
          expect([...kept].length).toBeLessThanOrEqual(120);
        },
      ),
    );
  });
});

describe("what was not understood", () => {
  const asks = ["blorp the fizzwig quux", "Blorp  the fizzwig quux"];

  it("is shown to the operator alone, counted, and forgotten on their word", async () => {
    const held = await startConversation({ only: ["help", "misses"], bot: { misses: true } });
    const ann = held.user("ann");
    for (const text of asks) expect((await ann.says(text))?.kind).toBe("error");
    expect((await ann.sends("misses.show"))?.kind).toBe("error");
    const { id } = await held.store.people.ensure(held.asker("ann").user, "ann", held.clock.now());
    await held.store.people.setOperator(id);
    const shown = await ann.sends("misses.show");
    expect(shown?.text).toContain("blorp the fizzwig quux – 2 times · en");
    expect((await ann.presses("Forget all of it"))?.text).toBe("1 sentence forgotten.");
    expect((await ann.sends("misses.show"))?.text).toBe("There is nothing that I did not understand.");
  });

  it("is nothing that others say among themselves, or that a command says", async () => {
    const held = await startConversation({ only: ["help", "misses"], bot: { misses: true } });
    await held.user("ann").says("blorp the fizzwig quux", { place: "room", addressed: false });
    await held.user("ann").sends("nonsense.intent");
    await held.user("ann").says("help");
    expect(await held.store.misses.list(10)).toEqual([]);
  });

  it("is not kept where that is off", async () => {
    const held = await startConversation({ only: ["help", "misses"] });
    await held.user("ann").says("blorp the fizzwig quux");
    expect(await held.store.misses.list(10)).toEqual([]);
    const { id } = await held.store.people.ensure(held.asker("ann").user, "ann", held.clock.now());
    await held.store.people.setOperator(id);
    expect((await held.user("ann").sends("misses.show"))?.text).toMatch(/KEEP_MISSES is off/);
  });
});
