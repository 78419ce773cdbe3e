import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY, HOUR, incoming, link, person, reply, type Stores, unique, wish } from "./store-rows.ts";

/** The ledger of calls, the gates, and the sweep over everything. */
export function callSuite(stores: Stores): void {
  describe("calls and gates", () => {
    it("counts as a naive ledger does, whoever counts", async () => {
      const call = fc.record({
        group: fc.constantFrom("player", "search"),
        lane: fc.constantFrom("controls", "metadata"),
        at: fc.integer({ min: 0, max: 60 * HOUR }),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(call, { maxLength: 25 }),
          fc.integer({ min: 0, max: 60 * HOUR }),
          async (calls, since) => {
            const budget = unique("budget");
            await Promise.all(
              calls.map((each, index) =>
                (index % 2 ? stores.store : stores.other).calls.count({ budget, ...each } as never),
              ),
            );
            const naive = new Map<string, number>();
            for (const { group, lane, at } of calls) {
              const hourAt = at - (at % HOUR);
              if (hourAt + HOUR <= since) continue;
              const key = `${group} ${lane} ${hourAt}`;
              naive.set(key, (naive.get(key) ?? 0) + 1);
            }
            const rows = await stores.store.calls.since(budget, since);
            expect(new Map(rows.map((row) => [`${row.group} ${row.lane} ${row.hourAt}`, row.calls]))).toEqual(naive);
            expect(rows.map((row) => row.hourAt)).toEqual(rows.map((row) => row.hourAt).sort((a, b) => a - b));
          },
        ),
        { numRuns: 20 },
      );
    });

    it("closes a gate for the longest time told, until it is opened", async () => {
      const budget = unique("budget");
      const row = { budget, group: "search", closedAt: 100, untilAt: 90_000_000, reason: "quota" };
      await stores.store.gates.close(row);
      await stores.other.gates.close({ ...row, closedAt: 200, untilAt: 5_000, reason: "rate" });
      await stores.store.gates.close({ budget, group: "player", closedAt: 100, untilAt: 300, reason: "rate" });
      expect(await stores.other.gates.closed(budget, 299)).toEqual([
        { budget, group: "player", closedAt: 100, untilAt: 300, reason: "rate" },
        row,
      ]);
      expect(await stores.store.gates.closed(budget, 300)).toEqual([row]);
      await stores.store.gates.open(budget, "search");
      expect(await stores.store.gates.closed(budget, 1)).toHaveLength(1);
    });

    it("lets a gate that was closed by a wrong clock be closed anew", async () => {
      const budget = unique("budget");
      await stores.store.gates.close({ budget, group: "*", closedAt: 5_000_000, untilAt: 9_000_000, reason: "quota" });
      const right = { budget, group: "*", closedAt: 100, untilAt: 200, reason: "rate" };
      await stores.store.gates.close(right);
      expect(await stores.store.gates.closed(budget, 150)).toEqual([right]);
    });
  });

  describe("sweep", () => {
    it("deletes what has had its time and nothing else", async () => {
      const now = stores.clock.now() + 1000 * DAY;
      await stores.store.sweep(now);
      const id = await person(stores);
      const event = incoming();
      const kept = incoming();
      for (const [each, at] of [[event, now - 2 * DAY] as const, [kept, now - DAY] as const]) {
        const row = await stores.store.events.accept(each, { untilAt: now, owner: "a" });
        await stores.store.events.begin(row?.id ?? "");
        await stores.store.events.note(row?.id ?? "", "k", 1);
        await stores.store.events.advance(row?.id ?? "", reply("x"));
        await stores.store.events.finish(row?.id ?? "", at);
      }
      const unfinished = incoming();
      await stores.store.events.accept(unfinished, { untilAt: 1, owner: "a" });
      const [oldWish, newWish] = [wish(id, { expiresAt: now }), wish(id, { expiresAt: now + 1 })];
      await stores.store.wishes.put(oldWish);
      await stores.store.wishes.put(newWish);
      const [oldLink, newLink] = [link(id, { expiresAt: now - DAY }), link(await person(stores), { expiresAt: now })];
      await stores.store.links.create(oldLink);
      await stores.store.links.create(newLink);
      const button = await stores.store.buttons.put({ intent: "help", slots: {} }, now);
      const budget = unique("budget");
      await stores.store.calls.count({ budget, group: "g", lane: "art", at: now - 9 * DAY });
      await stores.store.calls.count({ budget, group: "g", lane: "art", at: now - DAY });
      await stores.store.calls.count({ budget, group: "g", lane: "art", at: now + 400 * DAY });
      await stores.store.gates.close({ budget, group: "g", closedAt: 1, untilAt: now, reason: "rate" });
      await stores.store.audit.add({ at: now - 401 * DAY, act: "old", detail: {} });

      expect(await stores.store.sweep(now)).toBe(8);
      expect(await stores.store.events.find("web", event.key)).toBeUndefined();
      expect(await stores.store.events.find("web", kept.key)).toMatchObject({ replies: [reply("x")], notes: { k: 1 } });
      expect(await stores.store.events.find("web", unfinished.key)).toBeDefined();
      expect(await stores.store.wishes.get(oldWish.id)).toBeUndefined();
      expect(await stores.store.wishes.get(newWish.id)).toBeDefined();
      expect(await stores.store.links.get(oldLink.id)).toBeUndefined();
      expect(await stores.store.links.get(newLink.id)).toBeDefined();
      expect(await stores.store.buttons.get(button, 0)).toBeUndefined();
      expect(await stores.store.calls.since(budget, 0)).toMatchObject([{ calls: 1 }]);
      expect(await stores.store.sweep(now)).toBe(0);
    });
  });
}
