import { describe, expect, it } from "vitest";
import type { AliasRow } from "../../src/contracts/people-store.ts";
import { DAY, grant, person, type Stores, unique } from "./store-rows.ts";

/** What a person's own words mean, and words that meant nothing. */
export function wordsSuite(stores: Stores): void {
  const alias = (personId: string, folded: string, change: Partial<AliasRow> = {}): AliasRow => ({
    personId,
    provider: "memory",
    folded,
    said: folded.toUpperCase(),
    uri: `memory:track:${folded}`,
    title: "Hello",
    createdAt: 1,
    ...change,
  });
  const meant = async (personId: string, provider?: string) =>
    (await stores.other.aliases.of(personId, provider)).map((row) => [row.folded, row.uri]);

  describe("aliases", () => {
    it("are kept per person and provider, newest first, and the same words anew", async () => {
      const [ada, ben] = [await person(stores), await person(stores)];
      const whole = alias(ada, "our song", { by: "Adele" });
      await stores.store.aliases.put(whole);
      await stores.store.aliases.put(alias(ada, "their song", { createdAt: 2 }));
      await stores.store.aliases.put(alias(ada, "our song", { provider: "other" }));
      await stores.store.aliases.put(alias(ben, "our song"));
      expect(await stores.other.aliases.of(ada, "memory")).toEqual([alias(ada, "their song", { createdAt: 2 }), whole]);
      expect(await stores.other.aliases.of(ada)).toHaveLength(3);
      await stores.other.aliases.put(alias(ada, "our song", { uri: "memory:track:new", createdAt: 3 }));
      expect(await meant(ada, "memory")).toEqual([
        ["our song", "memory:track:new"],
        ["their song", "memory:track:their song"],
      ]);
      expect(await stores.store.aliases.remove(ada, "memory", "our song")).toBe(true);
      expect(await stores.store.aliases.remove(ada, "memory", "our song")).toBe(false);
      expect(await meant(ada)).toHaveLength(2);
      expect(await meant(ben)).toHaveLength(1);
    });

    it("are two hundred at most: the oldest give way", async () => {
      const id = await person(stores);
      for (let at = 0; at < 203; at++) await stores.store.aliases.put(alias(id, `words ${at}`, { createdAt: at }));
      const rows = await stores.store.aliases.of(id);
      expect(rows).toHaveLength(200);
      expect(rows.at(-1)?.createdAt).toBe(3);
    });

    it("end with the account of their provider, and with nobody else's", async () => {
      const id = await person(stores);
      await stores.store.aliases.put(alias(id, "a"));
      await stores.store.aliases.put(alias(id, "b", { provider: "other" }));
      const { row } = await stores.store.accounts.putGrant(grant(id, unique("subject")), 5);
      expect(await stores.store.accounts.erase(row.id)).toMatchObject({ aliases: 1 });
      expect(await stores.store.aliases.of(id)).toMatchObject([{ folded: "b" }]);
    });

    it("are swept when there is no such person any more", async () => {
      const gone = unique("nobody");
      await stores.store.aliases.put(alias(gone, "a"));
      await stores.store.sweep(10);
      expect(await stores.store.aliases.of(gone)).toEqual([]);
    });
  });

  describe("misses", () => {
    it("are counted by text and language, the most frequent first", async () => {
      await stores.store.misses.clear();
      const add = (text: string, locale: string, at: number) => stores.store.misses.add({ text, locale, at });
      await add("blorp", "en", 5);
      await add("blorp", "de", 6);
      await stores.other.misses.add({ text: "blorp", locale: "en", at: 9 });
      await add("glurp", "en", 7);
      expect(await stores.other.misses.list(10)).toEqual([
        { text: "blorp", locale: "en", times: 2, firstAt: 5, lastAt: 9 },
        { text: "glurp", locale: "en", times: 1, firstAt: 7, lastAt: 7 },
        { text: "blorp", locale: "de", times: 1, firstAt: 6, lastAt: 6 },
      ]);
      expect(await stores.store.misses.list(1)).toHaveLength(1);
      expect(await stores.store.misses.clear()).toBe(3);
      expect(await stores.other.misses.list(10)).toEqual([]);
    });

    it("are five hundred at most, and go after ninety days", async () => {
      await stores.store.misses.clear();
      for (let at = 0; at < 502; at++) await stores.store.misses.add({ text: `words ${at}`, locale: "en", at });
      const rows = await stores.store.misses.list(1_000);
      expect(rows).toHaveLength(500);
      expect(rows.some(({ text }) => text === "words 1")).toBe(false);
      await stores.store.sweep(100 + 90 * DAY);
      expect(await stores.store.misses.list(1_000)).toHaveLength(401);
      await stores.store.misses.clear();
    });
  });
}
