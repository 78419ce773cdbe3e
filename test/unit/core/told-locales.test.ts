import { describe, expect, it } from "vitest";
import { personSettings } from "../../../src/contracts/people-store.ts";
import { createToldLocales } from "../../../src/core/asking.ts";
import { wishIntents } from "../../../src/core/wishes.ts";
import { startConversation } from "../../support/conversation.ts";

const german = /^(Gerade läuft nichts|Nichts|Es läuft)/;

describe("a language that a platform tells with some events alone", () => {
  it("is that of the others, too, also after a restart", async () => {
    const held = await startConversation();
    const hanna = held.user("hanna");
    expect((await hanna.says("what's playing"))?.text).toMatch(/^Nothing is playing/);
    expect((await hanna.sends("nowplaying.query", {}, { locale: "de-DE" }))?.text).toMatch(german);
    expect((await hanna.says("was läuft gerade"))?.text).toMatch(german);
    await held.restart();
    expect((await hanna.says("was läuft gerade"))?.text).toMatch(german);
    expect((await held.user("hanna", { place: "hall" }).says("was läuft gerade"))?.text).toMatch(german);
    expect((await hanna.sends("nowplaying.query", {}, { locale: "en-GB" }))?.text).toMatch(/^Nothing is playing/);
    expect((await hanna.says("what's playing"))?.text).toMatch(/^Nothing is playing/);
    expect((await held.user("mia").says("what's playing"))?.text).toMatch(/^Nothing is playing/);
  });

  it("gives way to the one that was chosen for the place", async () => {
    const held = await startConversation();
    const hanna = held.user("hanna", { place: "hall" });
    await held.store.settings.put("place:test::hall", "place.choices", { locale: "en" });
    await hanna.sends("nowplaying.query", {}, { locale: "de" });
    expect((await hanna.says("what's playing"))?.text).toMatch(/^Nothing is playing/);
  });

  it("is kept per platform, and neither where it is no language nor where a wish goes on", async () => {
    const held = await startConversation();
    const locales = createToldLocales(held.store.settings);
    const event = (locale: string, command = "help") => held.event("hanna", { intent: command, slots: {} }, { locale });
    expect(await locales.seen(event("de-DE"), "p")).toBe("de-DE");
    for (const wrong of ["", "../x", "d".repeat(40)]) expect(await locales.seen(event(wrong), "p")).toBe("de-DE");
    expect(await locales.seen(event("fr", wishIntents.continue), "p")).toBe("fr");
    const fresh = createToldLocales(held.store.settings);
    expect(await fresh.of("test", "p")).toBe("de-DE");
    expect(await fresh.of("other", "p")).toBeUndefined();
  });

  it("does not count as a setting that joining two people would give up", async () => {
    const held = await startConversation();
    await held.user("ann").says("help");
    await held.user("bob").sends("help", {}, { locale: "de" });
    const [ann, bob] = await Promise.all(["ann", "bob"].map((name) => held.store.people.find(held.user(name).ref)));
    expect(await held.store.settings.get(personSettings.owner(bob?.id ?? ""), personSettings.locale("test"))).toBe(
      "de",
    );
    const party = (name: string, personId: string) => ({
      personId,
      user: held.user(name).ref,
      userName: name,
      place: held.event(name, { text: "" }).place,
      direct: true,
      locale: "en",
    });
    const now = held.clock.now();
    await held.store.joins.create({
      id: "j",
      codeHash: "h",
      status: "code",
      host: party("ann", ann?.id ?? ""),
      createdAt: now,
      expiresAt: now + 60_000,
    });
    const { personId: _, ...guest } = party("bob", "");
    const joined = await held.store.joins.redeem("h", guest, now, now + 60_000);
    expect(joined).toMatchObject({ row: { status: "done" } });
  });
});
