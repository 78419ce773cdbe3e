import { DateTime } from "luxon";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DigestKind, DigestOwner } from "../../../src/contracts/digests.ts";
import { digestView } from "../../../src/contracts/digests.ts";
import { type ListenerKey, listenerOf } from "../../../src/contracts/listening.ts";
import type { PostState } from "../../../src/contracts/posts.ts";
import type { Store } from "../../../src/contracts/store.ts";
import { createEvents } from "../../../src/core/events.ts";
import { createCompose } from "../../../src/listening/digest/compose.ts";
import { createDigests } from "../../../src/listening/digest/digests.ts";
import { createHistory } from "../../../src/listening/history.ts";
import { createSharing } from "../../../src/listening/sharing.ts";
import { createFakePictures } from "../../fakes/pictures.ts";
import { crashingStore } from "../../support/crash.ts";
import { DAY, HOUR, type LedgerStand, MINUTE, openLedger, song, watched } from "../../support/ledger.ts";
import { silentLog as log } from "../../support/log.ts";

const zone = "Europe/Berlin";
const berlin = (text: string) => DateTime.fromISO(text, { zone }).toMillis();
let stand: LedgerStand;
let serial = 0;

beforeEach(async () => {
  stand = await openLedger();
});
afterEach(() => stand.close());

/** A place, people in it, and what was owed to it; built anew over the same store as after a restart. */
function open(
  change: {
    store?: Store;
    zone?: () => string;
    statistics?: boolean;
    open?: () => boolean;
    /** While something is being made. */
    meanwhile?: () => Promise<void>;
  } = {},
) {
  const { clock } = stand;
  const store = change.store ?? stand.store;
  const history = createHistory({ store, clock });
  const sharing = createSharing({
    store,
    privateTimes: history.privateTimes,
    hasLeft: async () => false,
    clock,
    log,
  });
  const events = createEvents(log);
  const pictures = createFakePictures();
  const changed: string[] = [];
  const states = new Map<string, PostState>();
  events.on("view.changed", ({ kind, key }) => {
    if (kind === digestView) changed.push(key);
  });
  const compose = createCompose(history);
  let composed = 0;
  const digests = createDigests({
    store,
    compose: async (of) => {
      composed += 1;
      const made = await compose(of);
      await change.meanwhile?.();
      return made;
    },
    posts: {
      // As the posts keep it: the row is what counts, under its key.
      owe: (key, post) => store.outbox.put({ key, platform: post.place.platform, body: post, dueAt: clock.now() }),
      state: async (key) => states.get(key),
    },
    sharing,
    pictures,
    events,
    scheduler: { wake: () => {} },
    zoneOf: async () => change.zone?.() ?? zone,
    isOpen: async () => change.open?.() ?? true,
    playersOf: async () => [],
    reach: async () => undefined,
    statistics: change.statistics ?? true,
    clock,
    log,
  });
  const [job] = digests.jobs;
  return {
    digests,
    history,
    sharing,
    events,
    pictures,
    changed,
    states,
    composed: () => composed,
    round: async () => job?.run(new AbortController().signal),
  };
}

const place = () => ({ platform: "test", tenant: "", id: `hall-${++serial}` });
const outboxOf = async (keys: readonly string[]) =>
  (await Promise.all(keys.map((key) => stand.store.outbox.get(key)))).filter((row) => row !== undefined);
const keysOf = async (owner: DigestOwner) =>
  (await stand.store.digests.past(owner, 100)).map(({ key, outcome }) => ({ key, outcome }));

async function somebody(): Promise<{ personId: string; listener: ListenerKey }> {
  const user = { platform: "test", tenant: "", id: `user-${++serial}` };
  const { id } = await stand.store.people.ensure(user, "Ada", stand.clock.now());
  return { personId: id, listener: listenerOf.person(id) };
}

async function hears(listener: ListenerKey, number: number, at: number): Promise<void> {
  await open().history.ledger.record(listener, [watched(song(number), at, at + 3 * MINUTE)]);
}

/** Until that time, by the clock that all read. */
async function until(at: number): Promise<void> {
  await stand.clock.advance(Math.max(0, at - stand.clock.now()));
}

const startOf = (kind: DigestKind) => DateTime.fromMillis(stand.clock.now(), { zone }).startOf(kind);
const dayAhead = (days: number, hour: number) => startOf("day").plus({ days }).set({ hour }).toMillis();

