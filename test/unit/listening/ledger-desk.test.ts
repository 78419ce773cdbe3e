import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ListenerKey, listenerOf, type Sighting } from "../../../src/contracts/listening.ts";
import {
  DAY,
  HOUR,
  inWords,
  kept,
  type LedgerStand,
  listed,
  MINUTE,
  MORNING,
  noted,
  openLedger,
  SECOND,
  somebody,
  song,
  sumsOf,
  watched,
} from "../../support/ledger.ts";

let stand: LedgerStand;
beforeAll(async () => {
  stand = await openLedger();
});
afterAll(() => stand.close());

const play = (number: number, startedAt: number, change: Partial<Sighting> = {}) =>
  watched(song(number), startedAt, startedAt + 3 * MINUTE, change);

/** Songs 1, 2, 3, 1, 2, 3 an hour apart, over some months. */
async function somebodyWithPlays(every = HOUR): Promise<ListenerKey> {
  const listener = somebody();
  const numbers = [1, 2, 3, 1, 2, 3];
  await stand.ledger.record(
    listener,
    numbers.map((number, at) =>
      play(number, MORNING - (numbers.length - at) * every, { context: `memory:playlist:${at % 2}` }),
    ),
  );
  return listener;
}
const hiddenOf = async (listener: ListenerKey) => (await kept(stand, listener)).map(({ hidden }) => hidden);
const idsOf = async (listener: ListenerKey) => {
  const rows = await stand.store.playStats.recent(listener, Number.MAX_SAFE_INTEGER, 100);
  return rows.reverse();
};
async function sound(listener: ListenerKey) {
  const { kept: sums, summed } = await sumsOf(stand, listener);
  expect(sums).toEqual(summed);
}

describe("hiding", () => {
  it("leaves what it hides in place, hides what comes later, and is taken back", async () => {
    const listener = await somebodyWithPlays(40 * DAY);
    const [first] = await idsOf(listener);
    const { rule, plays } = await stand.desk.hide(listener, { what: "track", id: first?.trackId ?? 0 });
    expect(plays).toBe(2);
    expect(await hiddenOf(listener)).toEqual([true, false, false, true, false, false]);
    await sound(listener);
    await stand.ledger.record(listener, [play(1, MORNING), play(2, MORNING + HOUR)]);
    expect(await hiddenOf(listener)).toEqual([true, false, false, true, false, false, true, false]);
    await sound(listener);
    expect(await stand.desk.rules(listener)).toEqual([rule]);
    expect(await stand.desk.unhide(listener, rule.id)).toBe(3);
    expect(await stand.desk.unhide(listener, rule.id)).toBeUndefined();
    expect((await hiddenOf(listener)).some(Boolean)).toBe(false);
    await sound(listener);
  });

  it("is by artist, album, context, session or one play", async () => {
    const listener = await somebodyWithPlays();
    const [first, second] = await idsOf(listener);
    const hide = async (...part: Parameters<typeof stand.desk.hide>) => {
      const { rule, plays } = await stand.desk.hide(...part);
      await sound(listener);
      await stand.desk.unhide(listener, rule.id);
      return plays;
    };
    const [artist] = await stand.store.playStats.top(
      [listener],
      "artists",
      { fromAt: 0, untilAt: MORNING },
      { limit: 1, offset: 0, allArtists: false },
    );
    const [album] = await stand.store.playStats.top(
      [listener],
      "albums",
      { fromAt: 0, untilAt: MORNING },
      { limit: 1, offset: 0, allArtists: false },
    );
    expect(await hide(listener, { what: "artist", id: artist?.id ?? 0 })).toBe(2);
    expect(await hide(listener, { what: "album", id: album?.id ?? 0 })).toBe(2);
    expect(await hide(listener, { what: "context", context: "memory:playlist:1" })).toBe(3);
    expect(await hide(listener, { what: "span", fromAt: first?.startedAt ?? 0, untilAt: second?.endedAt ?? 0 })).toBe(
      2,
    );
    expect(await hide(listener, { what: "play", playId: first?.playId ?? 0 })).toBe(1);
    expect((await hiddenOf(listener)).some(Boolean)).toBe(false);
  });

  it("by two rules ends with the last of them", async () => {
    const listener = await somebodyWithPlays();
    const [first] = await idsOf(listener);
    const one = await stand.desk.hide(listener, { what: "track", id: first?.trackId ?? 0 });
    const two = await stand.desk.hide(listener, { what: "span", fromAt: 0, untilAt: MORNING });
    expect(two.plays).toBe(4);
    expect(await stand.desk.unhide(listener, one.rule.id)).toBe(0);
    expect(await hiddenOf(listener)).toEqual([true, true, true, true, true, true]);
    expect(await stand.desk.unhide(listener, two.rule.id)).toBe(6);
  });

  it("goes on after a crash: the rule is kept before any play is touched", async () => {
    const listener = await somebodyWithPlays();
    const [first] = await idsOf(listener);
    await stand.store.plays.addRule(listener, { part: { what: "track", id: first?.trackId ?? 0 }, createdAt: 1 });
    expect((await hiddenOf(listener)).some(Boolean)).toBe(false);
    await stand.reviews.job.run(new AbortController().signal);
    expect(await hiddenOf(listener)).toEqual([true, false, false, true, false, false]);
    expect(await stand.store.plays.reviews(listener)).toEqual([]);
    await sound(listener);
  });

  it("of a play that is not there, or somebody else's, is refused", async () => {
    const listener = await somebodyWithPlays();
    const [first] = await idsOf(listener);
    await expect(stand.desk.hide(somebody(), { what: "play", playId: first?.playId ?? 0 })).rejects.toMatchObject({
      code: "NotFound",
      details: { what: "play" },
    });
  });
});

