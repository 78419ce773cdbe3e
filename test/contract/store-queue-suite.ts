import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { QueueRow } from "../../src/contracts/call-store.ts";
import { person, type Stores, song, unique, wish } from "./store-rows.ts";

/** What a person left with the bot. */
export function queueSuite(stores: Stores): void {
  describe("queue", () => {
    const titles = (rows: QueueRow[]) => rows.map((row) => row.title);

    it("puts next behind what was handed on, and last at the end", async () => {
      const key = unique("player");
      const [a] = await stores.store.queue.append(key, [song("a"), song("b")], "last");
      await stores.store.queue.markHanded(a?.id ?? "", 55);
      const added = await stores.store.queue.append(key, [song("c"), song("d")], "next");
      expect(titles(added)).toEqual(["c", "d"]);
      await stores.store.queue.append(key, [song("e")], "last");
      const rows = await stores.other.queue.list(key);
      expect(titles(rows)).toEqual(["a", "c", "d", "b", "e"]);
      expect(rows[0]?.handedAt).toBe(55);
      expect(rows.map((row) => row.position)).toEqual([0, 1, 2, 3, 4]);
      expect(await stores.store.queue.players()).toContain(key);
      expect(await stores.store.queue.clear(key)).toBe(5);
      expect(await stores.store.queue.players()).not.toContain(key);
    });

    it("keeps order and positions through any moves, removals and additions", async () => {
      const step = fc.oneof(
        fc.record({ act: fc.constant("move" as const), which: fc.nat(12), to: fc.integer({ min: -3, max: 15 }) }),
        fc.record({ act: fc.constant("remove" as const), which: fc.nat(12), to: fc.constant(0) }),
        fc.record({ act: fc.constantFrom("next" as const, "last" as const), which: fc.nat(2), to: fc.constant(0) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
          const key = unique("player");
          let naive = titles(await stores.store.queue.append(key, ["0", "1", "2", "3", "4"].map(song), "last"));
          let made = 5;
          for (const { act, which, to } of steps) {
            if (act === "next" || act === "last") {
              const fresh = Array.from({ length: which + 1 }, () => String(made++));
              await stores.store.queue.append(key, fresh.map(song), act);
              naive = act === "next" ? [...fresh, ...naive] : [...naive, ...fresh];
              continue;
            }
            const row = (await stores.store.queue.list(key))[which];
            if (!row) continue;
            naive = naive.filter((title) => title !== row.title);
            if (act === "remove") expect(await stores.store.queue.remove(key, row.id)).toBe(true);
            else {
              expect(await stores.store.queue.move(key, row.id, to)).toBe(true);
              naive.splice(Math.min(Math.max(0, to), naive.length), 0, row.title);
            }
          }
          const rows = await stores.store.queue.list(key);
          expect(titles(rows)).toEqual(naive);
          expect(rows.map((row) => row.position)).toEqual(naive.map((_, index) => index));
        }),
        { numRuns: 25 },
      );
    });

    it("loses nothing when two hands change it at once", async () => {
      const key = unique("player");
      const base = await stores.store.queue.append(
        key,
        Array.from({ length: 10 }, (_, index) => song(`s${index}`)),
        "last",
      );
      await Promise.all([
        ...base.slice(0, 3).map((row) => stores.other.queue.remove(key, row.id)),
        ...base.slice(3, 6).map((row, index) => stores.store.queue.move(key, row.id, index * 2)),
        ...["x", "y", "z"].map((title, index) =>
          (index % 2 ? stores.store : stores.other).queue.append(key, [song(title)], "next"),
        ),
      ]);
      const rows = await stores.store.queue.list(key);
      expect(rows.map((row) => row.position)).toEqual(rows.map((_, index) => index));
      expect(titles(rows).sort()).toEqual(["s3", "s4", "s5", "s6", "s7", "s8", "s9", "x", "y", "z"]);
    });

    it("does not touch another player's rows, and says when it is full", async () => {
      const [key, neighbour] = [unique("player"), unique("player")];
      const [row] = await stores.store.queue.append(key, [song("a")], "last");
      await stores.store.queue.append(neighbour, [song("b")], "last");
      expect(await stores.store.queue.remove(neighbour, row?.id ?? "")).toBe(false);
      expect(await stores.store.queue.move(neighbour, row?.id ?? "", 0)).toBe(false);
      const many = Array.from({ length: 999 }, (_, index) => song(`m${index}`));
      await stores.store.queue.append(key, many, "last");
      await expect(stores.store.queue.append(key, [song("over")], "next")).rejects.toMatchObject({
        code: "InvalidInput",
        details: { why: "full", max: 1000 },
      });
      expect(await stores.store.queue.list(key)).toHaveLength(1000);
      expect(await stores.store.queue.list(neighbour)).toHaveLength(1);
      await stores.store.queue.clear(key);
      await stores.store.queue.clear(neighbour);
    });
  });

  describe("wishes, views, buttons", () => {
    it("gives a wish to one taker only", async () => {
      const row = wish(await person(stores));
      await stores.store.wishes.put(row);
      expect(await stores.other.wishes.get(row.id)).toEqual(row);
      const taken = await Promise.all(
        Array.from({ length: 8 }, (_, index) => (index % 2 ? stores.store : stores.other).wishes.take(row.id)),
      );
      expect(taken.filter((each) => each !== undefined)).toEqual([row]);
      expect(await stores.store.wishes.get(row.id)).toBeUndefined();
    });

    it("lists what still waits for one thing, oldest first", async () => {
      const id = await person(stores);
      const rows = [
        wish(id, { createdAt: 2 }),
        wish(id, { createdAt: 1 }),
        wish(id, { waitsFor: "link" }),
        wish(id, { expiresAt: 10 }),
        wish(await person(stores)),
      ];
      for (const row of rows) await stores.store.wishes.put(row);
      expect(await stores.store.wishes.waiting(id, "device", 10)).toEqual([rows[1], rows[0]]);
      const everybody = await stores.store.wishes.waiting(undefined, "device", 10);
      expect(everybody.map((row) => row.id)).toEqual(expect.arrayContaining([rows[0]?.id, rows[1]?.id, rows[4]?.id]));
      expect(everybody.map((row) => row.id)).not.toContain(rows[3]?.id);
      await stores.store.wishes.put({ ...wish(id), id: rows[0]?.id ?? "", waitsFor: "scope" });
      expect(await stores.store.wishes.waiting(id, "device", 10)).toEqual([rows[1]]);
    });

    it("keeps a view until it is over, and rewrites it in place", async () => {
      const key = unique("player");
      const sent = { platform: "web", place: { platform: "web", tenant: "", id: "room" }, id: "m1" };
      const row = {
        id: unique("view"),
        kind: "card",
        key,
        personId: "p",
        locale: "en",
        sent,
        createdAt: 1,
        expiresAt: 10,
      };
      await stores.store.views.put(row);
      await stores.store.views.put({ ...row, sent: { ...sent, id: "m2" } });
      expect(await stores.other.views.of("card", key, 9)).toEqual([{ ...row, sent: { ...sent, id: "m2" } }]);
      expect(await stores.store.views.of("card", key, 10)).toEqual([]);
      const lead = { text: "Playing Hello.", blocks: [{ type: "text" as const, text: "Playing Hello." }] };
      const shown = { ...row, lead, timeZone: "Asia/Tokyo" };
      await stores.store.views.put(shown);
      expect(await stores.other.views.of("card", key, 9)).toEqual([shown]);
      await stores.store.views.remove(row.id);
      expect(await stores.store.views.of("card", key, 9)).toEqual([]);
    });

    it("removes the views of one place with its threads, or of a whole tenant, and no other's", async () => {
      const key = unique("player");
      const platform = unique("platform");
      const put = (id: string, place: { tenant: string; id: string; thread?: string }) =>
        stores.store.views.put({
          id: unique(id),
          kind: "card",
          key,
          personId: "p",
          locale: "en",
          sent: { platform, place: { platform, ...place }, id },
          createdAt: 1,
          expiresAt: 10,
        });
      await put("1", { tenant: "t", id: "room" });
      await put("2", { tenant: "t", id: "room", thread: "x" });
      await put("3", { tenant: "t", id: "other" });
      await put("4", { tenant: "u", id: "room" });
      const left = async () => (await stores.other.views.of("card", key, 9)).map(({ sent }) => sent.id).toSorted();
      expect(await stores.store.views.removeIn({ platform, tenant: "t", id: "room" })).toBe(2);
      expect(await left()).toEqual(["3", "4"]);
      expect(await stores.store.views.removeIn({ platform, tenant: "t" })).toBe(1);
      expect(await left()).toEqual(["4"]);
      expect(await stores.store.views.removeIn({ platform: unique("nowhere"), tenant: "u" })).toBe(0);
    });

    it("removes the settings of every owner whose name begins so, taken literally", async () => {
      const { settings } = stores.store;
      const mark = unique("place_%");
      for (const owner of [`${mark}:a`, `${mark}:b`, `other:${mark}:a`, mark.replace("_", "x")])
        await settings.put(owner, "name", owner);
      expect(await settings.removeOwners(`${mark}:`)).toBe(2);
      expect(await settings.get(`${mark}:a`, "name")).toBeUndefined();
      for (const owner of [`other:${mark}:a`, mark.replace("_", "x")]) {
        expect(await settings.get(owner, "name")).toBe(owner);
        await settings.remove(owner, "name");
      }
    });

    it("tells everything of one owner", async () => {
      const { settings } = stores.store;
      const owner = unique("somebody");
      await settings.put(owner, "b", { at: 1 });
      await settings.put(owner, "a", "one");
      await settings.put(`${owner}x`, "c", 3);
      expect(await stores.other.settings.of(owner)).toEqual({ a: "one", b: { at: 1 } });
      expect(await settings.of(unique("nobody"))).toEqual({});
    });

    it("stores a button under a short id", async () => {
      const command = { intent: "queue.move", slots: { id: "x".repeat(200), to: 3 } };
      const id = await stores.store.buttons.put(command, 100);
      expect(id).toMatch(/^[\w-]{12}$/);
      expect(await stores.other.buttons.get(id, 99)).toEqual(command);
      expect(await stores.store.buttons.get(id, 100)).toBeUndefined();
      expect(await stores.store.buttons.get("unknown", 1)).toBeUndefined();
    });
  });

  describe("settings and audit", () => {
    it("keeps any JSON under owner and name", async () => {
      const owner = unique("owner");
      for (const value of [null, 0, "", false, { a: [1, { b: "ü" }] }]) {
        await stores.store.settings.put(owner, "x", value);
        expect(await stores.other.settings.get(owner, "x")).toEqual(value);
      }
      await stores.store.settings.remove(owner, "x");
      expect(await stores.store.settings.get(owner, "x")).toBeUndefined();
    });

    it("lists the latest acts first", async () => {
      const act = unique("act");
      for (const at of [1, 3, 2]) await stores.store.audit.add({ at: 8e15 + at, act, detail: { at }, personId: "p" });
      const rows = (await stores.other.audit.recent(3)).map((row) => row.at - 8e15);
      expect(rows).toEqual([3, 2, 1]);
    });

    it("lists the acts of one person, the earliest first", async () => {
      const personId = unique("person");
      for (const at of [5, 4]) await stores.store.audit.add({ at, act: "a", detail: { at }, personId });
      await stores.store.audit.add({ at: 5, act: "a", detail: {}, personId: unique("person") });
      expect(await stores.other.audit.ofPerson(personId)).toEqual([
        { at: 4, act: "a", detail: { at: 4 }, personId },
        { at: 5, act: "a", detail: { at: 5 }, personId },
      ]);
    });
  });
}
