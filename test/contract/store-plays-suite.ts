import { describe, expect, it } from "vitest";
import { type Heard, type ListenerKey, listenerOf, type Period, type Sighting } from "../../src/contracts/listening.ts";
import type { KeptPlay } from "../../src/contracts/plays.ts";
import type { Store } from "../../src/contracts/store.ts";
import { createHistoryDesk } from "../../src/listening/ledger/desk.ts";
import { createLedger } from "../../src/listening/ledger/ledger.ts";
import { createReviews } from "../../src/listening/ledger/review.ts";
import { createStats } from "../../src/listening/stats/stats.ts";
import { DAY, HOUR, person, type Stores, unique, user } from "./store-rows.ts";

const MINUTE = 60_000;
const always: Period = { fromAt: 0, untilAt: Date.UTC(2100, 0, 1) };

/** The same numbers each time, so that a failure can be looked at. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * sides);
  };
}

function song(number: number): Heard {
  const guests = number % 3 === 0 ? [{ name: `Guest ${number % 2}` }] : [];
  return {
    kind: number % 10 === 9 ? "episode" : "track",
    uri: `memory:track:${number}`,
    title: `Song ${number}`,
    artists: [{ name: `Band ${number % 5}` }, ...guests],
    ...(number % 4 > 0 && { album: { name: `Album ${number % 8}` } }),
    durationMs: 3 * MINUTE,
  };
}

async function playsOf(store: Store, listener: ListenerKey): Promise<KeptPlay[]> {
  let plays: KeptPlay[] = [];
  await store.plays.revise(listener, { periods: [always] }, (near) => {
    plays = near.plays;
    return { put: [], gone: [] };
  });
  return plays;
}

/** What is kept of listening, and what is made of it, against the same worked out plainly. */
export function playSuite(stores: Stores): void {
  const of = (store: Store) => {
    const { clock } = stores;
    const reviews = createReviews({ store, clock });
    return {
      ledger: createLedger({ store, clock, privateTimes: async () => [] }),
      desk: createHistoryDesk({ store, clock, reviews }),
      stats: createStats({ store, clock }),
      reviews,
    };
  };
  const listenerOfSomebody = async () => listenerOf.person(await person(stores));
  const sighting = (heard: Heard, startedAt: number, lengthMs = 3 * MINUTE): Sighting => ({
    source: { origin: "memory", way: "observed" },
    key: `${heard.uri} ${startedAt}`,
    heard,
    startedAt,
    endedAt: startedAt + lengthMs,
    exact: "both",
    listenedMs: lengthMs,
  });

  /** Two years of listening, some of it skipped and some hidden, some in the hours around a new month. */
  async function years(seed: number): Promise<ListenerKey> {
    const listener = await listenerOfSomebody();
    const { ledger, desk } = of(stores.store);
    const roll = dice(seed);
    const end = stores.clock.now();
    const sightings: Sighting[] = [];
    for (let at = end - 700 * DAY; at < end - HOUR; at += (4 + roll(60)) * MINUTE * (roll(5) === 0 ? 200 : 1)) {
      sightings.push(sighting(song(roll(40)), at, roll(6) === 0 ? MINUTE : 3 * MINUTE));
      if (sightings.length >= 1_500) break;
    }
    await ledger.record(listener, sightings);
    const [first] = await playsOf(stores.store, listener);
    await desk.hide(listener, { what: "track", id: first?.trackId ?? 0 });
    return listener;
  }

  describe("charts", () => {
    const periods = (now: number): [string, Period][] => [
      ["all time", { fromAt: 0, untilAt: now }],
      ["a month in UTC", { fromAt: Date.UTC(2026, 2), untilAt: Date.UTC(2026, 3) }],
      ["a month in a zone", { fromAt: Date.UTC(2026, 2) - HOUR, untilAt: Date.UTC(2026, 3) - 2 * HOUR }],
      ["a year in a zone", { fromAt: Date.UTC(2025, 0) + 5.5 * HOUR, untilAt: Date.UTC(2026, 0) + 5.5 * HOUR }],
      ["four weeks", { fromAt: Date.UTC(2026, 4, 20, 7), untilAt: Date.UTC(2026, 5, 17, 7) }],
      ["an afternoon", { fromAt: Date.UTC(2026, 4, 20, 12), untilAt: Date.UTC(2026, 4, 20, 18) }],
      ["more than a year", { fromAt: Date.UTC(2025, 3, 20), untilAt: Date.UTC(2026, 9, 3) }],
      ["what is to come", { fromAt: now + DAY, untilAt: now + 2 * DAY }],
      ["nothing", { fromAt: now, untilAt: now - DAY }],
    ];

    it("are what the plays say, of any period, for one and for several", async () => {
      const listeners = [await years(1), await years(2)];
      const { stats } = of(stores.other);
      const plays = (await Promise.all(listeners.map((each) => playsOf(stores.store, each)))).map((all) =>
        all.filter(({ counts, hiddenBy }) => counts && hiddenBy === undefined),
      );
      expect(plays.every((all) => all.length > 300)).toBe(true);
      for (const [name, period] of periods(stores.clock.now()))
        for (const who of [listeners, listeners.slice(0, 1)]) {
          const within = who.map((_, at) =>
            (plays[at] ?? []).filter(({ startedAt }) => startedAt >= period.fromAt && startedAt < period.untilAt),
          );
          const rows = await stats.top(who, "tracks", period, { limit: 200 });
          const episodes = await stats.top(who, "episodes", period, { limit: 200 });
          const expected = new Map<number, { plays: number; listenedMs: number; listeners: number }>();
          for (const mine of within)
            for (const [trackId, all] of Map.groupBy(mine, (play) => play.trackId)) {
              const sum = expected.get(trackId) ?? { plays: 0, listenedMs: 0, listeners: 0 };
              expected.set(trackId, {
                plays: sum.plays + all.length,
                listenedMs: sum.listenedMs + all.reduce((ms, { listenedMs }) => ms + listenedMs, 0),
                listeners: sum.listeners + 1,
              });
            }
          const found = new Map(
            [...rows, ...episodes].map(({ id, plays: count, listenedMs, listeners: by }) => [
              id,
              { plays: count, listenedMs, listeners: by },
            ]),
          );
          expect(found, name).toEqual(expected);
          expect(rows.map((row) => row.plays)).toEqual(rows.map((row) => row.plays).toSorted((a, b) => b - a));
          expect(episodes.every((row) => row.name.endsWith("9"))).toBe(true);

          const artists = await stats.top(who, "artists", period, { limit: 200 });
          const all = await stats.top(who, "artists", period, { limit: 200, artists: "all" });
          const albums = await stats.top(who, "albums", period, { limit: 200 });
          const sumOf = (each: (number: number) => string[]) => {
            const sums = new Map<string, number>();
            for (const row of rows)
              for (const key of each(Number(row.name.slice(5)))) sums.set(key, (sums.get(key) ?? 0) + row.plays);
            return sums;
          };
          const toMap = (chart: typeof rows) => new Map(chart.map((row) => [row.name, row.plays]));
          expect(toMap(artists), name).toEqual(sumOf((number) => [`Band ${number % 5}`]));
          expect(toMap(all), name).toEqual(sumOf((number) => song(number).artists.map((artist) => artist.name)));
          // One title by several artists is several albums.
          const byAlbum = Map.groupBy(albums, (row) => row.name);
          const summed = [...byAlbum].map(
            ([key, same]) => [key, same.reduce((sum, row) => sum + row.plays, 0)] as const,
          );
          expect(new Map(summed), name).toEqual(sumOf((number) => [song(number).album?.name ?? []].flat()));

          const totals = await stats.totals([...who, "person:nobody"], period);
          expect(totals.map((each) => each.plays).reduce((a, b) => a + b, 0)).toBe(
            rows.reduce((sum, row) => sum + row.plays, 0),
          );
          expect(totals.at(-1)).toEqual({ plays: 0, listenedMs: 0, tracks: 0, artists: 0, unknownMs: 0 });
          if (who.length === 1) expect(totals[0]).toMatchObject({ tracks: rows.length, artists: artists.length });
        }
      const [second] = await stats.top(listeners, "tracks", always, { limit: 1, offset: 1 });
      expect(second).toEqual((await stats.top(listeners, "tracks", always, { limit: 2 }))[1]);
      expect(await stats.top([], "tracks", always)).toEqual([]);
      expect(await stats.top(["person:nobody"], "tracks", always)).toEqual([]);
    }, 60_000);
  });

  describe("history", () => {
    it("is found by name among several, counted for each of them, and known by its sources", async () => {
      const [one, two, three] = [await listenerOfSomebody(), await listenerOfSomebody(), await listenerOfSomebody()];
      const { ledger, stats } = of(stores.store);
      const at = Date.UTC(2026, 5, 1, 12);
      const word = unique("Heron").replace(/\W/g, "");
      const heard = (number: number, title: string, artist: string, when: number, origin = "memory") => ({
        ...sighting(
          { ...song(number), uri: `memory:track:${word}${number}`, title, artists: [{ name: artist }] },
          when,
        ),
        source: { origin, way: "observed" as const },
      });
      await ledger.record(one, [
        heard(1, "Sea", word, at),
        heard(1, "Sea", word, at + HOUR),
        heard(2, "Air", `The ${word} Band`, at + 2 * HOUR, "other"),
      ]);
      await ledger.record(two, [
        heard(1, "Sea", word, at),
        ...[1, 2, 3, 4].map((hours) => heard(2, "Air", `The ${word} Band`, at + hours * HOUR)),
      ]);
      const both = [one, two];
      // The name itself comes before what is played more and only holds the word.
      const artists = await stats.find(both, "artist", word.toUpperCase());
      expect(artists).toMatchObject([
        { name: word, plays: 3, listeners: 2 },
        { name: `The ${word} Band`, plays: 5, listeners: 2 },
      ]);
      expect(await stats.find([three], "artist", word)).toEqual([]);
      expect(await stats.find([], "artist", word)).toEqual([]);
      expect(await stats.find(both, "artist", "%_")).toEqual([]);
      const [track] = await stats.find(both, "track", `air ${word}`);
      expect(track).toMatchObject({ name: "Air", plays: 5 });
      const artistId = artists[0]?.id ?? 0;
      const counts = await stats.heard([three, two, one], { artistId });
      expect(counts.map(({ plays }) => plays)).toEqual([0, 1, 2]);
      expect(await stats.heard([one], { trackId: track?.id ?? 0 })).toMatchObject([{ plays: 1 }]);
      expect(await stats.heard([], { artistId })).toEqual([]);
      expect(await stats.origins(one)).toEqual([
        { origin: "memory", plays: 2 },
        { origin: "other", plays: 1 },
      ]);
      expect(await stats.origins(three)).toEqual([]);
    });

    it("is told newest first, searched, and known from its start", async () => {
      const listener = await listenerOfSomebody();
      const { ledger, stats } = of(stores.store);
      const at = Date.UTC(2026, 5, 1, 12);
      const word = unique("Zebra").replace(/\W/g, "");
      await ledger.record(listener, [
        sighting({ ...song(1), uri: `memory:track:${word}`, title: `100% ${word}` }, at),
        sighting(song(2), at - 40 * DAY),
        sighting(song(2), at + HOUR),
        sighting(song(2), at + 2 * HOUR, MINUTE),
      ]);
      const told = await of(stores.other).stats.recent(listener);
      expect(told.map(({ startedAt, counts }) => [startedAt - at, counts])).toEqual([
        [2 * HOUR, false],
        [HOUR, true],
        [0, true],
        [-40 * DAY, true],
      ]);
      expect(told[2]).toMatchObject({
        title: `100% ${word}`,
        by: "Band 1",
        source: { origin: "memory", way: "observed" },
      });
      expect(await stats.recent(listener, { beforeAt: at, limit: 1 })).toMatchObject([{ startedAt: at - 40 * DAY }]);
      expect(await stats.search(listener, word.toUpperCase())).toMatchObject([{ plays: 1 }]);
      expect(await stats.search(listener, `band ${word}`)).toHaveLength(1);
      expect(await stats.search(listener, "song band")).toMatchObject([{ plays: 2, name: "Song 2" }]);
      expect(await stats.search(listener, "_")).toEqual([]);
      expect(await stats.search(listener, "%%%")).toEqual([]);
      const [, , , first] = told;
      expect(await stats.first(listener)).toEqual(first);
      expect(await stats.first(listener, { trackId: told[2]?.trackId ?? 0 })).toEqual(told[2]);
      const [band] = (await stats.top([listener], "artists", always)).filter(({ name }) => name === "Band 2");
      expect(await stats.first(listener, { artistId: band?.id ?? 0 })).toEqual(first);
      expect(await stats.first(listener, { trackId: 0 })).toBeUndefined();
      expect(await stats.first("person:nobody")).toBeUndefined();
    });

    it("tells what was new in a period", async () => {
      const listener = await listenerOfSomebody();
      const { ledger, stats } = of(stores.store);
      const at = Date.UTC(2026, 5, 10, 12);
      await ledger.record(listener, [
        sighting(song(1), at - 40 * DAY),
        sighting(song(1), at),
        sighting(song(6), at + HOUR),
        sighting(song(2), at + 2 * HOUR),
        sighting(song(2), at + 3 * HOUR),
        sighting(song(3), at + 9 * DAY),
      ]);
      const week = { fromAt: at - HOUR, untilAt: at + 7 * DAY };
      const tracks = await stats.discoveries(listener, "tracks", week);
      expect(tracks).toMatchObject({ total: 2, rows: [{ name: "Song 2", plays: 2 }, { name: "Song 6" }] });
      expect(await stats.discoveries(listener, "artists", week, { limit: 1 })).toMatchObject({
        total: 1,
        rows: [{ name: "Band 2" }],
      });
      expect(await stats.discoveries("person:nobody", "tracks", week)).toEqual({ rows: [], total: 0 });
    });

    it("says how much of a period is unknown", async () => {
      const listener = await listenerOfSomebody();
      const { ledger, stats } = of(stores.store);
      const at = Date.UTC(2026, 5, 10, 12);
      await ledger.gap(listener, { fromAt: at - HOUR, untilAt: at + HOUR, why: "offline" });
      await ledger.gap(listener, { fromAt: at + 3 * HOUR, untilAt: at + 9 * HOUR, why: "budget" });
      await ledger.record(listener, [sighting(song(1), at + 4 * HOUR, HOUR)]);
      const unknownIn = async (fromAt: number, untilAt: number) =>
        (await stats.totals([listener], { fromAt, untilAt }))[0]?.unknownMs;
      expect(await unknownIn(at, at + DAY)).toBe(6 * HOUR);
      expect(await unknownIn(at - DAY, at + 3.5 * HOUR)).toBe(2.5 * HOUR);
      expect(await unknownIn(at + 4 * HOUR, at + 5 * HOUR)).toBe(0);
    });

    it("falls into sessions and into the hours of a zone, also when the clocks are turned", async () => {
      const listener = await listenerOfSomebody();
      const { ledger, stats } = of(stores.store);
      // The night to Sunday, 29 March 2026, in which Berlin's clocks go from 2 to 3.
      const at = Date.UTC(2026, 2, 29, 0, 30);
      await ledger.record(listener, [
        sighting(song(1), at),
        sighting(song(2), at + 32 * MINUTE),
        sighting(song(3), at + 66 * MINUTE),
        sighting(song(4), at + 70 * MINUTE, MINUTE),
      ]);
      const period = { fromAt: at - DAY, untilAt: at + DAY };
      expect(await stats.sessions(listener, period)).toEqual({
        total: 2,
        longest: [
          { fromAt: at, untilAt: at + 35 * MINUTE, plays: 2, listenedMs: 6 * MINUTE },
          { fromAt: at + 66 * MINUTE, untilAt: at + 69 * MINUTE, plays: 1, listenedMs: 3 * MINUTE },
        ],
      });
      const clock = await stats.clock([listener], period, "Europe/Berlin");
      expect(clock.flatMap(({ plays }, hour) => (plays > 0 ? [[hour, plays]] : []))).toEqual([
        [1, 1],
        [3, 2],
      ]);
      const week = await stats.week(listener, period, "America/Los_Angeles");
      expect(week[5]?.slice(17, 19)).toEqual([1, 2]);
      expect(week.flat().reduce((sum, plays) => sum + plays, 0)).toBe(3);
      await expect(stats.clock([listener], period, "Nowhere/Atlantis")).rejects.toMatchObject({ code: "InvalidInput" });
    });

    it("counts each day once when the clocks are turned, and passes none over", async () => {
      const listener = await listenerOfSomebody();
      const { ledger, stats } = of(stores.store);
      // Berlin's clocks go forward on 29 March and back on 25 October 2026, and are an hour ahead in between.
      // Always just after midnight, and every other day late in the evening, too.
      const shortly = (summer: boolean) => (day: number) => [
        Date.UTC(2026, summer ? 2 : 9, day, summer && day < 30 ? 23 : 22, 5) - DAY,
        ...(day % 2 === 0 ? [Date.UTC(2026, summer ? 2 : 9, day, summer ? 20 : 21, 50)] : []),
      ];
      const days = [...[27, 28, 29, 30, 31].map(shortly(true)), ...[24, 25].map(shortly(false))].flat();
      await ledger.record(
        listener,
        days.map((at) => sighting(song(1), at)),
      );
      const inBerlin = new Set(days.map((at) => new Date(at).toLocaleDateString("sv", { timeZone: "Europe/Berlin" })));
      const { longest } = await stats.streaks(listener, "Europe/Berlin");
      expect([inBerlin.size, longest?.days]).toEqual([7, 5]);
    });

    it("has streaks of days that begin earlier and earlier", async () => {
      const listener = await listenerOfSomebody();
      const { ledger, stats } = of(stores.store);
      const midnight = Date.UTC(2026, 4, 4);
      await ledger.record(
        listener,
        [22, 20, 13, 7, 1].map((hour, day) => sighting(song(1), midnight + day * DAY + hour * HOUR)),
      );
      expect((await stats.streaks(listener, "UTC")).longest?.days).toBe(5);
    });

    it("adds up any number of periods", async () => {
      const [ada, ben] = [await listenerOfSomebody(), await listenerOfSomebody()];
      const { ledger, stats } = of(stores.store);
      const at = Date.UTC(2026, 0, 31, 12);
      for (const listener of [ada, ben])
        await ledger.record(
          listener,
          [0, 1, 2, 40].map((day) => sighting(song(day), at + day * DAY)),
        );
      const periods = [
        { fromAt: Date.UTC(2026, 0, 1) - HOUR, untilAt: Date.UTC(2026, 1, 1) - HOUR },
        { fromAt: Date.UTC(2026, 1, 1) - HOUR, untilAt: Date.UTC(2026, 2, 1) - HOUR },
        { fromAt: Date.UTC(2026, 1, 1) - HOUR, untilAt: Date.UTC(2027, 1, 1) - HOUR },
        { fromAt: 0, untilAt: HOUR },
      ];
      const listened = await stats.listened([ada, ben], periods);
      expect(listened).toEqual([2, 4, 6, 0].map((plays) => plays * 3 * MINUTE));
      expect(await stats.listened(["person:nobody"], periods)).toEqual([0, 0, 0, 0]);
    });

    it("has streaks of days in the zone", async () => {
      const listener = await listenerOfSomebody();
      const { ledger, stats } = of(stores.store);
      const today = Math.floor(stores.clock.now() / DAY) * DAY;
      expect(await stats.streaks(listener, "UTC")).toEqual({});
      const days = [1, 2, 3, 10, 11, 12, 13].map((ago) => today - ago * DAY + HOUR);
      await ledger.record(
        listener,
        days.map((at) => sighting(song(1), at)),
      );
      const run = (from: number, until: number, offset = 0) => ({
        fromAt: today - from * DAY + offset,
        untilAt: today - until * DAY + offset,
        days: from - until,
      });
      expect(await stats.streaks(listener, "UTC")).toEqual({ current: run(3, 0), longest: run(13, 9) });
      // An hour after midnight is still the day before in New York, so nothing was heard yesterday there.
      expect(await stats.streaks(listener, "America/New_York")).toMatchObject({ longest: { days: 4 } });
      expect(await stats.streaks(listener, "America/New_York")).not.toHaveProperty("current");
    });
  });

  describe("plays", () => {
    it("of one listener are written by one at a time, and what is heard is kept once for all", async () => {
      const [ada, ben] = [await listenerOfSomebody(), await listenerOfSomebody()];
      const at = Date.UTC(2026, 5, 1);
      const name = unique("Together");
      const heard = { ...song(1), uri: `memory:track:${name}`, title: name };
      const both = [of(stores.store).ledger, of(stores.other).ledger];
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          both[index % 2]?.record(index < 4 ? ada : ben, [{ ...sighting(heard, at), key: `key ${index}` }]),
        ),
      );
      expect(outcomes.flat().filter((each) => each?.outcome === "added")).toHaveLength(2);
      const plays = [...(await playsOf(stores.store, ada)), ...(await playsOf(stores.store, ben))];
      expect(plays).toHaveLength(2);
      expect(plays.every(({ evidence }) => evidence.length === 4)).toBe(true);
      expect(new Set(plays.map(({ trackId }) => trackId)).size).toBe(1);
    });

    it("of hostile words and numbers are kept as far as they make sense", async () => {
      const listener = await listenerOfSomebody();
      const { ledger, stats } = of(stores.store);
      const at = Date.UTC(2026, 5, 1);
      const strange: Heard[] = [
        { ...song(1), durationMs: 1e15, album: { name: "A", releaseYear: Number.NaN } },
        { ...song(2), durationMs: -1, album: { name: "B", releaseYear: 1e12 } },
        { ...song(3), uri: undefined, title: `\0${unique("y")}${"y".repeat(20_000)}`, isrc: "nothing of the kind" },
        { ...song(4), uri: `memory:${"x".repeat(5_000)}`, artists: Array(500).fill({ name: "Choir" }) },
        {
          ...song(5),
          uri: "memory:\0",
          title: "\0",
          artists: [{ name: "'); drop table plays; --" }, { name: "\uD800" }],
        },
      ];
      const recorded = await ledger.record(
        listener,
        strange.map((heard, index) => ({
          ...sighting(heard, at + index * HOUR),
          device: "d".repeat(9_000),
          context: "\0",
        })),
      );
      expect(recorded.map(({ outcome }) => outcome)).toEqual(Array(5).fill("added"));
      const told = await of(stores.other).stats.recent(listener);
      expect(told).toHaveLength(5);
      expect(Math.max(...told.map(({ title }) => title.length))).toBe(1_000);
      expect((await stats.top([listener], "artists", always)).map(({ name }) => name)).toContain("Choir");
    });

    it("are all written or none", async () => {
      const listener = await listenerOfSomebody();
      const decided = stores.store.plays.revise(listener, { periods: [always] }, () => {
        throw new Error("undecided");
      });
      await expect(decided).rejects.toThrow("undecided");
      expect(await stores.other.plays.bounds(listener)).toBeUndefined();
    });

    it("go with whoever was forgotten, and are swept when there is no such person", async () => {
      const listener = listenerOf.person(unique("nobody"));
      const player = listenerOf.player({ provider: "memory", playerId: unique("kitchen") });
      const { ledger } = of(stores.store);
      for (const each of [listener, player]) await ledger.record(each, [sighting(song(1), Date.UTC(2026, 5, 1))]);
      await stores.store.sweep(10);
      expect(await playsOf(stores.store, listener)).toEqual([]);
      expect(await playsOf(stores.store, player)).toHaveLength(1);
      expect(await of(stores.other).desk.forget(player)).toMatchObject({ plays: 1, evidence: 1 });
    });

    it("become the other's when two people are joined, sums, gaps, rules and deletions too", async () => {
      const { store } = stores;
      const { ledger, desk, stats, reviews } = of(store);
      const at = Date.UTC(2026, 5, 1);
      const party = async () => {
        const who = user();
        const { id: personId } = await store.people.ensure(who, "Ada", 1);
        return { personId, user: who, userName: "Ada", place: who, direct: true, locale: "en" };
      };
      const [host, guest, newcomer] = [await party(), await party(), await party()];
      const [ours, theirs] = [listenerOf.person(host.personId), listenerOf.person(guest.personId)];
      await ledger.record(ours, [sighting(song(1), at), sighting(song(2), at + HOUR)]);
      await ledger.record(
        theirs,
        [1, 9, 3, 4].map((number, hour) => sighting(song(number), at + hour * HOUR + 2_000)),
      );
      const [, third] = await stats.recent(theirs);
      await desk.hide(theirs, { what: "track", id: third?.trackId ?? 0 });
      const [fourth] = await stats.recent(theirs);
      await desk.remove(theirs, { what: "play", playId: fourth?.playId ?? 0 });
      await ledger.gap(theirs, { fromAt: at + 5 * HOUR, untilAt: at + 6 * HOUR, why: "offline" });

      const join = async (to: typeof host, from: typeof host) => {
        const id = unique("join");
        await store.joins.create({ id, codeHash: id, status: "code", host: to, createdAt: 10, expiresAt: 100 });
        await store.joins.redeem(id, from, 20, 1_000);
        await store.joins.move(id, ["guest_asked"], { status: "host_asked" }, 30);
        await store.joins.settle(id, unique("receipt"), 40);
      };
      // The first has no history of their own yet, the second has.
      await join(newcomer, guest);
      const before = listenerOf.person(newcomer.personId);
      expect(await playsOf(store, before)).toHaveLength(3);
      expect(await playsOf(store, theirs)).toEqual([]);
      await join(host, newcomer);
      expect(await playsOf(store, ours)).toHaveLength(5);
      await reviews.finish(ours);
      // The first is one of ours that both saw; it was said twice by the same source.
      expect(
        (await playsOf(store, ours)).map(({ startedAt, hiddenBy }) => [
          (startedAt - at) / HOUR,
          hiddenBy !== undefined,
        ]),
      ).toEqual([
        [0, false],
        [1, false],
        [1 + 2_000 / HOUR, false],
        [2 + 2_000 / HOUR, true],
      ]);
      expect(await stats.totals([ours], always)).toMatchObject([{ plays: 2, tracks: 2, unknownMs: HOUR }]);
      expect(await ledger.record(ours, [sighting(song(4), at + 3 * HOUR + 2_000)])).toEqual([{ outcome: "deleted" }]);
      expect(await of(stores.other).desk.rules(ours)).toHaveLength(1);
    });

    it("are reviewed a step at a time, and go on where the last step ended", async () => {
      const listener = await listenerOfSomebody();
      const { plays } = stores.store;
      await plays.addRule(listener, { part: { what: "span", fromAt: 0, untilAt: 20_000 }, createdAt: 1 });
      const [review] = await plays.reviews(listener);
      if (!review) throw new Error("nothing to review");
      await plays.reviewed(review, 7_000);
      const [rest] = await stores.other.plays.reviews(listener);
      expect(rest).toEqual({ ...review, fromAt: 7_000 });
      // Somebody else has done it meanwhile.
      await plays.reviewed(review, 9_000);
      expect(await plays.reviews(listener)).toEqual([rest]);
    });
  });
}