describe("deleting", () => {
  it("is for good: no source brings one play back, and the same song beside it stays", async () => {
    const listener = somebody();
    const starts = [MORNING, MORNING + 3 * MINUTE, MORNING + 6 * MINUTE];
    const watchings = starts.map((at) => play(1, at));
    await stand.ledger.record(listener, watchings);
    const second = (await idsOf(listener))[1];
    expect(await stand.desk.remove(listener, { what: "play", playId: second?.playId ?? 0 })).toBe(1);
    const again = await stand.ledger.record(listener, [
      ...watchings,
      ...starts.map((at) => listed(song(1), at + 3 * MINUTE)),
      ...starts.map((at) => noted(song(1), at + SECOND)),
    ]);
    expect(again.map(({ outcome }) => outcome)).toEqual(Array(3).fill(["merged", "deleted", "merged"]).flat());
    expect((await kept(stand, listener)).map(({ startedAt }) => startedAt)).toEqual([starts[0], starts[2]]);
    await sound(listener);
  });

  it("of a session or a track holds up to now, not beyond", async () => {
    const listener = await somebodyWithPlays();
    const rows = await idsOf(listener);
    expect(
      await stand.desk.remove(listener, {
        what: "span",
        fromAt: rows[0]?.startedAt ?? 0,
        untilAt: rows[1]?.endedAt ?? 0,
      }),
    ).toBe(2);
    expect(await stand.desk.remove(listener, { what: "track", id: rows[2]?.trackId ?? 0 })).toBe(2);
    expect(await stand.ledger.record(listener, [play(3, rows[2]?.startedAt ?? 0)])).toEqual([{ outcome: "deleted" }]);
    await stand.clock.advance(2 * DAY);
    expect(await stand.ledger.record(listener, [play(3, stand.clock.now() - HOUR)])).toMatchObject([
      { outcome: "added" },
    ]);
    expect(await kept(stand, listener)).toHaveLength(3);
    await sound(listener);
  });

  it("of a session holds against a source that takes the end for the start", async () => {
    const listener = somebody();
    const starts = [MORNING, MORNING + 3 * MINUTE, MORNING + 6 * MINUTE];
    await stand.ledger.record(
      listener,
      starts.map((at, index) => play(index + 1, at)),
    );
    expect(await stand.desk.remove(listener, { what: "span", fromAt: MORNING, untilAt: MORNING + 9 * MINUTE })).toBe(3);
    const shifted = await stand.ledger.record(listener, [
      noted(song(3), MORNING + 9 * MINUTE),
      listed(song(1), MORNING),
      noted(song(4), MORNING + 9 * MINUTE),
    ]);
    expect(shifted.map(({ outcome }) => outcome)).toEqual(["deleted", "deleted", "added"]);
    expect(await stand.store.plays.reviews(listener)).toEqual([]);
  });

  it("of a source keeps what others saw, as they saw it", async () => {
    const listener = somebody();
    await stand.ledger.record(listener, [
      play(1, MORNING),
      noted(song(1), MORNING + 2 * SECOND),
      play(2, MORNING + HOUR),
      noted(song(3), MORNING + 2 * HOUR),
    ]);
    expect(await stand.desk.forgetOrigin(listener, "memory")).toEqual({ plays: 1, evidence: 2 });
    expect(await kept(stand, listener)).toMatchObject([
      { startedAt: MORNING + 2 * SECOND, seenBy: ["history"] },
      { startedAt: MORNING + 2 * HOUR, seenBy: ["history"] },
    ]);
    expect(await stand.desk.forgetOrigin(listener, "memory")).toEqual({ plays: 0, evidence: 0 });
    await sound(listener);
  });

  it("of everything leaves nothing, and a new start", async () => {
    const listener = await somebodyWithPlays();
    const [first] = await idsOf(listener);
    await stand.desk.hide(listener, { what: "span", fromAt: 0, untilAt: 5 });
    await stand.desk.remove(listener, { what: "play", playId: first?.playId ?? 0 });
    await stand.ledger.gap(listener, { fromAt: MORNING + DAY, untilAt: MORNING + 2 * DAY, why: "offline" });
    expect(await stand.desk.forget(listener)).toMatchObject({
      plays: 5,
      evidence: 5,
      rules: 1,
      tombstones: 1,
      gaps: 1,
    });
    expect(await stand.ledger.health(listener)).toEqual({});
    expect(await stand.desk.forget(listener)).toEqual({});
    expect(await stand.ledger.record(listener, [play(1, first?.startedAt ?? 0)])).toMatchObject([{ outcome: "added" }]);
    await sound(listener);
  });
});

