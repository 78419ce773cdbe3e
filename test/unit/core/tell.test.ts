import { describe, expect, it } from "vitest";
import type { Happening } from "../../../src/contracts/events.ts";
import { type Talk, talk } from "./support.ts";

async function withOperator(place?: string): Promise<{ held: Talk; personId: string }> {
  const held = await talk();
  await held.user("ann", place ? { place } : {}).sends("help");
  const personId = (await held.store.people.find(held.user("ann").ref))?.id ?? "";
  await held.store.people.setOperator(personId);
  return { held, personId };
}

const problem = (name: string, detail = {}): Happening => ({
  type: "operator.needed",
  problem: name,
  detail: { provider: "test", platform: "test", userName: "bob", ...detail },
});

describe("the operator", () => {
  it.each(["allowlist", "owner_not_premium", "wrong_client", "redirect_mismatch", "encryption_keys", "never_heard_of"])(
    "is told of %s where they last spoke to the bot alone",
    async (name) => {
      const { held } = await withOperator();
      await held.user("ann", { place: "hall" }).sends("help");
      held.events.emit(problem(name));
      await held.clock.advance(1);
      expect(held.last()).toMatchObject({ place: { id: "direct-ann" }, to: { id: "ann" } });
      expect(held.last()?.reply.text).toMatch(name === "never_heard_of" ? /never_heard_of/ : /Testify/);
    },
  );

  it("hears the same once a day, and different things each", async () => {
    const { held } = await withOperator();
    const count = () => held.adapter.shown.length;
    held.events.emit(problem("wrong_client"));
    held.events.emit(problem("wrong_client"));
    await held.clock.advance(1);
    expect(count()).toBe(2);
    held.events.emit(problem("allowlist"));
    held.events.emit(problem("allowlist", { userName: "eve" }));
    await held.clock.advance(1);
    expect(count()).toBe(4);
    await held.clock.advance(25 * 60 * 60_000);
    held.events.emit(problem("wrong_client"));
    await held.clock.advance(1);
    expect(count()).toBe(5);
  });

  it("who never spoke to the bot alone is told nothing in public; the log has it", async () => {
    const { held } = await withOperator("hall");
    const before = held.adapter.shown.length;
    held.events.emit(problem("wrong_client"));
    await held.clock.advance(1);
    expect(held.adapter.shown).toHaveLength(before);
    expect(held.logLines.join("\n")).toContain("the operator is needed");
  });
});

describe("a person whose connection ended", () => {
  it("is told privately, after a restart too, and can connect again from there", async () => {
    const { held, personId } = await withOperator();
    await held.restart();
    held.events.emit({ type: "link.lost", personId, accountId: "a", provider: "test" });
    await held.clock.advance(1);
    expect(held.last()?.reply.text).toBe(
      "Your connection to Testify has ended. Connect again, and everything is as it was.",
    );
    expect((await held.user("ann").presses("Connect Testify again"))?.view?.kind).toBe("link");
  });
});
