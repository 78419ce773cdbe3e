import { describe, expect, it } from "vitest";
import type { DiaryEntry } from "../../src/contracts/diaries.ts";
import { person, type Stores, unique, user } from "./store-rows.ts";

/** What people agreed to with diaries, the plays on their way there, and who waits for a place. */
export function diariesSuite(stores: Stores): void {
  const entry = (at: number, title = "One"): DiaryEntry => ({ at, title, artists: ["Somebody"], durationMs: 200_000 });
  const row = (playId: number, at = playId * 1_000, dueAt = 0) => ({ playId, entry: entry(at), dueAt });
  async function connect(diary = unique("diary")) {
    const personId = await person(stores);
    return stores.store.diaries.put(personId, diary, { userName: "ada" }, 5);
  }

  describe("diaries", () => {
    it("are one of each person, and keep what is not named", async () => {
      const made = await connect();
      expect(made).toEqual({
        id: made.id,
        personId: made.personId,
        diary: made.diary,
        userName: "ada",
        reads: false,
        forwards: "off",
        playingNow: false,
        doublesAgreed: false,
        fromAt: 5,
        failures: 0,
        createdAt: 5,
      });
      const again = await stores.other.diaries.put(made.personId, made.diary, { userName: "Ada", reads: true }, 9);
      expect(again).toEqual({ ...made, userName: "Ada", reads: true });
      expect(await stores.store.diaries.change(made.id, { secret: "sealed", owes: "invalid", scanAt: 3 })).toBe(true);
      expect(await stores.other.diaries.get(made.id)).toMatchObject({ secret: "sealed", owes: "invalid", scanAt: 3 });
      expect(await stores.store.diaries.change(made.id, { secret: undefined, forwards: "on" })).toBe(true);
      expect(await stores.other.diaries.ofPerson(made.personId)).toEqual([
        { ...again, forwards: "on", owes: "invalid", scanAt: 3 },
      ]);
      expect((await stores.store.diaries.all()).filter(({ id }) => id === made.id)).toHaveLength(1);
    });

    it("take each play once, and give those that are due in the order of their start", async () => {
      const { id } = await connect();
      expect(await stores.store.diaries.addForwards(id, [row(2), row(1), row(3, 3_000, 50)])).toBe(3);
      expect(await stores.other.diaries.addForwards(id, [row(1, 9_000), row(4)])).toBe(1);
      const due = await stores.other.diaries.dueForwards(id, 10, 10);
      expect(due.map(({ playId }) => playId)).toEqual([1, 2, 4]);
      expect(due[0]).toMatchObject({ status: "waiting", entry: entry(1_000) });
      expect(await stores.store.diaries.nextForwardAt(id)).toBe(0);
      expect((await stores.store.diaries.forwardsBetween(id, 2_000, 4_000)).map(({ playId }) => playId)).toEqual([
        2, 3,
      ]);
    });

    it("know what became of each play", async () => {
      const { id } = await connect();
      await stores.store.diaries.addForwards(id, [row(1), row(2), row(3), row(4)]);
      await stores.store.diaries.settleForwards(
        id,
        [
          { playId: 1, status: "sent" },
          { playId: 2, status: "dead", why: "refused" },
          { playId: 3, status: "dead", why: "too_old" },
          { playId: 4, status: "sending", dueAt: 70 },
        ],
        20,
      );
      expect(await stores.other.diaries.countForwards(id)).toEqual({
        waiting: 0,
        sending: 1,
        sent: 1,
        there: 0,
        dead: 2,
      });
      expect(await stores.other.diaries.dueForwards(id, 69, 10)).toEqual([]);
      expect(await stores.other.diaries.nextForwardAt(id)).toBe(70);
      expect((await stores.other.diaries.deadForwards(id, 10)).map(({ playId, why }) => [playId, why])).toEqual([
        [3, "too_old"],
        [2, "refused"],
      ]);
      expect(await stores.store.diaries.retryForwards(id, 80)).toBe(1);
      expect((await stores.other.diaries.dueForwards(id, 80, 10)).map(({ playId }) => playId)).toEqual([2, 4]);
      await stores.store.diaries.dropForwards(id, [4]);
      expect(await stores.store.diaries.purgeForwards(id, 1_001)).toBe(1);
      expect(await stores.other.diaries.countForwards(id)).toEqual({
        waiting: 0,
        sending: 1,
        sent: 0,
        there: 0,
        dead: 1,
      });
    });

    it("end with all that is on its way, and nothing comes after", async () => {
      const { id, personId } = await connect();
      await stores.store.diaries.addForwards(id, [row(1), row(2)]);
      expect(await stores.other.diaries.remove(id)).toEqual({ diaries: 1, forwards: 2 });
      expect(await stores.store.diaries.addForwards(id, [row(3)])).toBe(0);
      expect(await stores.store.diaries.change(id, { reads: true })).toBe(false);
      expect(await stores.store.diaries.ofPerson(personId)).toEqual([]);
      expect(await stores.store.diaries.nextForwardAt(id)).toBeUndefined();
    });

    it("go along with their person, but for a diary that both have", async () => {
      const party = async () => {
        const who = user();
        const row = await stores.store.people.ensure(who, "Ada", 1);
        const place = { platform: who.platform, tenant: who.tenant, id: who.id };
        return { personId: row.id, user: who, userName: "Ada", place, direct: true, locale: "en" };
      };
      const [host, guest] = [await party(), await party()];
      const [shared, own] = [unique("diary"), unique("diary")];
      const kept = await stores.store.diaries.put(host.personId, shared, { userName: "host" }, 1);
      const dropped = await stores.store.diaries.put(guest.personId, shared, { userName: "guest" }, 1);
      const moved = await stores.store.diaries.put(guest.personId, own, { userName: "guest" }, 1);
      for (const { id } of [kept, dropped, moved]) await stores.store.diaries.addForwards(id, [row(1)]);
      const provider = unique("provider");
      await stores.store.slots.put({ personId: guest.personId, provider, askedAt: 1 });
      const id = unique("join");
      const codeHash = unique("hash");
      await stores.store.joins.create({ id, codeHash, status: "code", host, createdAt: 1, expiresAt: 9_000 });
      const redeemed = await stores.store.joins.redeem(codeHash, guest, 2, 9_000);
      expect(redeemed).toMatchObject({ row: { status: "guest_asked", plan: { settings: true } } });
      await stores.store.joins.move(id, ["guest_asked"], { status: "host_asked" }, 3);
      expect(await stores.store.joins.settle(id, "R", 4)).toMatchObject({ status: "done" });
      const after = await stores.other.diaries.ofPerson(host.personId);
      expect(after.map((each) => each.id).sort()).toEqual([kept.id, moved.id].sort());
      expect(await stores.other.diaries.countForwards(moved.id)).toMatchObject({ waiting: 1 });
      expect(await stores.other.diaries.countForwards(dropped.id)).toMatchObject({ waiting: 0 });
      expect(await stores.other.slots.of(provider)).toMatchObject([{ personId: host.personId }]);
    });

    it("of nobody are swept away", async () => {
      const { id } = await stores.store.diaries.put(unique("nobody"), "diary", { userName: "x" }, 1);
      await stores.store.diaries.addForwards(id, [row(1)]);
      await stores.store.sweep(stores.clock.now());
      expect(await stores.other.diaries.get(id)).toBeUndefined();
      expect(await stores.other.diaries.forwardsBetween(id, 0, 9_000)).toEqual([]);
    });
  });

  describe("places with a provider", () => {
    it("are waited for in order, once by each", async () => {
      const provider = unique("provider");
      const [ada, ben] = [await person(stores), await person(stores)];
      const first = await stores.store.slots.put({ personId: ada, provider, askedAt: 1 });
      const second = await stores.other.slots.put({ personId: ben, provider, askedAt: 2 });
      expect(await stores.store.slots.put({ personId: ada, provider, askedAt: 3 })).toEqual(first);
      expect(await stores.other.slots.of(provider)).toEqual([first, second]);
      expect(await stores.store.slots.setState(first.id, "ready")).toBe(true);
      expect(await stores.other.slots.setState(first.id, "ready")).toBe(false);
      expect(await stores.other.slots.get(first.id)).toEqual({ ...first, state: "ready" });
      await stores.store.slots.setTold(first.id, 7);
      expect(await stores.other.slots.get(first.id)).toMatchObject({ toldAt: 7 });
      await stores.store.slots.setTold(first.id, undefined);
      expect((await stores.other.slots.get(first.id))?.toldAt).toBeUndefined();
      expect(await stores.store.slots.remove(second.id)).toBe(true);
      expect(await stores.store.slots.remove(second.id)).toBe(false);
    });
  });
}
