import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestView } from "../../../src/contracts/digests.ts";
import { HOUR, MINUTE } from "../../support/ledger.ts";
import { type DigestStand, openDigests } from "./digest-stand.ts";

let stand: DigestStand;
beforeEach(async () => {
  stand = await openDigests();
});
afterEach(() => stand.close());

describe("a digest that was told", () => {
  async function told(people: number) {
    const owner = { place: stand.place() };
    const house = stand.open();
    const all = [];
    for (let at = 0; at < people; at += 1) {
      const one = await stand.somebody();
      await house.sharing.allow(one.personId, "digest", owner.place);
      all.push(one);
    }
    await house.digests.order(owner, { kind: "day", hour: 9, at: owner.place });
    await stand.until(stand.dayAhead(0, 13));
    for (const [at, { listener }] of all.entries()) await stand.hears(listener, at, stand.clock.now());
    await stand.until(stand.dayAhead(1, 9));
    await house.round();
    const [made] = await stand.keysOf(owner);
    const key = made?.key ?? "";
    house.states.set(key, { status: "sent", sent: { platform: "test", place: owner.place, id: "m1" } });
    const digest = async () => {
      const found = await house.digests.get(key);
      return typeof found === "object" ? found.digest : found;
    };
    return { owner, house, all, key, digest, heardAt: stand.dayAhead(-1, 13) };
  }

  it("stays what it was, whatever is learnt of that day later", async () => {
    const { house, all, digest, heardAt } = await told(1);
    const before = await digest();
    await stand.hears(all[0]?.listener ?? "", 5, heardAt + HOUR);
    expect(await digest()).toEqual(before);
    expect(house.changed).toEqual([]);
  });

  it("is made anew without whoever stops taking part, and nothing of theirs is left", async () => {
    const { owner, house, all, key, digest } = await told(2);
    const [ada, ben] = all;
    await house.pictures.draw({ subject: key, slot: "top" }, { kind: "top" } as never);
    expect(await digest()).toMatchObject({ listeners: 2, plays: 2 });
    await house.sharing.revoke({ personId: ada?.personId ?? "", use: "digest", place: owner.place });
    await expect.poll(() => house.changed).toEqual([key]);
    expect(house.pictures.drawn).toEqual([]);
    const after = await digest();
    expect(after).toMatchObject({ listeners: 1, plays: 1, charts: { tracks: [{ name: "Song 1" }] } });
    expect(JSON.stringify(await stand.store.digests.get(key))).not.toContain("Song 0");
    await house.sharing.revoke({ personId: ben?.personId ?? "", use: "digest", place: owner.place });
    await expect.poll(() => house.changed).toEqual([key, key]);
    expect(await digest()).toBe("taken_back");
  });

  it("keeps its people who stop taking part elsewhere, or in something else", async () => {
    const { owner, house, all, digest } = await told(1);
    const personId = all[0]?.personId ?? "";
    const yard = stand.place();
    await house.sharing.allow(personId, "digest", yard);
    await house.sharing.allow(personId, "compare", owner.place);
    await house.sharing.revoke({ personId, use: "digest", place: yard });
    await house.sharing.revoke({ personId, use: "compare", place: owner.place });
    await house.round();
    expect(house.changed).toEqual([]);
    expect(await digest()).toMatchObject({ listeners: 1 });
  });

  it("loses what somebody deletes or hides", async () => {
    const { house, all, key, digest } = await told(2);
    house.history.onTakenBack(house.digests.takenBack);
    const listener = all[0]?.listener ?? "";
    const [play] = await house.history.stats.recent(listener, { limit: 1 });
    await house.history.desk.remove(listener, { what: "play", playId: play?.playId ?? 0 });
    expect(house.changed).toEqual([key]);
    expect(await digest()).toMatchObject({ listeners: 1, plays: 1 });
    const other = all[1]?.listener ?? "";
    const [left] = await house.history.stats.recent(other, { limit: 1 });
    await house.history.desk.hide(other, { what: "track", id: left?.trackId ?? 0 });
    expect(house.changed).toEqual([key, key]);
    expect(await stand.store.digests.unmade(10)).toEqual([key]);
    expect(await digest()).toBe("taken_back");
    // It is not looked at again at each start.
    expect(await stand.store.digests.unmade(10)).toEqual([]);
    expect(await digest()).toBe("taken_back");
  });

  it("loses it too where the process dies before it is made anew", async () => {
    const { owner, house, all, key, digest } = await told(3);
    const [ada, ben] = all;
    // Nobody listens to what is shared, as in a process that is being killed.
    house.digests.stop();
    await house.sharing.revoke({ personId: ada?.personId ?? "", use: "digest", place: owner.place });
    const listener = ben?.listener ?? "";
    const [play] = await house.history.stats.recent(listener, { limit: 1 });
    await house.digests.takenBack(listener, "before");
    await house.history.desk.remove(listener, { what: "play", playId: play?.playId ?? 0 });
    expect(house.changed).toEqual([]);
    const later = stand.open();
    await later.round();
    expect(later.changed).toContain(key);
    expect(await digest()).toMatchObject({ listeners: 1, plays: 1, charts: { tracks: [{ name: "Song 2" }] } });
    const before = later.changed.length;
    await later.round();
    expect(later.changed).toHaveLength(before);
  });

  it("has nothing of whoever took it back while it was being made", async () => {
    const owner = { place: stand.place() };
    const [ada, ben] = [await stand.somebody(), await stand.somebody()];
    let once = async () => {};
    const house = stand.open({
      async meanwhile() {
        const now = once;
        once = async () => {};
        await now();
      },
    });
    house.history.onTakenBack(house.digests.takenBack);
    for (const { personId } of [ada, ben]) await house.sharing.allow(personId, "digest", owner.place);
    await house.digests.order(owner, { kind: "day", hour: 9, at: owner.place });
    await stand.until(stand.dayAhead(0, 13));
    await stand.hears(ada.listener, 1, stand.clock.now());
    await stand.hears(ben.listener, 2, stand.clock.now());
    await stand.hears(ben.listener, 3, stand.clock.now() + 10 * MINUTE);
    await stand.until(stand.dayAhead(1, 9));
    once = async () => {
      await house.sharing.revoke({ personId: ada.personId, use: "digest", place: owner.place });
      const [play] = await house.history.stats.recent(ben.listener, { limit: 1 });
      await house.history.desk.remove(ben.listener, { what: "play", playId: play?.playId ?? 0 });
    };
    await house.round();
    const [made] = await stand.keysOf(owner);
    const found = await house.digests.get(made?.key ?? "");
    expect(found).toMatchObject({ digest: { listeners: 1, plays: 1, charts: { tracks: [{ name: "Song 2" }] } } });
    expect((await stand.store.digests.get(made?.key ?? ""))?.listeners).toEqual([ben.listener]);
  });

  it("is not put back as it was by somebody who looked at it while it was taken back", async () => {
    let once = async () => {};
    const { house, all, key, owner } = await told(3);
    const [ada, ben] = all;
    const slow = stand.open({
      async meanwhile() {
        const now = once;
        once = async () => {};
        await now();
      },
    });
    house.digests.stop();
    await stand.store.digests.setContent(key, { content: undefined, listeners: all.map(({ listener }) => listener) });
    const gone: Promise<unknown>[] = [];
    once = async () => {
      for (const one of [ada, ben])
        gone.push(slow.sharing.revoke({ personId: one?.personId ?? "", use: "digest", place: owner.place }));
      await Promise.all(gone);
    };
    await slow.digests.get(key);
    await expect.poll(() => slow.changed).toEqual([key, key]);
    expect((await stand.store.digests.get(key))?.listeners).toEqual([all[2]?.listener]);
    expect(await slow.digests.get(key)).toMatchObject({ digest: { listeners: 1 } });
  });

  it("says nothing any more where terms bar sums by now", async () => {
    const { key } = await told(1);
    const later = stand.open({ statistics: false });
    later.states.set(key, { status: "sent", sent: { platform: "test", place: stand.place(), id: "m1" } });
    expect(await later.digests.get(key)).toBe("taken_back");
    expect(JSON.stringify(await stand.store.digests.get(key))).not.toContain("Song");
  });

  it("loses whoever takes no part any more without a word within the hour", async () => {
    const { house, all, key } = await told(2);
    const { personId = "" } = all[0] ?? {};
    await stand.store.shares.remove({ personId });
    await stand.until(stand.clock.now() + HOUR);
    await house.round();
    expect(house.changed).toEqual([key]);
    expect((await stand.store.digests.get(key))?.listeners).toEqual([all[1]?.listener]);
  });

  it("leaves no picture that whoever is deleted had looked at alone", async () => {
    const house = stand.open();
    await house.pictures.draw({ subject: "preview:ada:own:1", slot: "top" }, { kind: "top" } as never);
    house.events.emit({ type: "person.erased", personId: "ada" });
    await expect.poll(() => house.pictures.drawn).toEqual([]);
  });

  it("is not posted at all where everything was taken back before that", async () => {
    const { owner, house, all, key, digest } = await told(1);
    house.states.set(key, { status: "waiting" });
    await house.sharing.revoke({ personId: all[0]?.personId ?? "", use: "digest", place: owner.place });
    await expect.poll(() => house.changed).toEqual([key]);
    expect(await digest()).toBeUndefined();
  });

  it("is deleted with all else of its person", async () => {
    const house = stand.open();
    const ada = await stand.somebody();
    const owner = { personId: ada.personId };
    await house.digests.order(owner, { kind: "day", at: { platform: "test", tenant: "", id: "direct" } });
    await stand.hears(ada.listener, 1, stand.clock.now());
    await stand.until(stand.dayAhead(1, 9));
    await house.round();
    const [made] = await stand.keysOf(owner);
    expect(made?.outcome).toBe("owed");
    const [post] = await stand.outboxOf([made?.key ?? ""]);
    expect(post?.body).toMatchObject({ personId: ada.personId, place: { id: "direct" } });
    const { key: inPlace, owner: hall, all } = await told(2);
    const [gone] = all;
    for (const personId of [ada.personId, gone?.personId ?? ""]) {
      const key = `erase-${personId}`;
      const asker = {
        personId,
        user: { platform: "test", tenant: "", id: "x" },
        place: { platform: "test", tenant: "", id: "direct" },
        direct: true,
        locale: "en",
      };
      await stand.store.erasures.begin({ key, receipt: key, asker, begunAt: stand.clock.now(), counts: {} });
      const { row } = await stand.store.erasures.empty(key);
      if (personId === ada.personId) {
        // What was wanted, what was told and the day on which nothing was.
        expect(row.counts.digests).toBe(3);
        expect(row.shown).toContainEqual({ kind: digestView, key: made?.key });
      } else expect(row.shown).toContainEqual({ kind: digestView, key: inPlace });
    }
    expect(await stand.keysOf(owner)).toEqual([]);
    expect(await stand.store.digests.orders(owner)).toEqual([]);
    const left = await stand.store.digests.get(inPlace);
    expect(left?.listeners).toEqual([all[1]?.listener]);
    expect(left?.content).toBeUndefined();
    expect(await stand.keysOf(hall)).toHaveLength(1);
  });
});
