import { describe, expect, it } from "vitest";
import type { Happening, HappeningOf } from "../../../src/contracts/events.ts";
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

  it("hears of it later when they could not be told at once", async () => {
    const { held } = await withOperator();
    const heard = () => held.adapter.shown.filter(({ reply }) => /Testify/.test(reply.text));
    const fails = async () => {
      held.events.emit(problem("wrong_client"));
      await held.clock.advance(1);
    };
    held.adapter.onSend = (moment) => {
      if (moment === "before") throw new Error("down");
    };
    await fails();
    await fails();
    expect(heard()).toEqual([]);
    held.adapter.onSend = () => {};
    await held.clock.advance(60_000);
    await fails();
    await fails();
    expect(heard()).toHaveLength(1);
  });

  it("is sent it ever more rarely while it does not arrive", async () => {
    const { held } = await withOperator();
    let sends = 0;
    held.adapter.onSend = (moment) => {
      if (moment !== "before") return;
      sends++;
      throw new Error("blocked");
    };
    const over = async (minutes: number) => {
      for (let seconds = 0; seconds < minutes * 60; seconds += 30) {
        held.events.emit(problem("wrong_client"));
        await held.clock.advance(30_000);
      }
      return sends;
    };
    // Then after 1, 2, 4, 8 … minutes, and every hour in the end.
    expect(await over(1)).toBe(1);
    expect(await over(2)).toBe(2);
    expect(await over(4)).toBe(3);
    expect(await over(56)).toBe(6);
    const before = await over(120);
    expect((await over(300)) - before).toBe(5);
  });

  it("is told once by a platform that answers late, however often it fails meanwhile", async () => {
    const { held } = await withOperator();
    let sends = 0;
    held.adapter.onSend = (moment) => {
      if (moment === "before") sends++;
      return moment === "after" ? held.clock.sleep(5 * 60_000) : undefined;
    };
    for (let minute = 0; minute < 10; minute++) {
      held.events.emit(problem("wrong_client"));
      await held.clock.advance(60_000);
    }
    expect(sends).toBe(1);
  });

  it("hears of it again after a platform that never answered, and from one emission at a time", async () => {
    const { held } = await withOperator();
    let sends = 0;
    held.adapter.onSend = (moment) => {
      if (moment !== "before") return;
      sends++;
      return new Promise(() => {});
    };
    held.events.emit(problem("wrong_client"));
    held.events.emit(problem("wrong_client"));
    await held.clock.advance(60_000);
    expect(sends).toBe(1);
    held.adapter.onSend = () => {};
    await held.clock.advance(2 * 60 * 60_000);
    held.events.emit(problem("wrong_client"));
    await held.clock.advance(1);
    expect(held.last()?.reply.text).toMatch(/Testify/);
  });

  it("who never spoke to the bot alone is told nothing in public: in a chat that the platform opens", async () => {
    const { held } = await withOperator("hall");
    held.events.emit(problem("wrong_client"));
    await held.clock.advance(1);
    expect(held.last()).toMatchObject({ to: { id: "ann" }, place: { id: "ann" } });
    expect(held.last()?.reply.text).toMatch(/Testify/);
  });

  it("whom no platform can reach alone is told nothing in public; the log has it", async () => {
    const { held } = await withOperator("hall");
    const before = held.adapter.shown.length;
    delete held.adapter.sendPrivate;
    held.events.emit(problem("wrong_client"));
    await held.clock.advance(1);
    expect(held.adapter.shown).toHaveLength(before);
    expect(held.logLines.join("\n")).toContain("the operator is needed");
  });
});

describe("a person who has something to hear", () => {
  const needed = (personId: string, more: Partial<HappeningOf<"person.needed">> = {}): Happening => ({
    type: "person.needed",
    personId,
    key: "ended",
    words: { skill: "core", key: "error.NeedsRelink", values: { provider: "Testify" } },
    buttons: [{ label: "button.relink", intent: "account.link", slots: { provider: "test" } }],
    ...more,
  });

  it("hears it privately, after a restart too, and can go on from there", async () => {
    const { held, personId } = await withOperator();
    await held.restart();
    held.events.emit(needed(personId));
    await held.clock.advance(1);
    expect(held.last()?.reply.text).toBe(
      "Your connection to Testify has ended. Connect again, and everything is as it was.",
    );
    expect((await held.user("ann").presses("Connect Testify again"))?.view?.kind).toBe("link");
  });

  it("hears by day what has time until then, where they are", async () => {
    const { held, personId } = await withOperator();
    await held.store.people.setTimeZone(personId, "UTC");
    let told = 0;
    const at: number[] = [];
    for (let hour = 0; hour < 24; hour++) {
      const before = told;
      held.events.emit(needed(personId, { key: `at:${hour}`, byDay: true, told: async () => void told++ }));
      await held.clock.advance(1);
      if (told > before) at.push(new Date(held.clock.now()).getUTCHours());
      await held.clock.advance(3_600_000);
    }
    expect(at.sort((a, b) => a - b)).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  });
});
