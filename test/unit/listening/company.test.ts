import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ChartRow, type ListenerKey, listenerOf } from "../../../src/contracts/listening.ts";
import type { ShareSpot } from "../../../src/contracts/sharing.ts";
import { createEvents } from "../../../src/core/events.ts";
import { createCompany, tasteOf } from "../../../src/listening/company.ts";
import { createPrivateTimes } from "../../../src/listening/ledger/private-times.ts";
import { createSharing } from "../../../src/listening/sharing.ts";
import { openLedger } from "../../support/ledger.ts";
import { silentLog as log } from "../../support/log.ts";

const hall: ShareSpot = { platform: "web", tenant: "", id: "hall" };
const yard: ShareSpot = { ...hall, id: "yard" };
const names = ["ada", "ben", "cleo"];
const period = { fromAt: 0, untilAt: 1 };
const row = (id: number, plays: number): ChartRow => ({
  id,
  name: `Artist ${id}`,
  plays,
  listenedMs: plays,
  listeners: 1,
});

async function stand({ statistics = true } = {}) {
  const { clock, store, close } = await openLedger();
  onTestFinished(close);
  const privateTimes = createPrivateTimes({ store, clock });
  const gone = new Set<string>();
  const hasLeft = async (personId: string, place: ShareSpot) => gone.has(`${personId} ${place.id}`);
  const sharing = createSharing({ store, privateTimes, hasLeft: async () => false, clock, log });
  const ids = new Map<string, string>();
  for (const name of names)
    ids.set(name, (await store.people.ensure({ platform: "web", tenant: "", id: name }, name, 1)).id);
  const idOf = (name: string) => ids.get(name) ?? "";
  const asked: ListenerKey[][] = [];
  const { open } = createCompany({
    // Everybody has heard everything: whoever is missing is missing for another reason.
    stats: {
      async top(listeners) {
        asked.push([...listeners]);
        return [row(1, 50)];
      },
      async find(listeners) {
        asked.push([...listeners]);
        return listeners.length === 0 ? [] : [row(1, 50)];
      },
      async heard(listeners) {
        asked.push([...listeners]);
        return listeners.map(() => ({ plays: 5, listenedMs: 5 }));
      },
      async streaks(listener) {
        asked.push([listener]);
        return { current: { fromAt: 0, untilAt: 1, days: 3 }, longest: { fromAt: 0, untilAt: 1, days: 4 } };
      },
    },
    sharing,
    people: store.people,
    views: store.views,
    events: createEvents(log),
    hasLeft,
    timeZone: "UTC",
    statistics,
    clock,
    log,
  });
  const at = (name: string, place: ShareSpot) => open({ personId: idOf(name), place, timeZone: undefined });
  return { clock, sharing, privateTimes, gone, idOf, asked, at };
}

