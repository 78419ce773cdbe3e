import { describe, expect, it } from "vitest";
import type { Share, ShareSpot, ShareUse } from "../../src/contracts/sharing.ts";
import { person, type Stores, unique, user } from "./store-rows.ts";

/** What people let places see of what they hear. */
export function sharesSuite(stores: Stores): void {
  const spot = (tenant = unique("team"), id = "hall"): ShareSpot => ({ platform: "web", tenant, id });
  const share = (personId: string, place: ShareSpot, use: ShareUse = "compare", sinceAt = 1): Share => ({
    personId,
    use,
    place,
    sinceAt,
  });
  const put = async (...all: Share[]) => {
    for (const each of all) await stores.store.shares.put(each);
  };
  const of = (personId: string) => stores.other.shares.of(personId);

  describe("shares", () => {
    it("are of one person, use and place, and stay as they were first allowed", async () => {
      const [ada, hall] = [await person(stores), spot()];
      expect(await stores.store.shares.put(share(ada, hall))).toBe(true);
      expect(await stores.other.shares.put(share(ada, hall, "compare", 9))).toBe(false);
      expect(await of(ada)).toEqual([share(ada, hall)]);
    });

    it("are found by use and place, the earliest first", async () => {
      const [ada, ben, hall, yard] = [await person(stores), await person(stores), spot(), spot()];
      await put(share(ada, hall, "compare", 7), share(ben, hall, "compare", 3));
      await put(share(ada, hall, "digest"), share(ada, yard));
      expect(await stores.other.shares.inPlace("compare", hall)).toEqual([
        share(ben, hall, "compare", 3),
        share(ada, hall, "compare", 7),
      ]);
      expect(await stores.store.shares.inPlace("announce", hall)).toEqual([]);
      expect(await stores.store.shares.inPlace("compare", { ...hall, id: "garden" })).toEqual([]);
    });

    it("are removed by any of what is named, and told", async () => {
      const tenant = unique("team");
      const [ada, ben, hall, yard] = [
        await person(stores),
        await person(stores),
        spot(tenant, "hall"),
        spot(tenant, "yard"),
      ];
      await put(share(ada, hall), share(ada, hall, "digest"), share(ada, yard), share(ben, hall), share(ben, spot()));
      expect(await stores.store.shares.remove({ personId: ada, use: "digest", ground: hall })).toEqual([
        share(ada, hall, "digest"),
      ]);
      expect(await stores.store.shares.remove({ personId: ada, use: "digest" })).toEqual([]);
      expect(await stores.store.shares.remove({ ground: yard })).toEqual([share(ada, yard)]);
      expect(await stores.store.shares.remove({ ground: { platform: "web", tenant } })).toHaveLength(2);
      expect(await of(ada)).toEqual([]);
      expect(await of(ben)).toHaveLength(1);
      await expect(stores.store.shares.remove({ use: "compare" })).rejects.toThrow(RangeError);
    });

    it("go along when their place gets another id", async () => {
      const tenant = unique("team");
      const [ada, before, after] = [await person(stores), spot(tenant, "before"), spot(tenant, "after")];
      await put(share(ada, before, "compare", 1), share(ada, before, "digest", 2), share(ada, after, "digest", 5));
      expect(await stores.store.shares.move(before, after)).toHaveLength(2);
      expect(await of(ada)).toEqual([share(ada, after, "compare", 1), share(ada, after, "digest", 5)]);
    });

    it("are gone through by person and place, each once", async () => {
      const places = [spot(), spot(), spot()];
      const people = [await person(stores), await person(stores)];
      for (const id of people) for (const place of places) await put(share(id, place), share(id, place, "announce"));
      const seen: string[] = [];
      let after: { personId: string; place: ShareSpot } | undefined;
      for (;;) {
        const page = await stores.store.shares.pairs(after, 2);
        seen.push(...page.map(({ personId, place }) => `${personId} ${place.tenant}`));
        if (page.length < 2) break;
        after = page.at(-1);
      }
      expect(new Set(seen).size).toBe(seen.length);
      for (const id of people) for (const { tenant } of places) expect(seen).toContain(`${id} ${tenant}`);
    });

    it("go along when their person is joined, who is asked before, and end where an identity that leaves speaks", async () => {
      const [one, two] = [user(), { ...user(), platform: "terminal" }];
      const host = await stores.store.people.ensure(one, "Ada", 1);
      const guest = await stores.store.people.ensure(two, "Ada", 1);
      const [hall, yard] = [spot(), { ...spot(), platform: "terminal" }];
      await put(share(host.id, hall, "compare", 5), share(guest.id, hall, "compare", 3), share(guest.id, yard));
      const party = (personId: string, who: typeof one) => ({ personId, user: who, userName: "Ada", place: hall });
      const row = {
        id: unique("join"),
        codeHash: unique("code"),
        status: "code" as const,
        host: { ...party(host.id, one), direct: true, locale: "en" },
        createdAt: 10,
        expiresAt: 100,
      };
      await stores.store.joins.create(row);
      const asked = await stores.store.joins.redeem(
        row.codeHash,
        { ...party(guest.id, two), direct: true, locale: "en" },
        20,
        1_000,
      );
      expect(asked).toMatchObject({ row: { status: "guest_asked", plan: { settings: true } } });
      await stores.store.joins.move(row.id, ["guest_asked"], { status: "host_asked", owes: "host" }, 30);
      await stores.store.joins.settle(row.id, "receipt", 40);
      expect(await of(guest.id)).toEqual([]);
      expect(await of(host.id)).toEqual([share(host.id, yard), share(host.id, hall, "compare", 3)]);
      expect(await stores.store.people.leave(host.id, two, 50)).toEqual([share(host.id, yard)]);
      expect(await of(host.id)).toEqual([share(host.id, hall, "compare", 3)]);
    });

    it("are swept when there is no such person any more", async () => {
      const gone = unique("nobody");
      await put(share(gone, spot()));
      await stores.store.sweep(10);
      expect(await of(gone)).toEqual([]);
    });
  });
}
