import { describe, expect, it, onTestFinished } from "vitest";
import { createErasing } from "../../../src/accounts/erasing.ts";
import type { ErasureAsker } from "../../../src/contracts/erasing.ts";
import type { Happening } from "../../../src/contracts/events.ts";
import { listenerOf } from "../../../src/contracts/listening.ts";
import type { Store } from "../../../src/contracts/store.ts";
import { createEvents } from "../../../src/core/events.ts";
import { createPrivateTimes } from "../../../src/listening/ledger/private-times.ts";
import { createSharing } from "../../../src/listening/sharing.ts";
import { openStore } from "../../../src/store/open.ts";
import { crashingStore } from "../../support/crash.ts";
import { MINUTE, MORNING, openLedger, song, watched } from "../../support/ledger.ts";
import { silentLog as log } from "../../support/log.ts";

const place = { platform: "web", tenant: "", id: "room" };
const plays = 1_100;

/** Somebody with years of listening, and another one who must not be touched. */
async function stand() {
  const { clock, store, path, ledger, close } = await openLedger();
  onTestFinished(close);
  const user = { platform: "web", tenant: "", id: "ada" };
  const { id: personId } = await store.people.ensure(user, "Ada", 1);
  const { id: other } = await store.people.ensure({ ...user, id: "ben" }, "Ben", 1);
  const asker: ErasureAsker = { personId, user, place, direct: true, locale: "en" };
  const at = (serial: number) => MORNING - serial * 10 * MINUTE;
  const heard = Array.from({ length: plays }, (_, serial) =>
    watched(song(serial % 7), at(serial), at(serial) + 3 * MINUTE),
  );
  await ledger.record(listenerOf.person(personId), heard);
  await ledger.record(listenerOf.person(other), heard.slice(0, 5));
  for (const id of [personId, other]) await store.shares.put({ personId: id, use: "compare", place, sinceAt: 1 });

  function build(over: Store) {
    const events = createEvents(log);
    const told: Happening[] = [];
    for (const type of ["link.removed", "person.erased", "erasure.owed", "view.changed"] as const)
      events.on(type, (happening) => void told.push(happening));
    const privateTimes = createPrivateTimes({ store: over, clock });
    const sharing = createSharing({ store: over, privateTimes, hasLeft: async () => false, clock, log });
    const before: string[] = [];
    const erasing = createErasing({
      store: over,
      sharing,
      before: async (of) => void before.push(of.personId),
      forget: async () => {},
      clock,
      events,
      log,
    });
    return { erasing, told, before };
  }
  return { clock, store, path, asker, personId, other, build };
}

const signal = new AbortController().signal;

