import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DigestKind, DigestOwner } from "../../../src/contracts/digests.ts";
import { digestView } from "../../../src/contracts/digests.ts";
import { crashingStore } from "../../support/crash.ts";
import { DAY, HOUR, MINUTE } from "../../support/ledger.ts";
import { type DigestHouse, type DigestStand, openDigests, type Spot, zone } from "./digest-stand.ts";

let stand: DigestStand;
beforeEach(async () => {
  stand = await openDigests();
});
afterEach(() => stand.close());

describe("a digest that is wanted", () => {
  let owner: { place: Spot };
  beforeEach(() => {
    owner = { place: stand.place() };
  });
  const order = (house: DigestHouse, kind: DigestKind = "day", hour = 9) =>
    house.digests.order(owner, { kind, hour, at: owner.place });

  it("is owed once its period is over, at its hour, with what was heard in it", async () => {
    const house = stand.open();
    const ada = await stand.somebody();
    await house.sharing.allow(ada.personId, "digest", owner.place);
    await order(house);
    await stand.until(stand.dayAhead(0, 13));
    await stand.hears(ada.listener, 1, stand.clock.now());
    await stand.hears(ada.listener, 1, stand.clock.now() + 10 * MINUTE);
    await stand.hears(ada.listener, 2, stand.clock.now() + 20 * MINUTE);
    await stand.until(stand.dayAhead(1, 9) - 1);
    await house.round();
    expect(await stand.keysOf(owner)).toEqual([]);
    await stand.until(stand.dayAhead(0, 9));
    await house.round();
    const [made] = await stand.keysOf(owner);
    expect(made?.outcome).toBe("owed");
    const [row] = await stand.outboxOf([made?.key ?? ""]);
    expect(row).toMatchObject({
      platform: "test",
      body: { place: owner.place, view: { kind: digestView, key: made?.key } },
    });
    const found = await house.digests.get(made?.key ?? "");
    if (typeof found !== "object") throw new Error("there is no digest");
    expect(found.digest).toMatchObject({ listeners: 1, plays: 3, listenedMs: 9 * MINUTE, sessions: { total: 1 } });
    expect(found.digest.charts.tracks.map(({ name, plays }) => [name, plays])).toEqual([
      ["Song 1", 2],
      ["Song 2", 1],
    ]);
    expect(found.digest.hours.reduce((sum, each) => sum + each, 0)).toBe(9 * MINUTE);
    // Nothing in it tells who.
    expect(JSON.stringify(found)).not.toContain(ada.personId);
    await house.round();
    expect(await stand.keysOf(owner)).toHaveLength(1);
  });

  it("is told to nobody where nobody heard anything, and that is known", async () => {
    const house = stand.open();
    const ada = await stand.somebody();
    await house.sharing.allow(ada.personId, "digest", owner.place);
    await order(house);
    await stand.until(stand.dayAhead(1, 9));
    await house.round();
    const [made] = await stand.keysOf(owner);
    expect(made?.outcome).toBe("nothing");
    expect(await stand.outboxOf([made?.key ?? ""])).toEqual([]);
    expect(await house.digests.past(owner)).toMatchObject([{ kind: "day", outcome: "nothing" }]);
  });

  it("tells only of those who let this very place see it, and are not private now", async () => {
    const house = stand.open();
    const [ada, ben, cleo, dan] = [
      await stand.somebody(),
      await stand.somebody(),
      await stand.somebody(),
      await stand.somebody(),
    ];
    await house.sharing.allow(ada.personId, "digest", owner.place);
    await house.sharing.allow(ben.personId, "digest", stand.place());
    await house.sharing.allow(cleo.personId, "compare", owner.place);
    await house.sharing.allow(dan.personId, "digest", owner.place);
    await order(house);
    await stand.until(stand.dayAhead(0, 13));
    for (const [at, { listener }] of [ada, ben, cleo, dan].entries())
      await stand.hears(listener, at, stand.clock.now());
    await stand.until(stand.dayAhead(1, 9));
    await house.history.privateTimes.add(dan.listener, {
      fromAt: stand.clock.now(),
      untilAt: stand.clock.now() + HOUR,
    });
    await house.round();
    const [made] = await stand.keysOf(owner);
    const found = await house.digests.get(made?.key ?? "");
    expect(found).toMatchObject({ digest: { listeners: 1, charts: { tracks: [{ name: "Song 0" }] } } });
    expect(await house.digests.takingPart(owner.place)).toBe(1);
  });

  it("comes after a time in which nothing ran for the last period alone; those before are listed", async () => {
    const house = stand.open();
    const ada = await stand.somebody();
    await house.sharing.allow(ada.personId, "digest", owner.place);
    await order(house);
    for (let day = 0; day < 4; day += 1) {
      await stand.hears(ada.listener, day, stand.clock.now() - HOUR);
      await stand.until(stand.clock.now() + DAY);
    }
    await stand.open().round();
    const past = await house.digests.past(owner);
    expect(past.map(({ outcome }) => outcome)).toEqual(["owed", "missed", "missed", "missed"]);
    expect(new Set(past.map(({ fromAt }) => fromAt)).size).toBe(4);
    const keys = (await stand.keysOf(owner)).map(({ key }) => key);
    expect(await stand.outboxOf(keys)).toHaveLength(1);
    // Turned off and on again, it is not told a second time.
    await house.digests.cancel(owner, "day");
    await order(house);
    await house.round();
    expect(await stand.outboxOf((await stand.keysOf(owner)).map(({ key }) => key))).toHaveLength(1);
  });

  it("is the same one when the place's zone is changed between its being due twice", async () => {
    let now = zone;
    const house = stand.open({ zone: () => now });
    const ada = await stand.somebody();
    await house.sharing.allow(ada.personId, "digest", owner.place);
    await order(house);
    await stand.until(stand.dayAhead(0, 13));
    await stand.hears(ada.listener, 1, stand.clock.now());
    await stand.until(stand.dayAhead(1, 9));
    await house.round();
    now = "America/New_York";
    await house.digests.order(owner, { kind: "day", at: owner.place });
    await stand.until(stand.clock.now() + 8 * HOUR);
    await house.round();
    expect((await stand.keysOf(owner)).filter(({ outcome }) => outcome === "owed")).toHaveLength(1);
  });

  it("is told at once where its hour is put before now, and not a second time where it is put after", async () => {
    const house = stand.open();
    const ada = await stand.somebody();
    await house.sharing.allow(ada.personId, "digest", owner.place);
    await order(house, "day", 18);
    await stand.hears(ada.listener, 1, stand.clock.now() - HOUR);
    await stand.until(stand.dayAhead(1, 12));
    await house.round();
    expect(await stand.keysOf(owner)).toEqual([]);
    await order(house, "day", 9);
    await house.round();
    expect((await stand.keysOf(owner)).map(({ outcome }) => outcome)).toEqual(["owed"]);
    expect((await order(house, "day", 18)).nextAt).toBe(stand.dayAhead(1, 18));
    await stand.until(stand.dayAhead(0, 19));
    await house.round();
    expect(await stand.keysOf(owner)).toHaveLength(1);
  });

  it("is none where terms bar sums, or the place is silent", async () => {
    for (const house of [stand.open({ statistics: false }), stand.open({ open: () => false })]) {
      owner = { place: stand.place() };
      const ada = await stand.somebody();
      await house.sharing.allow(ada.personId, "digest", owner.place);
      await order(house);
      await stand.hears(ada.listener, 1, stand.clock.now());
      await stand.until(stand.dayAhead(1, 9));
      await house.round();
      expect((await stand.keysOf(owner)).map(({ outcome }) => outcome)).toEqual(["off"]);
    }
    expect(await stand.open({ statistics: false }).digests.preview(owner, "day")).toBeUndefined();
  });

  it("does not hold up others by failing", async () => {
    const house = stand.open({
      zone: () => {
        if (broken) throw new Error("no zone");
        return zone;
      },
    });
    let broken = false;
    const ada = await stand.somebody();
    await house.sharing.allow(ada.personId, "digest", owner.place);
    await order(house);
    await stand.hears(ada.listener, 1, stand.clock.now());
    await stand.until(stand.dayAhead(1, 9));
    broken = true;
    await house.round();
    expect(await stand.keysOf(owner)).toEqual([]);
    broken = false;
    await stand.until(stand.clock.now() + 6 * MINUTE);
    await house.round();
    expect((await stand.keysOf(owner)).map(({ outcome }) => outcome)).toEqual(["owed"]);
  });

  it("is owed once wherever the process is killed", async () => {
    const ada = await stand.somebody();
    const begin = async (at: DigestOwner & { place: Spot }) => {
      const house = stand.open();
      await house.sharing.allow(ada.personId, "digest", at.place);
      await house.digests.order(at, { kind: "day", hour: 9, at: at.place });
    };
    await begin(owner);
    await stand.hears(ada.listener, 1, stand.clock.now());
    await stand.until(stand.dayAhead(1, 9));
    const counted = crashingStore(stand.store);
    await stand.open({ store: counted.store }).round();
    expect(counted.calls).toContain("digests.keep");
    expect(counted.calls).toContain("outbox.put");
    let killed = 0;
    for (let at = 0; at < counted.calls.length; at += 1)
      for (const moment of ["before", "after"] as const) {
        // Another place for each death, due at the same hour.
        const there = { place: stand.place() };
        await stand.open().sharing.allow(ada.personId, "digest", there.place);
        const due = stand.dayAhead(0, 9);
        await stand.store.digests.putOrder({
          owner: there,
          kind: "day",
          hour: 9,
          at: there.place,
          sinceAt: due - 2 * DAY,
          doneUntilAt: stand.startOf("day").minus({ days: 1 }).toMillis(),
          nextAt: due,
        });
        const dying = crashingStore(stand.store, { at, moment });
        const dead = stand.open({ store: dying.store }).round();
        await Promise.race([dying.died, dead]);
        if (dying.calls.length > at) killed += 1;
        const afterwards = stand.open();
        await afterwards.round();
        await afterwards.round();
        const made = await stand.keysOf(there);
        expect(
          made.map(({ outcome }) => outcome),
          `killed ${moment} ${dying.calls[at]}`,
        ).toEqual(["owed"]);
        expect(await stand.outboxOf(made.map(({ key }) => key))).toHaveLength(1);
        expect((await stand.store.digests.orders(there))[0]?.nextAt).toBe(stand.dayAhead(1, 9));
      }
    expect(killed).toBeGreaterThan(counted.calls.length);
  });
});
