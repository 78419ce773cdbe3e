import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { listenerOf } from "../../../src/contracts/listening.ts";
import { type Share, type ShareSpot, type ShareUse, shareUses } from "../../../src/contracts/sharing.ts";
import { createPrivateTimes } from "../../../src/listening/ledger/private-times.ts";
import { createSharing } from "../../../src/listening/sharing.ts";
import { openLedger } from "../../support/ledger.ts";
import { silentLog } from "../../support/log.ts";

const hall: ShareSpot = { platform: "web", tenant: "team", id: "hall" };
const yard: ShareSpot = { ...hall, id: "yard" };

async function stand(hasLeft: (personId: string, place: ShareSpot) => boolean = () => false) {
  const { clock, store, close } = await openLedger();
  onTestFinished(close);
  const privateTimes = createPrivateTimes({ store, clock });
  const sharing = createSharing({
    store,
    privateTimes,
    hasLeft: async (personId, place) => hasLeft(personId, place),
    clock,
    log: silentLog,
  });
  return { clock, store, sharing, privateTimes };
}

describe("sharing", () => {
  it("shows nothing anywhere that was not allowed for that very place and use", async () => {
    const { sharing } = await stand();
    await sharing.allow("ada", "compare", hall);
    expect(await sharing.willing("compare", hall)).toEqual(["ada"]);
    expect(await sharing.willing("announce", hall)).toEqual([]);
    expect(await sharing.willing("compare", yard)).toEqual([]);
    expect(await sharing.willing("compare", { ...hall, tenant: "other" })).toEqual([]);
    expect(await sharing.places("compare", "ada")).toEqual([hall]);
    expect(await sharing.places("digest", "ada")).toEqual([]);
  });

  it("is of the place, whatever thread of it somebody speaks in", async () => {
    const { sharing } = await stand();
    const thread = { ...hall, thread: "7" };
    await sharing.allow("ada", "compare", thread);
    expect(await sharing.of("ada")).toMatchObject([{ place: hall }]);
    expect(await sharing.revoke({ personId: "ada", place: thread })).toHaveLength(1);
  });

  it("leaves out whoever is private now, and them alone", async () => {
    const { sharing, privateTimes, clock } = await stand();
    for (const name of ["ada", "ben"]) await sharing.allow(name, "compare", hall);
    const now = clock.now();
    await privateTimes.add(listenerOf.person("ada"), { fromAt: now, untilAt: now + 1_000 });
    expect(await sharing.willing("compare", hall)).toEqual(["ben"]);
    expect(await sharing.places("compare", "ada")).toEqual([]);
    expect(await sharing.of("ada")).toHaveLength(1);
    await clock.advance(1_000);
    expect(await sharing.willing("compare", hall)).toEqual(["ada", "ben"]);
  });

  it("tells of every change once, and never of what changed nothing", async () => {
    const { sharing } = await stand();
    const heard: [ShareUse, boolean][] = [];
    const stop = sharing.onChange(({ share, allowed }) => heard.push([share.use, allowed]));
    sharing.onChange(() => {
      throw new Error("a listener of somebody else");
    });
    await sharing.allow("ada", "compare", hall);
    await sharing.allow("ada", "compare", hall);
    await sharing.allow("ada", "digest", hall);
    await sharing.revoke({ personId: "ada", use: "announce" });
    await sharing.leave({ platform: "web", tenant: "team" });
    stop();
    await sharing.allow("ada", "compare", hall);
    expect(heard).toEqual([
      ["compare", true],
      ["digest", true],
      ["compare", false],
      ["digest", false],
    ]);
  });

  it("is told of where it changes with who people are", async () => {
    const { sharing, store } = await stand();
    await sharing.allow("ada", "announce", hall);
    const [share] = await sharing.of("ada");
    const heard: [string, boolean][] = [];
    sharing.onChange(({ share: { personId }, allowed }) => heard.push([personId, allowed]));
    // Somebody else has become Ada.
    await sharing.joined("ben", "ada");
    expect(heard.splice(0)).toEqual([
      ["ben", false],
      ["ada", true],
    ]);
    await store.shares.remove({ personId: "ada" });
    sharing.ended(share ? [share] : []);
    expect(heard).toEqual([["ada", false]]);
  });

  it("follows its place to another id, and ends with the place", async () => {
    const { sharing } = await stand();
    await sharing.allow("ada", "compare", hall);
    const heard: [string, boolean][] = [];
    const stop = sharing.onChange(({ share, allowed }) => heard.push([share.place.id, allowed]));
    await sharing.move(hall, yard);
    stop();
    expect(heard).toEqual([["yard", true]]);
    expect(await sharing.willing("compare", hall)).toEqual([]);
    expect(await sharing.willing("compare", yard)).toEqual(["ada"]);
    expect(await sharing.leave(yard)).toMatchObject([{ personId: "ada", use: "compare" }]);
    expect(await sharing.of("ada")).toEqual([]);
  });

  it("ends for those who left, over any number of people, and starts over", async () => {
    const gone = new Set(["p3", "p150"]);
    const { sharing } = await stand((personId, place) => gone.has(personId) && place.id === "hall");
    for (let at = 0; at < 205; at++) await sharing.allow(`p${at}`, "compare", hall);
    await sharing.allow("p3", "compare", yard);
    const [job] = sharing.jobs;
    const signal = new AbortController().signal;
    const waits: unknown[] = [];
    for (let round = 0; round < 3; round++) waits.push(await job?.run(signal));
    expect(waits).toEqual([{ againInMs: 60_000 }, { againInMs: 60_000 }, { againInMs: 6 * 60 * 60_000 }]);
    expect(await sharing.willing("compare", hall)).toHaveLength(203);
    expect(await sharing.willing("compare", yard)).toEqual(["p3"]);
    gone.add("p0");
    await job?.run(signal);
    expect(await sharing.of("p0")).toEqual([]);
  });

  it("never shows what was taken back, whatever was allowed and revoked before", async () => {
    const person = fc.constantFrom("ada", "ben", "cleo");
    const place = fc.constantFrom(hall, yard);
    const use = fc.constantFrom(...shareUses);
    const step = fc.record({
      act: fc.constantFrom("allow" as const, "revoke" as const, "leave" as const),
      person,
      place: fc.option(place, { nil: undefined }),
      use: fc.option(use, { nil: undefined }),
    });
    const { sharing } = await stand();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await sharing.leave({ platform: "web", tenant: "team" });
        const model = new Map<string, Pick<Share, "personId" | "use" | "place">>();
        for (const { act, person: personId, place: where, use: what } of steps) {
          const matches = (each: Pick<Share, "personId" | "use" | "place">) =>
            (act === "leave" || each.personId === personId) &&
            (act === "leave" || what === undefined || each.use === what) &&
            (where === undefined || each.place === where);
          if (act === "allow") {
            const [at, by] = [where ?? hall, what ?? "compare"];
            await sharing.allow(personId, by, at);
            model.set(`${personId} ${by} ${at.id}`, { personId, use: by, place: at });
            continue;
          }
          if (act === "leave") await sharing.leave(where ?? { platform: "web", tenant: "team" });
          else await sharing.revoke({ personId, ...(what && { use: what }), ...(where && { place: where }) });
          for (const [key, each] of model) if (matches(each)) model.delete(key);
        }
        for (const at of [hall, yard])
          for (const by of shareUses) {
            const left = [...model.values()].filter((each) => each.use === by && each.place === at);
            expect((await sharing.willing(by, at)).toSorted()).toEqual(left.map((each) => each.personId).toSorted());
          }
      }),
      { numRuns: 40 },
    );
  });
});