describe("a crash while everything is deleted", () => {
  it("leaves a listener whom nobody finds, and the next sweep ends it", async () => {
    const listener = await somebodyWithPlays();
    const file = new DatabaseSync(stand.path);
    const rows = (table: string) => file.prepare(`select count(*) as rows from ${table}`).get()?.rows;
    const before = [rows("plays"), rows("play_evidence"), rows("play_sums")];
    const leaving = await somebodyWithPlays();
    file.prepare("update listeners set key = 'forgotten:' || id where key = ?").run(leaving);
    expect(await stand.ledger.health(leaving)).toEqual({});
    expect(await stand.ledger.record(leaving, [play(1, MORNING)])).toMatchObject([{ outcome: "added" }]);
    await stand.desk.forget(leaving);
    file
      .prepare("insert into people (id, created_at, operator) values (?, 1, 0)")
      .run(listener.slice("person:".length));
    await stand.store.sweep(1);
    const mine = file.prepare("select count(*) as rows from plays join listeners l on l.id = listener where l.key = ?");
    expect(mine.get(listener)).toEqual({ rows: 6 });
    expect(rows("plays")).toBe(6);
    expect(before[0]).toBeGreaterThan(6);
    expect(rows("play_evidence")).toBe(6);
    expect(file.prepare("select count(*) as rows from listeners where key like 'forgotten:%'").get()).toEqual({
      rows: 0,
    });
    file.close();
  });
});