describe("a digest that is wanted", () => {
  let owner: { place: ReturnType<typeof place> };
  beforeEach(() => {
    owner = { place: place() };
  });
  const order = (house: ReturnType<typeof open>, kind: DigestKind = "day", hour = 9) =>
    house.digests.order(owner, { kind, hour, at: owner.place });

  it("is owed once its period is over, at its hour, with what was heard in it", async () => {
    const house = open();
    const ada = await somebody();
    await house.sharing.allow(ada.personId, "digest", owner.place);
    await order(house);
    await until(dayAhead(0, 13));
    await hears(ada.listener, 1, stand.clock.now());
    await hears(ada.listener, 1, stand.clock.now() + 10 * MINUTE);
    await hears(ada.listener, 2, stand.clock.now() + 20 * MINUTE);
    await until(dayAhead(1, 9) - 1);
    await house.round();
    expect(await keysOf(owner)).toEqual([]);
    await until(dayAhead(0, 9));
    await house.round();
    const [made] = await keysOf(owner);
    expect(made?.outcome).toBe("owed");
    const [row] = await outboxOf([made?.key ?? ""]);
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
    expect(await keysOf(owner)).toHaveLength(1);
  });

  it("is told to nobody where nobody heard anything, and that is known", async () => {
    const house = open();
    const ada = await somebody();
    await house.sharing.allow(ada.personId, "digest", owner.place);
    await order(house);
    await until(dayAhead(1, 9));
    await house.round();
    const [made] = await keysOf(owner);
    expect(made?.outcome).toBe("nothing");
    expect(await outboxOf([made?.key ?? ""])).toEqual([]);
    expect(await house.digests.past(owner)).toMatchObject([{ kind: "day", outcome: "nothing" }]);
  });

  it("tells only of those who let this very place see it, and are not private now", async () => {
    const house = open();
    const [ada, ben, cleo, dan] = [await somebody(), await somebody(), await somebody(), await somebody()];
    await house.sharing.allow(ada.personId, "digest", owner.place);
    await house.sharing.allow(ben.personId, "digest", place());
    await house.sharing.allow(cleo.personId, "compare", owner.place);
    await house.sharing.allow(dan.personId, "digest", owner.place);
    await order(house);
    await until(dayAhead(0, 13));
    for (const [at, { listener }] of [ada, ben, cleo, dan].entries()) await hears(listener, at, stand.clock.now());
    await until(dayAhead(1, 9));
    await house.history.privateTimes.add(dan.listener, {
      fromAt: stand.clock.now(),
      untilAt: stand.clock.now() + HOUR,
    });
    await house.round();
    const [made] = await keysOf(owner);
    const found = await house.digests.get(made?.key ?? "");
    expect(found).toMatchObject({ digest: { listeners: 1, charts: { tracks: [{ name: "Song 0" }] } } });
    expect(await house.digests.takingPart(owner.place)).toBe(1);
  });

  it("comes after a time in which nothing ran for the last period alone; those before are listed", async () => {
    const house = open();
    const ada = await somebody();
    await house.sharing.allow(ada.personId, "digest", owner.place);
    await order(house);
    for (let day = 0; day < 4; day += 1) {
      await hears(ada.listener, day, stand.clock.now() - HOUR);
      await until(stand.clock.now() + DAY);
    }
    await open().round();
    const past = await house.digests.past(owner);
    expect(past.map(({ outcome }) => outcome)).toEqual(["owed", "missed", "missed", "missed"]);
    expect(new Set(past.map(({ fromAt }) => fromAt)).size).toBe(4);
    const keys = (await keysOf(owner)).map(({ key }) => key);
    expect(await outboxOf(keys)).toHaveLength(1);
    // Turned off and on again, it is not told a second time.
    await house.digests.cancel(owner, "day");
    await order(house);
    await house.round();
    expect(await outboxOf((await keysOf(owner)).map(({ key }) => key))).toHaveLength(1);
  });

  it("is the same one when the place's zone is changed between its being due twice", async () => {
    let now = zone;
    const house = open({ zone: () => now });
    const ada = await somebody();
    await house.sharing.allow(ada.personId, "digest", owner.place);
    await order(house);
    await until(dayAhead(0, 13));
    await hears(ada.listener, 1, stand.clock.now());
    await until(dayAhead(1, 9));
    await house.round();
    now = "America/New_York";
    await house.digests.order(owner, { kind: "day", at: owner.place });
    await until(stand.clock.now() + 8 * HOUR);
    await house.round();
    expect((await keysOf(owner)).filter(({ outcome }) => outcome === "owed")).toHaveLength(1);
  });

  it("is told at once where its hour is put before now, and not a second time where it is put after", async () => {
    const house = open();
    const ada = await somebody();
    await house.sharing.allow(ada.personId, "digest", owner.place);
    await order(house, "day", 18);
    await hears(ada.listener, 1, stand.clock.now() - HOUR);
    await until(dayAhead(1, 12));
    await house.round();
    expect(await keysOf(owner)).toEqual([]);
    await order(house, "day", 9);
    await house.round();
    expect((await keysOf(owner)).map(({ outcome }) => outcome)).toEqual(["owed"]);
    expect((await order(house, "day", 18)).nextAt).toBe(dayAhead(1, 18));
    await until(dayAhead(0, 19));
    await house.round();
    expect(await keysOf(owner)).toHaveLength(1);
  });

  it("is none where terms bar sums, or the place is silent", async () => {
    for (const house of [open({ statistics: false }), open({ open: () => false })]) {
      owner = { place: place() };
      const ada = await somebody();
      await house.sharing.allow(ada.personId, "digest", owner.place);
      await order(house);
      await hears(ada.listener, 1, stand.clock.now());
      await until(dayAhead(1, 9));
      await house.round();
      expect((await keysOf(owner)).map(({ outcome }) => outcome)).toEqual(["off"]);
    }
    expect(await open({ statistics: false }).digests.preview(owner, "day")).toBeUndefined();
  });

  it("does not hold up others by failing", async () => {
    const house = open({
      zone: () => {
        if (broken) throw new Error("no zone");
        return zone;
      },
    });
    let broken = false;
    const ada = await somebody();
    await house.sharing.allow(ada.personId, "digest", owner.place);
    await order(house);
    await hears(ada.listener, 1, stand.clock.now());
    await until(dayAhead(1, 9));
    broken = true;
    await house.round();
    expect(await keysOf(owner)).toEqual([]);
    broken = false;
    await until(stand.clock.now() + 6 * MINUTE);
    await house.round();
    expect((await keysOf(owner)).map(({ outcome }) => outcome)).toEqual(["owed"]);
  });

  it("is owed once wherever the process is killed", async () => {
    const ada = await somebody();
    const begin = async (at: DigestOwner & { place: ReturnType<typeof place> }) => {
      const house = open();
      await house.sharing.allow(ada.personId, "digest", at.place);
      await house.digests.order(at, { kind: "day", hour: 9, at: at.place });
    };
    await begin(owner);
    await hears(ada.listener, 1, stand.clock.now());
    await until(dayAhead(1, 9));
    const counted = crashingStore(stand.store);
    await open({ store: counted.store }).round();
    expect(counted.calls).toContain("digests.keep");
    expect(counted.calls).toContain("outbox.put");
    let killed = 0;
    for (let at = 0; at < counted.calls.length; at += 1)
      for (const moment of ["before", "after"] as const) {
        // Another place for each death, due at the same hour.
        const there = { place: place() };
        await open().sharing.allow(ada.personId, "digest", there.place);
        const due = dayAhead(0, 9);
        await stand.store.digests.putOrder({
          owner: there,
          kind: "day",
          hour: 9,
          at: there.place,
          sinceAt: due - 2 * DAY,
          doneUntilAt: startOf("day").minus({ days: 1 }).toMillis(),
          nextAt: due,
        });
        const dying = crashingStore(stand.store, { at, moment });
        const dead = open({ store: dying.store }).round();
        await Promise.race([dying.died, dead]);
        if (dying.calls.length > at) killed += 1;
        const afterwards = open();
        await afterwards.round();
        await afterwards.round();
        const made = await keysOf(there);
        expect(
          made.map(({ outcome }) => outcome),
          `killed ${moment} ${dying.calls[at]}`,
        ).toEqual(["owed"]);
        expect(await outboxOf(made.map(({ key }) => key))).toHaveLength(1);
        expect((await stand.store.digests.orders(there))[0]?.nextAt).toBe(dayAhead(1, 9));
      }
    expect(killed).toBeGreaterThan(counted.calls.length);
  });
});