describe("deleting everything of a person", () => {
  it("takes all of it, tells whoever listens, and gives a receipt of what went", async () => {
    const { store, asker, personId, other, build } = await stand();
    const { erasing, told, before } = build(store);
    const erasure = await erasing.erase(asker, "k");
    expect(erasure).toMatchObject({ status: "done", stays: false, counts: { plays, shares: 1, identities: 1 } });
    expect(erasure.receipt).toMatch(/^[A-Z2-9]{4}-[A-Z2-9]{4}$/);
    expect(before).toEqual([personId]);
    expect(told).toContainEqual({ type: "person.erased", personId });
    expect(await store.plays.bounds(listenerOf.person(personId))).toBeUndefined();
    expect(await store.plays.bounds(listenerOf.person(other))).toBeDefined();
    expect(await store.shares.of(other)).toHaveLength(1);
  });

  it("is the same receipt when it is asked for again under its key, and is told nobody twice", async () => {
    const { clock, store, asker, build } = await stand();
    const { erasing, told } = build(store);
    const first = await erasing.erase(asker, "k");
    expect(await erasing.erase(asker, "k")).toEqual(first);
    await clock.advance(10 * MINUTE);
    await erasing.job.run(signal);
    expect(told.some(({ type }) => type === "erasure.owed")).toBe(false);
  });

  it("is told when it is done, by whoever waited too long or died", async () => {
    const { clock, store, asker, build } = await stand();
    const slow = Promise.withResolvers<void>();
    const dead = build({
      ...store,
      erasures: {
        ...store.erasures,
        async finish(key, now) {
          await slow.promise;
          return store.erasures.finish(key, now);
        },
      },
    });
    const asked = dead.erasing.erase(asker, "k");
    for (let tries = 0; clock.nextAt() === undefined && tries < 200; tries++) await new Promise(setImmediate);
    await clock.advance(10_000);
    expect(await asked).toMatchObject({ status: "begun" });
    slow.resolve();
    for (let tries = 0; !dead.told.some(({ type }) => type === "erasure.owed") && tries < 5_000; tries++)
      await new Promise(setImmediate);
    expect(dead.told).toContainEqual(
      expect.objectContaining({
        type: "erasure.owed",
        erasure: expect.objectContaining({
          status: "done",
          asker: expect.objectContaining({ personId: asker.personId }),
        }),
      }),
    );
  });

  it("is whole after a kill -9 at any moment, and counts each thing once", async () => {
    const counting = await stand();
    const { store: counted, calls } = crashingStore(counting.store);
    await counting.build(counted).erasing.erase(counting.asker, "k");
    expect(calls.length).toBeGreaterThan(5);
    for (let at = 0; at < calls.length; at++)
      for (const moment of ["before", "after"] as const) {
        const { clock, store, asker, personId, other, build } = await stand();
        const dying = crashingStore(store, { at, moment });
        void build(dying.store).erasing.erase(asker, "k");
        await dying.died;
        const { erasing, told } = build(store);
        await erasing.job.run(signal);
        const begun = await store.erasures.get("k");
        if (!begun) {
          // Nothing was begun: whoever asked is run again.
          expect(await store.plays.bounds(listenerOf.person(personId))).toBeDefined();
          await erasing.erase(asker, "k");
        }
        await clock.advance(10 * MINUTE);
        await erasing.job.run(signal);
        const row = await store.erasures.get("k");
        expect(row, `${calls[at]} ${moment}`).toMatchObject({ status: "done", counts: { plays, shares: 1 } });
        expect(await store.people.get(personId)).toBeUndefined();
        expect(await store.plays.bounds(listenerOf.person(personId))).toBeUndefined();
        expect(await store.shares.of(other)).toHaveLength(1);
        // Who asked is told once it is done, unless their own command told them.
        expect(told.some(({ type }) => type === "erasure.owed")).toBe(row?.asker !== undefined);
      }
  }, 60_000);

  it("is not held up by another one that fails again and again", async () => {
    const { clock, store, asker, other, build } = await stand();
    await store.erasures.begin({
      key: "bad",
      receipt: "B",
      asker: { ...asker, personId: other },
      begunAt: 1,
      counts: {},
    });
    await store.erasures.begin({ key: "good", receipt: "G", asker, begunAt: 2, counts: {} });
    const failing = {
      ...store,
      erasures: {
        ...store.erasures,
        async empty(key: string) {
          if (key === "bad") throw new Error("its row cannot be read");
          return store.erasures.empty(key);
        },
      },
    };
    const { erasing } = build(failing);
    const round = Promise.resolve(erasing.job.run(signal)).catch(() => "failed");
    await clock.advance(MINUTE);
    await round;
    expect((await store.erasures.get("good"))?.status).toBe("done");
    expect((await store.erasures.get("bad"))?.status).toBe("begun");
  });

  it("goes on in the midst of the plays, and counts each of them once", async () => {
    const { clock, store, path, asker, personId } = await stand();
    await store.erasures.begin({ key: "k", receipt: "R", asker, begunAt: 1, counts: {} });
    await store.erasures.empty("k");
    const dying = await openStore({ url: `sqlite:${path}`, clock, log });
    const finishing = dying.erasures.finish("k", () => 5).catch(() => "died");
    const gone = async () => (await store.erasures.get("k"))?.counts.plays ?? 0;
    while ((await gone()) === 0) await new Promise(setImmediate);
    await dying.close();
    expect(await finishing).toBe("died");
    expect(await gone()).toBeLessThan(plays);
    expect(await store.erasures.finish("k", () => 5)).toMatchObject({ status: "done", counts: { plays } });
    expect(await store.people.get(personId)).toBeUndefined();
  });
});