describe("gaps", () => {
  const at = (hour: number) => MORNING + hour * HOUR;
  const gap = (from: number, until: number, why = "offline" as const) => ({
    fromAt: at(from),
    untilAt: at(until),
    why,
  });
  const all = { fromAt: 0, untilAt: MORNING + DAY };

  it("that touch become one; of two reasons the first that is known stays", async () => {
    const listener = somebody();
    await stand.ledger.gap(listener, gap(1, 2));
    await stand.ledger.gap(listener, gap(3, 4));
    await stand.ledger.gap(listener, gap(2, 3));
    expect(await stand.ledger.gaps(listener, all)).toEqual([gap(1, 4)]);
    await stand.ledger.gap(listener, { ...gap(0, 6), why: "budget" });
    expect(await stand.ledger.gaps(listener, all)).toEqual([
      { ...gap(0, 1), why: "budget" },
      gap(1, 4),
      { ...gap(4, 6), why: "budget" },
    ]);
    expect(await stand.ledger.gaps(listener, { fromAt: at(1.5), untilAt: at(2) })).toEqual([gap(1, 4)]);
    await stand.ledger.gap(listener, gap(9, 9));
    expect(await stand.ledger.gaps(listener, { fromAt: at(7), untilAt: at(20) })).toEqual([]);
  });

  it("are closed by what is recorded inside, as far as it reaches, whichever came first", async () => {
    const early = somebody();
    const late = somebody();
    await stand.ledger.gap(early, gap(1, 2));
    for (const listener of [early, late]) await stand.ledger.record(listener, [play(1, at(1)), play(2, at(1.5))]);
    await stand.ledger.gap(late, gap(1, 2));
    const left = [
      { fromAt: at(1) + 3 * MINUTE, untilAt: at(1.5), why: "offline" },
      { fromAt: at(1.5) + 3 * MINUTE, untilAt: at(2), why: "offline" },
    ];
    expect(await stand.ledger.gaps(early, all)).toEqual(left);
    expect(await stand.ledger.gaps(late, all)).toEqual(left);
  });

  it("are closed where a file covers them, silence included", async () => {
    const listener = somebody();
    await stand.ledger.gap(listener, gap(1, 6));
    await stand.ledger.covered(listener, { fromAt: at(2), untilAt: at(3) });
    expect(await stand.ledger.gaps(listener, all)).toEqual([gap(1, 2), gap(3, 6)]);
    await stand.ledger.covered(listener, { fromAt: 0, untilAt: at(20) });
    expect(await stand.ledger.gaps(listener, all)).toEqual([]);
  });
});

describe("health", () => {
  it("knows the first and the last play and when all was read, which never goes back", async () => {
    const listener = somebody();
    expect(await stand.ledger.health(listener)).toEqual({});
    await stand.ledger.read(listener, MORNING);
    await stand.ledger.read(listener, MORNING - HOUR);
    await stand.ledger.record(listener, [play(1, MORNING), play(2, MORNING - DAY)]);
    expect(await stand.ledger.health(listener)).toEqual({ firstAt: MORNING - DAY, lastAt: MORNING, readAt: MORNING });
  });
});

describe("joining two people", () => {
  it("makes their plays one history, folds what both recorded, and keeps hidden what was", async () => {
    const { store } = stand;
    const user = (id: string) => ({ platform: "web", tenant: "", id });
    const party = async (id: string) => {
      const { id: personId } = await store.people.ensure(user(id), id, 1);
      return { personId, user: user(id), userName: id, place: user(id), direct: true, locale: "en" };
    };
    const [host, guest] = [await party("host"), await party("guest")];
    const [ours, theirs] = [listenerOf.person(host.personId), listenerOf.person(guest.personId)];
    const at = stand.clock.now() - 5 * DAY;
    await stand.ledger.record(ours, [play(1, at), play(2, at + HOUR)]);
    await stand.ledger.record(theirs, [
      noted(song(1), at + 2 * SECOND),
      noted(song(3), at + 2 * HOUR),
      watched(inWords(song(4)), at + 3 * HOUR, at + 3 * HOUR + MINUTE),
    ]);
    const third = (await idsOf(theirs))[1];
    await stand.desk.hide(theirs, { what: "track", id: third?.trackId ?? 0 });
    await stand.ledger.gap(theirs, { fromAt: at, untilAt: at + 2 * HOUR, why: "offline" });

    await store.joins.create({ id: "j", codeHash: "c", status: "code", host, createdAt: 10, expiresAt: 100 });
    // They have a history, so they are asked.
    expect(await store.joins.redeem("c", guest, 20, 1_000)).toMatchObject({
      row: { status: "guest_asked", plan: { history: true } },
    });
    await store.joins.move("j", ["guest_asked"], { status: "host_asked" }, 30);
    expect(await store.joins.settle("j", "receipt", 40)).toMatchObject({ status: "done" });

    await stand.reviews.job.run(new AbortController().signal);
    expect((await kept(stand, ours)).map(({ startedAt, hidden, seenBy }) => [startedAt - at, hidden, seenBy])).toEqual([
      [0, false, ["history same", "observed"]],
      [HOUR, false, ["observed"]],
      [2 * HOUR, true, ["history"]],
      [3 * HOUR, false, ["observed"]],
    ]);
    expect(await kept(stand, theirs)).toEqual([]);
    expect(await stand.desk.rules(ours)).toHaveLength(1);
    expect(await stand.ledger.gaps(ours, { fromAt: at, untilAt: at + DAY })).not.toEqual([]);
    await sound(ours);
  });
});
