import { describe, expect, it } from "vitest";
import { listenerOf } from "../../src/contracts/listening.ts";
import { createHistory } from "../../src/listening/history.ts";
import { startConversation } from "../support/conversation.ts";

const hour = 60 * 60_000;

describe("what people read of their privacy", () => {
  it.each(["en", "de", "es", "fr"])("is said in %s, in words of that language alone", async (locale) => {
    const talk = await startConversation({
      // A conversation of minutes is told here in no time at all.
      bot: { allowance: { count: 1_000, windowMs: 10_000 } },
      only: ["account", "compare", "help", "history", "history-files", "place", "privacy", "recording"],
    });
    const history = createHistory({ store: talk.store, clock: talk.clock });
    const ada = talk.user("Ada", { place: "hall", locale });
    const ben = talk.user("Ben", { place: "hall", locale });
    for (const [user, count] of [
      [ada, 40],
      [ben, 35],
    ] as const) {
      await user.sends("privacy.show");
      const id = (await talk.store.people.find(user.ref))?.id ?? "";
      const source = { origin: "memory", way: "observed" } as const;
      const sightings = Array.from({ length: count }, (_, at) => {
        const startedAt = talk.clock.now() - (at + 2) * hour;
        const heard = {
          kind: "track" as const,
          title: `S${at}`,
          artists: [{ name: "Radiohead" }],
          durationMs: 200_000,
        };
        return { source, key: `${at}`, heard, startedAt, endedAt: startedAt + 200_000, exact: "both" as const };
      });
      await history.ledger.record(listenerOf.person(id), sightings);
    }
    const said: string[] = [];
    const hears = async (user: typeof ada, intent: string, slots = {}) => {
      const reply = await user.sends(intent, slots);
      said.push(JSON.stringify(reply?.blocks), reply?.text ?? "");
    };
    await hears(ada, "compare.knows", { query: "radiohead" });
    await hears(ada, "compare.share", { state: "on", sure: "yes" });
    await hears(ada, "compare.knows", { query: "radiohead" });
    await hears(ben, "compare.share", { state: "on", sure: "yes" });
    await hears(ada, "compare.share");
    await hears(ada, "compare.knows", { query: "radiohead" });
    await hears(ada, "compare.knows", { query: "zzz" });
    await hears(ada, "compare.taste", { who: "Zoe" });
    await hears(ada, "compare.taste");
    await hears(ada, "compare.streaks");
    await hears(ada, "privacy.set", { what: "private", state: "on" });
    await hears(ada, "compare.knows");
    for (const state of ["off", "on"]) await hears(ada, "privacy.set", { what: "milestones", state });
    await hears(ada, "privacy.set", { what: "recording", state: "on" });
    await hears(ada, "privacy.set", { what: "recording", state: "off" });
    await hears(ada, "privacy.show");
    await hears(ada, "privacy.delete");
    await hears(ada, "privacy.delete", { step: "sure" });
    await hears(ada, "privacy.revoke");
    const dying = hears(ada, "privacy.delete", { step: "yes" });
    await talk.clock.until(talk.clock.sleep(20_000), { withinMs: 60_000, realMs: 1 });
    await dying;
    expect(said.join("\n")).toMatch(/[A-Z2-9]{4}-[A-Z2-9]{4}/);
    // A key that has no words is shown as it is.
    for (const text of said) {
      expect(text).not.toBe("");
      expect(text).not.toMatch(/"(text|label|name|value|detail|title)":"[a-z_]+\.[a-z_.]+"/);
    }
    // What another language has is not what this one says.
    if (locale !== "en") expect(said.join("\n")).not.toMatch(/\b(the|you|nobody|everything)\b/i);
  });
});