describe("a digest that was told", () => {
  async function told(people: number) {
    const owner = { place: place() };
    const house = open();
    const all = [];
    for (let at = 0; at < people; at += 1) {
      const one = await somebody();
      await house.sharing.allow(one.personId, "digest", owner.place);
      all.push(one);
    }
    await house.digests.order(owner, { kind: "day", hour: 9, at: owner.place });
    await until(dayAhead(0, 13));
    for (const [at, { listener }] of all.entries()) await hears(listener, at, stand.clock.now());
    await until(dayAhead(1, 9));
    await house.round();
    const [made] = await keysOf(owner);
    const key = made?.key ?? "";
    house.states.set(key, { status: "sent", sent: { platform: "test", place: owner.place, id: "m1" } });
    const digest = async () => {
      const found = await house.digests.get(key);
      return typeof found === "object" ? found.digest : found;
    };
    return { owner, house, all, key, digest, heardAt: dayAhead(-1, 13) };
  }

  it("stays what it was, whatever is learnt of that day later", async () => {
    const { house, all, digest, heardAt } = await told(1);
    const before = await digest();
    await hears(all[0]?.listener ?? "", 5, heardAt + HOUR);
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
    const yard = place();
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
    const later = open();
    await later.round();
    expect(later.changed).toContain(key);
    expect(await digest()).toMatchObject({ listeners: 1, plays: 1, charts: { tracks: [{ name: "Song 2" }] } });
    const before = later.changed.length;
    await later.round();
    expect(later.changed).toHaveLength(before);
  });

  it("has nothing of whoever took it back while it was being made", async () => {
    const owner = { place: place() };
    const [ada, ben] = [await somebody(), await somebody()];
    let once = async () => {};
    const house = open({
      async meanwhile() {
        const now = once;
        once = async () => {};
        await now();
      },
    });
    house.history.onTakenBack(house.digests.takenBack);
    for (const { personId } of [ada, ben]) await house.sharing.allow(personId, "digest", owner.place);
    await house.digests.order(owner, { kind: "day", hour: 9, at: owner.place });
    await until(dayAhead(0, 13));
    await hears(ada.listener, 1, stand.clock.now());
    await hears(ben.listener, 2, stand.clock.now());
    await hears(ben.listener, 3, stand.clock.now() + 10 * MINUTE);
    await until(dayAhead(1, 9));
    once = async () => {
      await house.sharing.revoke({ personId: ada.personId, use: "digest", place: owner.place });
      const [play] = await house.history.stats.recent(ben.listener, { limit: 1 });
      await house.history.desk.remove(ben.listener, { what: "play", playId: play?.playId ?? 0 });
    };
    await house.round();
    const [made] = await keysOf(owner);
    const found = await house.digests.get(made?.key ?? "");
    expect(found).toMatchObject({ digest: { listeners: 1, plays: 1, charts: { tracks: [{ name: "Song 2" }] } } });
    expect((await stand.store.digests.get(made?.key ?? ""))?.listeners).toEqual([ben.listener]);
  });

  it("is not put back as it was by somebody who looked at it while it was taken back", async () => {
    let once = async () => {};
    const { house, all, key, owner } = await told(3);
    const [ada, ben] = all;
    const slow = open({
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
    const later = open({ statistics: false });
    later.states.set(key, { status: "sent", sent: { platform: "test", place: place(), id: "m1" } });
    expect(await later.digests.get(key)).toBe("taken_back");
    expect(JSON.stringify(await stand.store.digests.get(key))).not.toContain("Song");
  });

  it("loses whoever takes no part any more without a word within the hour", async () => {
    const { house, all, key } = await told(2);
    const { personId = "" } = all[0] ?? {};
    await stand.store.shares.remove({ personId });
    await until(stand.clock.now() + HOUR);
    await house.round();
    expect(house.changed).toEqual([key]);
    expect((await stand.store.digests.get(key))?.listeners).toEqual([all[1]?.listener]);
  });

  it("leaves no picture that whoever is deleted had looked at alone", async () => {
    const house = open();
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
    const house = open();
    const ada = await somebody();
    const owner = { personId: ada.personId };
    await house.digests.order(owner, { kind: "day", at: { platform: "test", tenant: "", id: "direct" } });
    await hears(ada.listener, 1, stand.clock.now());
    await until(dayAhead(1, 9));
    await house.round();
    const [made] = await keysOf(owner);
    expect(made?.outcome).toBe("owed");
    const [post] = await outboxOf([made?.key ?? ""]);
    expect(post?.body).toMatchObject({ personId: ada.personId, place: { id: "direct" } });
    const { key: inPlace, owner: hall, all } = await told(2);
    const [gone] = all;
    for (const personId of [ada.personId, gone?.personId ?? ""]) {
      const key = `erase-${++serial}`;
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
    expect(await keysOf(owner)).toEqual([]);
    expect(await stand.store.digests.orders(owner)).toEqual([]);
    const left = await stand.store.digests.get(inPlace);
    expect(left?.listeners).toEqual([all[1]?.listener]);
    expect(left?.content).toBeUndefined();
    expect(await keysOf(hall)).toHaveLength(1);
  });
});

describe("what a digest says", () => {
  const compose = () => createCompose(open().history);
  const day = { fromAt: berlin("2025-03-10"), untilAt: berlin("2025-03-11") };

  it("is how things moved since the period before, and what was heard for the first time", async () => {
    const { listener } = await somebody();
    const yesterday = day.fromAt - DAY;
    await hears(listener, 1, yesterday - 3 * DAY);
    const heard = [
      [1, yesterday + HOUR],
      [1, yesterday + 2 * HOUR],
      [2, yesterday + 3 * HOUR],
      [2, day.fromAt + HOUR],
      [2, day.fromAt + 2 * HOUR],
      [1, day.fromAt + 3 * HOUR],
      [3, day.fromAt + 4 * HOUR],
    ] as const;
    for (const [number, at] of heard) await hears(listener, number, at);
    const digest = await compose()({ listeners: [listener], kind: "day", period: day, zone, own: true });
    expect(digest?.charts.tracks.map(({ name, moved }) => [name, moved])).toEqual([
      ["Song 2", { by: 1 }],
      ["Song 1", { by: -1 }],
      ["Song 3", "new"],
    ]);
    expect(digest).toMatchObject({
      before: { plays: 3 },
      discoveries: { total: 1, names: ["Band 3"] },
      sessions: { total: 4 },
      own: { tracks: 3, artists: 3 },
    });
    // Where nothing is known of the time before, not everything is new.
    const first = await compose()({
      listeners: [listener],
      kind: "day",
      period: { fromAt: yesterday, untilAt: day.fromAt },
      zone,
    });
    expect(first?.before).toBeUndefined();
    expect(first?.charts.tracks.every(({ moved }) => moved === undefined)).toBe(true);
    expect(first?.own).toBeUndefined();
  });

  it("claims nothing of a time before that is known in part, and says since when it is known", async () => {
    const { listener } = await somebody();
    await hears(listener, 1, day.fromAt - HOUR);
    await hears(listener, 2, day.fromAt + HOUR);
    const of = (kind: DigestKind, period: { fromAt: number; untilAt: number }) =>
      compose()({ listeners: [listener], kind, period, zone, own: true });
    const today = await of("day", day);
    expect(today?.sinceAt).toBeUndefined();
    expect(today?.before).toBeUndefined();
    const week = await of("week", { fromAt: day.fromAt, untilAt: day.fromAt + 7 * DAY });
    expect(week).toMatchObject({ plays: 1, discoveries: { total: 0 } });
    expect(week?.before).toBeUndefined();
    expect(week?.charts.tracks.some(({ moved }) => moved !== undefined)).toBe(false);
    const wider = await of("week", { fromAt: day.fromAt - 3 * DAY, untilAt: day.fromAt + 4 * DAY });
    expect(wider?.sinceAt).toBe(day.fromAt - HOUR);
  });

  it("is honest about what nobody knows, by the days of its zone", async () => {
    const { listener } = await somebody();
    const week = { fromAt: berlin("2025-03-24"), untilAt: berlin("2025-03-31") };
    await hears(listener, 1, week.fromAt + HOUR);
    const { ledger } = open().history;
    await ledger.gap(listener, {
      fromAt: berlin("2025-03-25T10:00"),
      untilAt: berlin("2025-03-25T16:00"),
      why: "offline",
    });
    await ledger.gap(listener, {
      fromAt: berlin("2025-03-29T22:00"),
      untilAt: berlin("2025-03-30T04:00"),
      why: "offline",
    });
    const digest = await compose()({ listeners: [listener], kind: "week", period: week, zone });
    expect(digest?.unknown.ms).toBe(11 * HOUR);
    expect(digest?.unknown.days).toEqual([
      { at: berlin("2025-03-25"), ms: 6 * HOUR },
      // Three hours by its clocks are two where one is left out.
      { at: berlin("2025-03-30"), ms: 3 * HOUR },
      { at: berlin("2025-03-29"), ms: 2 * HOUR },
    ]);
  });

  it("is a row of days with music where there is one that still goes on", async () => {
    const { listener } = await somebody();
    const today = startOf("day").toMillis();
    for (let days = 1; days <= 4; days += 1) await hears(listener, days, today - days * DAY + 12 * HOUR);
    const period = { fromAt: today - DAY, untilAt: today };
    expect((await compose()({ listeners: [listener], kind: "day", period, zone }))?.streakDays).toBe(4);
  });

  it("is nothing where nothing counts", async () => {
    const { listener } = await somebody();
    expect(await compose()({ listeners: [listener], kind: "day", period: day, zone })).toBeUndefined();
    expect(await compose()({ listeners: [], kind: "day", period: day, zone })).toBeUndefined();
  });
});
