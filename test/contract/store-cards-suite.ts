import { describe, expect, it } from "vitest";
import { listenerOf } from "../../src/contracts/listening.ts";
import type { CardRow } from "../../src/contracts/message-store.ts";
import { DAY, person, type Stores, unique } from "./store-rows.ts";

/** What is owed to places, and what they were shown of people. */
export function cardsSuite(stores: Stores): void {
  const place = () => ({ platform: "web", tenant: "t", id: unique("hall") });
  const session = {
    startedAt: 1,
    at: 2,
    playing: true,
    progressMs: 0,
    itemMs: 0,
    listenedMs: 5,
    songs: 1,
    artists: [{ name: "Ada", listenedMs: 5 }],
    origin: "memory",
  };
  const card = (change: Partial<CardRow> = {}): CardRow => ({
    id: unique("card"),
    listener: unique("person:someone"),
    place: place(),
    status: "live",
    session,
    createdAt: 10,
    changedAt: 10,
    ...change,
  });

  describe("what was given to a platform", () => {
    it("is known not to be known until it is settled, and when the next is due", async () => {
      const [platform, key] = [unique("platform"), unique("post")];
      const { outbox } = stores.store;
      expect(await outbox.nextDueAt(platform)).toBeUndefined();
      await outbox.put({ key, platform, body: 1, dueAt: 10 });
      expect(await stores.other.outbox.nextDueAt(platform)).toBe(10);
      await outbox.take(platform, 10, { untilAt: 100, owner: "a" }, 5);
      expect(await outbox.nextDueAt(platform)).toBe(100);
      await outbox.begin(key, 20);
      expect(await stores.other.outbox.take(platform, 100, { untilAt: 200, owner: "b" }, 5)).toMatchObject([
        { key, begunAt: 20, attempts: 2 },
      ]);
      await outbox.settle(key, { retryAt: 300, error: "late", unseen: true });
      expect(await outbox.get(key)).toMatchObject({ begunAt: 20, status: "waiting" });
      await outbox.settle(key, { retryAt: 400, error: "no" });
      expect(await outbox.get(key)).not.toHaveProperty("begunAt");
      expect(await outbox.nextDueAt(platform)).toBe(400);
      await outbox.settle(key, { status: "unconfirmed" });
      expect(await outbox.nextDueAt(platform)).toBeUndefined();
    });

    it("is owed for a month to a platform that nobody starts, and not for ever", async () => {
      const [platform, key] = [unique("platform"), unique("post")];
      const { outbox } = stores.store;
      await outbox.put({ key, platform, body: 1, dueAt: 31 * DAY });
      await stores.store.sweep(60 * DAY);
      expect(await outbox.get(key)).toMatchObject({ status: "waiting" });
      await stores.store.sweep(61 * DAY);
      expect(await outbox.get(key)).toBeUndefined();
    });
  });

  describe("a place's own views", () => {
    it("are nobody's", async () => {
      const sent = { platform: "web", place: place(), id: "m1" };
      const row = {
        id: unique("view"),
        kind: "card",
        key: unique("key"),
        locale: "en",
        sent,
        createdAt: 1,
        expiresAt: 99,
      };
      await stores.store.views.put(row);
      expect(await stores.other.views.of("card", row.key, 5)).toEqual([row]);
    });
  });

  describe("cards", () => {
    it("are kept, changed together, and found by who, where and how they stand", async () => {
      const old = card();
      await stores.store.cards.put([old]);
      const { listener, place: where } = old;
      const fresh = card({ listener, place: where, createdAt: 20 });
      await stores.store.cards.put([fresh, { ...old, status: "moved", changedAt: 20 }]);
      expect(await stores.other.cards.get(old.id)).toEqual({ ...old, status: "moved", changedAt: 20 });
      expect(await stores.other.cards.last(listener, where)).toEqual(fresh);
      expect(await stores.other.cards.last(listener, place())).toBeUndefined();
      expect(await stores.other.cards.madeIn(where, 9, 5)).toEqual([10, 20]);
      expect(await stores.other.cards.madeIn(where, 10, 5)).toEqual([20]);
      expect(await stores.other.cards.madeIn(where, 0, 1)).toEqual([10]);
    });

    it("are listed in pages, each once", async () => {
      const rows = Array.from({ length: 7 }, () => card({ status: "over" }));
      await stores.store.cards.put(rows);
      const seen: string[] = [];
      for (let after: string | undefined; ; after = seen.at(-1)) {
        const page = await stores.other.cards.list("over", after, 3);
        seen.push(...page.map(({ id }) => id));
        if (page.length < 3) break;
      }
      expect(seen.filter((id) => rows.some((row) => row.id === id)).sort()).toEqual(rows.map(({ id }) => id).sort());
      expect(new Set(seen).size).toBe(seen.length);
    });

    it("say nothing any more once they were taken back, whoever writes them after that", async () => {
      const listener = unique("person:ada");
      const [here, there] = [card({ listener }), card({ listener })];
      const other = card();
      await stores.store.cards.put([here, there, other]);
      expect(await stores.store.cards.wipe({ listener, place: here.place }, 50)).toEqual([here.id]);
      expect(await stores.store.cards.wipe({ listener, place: here.place }, 50)).toEqual([]);
      expect(await stores.store.cards.wipe({ listener }, 50)).toEqual([there.id]);
      await stores.other.cards.put([{ ...here, changedAt: 60 }]);
      const { session: _gone, ...rest } = here;
      expect(await stores.other.cards.get(here.id)).toEqual({ ...rest, listener: "", status: "gone", changedAt: 50 });
      expect(await stores.store.cards.wipe({ ids: [] }, 50)).toEqual([]);
      expect(await stores.store.cards.wipe({ ids: [other.id, unique("none")] }, 50)).toEqual([other.id]);
    });

    it("are forgotten when nobody could take them back any more", async () => {
      const row = card({ createdAt: 0, changedAt: 31 * DAY });
      await stores.store.cards.put([row]);
      await stores.store.sweep(60 * DAY);
      expect(await stores.store.cards.get(row.id)).toBeDefined();
      await stores.store.sweep(61 * DAY);
      expect(await stores.store.cards.get(row.id)).toBeUndefined();
    });

    it("become those of whom their person is joined to, and follow nobody any more", async () => {
      const [from, to] = [await person(stores), await person(stores)];
      const row = card({ listener: listenerOf.person(from) });
      await stores.store.cards.put([row]);
      await join(stores, from, to);
      expect(await stores.store.cards.get(row.id)).toEqual({ ...row, listener: listenerOf.person(to), status: "over" });
    });

    it("go with their place, or with its tenant", async () => {
      const { cards } = stores.store;
      const tenant = unique("tenant");
      const at = (id: string, of = tenant) => card({ place: { platform: "web", tenant: of, id } });
      const rows = [at("hall"), at("yard"), at("hall", unique("tenant"))];
      await cards.put(rows);
      const left = async () =>
        (await Promise.all(rows.map(({ id }) => stores.other.cards.get(id)))).map((row) => row?.place.id);
      expect(await cards.removeIn({ platform: "web", tenant, id: "hall" })).toBe(1);
      expect(await left()).toEqual([undefined, "yard", "hall"]);
      expect(await cards.removeIn({ platform: "web", tenant })).toBe(1);
      expect(await left()).toEqual([undefined, undefined, "hall"]);
    });
  });
}

/** Makes the two one person, as both have agreed to. */
async function join({ store }: Stores, from: string, to: string): Promise<void> {
  const party = async (personId: string) => {
    const [identity] = await store.people.identities(personId);
    if (!identity) throw new Error("nobody");
    const { name, ...user } = identity;
    const place = { platform: "web", tenant: "", id: `direct-${personId}` };
    return { personId, user, userName: name, place, direct: true, locale: "en" };
  };
  const id = unique("join");
  const host = await party(to);
  const { personId: _theirs, ...guest } = await party(from);
  await store.joins.create({ id, codeHash: id, status: "code", host, createdAt: 1, expiresAt: 1_000 });
  const redeemed = await store.joins.redeem(id, guest, 2, 1_000);
  if ("refused" in redeemed) throw new Error(redeemed.refused);
  if (redeemed.row.status === "done") return;
  await store.joins.move(id, ["guest_asked"], { status: "host_asked" }, 3);
  await store.joins.settle(id, "receipt", 4);
}
