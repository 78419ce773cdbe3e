import { describe, expect, it } from "vitest";
import { type SealedColumn, sealedColumns } from "../../src/contracts/sealed.ts";
import { grant, link as newLink, type Stores, unique } from "./store-rows.ts";

/** What is sealed is found wherever it is, and replaced only while it is still what was read. */
export function sealedSuite(stores: Stores): void {
  describe("sealed texts", () => {
    const sealedBy = (keyId: string) => `v1.${keyId}.${"A".repeat(40)}`;
    const columnOf = (name: string): SealedColumn => {
      const found = sealedColumns.find(({ table, column }) => `${table}.${column}` === name);
      if (!found) throw new Error(name);
      return found;
    };

    it("are counted, sampled and paged by key, in every column", async () => {
      const { store } = stores;
      const person = await store.people.ensure({ platform: "web", tenant: "", id: "sealed" }, "Ada", 1);
      const { row } = await store.accounts.putGrant(
        { ...grant(person.id, unique("sealed")), accessToken: sealedBy("k_1"), refreshToken: sealedBy("k-2") },
        1,
      );
      const link = newLink(person.id, { verifier: sealedBy("k_1"), pendingCode: sealedBy("k-2") });
      await store.links.create(link);
      const diary = await store.diaries.put(
        person.id,
        "sealed-diary",
        { userName: "ada", secret: sealedBy("k_1"), pending: sealedBy("k-2") },
        1,
      );

      const counts = (await stores.other.sealed.counts()).filter(({ keyId }) => ["k_1", "k-2"].includes(keyId));
      expect(counts.map(({ table, column, keyId, texts }) => [`${table}.${column}`, keyId, texts])).toEqual([
        ["accounts.access_token", "k_1", 1],
        ["accounts.refresh_token", "k-2", 1],
        ["links.verifier", "k_1", 1],
        ["links.pending_code", "k-2", 1],
        ["diaries.secret", "k_1", 1],
        ["diaries.pending", "k-2", 1],
      ]);
      const samples = await store.sealed.samples();
      for (const keyId of ["k_1", "k-2"])
        expect(samples.filter(({ text }) => text === sealedBy(keyId))).toHaveLength(3);

      const all = await Promise.all(sealedColumns.map((at) => store.sealed.page(at, "other", "", 1_000)));
      const mine = all.flat().filter(({ id }) => [row.id, link.id, diary.id].includes(id));
      expect(mine.map(({ purpose }) => purpose)).toEqual([
        ["accounts", "access_token", row.provider, row.subject],
        ["accounts", "refresh_token", row.provider, row.subject],
        ["links", "verifier", link.id],
        ["links", "pending_code", link.id],
        ["diaries", "secret", diary.id],
        ["diaries", "secret", diary.id],
      ]);
      const at = columnOf("diaries.secret");
      expect((await store.sealed.page(at, "k_1", "", 1_000)).some(({ id }) => id === diary.id)).toBe(false);
      expect((await store.sealed.page(at, "other", diary.id, 1_000)).some(({ id }) => id <= diary.id)).toBe(false);
    });

    it("are replaced where they are still what was read, and nowhere else", async () => {
      const { store, other } = stores;
      const person = await store.people.ensure({ platform: "web", tenant: "", id: "replaced" }, "Ada", 1);
      const old = { accessToken: sealedBy("old"), refreshToken: sealedBy("old") };
      const { row } = await store.accounts.putGrant({ ...grant(person.id, unique("sealed")), ...old }, 1);
      const found = [];
      for (const name of ["accounts.access_token", "accounts.refresh_token"])
        found.push(...(await store.sealed.page(columnOf(name), "new", "", 1_000)).filter(({ id }) => id === row.id));
      // A refresh comes first for one of the two.
      await other.accounts.putTokens(row.id, row.version, {
        accessToken: sealedBy("brought"),
        accessExpiresAt: 5,
        refreshToken: row.refreshToken,
        scopes: [],
      });
      const changes = found.map((before) => ({ before, text: sealedBy("new") }));
      expect(await store.sealed.replace(changes)).toBe(1);
      expect(await other.accounts.get(row.id)).toMatchObject({
        accessToken: sealedBy("brought"),
        refreshToken: sealedBy("new"),
        version: row.version + 1,
      });
    });

    it("of a lost key are given up, and with them nothing else", async () => {
      const { store } = stores;
      const person = await store.people.ensure({ platform: "web", tenant: "", id: "given-up" }, "Ada", 1);
      const lost = { accessToken: sealedBy("lost"), refreshToken: sealedBy("kept") };
      const { row } = await store.accounts.putGrant({ ...grant(person.id, unique("sealed")), ...lost }, 1);
      const { id } = await store.links
        .create(newLink(person.id, { verifier: sealedBy("lost") }))
        .then(async () => (await store.links.openOf(person.id))[0] ?? { id: "" });
      const change = { userName: "ada", forwards: "on", secret: sealedBy("lost") } as const;
      const on = await store.diaries.put(person.id, "given-up", change, 1);
      const off = await store.diaries.put(person.id, "given-up-too", { ...change, forwards: "off" }, 1);
      expect(await stores.other.sealed.giveUp("lost")).toEqual({ accounts: 1, links: 1, diaries: 2 });
      expect(await store.accounts.get(row.id)).toMatchObject({ status: "needs_relink", version: row.version + 1 });
      expect(await store.links.get(id)).toMatchObject({ status: "failed", failure: "expired" });
      expect(await store.diaries.get(on.id)).toMatchObject({ forwards: "invalid", owes: "invalid" });
      expect(await store.diaries.get(off.id)).toMatchObject({ forwards: "off" });
      expect(await store.diaries.get(off.id)).not.toHaveProperty("owes");
      expect((await store.sealed.counts()).filter(({ keyId }) => ["lost", ""].includes(keyId))).toEqual([]);
      expect(await stores.other.sealed.giveUp("lost")).toEqual({ accounts: 0, links: 0, diaries: 0 });
    });
  });
}
