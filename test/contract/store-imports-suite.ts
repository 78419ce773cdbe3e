import { describe, expect, it } from "vitest";
import { listenerOf } from "../../src/contracts/listening.ts";
import { DAY, person, type Stores, unique } from "./store-rows.ts";

/** Files of listening that people brought, and how far they were read. */
export function importsSuite(stores: Stores): void {
  const somebody = () => listenerOf.person(unique("listener"));
  const what = { hash: "0f".repeat(32), name: "my_data.zip" };

  describe("imports", () => {
    it("begin anew, and go on where they were stopped or cancelled", async () => {
      const listener = somebody();
      const begun = await stores.store.imports.begin(listener, what, 1);
      expect(begun).toMatchObject({ ...what, listener, status: "running", position: { file: 0, row: 0 }, files: [] });
      expect(begun.counts).toEqual({ read: 0, kept: 0, below: 0, duplicate: 0, failed: 0, skipped: {} });
      const further = {
        ...begun,
        position: { file: 2, row: 17 },
        counts: { ...begun.counts, read: 9, kept: 5, skipped: { private: 4 } },
        files: [{ name: "a.json", format: "own", rows: 3 }],
      };
      expect(await stores.store.imports.advance(further, 2)).toBe(true);
      expect(await stores.other.imports.begin(listener, what, 3)).toEqual({ ...further, updatedAt: 2 });
      expect(await stores.store.imports.advance({ ...further, status: "cancelled" }, 4)).toBe(true);
      expect(await stores.other.imports.begin(listener, what, 5)).toMatchObject({ id: begun.id, status: "running" });
    });

    it("begin anew when they were finished, and are apart by content and listener", async () => {
      const [ada, ben] = [somebody(), somebody()];
      const first = await stores.store.imports.begin(ada, what, 1);
      await stores.store.imports.advance({ ...first, status: "done", position: { file: 1, row: 0 } }, 2);
      const again = await stores.store.imports.begin(ada, what, 3);
      expect(again).toMatchObject({ position: { file: 0, row: 0 }, startedAt: 3 });
      expect(again.id).not.toBe(first.id);
      const other = await stores.store.imports.begin(ada, { ...what, hash: "1" }, 4);
      const bens = await stores.store.imports.begin(ben, what, 5);
      expect((await stores.other.imports.of(ada)).map(({ id }) => id)).toEqual([other.id, again.id]);
      expect((await stores.other.imports.of(ben)).map(({ id }) => id)).toEqual([bens.id]);
      expect(await stores.other.imports.of(somebody())).toEqual([]);
    });

    it("end with the listener's history", async () => {
      const listener = somebody();
      const row = await stores.store.imports.begin(listener, what, 1);
      await stores.store.plays.erase(listener);
      expect(await stores.other.imports.advance(row, 2)).toBe(false);
      expect(await stores.other.imports.of(listener)).toEqual([]);
    });
  });

  describe("people by what they are called", () => {
    it("are found in whatever case, or by id, and all of them", async () => {
      const id = await person(stores);
      const name = unique("Zoe");
      const user = { platform: "web", tenant: "", id: unique("user") };
      const { id: zoe } = await stores.store.people.ensure(user, name, DAY);
      const { id: other } = await stores.store.people.ensure({ ...user, id: unique("user") }, name, DAY + 1);
      expect((await stores.other.people.called(name.toUpperCase())).map((row) => row.id)).toEqual([zoe, other]);
      expect((await stores.other.people.called(id)).map((row) => row.id)).toEqual([id]);
      expect(await stores.other.people.called(unique("nobody"))).toEqual([]);
      expect(await stores.other.people.called("%")).toEqual([]);
    });
  });
}
