import { describe, expect, it } from "vitest";
import type { Digest, DigestKind, DigestOrder, DigestOwner, DigestRecord } from "../../src/contracts/digests.ts";
import { listenerOf } from "../../src/contracts/listening.ts";
import { DAY, person, type Stores, unique, user } from "./store-rows.ts";

/** Which digests are wanted where, and those that were made. */
export function digestsSuite(stores: Stores): void {
  const spot = (tenant = unique("team"), id = "hall") => ({ platform: "web", tenant, id });
  const order = (owner: DigestOwner, kind: DigestKind = "week", change: Partial<DigestOrder> = {}): DigestOrder => ({
    owner,
    kind,
    hour: 9,
    at: "place" in owner ? { ...owner.place, thread: "t1" } : { platform: "web", tenant: "", id: "direct" },
    sinceAt: 1,
    doneUntilAt: 2,
    nextAt: Number.MAX_SAFE_INTEGER,
    ...change,
  });
  const content: Digest = {
    fromAt: 10,
    untilAt: 20,
    kind: "week",
    zone: "Europe/Berlin",
    listeners: 1,
    plays: 3,
    listenedMs: 9,
    charts: { tracks: [], artists: [], albums: [] },
    discoveries: { total: 0, names: [] },
    sessions: { total: 1, longestMs: 9 },
    hours: [],
    unknown: { ms: 0, days: [] },
  };
  const record = (owner: DigestOwner, people: readonly string[], change: Partial<DigestRecord> = {}): DigestRecord => ({
    key: unique("digest"),
    owner,
    kind: "week",
    fromAt: 10,
    untilAt: 20,
    zone: "Europe/Berlin",
    outcome: "owed",
    listeners: people.map(listenerOf.person).toSorted(),
    content,
    madeAt: stores.clock.now(),
    ...change,
  });

  describe("digests", () => {
    it("are wanted once of each kind, and changed by the next wish", async () => {
      const place = spot();
      const owner = { place };
      await stores.store.digests.putOrder(order(owner));
      await stores.store.digests.putOrder(order(owner, "month"));
      await stores.store.digests.putOrder(order(owner, "week", { hour: 18 }));
      const found = await stores.other.digests.orders(owner);
      expect(found.toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
        order(owner, "month"),
        order(owner, "week", { hour: 18 }),
      ]);
      expect(await stores.store.digests.removeOrder(owner, "week")).toBe(true);
      expect(await stores.other.digests.removeOrder(owner, "week")).toBe(false);
      expect(await stores.other.digests.orders({ place: { ...place, id: "yard" } })).toEqual([]);
    });

    it("are due by their time, the longest first, until it is put off", async () => {
      const [one, two] = [{ place: spot() }, { personId: await person(stores) }];
      await stores.store.digests.putOrder(order(one, "day", { nextAt: 2_000 }));
      await stores.store.digests.putOrder(order(two, "day", { nextAt: 1_000 }));
      expect(await stores.other.digests.nextDueAt()).toBe(1_000);
      expect((await stores.other.digests.due(2_000, 10)).map(({ owner }) => owner)).toEqual([two, one]);
      expect(await stores.other.digests.due(2_000, 1)).toHaveLength(1);
      expect(await stores.other.digests.due(999, 10)).toEqual([]);
      await stores.store.digests.setDue({ owner: two, kind: "day", doneUntilAt: 5, nextAt: 9_000 });
      expect((await stores.other.digests.due(2_000, 10)).map(({ owner }) => owner)).toEqual([one]);
      expect(await stores.other.digests.orders(two)).toEqual([order(two, "day", { doneUntilAt: 5, nextAt: 9_000 })]);
      // What nobody wants any more is not put off, but stays gone.
      await stores.store.digests.removeOrder(two, "day");
      await stores.store.digests.setDue({ owner: two, kind: "day", doneUntilAt: 6, nextAt: 9_001 });
      expect(await stores.other.digests.orders(two)).toEqual([]);
      await stores.store.digests.removeOrder(one, "day");
    });

    it("are kept as they were first made, and changed only on purpose", async () => {
      const [ada, ben] = [await person(stores), await person(stores)];
      const owner = { place: spot() };
      const made = record(owner, [ada, ben]);
      expect(await stores.store.digests.keep(made)).toBe(true);
      expect(await stores.other.digests.keep({ ...made, outcome: "nothing", listeners: [] })).toBe(false);
      expect(await stores.other.digests.get(made.key)).toEqual(made);
      const later = record(owner, [], { untilAt: 30, outcome: "missed" });
      const { content: _, ...missed } = later;
      await stores.store.digests.keep(missed);
      expect(await stores.other.digests.past(owner, 10)).toEqual([missed, made]);
      expect(await stores.other.digests.past(owner, 1)).toEqual([missed]);
      await stores.store.digests.setContent(made.key, { content: undefined, listeners: [listenerOf.person(ben)] });
      const { content: __, ...emptied } = made;
      expect(await stores.other.digests.get(made.key)).toEqual({ ...emptied, listeners: [listenerOf.person(ben)] });
      expect(await stores.other.digests.withListener(listenerOf.person(ada))).toEqual([]);
      expect(await stores.other.digests.withListener(listenerOf.person(ben))).toHaveLength(1);
    });

    it("go with their place, and only orders move with it", async () => {
      const tenant = unique("team");
      const [hall, yard, cellar] = [spot(tenant, "hall"), spot(tenant, "yard"), spot(tenant, "cellar")];
      await stores.store.digests.putOrder(order({ place: hall }));
      await stores.store.digests.putOrder(order({ place: hall }, "month"));
      await stores.store.digests.putOrder(order({ place: yard }, "month", { hour: 7 }));
      const made = record({ place: hall }, []);
      await stores.store.digests.keep(made);
      await stores.store.digests.move(hall, yard);
      expect(await stores.other.digests.orders({ place: hall })).toEqual([]);
      expect(await stores.other.digests.get(made.key)).toBeUndefined();
      const moved = await stores.other.digests.orders({ place: yard });
      expect(moved.map(({ kind, hour, at }) => [kind, hour, at.id]).toSorted()).toEqual([
        ["month", 7, "yard"],
        ["week", 9, "yard"],
      ]);
      await stores.store.digests.putOrder(order({ place: cellar }));
      expect(await stores.store.digests.removeIn({ platform: "web", tenant, id: "cellar" })).toBe(1);
      expect(await stores.store.digests.removeIn({ platform: "web", tenant })).toBe(2);
      expect(await stores.other.digests.orders({ place: yard })).toEqual([]);
    });

    it("tell of whom they must not, and what is to be made anew", async () => {
      const [ada, ben] = [await person(stores), await person(stores)];
      const place = spot();
      const made = record({ place }, [ada, ben]);
      const own = record({ personId: ada }, [ada]);
      for (const each of [made, own]) await stores.store.digests.keep(each);
      await stores.store.shares.put({ personId: ada, use: "digest", place, sinceAt: 1 });
      await stores.store.shares.put({ personId: ben, use: "compare", place, sinceAt: 1 });
      await stores.store.shares.put({ personId: ben, use: "digest", place: { ...place, id: "yard" }, sinceAt: 1 });
      const unshared = await stores.other.digests.unshared(1_000);
      expect(unshared.filter(({ key }) => key === made.key || key === own.key)).toEqual([
        { key: made.key, listener: listenerOf.person(ben) },
      ]);
      expect(await stores.other.digests.unmade(1_000)).not.toContain(made.key);
      await stores.store.digests.setContent(made.key, { content: undefined, listeners: made.listeners });
      expect(await stores.other.digests.unmade(1_000)).toContain(made.key);
    });

    it("become the other's when two people are joined, whose own wish stays", async () => {
      const party = async (name: string) => {
        const who = user();
        const { id } = await stores.store.people.ensure(who, name, 1);
        return {
          personId: id,
          user: who,
          userName: name,
          place: { platform: "web", tenant: "", id: who.id },
          direct: true,
          locale: "en",
        };
      };
      const [host, guest] = [await party("Ada"), await party("Ben")];
      const told = record({ place: spot() }, [guest.personId]);
      const own = record({ personId: guest.personId }, [guest.personId]);
      await stores.store.digests.keep(told);
      await stores.store.digests.keep(own);
      await stores.store.digests.putOrder(order({ personId: guest.personId }, "week", { hour: 7 }));
      await stores.store.digests.putOrder(order({ personId: guest.personId }, "day", { hour: 7 }));
      await stores.store.digests.putOrder(order({ personId: host.personId }, "week", { hour: 20 }));
      const row = {
        id: unique("join"),
        codeHash: unique("code"),
        status: "code" as const,
        host,
        createdAt: 10,
        expiresAt: 100,
      };
      await stores.store.joins.create(row);
      // A wish for digests is something of their own: both are asked.
      expect(await stores.store.joins.redeem(row.codeHash, guest, 20, 1_000)).toMatchObject({
        row: { status: "guest_asked", plan: { settings: true } },
      });
      await stores.store.joins.move(row.id, ["guest_asked"], { status: "host_asked", owes: "host" }, 30);
      expect(await stores.store.joins.settle(row.id, unique("receipt"), 40)).toMatchObject({ status: "done" });
      const wanted = await stores.other.digests.orders({ personId: host.personId });
      expect(wanted.map(({ kind, hour }) => [kind, hour]).toSorted()).toEqual([
        ["day", 7],
        ["week", 20],
      ]);
      expect(await stores.other.digests.get(own.key)).toBeUndefined();
      expect((await stores.other.digests.get(told.key))?.listeners).toEqual([listenerOf.person(host.personId)]);
      for (const { kind } of wanted) await stores.store.digests.removeOrder({ personId: host.personId }, kind);
    });

    it("are swept when they are old, or those are no more whom they are of", async () => {
      const ada = await person(stores);
      const owner = { place: spot() };
      const old = record(owner, [ada], { madeAt: stores.clock.now() - 101 * DAY });
      const fresh = record(owner, [ada, "nobody-any-more"]);
      await stores.store.digests.keep(old);
      await stores.store.digests.keep(fresh);
      await stores.store.digests.putOrder(order({ personId: "nobody-any-more" }));
      await stores.store.digests.putOrder(order(owner));
      await stores.store.sweep(stores.clock.now());
      expect(await stores.other.digests.get(old.key)).toBeUndefined();
      const left = await stores.other.digests.get(fresh.key);
      expect(left).toMatchObject({ key: fresh.key, listeners: [listenerOf.person(ada)] });
      expect(left?.content).toBeUndefined();
      expect(await stores.other.digests.orders({ personId: "nobody-any-more" })).toEqual([]);
      expect(await stores.other.digests.orders(owner)).toHaveLength(1);
    });
  });
}