describe("company", () => {
  it("never has anybody in any answer who did not agree, took it back, hides or left; nor anybody for whom it is so", async () => {
    const step = fc.record({
      act: fc.constantFrom("allow", "revoke", "hide", "show", "leave", "return"),
      name: fc.constantFrom(...names),
      place: fc.constantFrom(hall, yard),
    });
    const { clock, sharing, privateTimes, gone, idOf, asked, at } = await stand();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        gone.clear();
        const allowed = new Set<string>();
        const hidden = new Set<string>();
        await sharing.leave({ platform: "web", tenant: "" });
        for (const name of names) await privateTimes.end(listenerOf.person(idOf(name)), clock.now());
        for (const { act, name, place } of steps) {
          const personId = idOf(name);
          const key = `${name} ${place.id}`;
          const now = clock.now();
          if (act === "allow") await sharing.allow(personId, "compare", place);
          if (act === "allow") allowed.add(key);
          if (act === "revoke") await sharing.revoke({ personId, use: "compare", place });
          if (act === "revoke") allowed.delete(key);
          if (act === "hide")
            await privateTimes.add(listenerOf.person(personId), { fromAt: now, untilAt: now + 1_000 });
          if (act === "hide") hidden.add(name);
          if (act === "show") await privateTimes.end(listenerOf.person(personId), now);
          if (act === "show") hidden.delete(name);
          if (act === "leave") gone.add(`${personId} ${place.id}`);
          if (act === "return") gone.delete(`${personId} ${place.id}`);
        }
        for (const place of [hall, yard])
          for (const name of names) {
            const isIn = (each: string) => allowed.has(`${each} ${place.id}`) && !hidden.has(each);
            // Who asks is plainly there.
            const others = names.filter(
              (each) => isIn(each) && (each === name || !gone.has(`${idOf(each)} ${place.id}`)),
            );
            const expected = isIn(name) ? others.toSorted() : [];
            const company = at(name, place);
            asked.length = 0;
            expect((await company.fellows()).map((each) => each.name).toSorted()).toEqual(expected);
            const knowers = await company.whoKnows({ what: "artist", id: 1 });
            expect(knowers.map((each) => each.name).toSorted()).toEqual(expected);
            expect((await company.streaks()).map((each) => each.name).toSorted()).toEqual(expected);
            await company.find("artist", "x");
            for (const other of names) {
              const found = await company.taste(idOf(other), period);
              expect(found !== undefined).toBe(other !== name && expected.includes(other));
              const seen = await company.seen(idOf(other));
              expect(seen !== undefined).toBe(isIn(other) && !gone.has(`${idOf(other)} ${place.id}`));
            }
            // Nothing was even looked up of anybody else.
            const looked = new Set(asked.flat());
            expect([...looked].toSorted()).toEqual(expected.map((each) => listenerOf.person(idOf(each))).toSorted());
          }
      }),
      { numRuns: 25 },
    );
  });

  it("has nobody in any answer where terms bar sums, whoever agreed before", async () => {
    const { sharing, idOf, asked, at } = await stand({ statistics: false });
    for (const name of names) await sharing.allow(idOf(name), "compare", hall);
    const company = at("ada", hall);
    expect(await company.fellows()).toEqual([]);
    expect(await company.whoKnows({ what: "artist", id: 1 })).toEqual([]);
    expect(await company.taste(idOf("ben"), period)).toBeUndefined();
    expect(await company.streaks()).toEqual([]);
    expect(await company.seen(idOf("ben"))).toBeUndefined();
    expect(asked.flat()).toEqual([]);
  });
});

describe("how alike two are", () => {
  const chart = fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 100_000 })), {
      selector: ([id]) => id,
      maxLength: 30,
    })
    .map((rows) => rows.map(([id, plays]) => row(id, plays)));

  it("is the same from both sides, between nothing and all, and all with oneself", () => {
    fc.assert(
      fc.property(chart, chart, (mine, theirs) => {
        const { match } = tasteOf(mine, theirs, period);
        expect(match).toBeGreaterThanOrEqual(0);
        expect(match).toBeLessThanOrEqual(1);
        expect(tasteOf(theirs, mine, period).match).toBeCloseTo(match, 12);
        expect(tasteOf(mine, mine, period).match).toBeCloseTo(mine.length === 0 ? 0 : 1, 12);
        const common = mine.some(({ id }) => theirs.some((other) => other.id === id));
        expect(match > 0).toBe(common);
      }),
    );
  });

  it("weighs by the logarithm of the plays", () => {
    const e = Math.exp(1);
    // 1 + ln 1 = 1 and 1 + ln e = 2, so (1·2) / (√(1+4) · 2).
    const { match } = tasteOf([row(1, 1), row(2, e)], [row(1, e)], period);
    expect(match).toBeCloseTo(2 / (Math.sqrt(5) * 2), 12);
  });

  it("says what weighs most in it, and when there is too little to say", () => {
    const found = tasteOf([row(1, 2), row(2, 40)], [row(2, 30), row(1, 3)], period);
    expect(found.shared.map(({ name, mine, theirs }) => [name, mine, theirs])).toEqual([
      ["Artist 2", 40, 30],
      ["Artist 1", 2, 3],
    ]);
    expect(found.thin).toBe(false);
    expect(tasteOf([row(1, 29)], [row(1, 400)], period).thin).toBe(true);
  });
});
