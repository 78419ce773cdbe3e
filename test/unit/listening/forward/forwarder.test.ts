import { describe, expect, it } from "vitest";
import { inWords, noted, song } from "../../../support/ledger.ts";
import { DAY, HOUR, MINUTE, openForwarding, SECOND } from "./world.ts";

const titles = (user: { listens: { track_metadata: { track_name: string } }[] }) =>
  user.listens.map(({ track_metadata }) => track_metadata.track_name);

describe("plays are brought into a diary", () => {
  it("when they count, from the moment on at which the person agreed, with their start", async () => {
    const world = await openForwarding();
    const { brainz, clock, passes, hears, connect, run } = world;
    await passes(HOUR);
    await hears(1);
    await connect("listenbrainz");
    const ada = brainz.user("ada");
    await run();
    await passes(10 * MINUTE);
    await hears(2);
    const startedAt = clock.now() - 3 * MINUTE;
    await hears(3, { endedAt: clock.now() + SECOND, startedAt: clock.now() - 40 * SECOND, listenedMs: 40 * SECOND });
    await passes(10 * MINUTE);
    expect(titles(ada)).toEqual(["Song 2"]);
    expect(ada.listens[0]).toMatchObject({ listened_at: startedAt / 1_000 });
    await passes(2 * HOUR);
    expect(ada.listens).toHaveLength(1);
    expect(brainz.seen.submitted).toBe(1);
  });

  it("never when hidden, deleted, a podcast's, or learnt from that diary or another listener of it", async () => {
    const { brainz, history, listener, passes, hears, connect, run } = await openForwarding();
    await connect("listenbrainz");
    const ada = brainz.user("ada");
    await passes(HOUR);
    const [hidden, deleted] = [await hears(1), await hears(2)];
    await hears(3, { heard: song(3, { kind: "episode" }) });
    await hears(4, { source: { origin: "listenbrainz", way: "playing" } });
    await hears(5);
    await history.ledger.record(listener, [
      noted(inWords(song(5)), (await history.stats.recent(listener))[0]?.startedAt ?? 0, {
        source: { origin: "listenbrainz", way: "history" },
      }),
    ]);
    await hears(6, { source: { origin: "lastfm", way: "playing" } });
    await history.desk.hide(listener, { what: "play", playId: hidden });
    await history.desk.remove(listener, { what: "play", playId: deleted });
    await run();
    await passes(HOUR);
    expect(titles(ada)).toEqual(["Song 6"]);
  });

  it("never once the person hid or deleted them, though they were on their way", async () => {
    const { brainz, store, history, listener, passes, hears, connect, run } = await openForwarding();
    const { id } = await connect("listenbrainz");
    const ada = brainz.user("ada");
    const playId = await hears(1, { endedAt: Date.UTC(2026, 10, 21, 12, 4) });
    await store.diaries.change(id, { retryAt: Date.UTC(2026, 10, 21, 13) });
    await passes(10 * MINUTE);
    await store.diaries.addForwards(id, [
      { playId, entry: { at: Date.UTC(2026, 10, 21, 12, 1), title: "Song 1", artists: ["Band 1"] }, dueAt: 0 },
    ]);
    await history.desk.hide(listener, { what: "track", id: (await history.stats.recent(listener))[0]?.trackId ?? 0 });
    await run();
    await passes(2 * HOUR);
    expect(ada.listens).toEqual([]);
    expect(await store.diaries.countForwards(id)).toMatchObject({ waiting: 0, sending: 0, sent: 0 });
  });

  it("leave nothing of what was sent behind once the person deleted it", async () => {
    const { brainz, store, history, listener, passes, hears, connect, run } = await openForwarding();
    const { id } = await connect("listenbrainz");
    const ada = brainz.user("ada");
    await passes(HOUR);
    const playId = await hears(1);
    await run();
    await passes(10 * MINUTE);
    await hears(2);
    await passes(10 * MINUTE);
    expect(titles(ada)).toEqual(["Song 1", "Song 2"]);
    await history.desk.remove(listener, { what: "play", playId });
    await passes(7 * HOUR);
    expect((await store.diaries.forwardsBetween(id, 0, Date.UTC(2030, 1))).map(({ entry }) => entry.title)).toEqual([
      "Song 2",
    ]);
    expect(ada.listens).toHaveLength(2);
  });

  it("late, when the ledger learns late of them", async () => {
    const { clock, brainz, passes, hears, connect, run } = await openForwarding();
    await connect("listenbrainz");
    const ada = brainz.user("ada");
    await passes(5 * DAY);
    await run();
    await passes(10 * MINUTE);
    await hears(1, { endedAt: clock.now() - 4 * DAY, source: { origin: "memory", way: "recent" } });
    await passes(7 * HOUR);
    expect(titles(ada)).toEqual(["Song 1"]);
  });

  it("fifty at a time into Last.fm, and none that is too old for it", async () => {
    const { clock, fm, passes, hears, connect, run } = await openForwarding();
    const start = clock.now();
    await connect("lastfm", { fromAt: start - 30 * DAY });
    const ada = fm.user("ada");
    for (let at = 0; at < 120; at++) await hears(at, { endedAt: start - at * 4 * MINUTE - 2 * MINUTE });
    await hears(200, { endedAt: start - 20 * DAY });
    await run();
    await passes(HOUR);
    expect(ada.scrobbles).toHaveLength(120);
    expect(fm.seen.requests.filter((method) => method === "track.scrobble")).toHaveLength(3);
    expect(fm.seen.duplicates).toBe(0);
  });

  it("of years, when the person asks for older ones, a thousand in one call, and once", async () => {
    const { clock, store, brainz, history, listener, passes, connect, run } = await openForwarding();
    const begin = clock.now() - 400 * DAY;
    const sightings = Array.from({ length: 2_500 }, (_, at) =>
      noted(song(at % 900), begin + at * 4 * MINUTE, {
        source: { origin: "file", way: "import" },
        endedAt: begin + at * 4 * MINUTE + 3 * MINUTE,
        exact: "both",
      }),
    );
    await history.ledger.record(listener, sightings);
    const { id } = await connect("listenbrainz", { scanAt: 0, scanUntilAt: clock.now() });
    const ada = brainz.user("ada");
    await run();
    await passes(2 * HOUR);
    expect(ada.listens).toHaveLength(2_500);
    expect(brainz.seen.duplicates).toBe(0);
    expect(await store.diaries.get(id)).toMatchObject({ scanAt: clock.now() - 2 * HOUR });
    expect(await store.diaries.countForwards(id)).toMatchObject({ waiting: 0, sent: 0, dead: 0 });
    await passes(HOUR);
    expect(brainz.seen.submitted).toBe(2_500);
  }, 60_000);
});

describe("a diary that is down", () => {
  it("gets everything later, at the pace it asks for", async () => {
    const { brainz, store, passes, hears, connect, run } = await openForwarding();
    const { id } = await connect("listenbrainz");
    const ada = brainz.user("ada");
    await run();
    await passes(5 * MINUTE);
    for (let fault = 0; fault < 40; fault++) brainz.faults.push({ status: 503 });
    await hears(1);
    await passes(10 * MINUTE);
    expect(ada.listens).toEqual([]);
    expect((await store.diaries.get(id))?.failures).toBeGreaterThan(0);
    await passes(2 * HOUR);
    brainz.faults.length = 0;
    await passes(2 * HOUR);
    expect(titles(ada)).toEqual(["Song 1"]);
    expect(await store.diaries.get(id)).toMatchObject({ failures: 0 });
  });

  it("and has the play in its books though it did not say so, gets it once", async () => {
    const { brainz, fm, passes, hears, connect, run, told } = await openForwarding();
    await connect("listenbrainz");
    await connect("lastfm");
    const [ada, adaFm] = [brainz.user("ada"), fm.user("ada")];
    await run();
    await passes(5 * MINUTE);
    await hears(1);
    // The look for doubles goes first.
    brainz.faults.push({ status: 500 }, "after", "after", "after", "after", "after", "after", "after");
    fm.faults.push("after", "after", "after", "after", "after", "after", "after");
    await passes(6 * HOUR);
    expect(titles(ada)).toEqual(["Song 1"]);
    expect(adaFm.scrobbles).toHaveLength(1);
    expect(told).toEqual([]);
  });

  it("and refuses one play, gets the others; the one can be looked at, and tried again", async () => {
    const { brainz, store, clock, passes, hears, connect, run } = await openForwarding();
    const { id } = await connect("listenbrainz");
    const ada = brainz.user("ada");
    await passes(HOUR);
    for (let at = 1; at <= 9; at++) await hears(at, { endedAt: clock.now() - at * 4 * MINUTE });
    brainz.blocked.add("Song 4");
    await run();
    await passes(MINUTE);
    expect(titles(ada).sort()).toEqual([1, 2, 3, 5, 6, 7, 8, 9].map((at) => `Song ${at}`));
    expect(await store.diaries.countForwards(id)).toMatchObject({ sent: 8, dead: 1 });
    expect(await store.diaries.deadForwards(id, 5)).toMatchObject([{ entry: { title: "Song 4" }, why: "refused" }]);
    await passes(2 * HOUR);
    expect(await store.diaries.countForwards(id)).toMatchObject({ sent: 8, dead: 1 });
    brainz.blocked.clear();
    expect(await store.diaries.retryForwards(id, clock.now())).toBe(1);
    await passes(10 * MINUTE);
    expect(await store.diaries.countForwards(id)).toMatchObject({ sent: 9, dead: 0 });
    expect(ada.listens).toHaveLength(9);
  });
});

describe("a diary that refuses whatever it is sent", () => {
  it("is asked a few times an hour, and has everything once it takes plays again", async () => {
    const { brainz, store, clock, history, listener, passes, connect, run } = await openForwarding();
    const begin = clock.now() - 100 * DAY;
    const sightings = Array.from({ length: 900 }, (_, at) =>
      noted(song(at), begin + at * 4 * MINUTE, {
        source: { origin: "file", way: "import" },
        endedAt: begin + at * 4 * MINUTE + 3 * MINUTE,
        exact: "both",
      }),
    );
    await history.ledger.record(listener, sightings);
    const { id } = await connect("listenbrainz", { scanAt: 0, scanUntilAt: clock.now() });
    const ada = brainz.user("ada");
    for (let at = 0; at < 900; at++) brainz.blocked.add(`Song ${at}`);
    await run();
    await passes(HOUR);
    const sends = () => brainz.seen.requests.filter((request) => request.endsWith("/submit-listens")).length;
    expect(sends()).toBeGreaterThan(10);
    expect(sends()).toBeLessThan(100);
    expect(await store.diaries.get(id)).toMatchObject({ failures: expect.any(Number), retryAt: expect.any(Number) });
    expect(await store.diaries.countForwards(id)).toMatchObject({ sent: 0, dead: 0 });
    brainz.blocked.clear();
    await passes(3 * HOUR);
    expect(ada.listens).toHaveLength(900);
    expect(await store.diaries.countForwards(id)).toMatchObject({ dead: 0 });
    expect(brainz.seen.duplicates).toBe(0);
  });

  it.each([1, 2, 5])("and of %s that wait calls none the one at fault", async (count) => {
    const { brainz, store, clock, passes, hears, connect, run } = await openForwarding();
    const { id } = await connect("listenbrainz");
    await passes(HOUR);
    for (let at = 1; at <= count; at++) {
      brainz.blocked.add(`Song ${at}`);
      await hears(at, { endedAt: clock.now() - at * 4 * MINUTE });
    }
    await run();
    await passes(3 * HOUR);
    expect(await store.diaries.countForwards(id)).toMatchObject({ sent: 0, dead: 0 });
    brainz.blocked.clear();
    await passes(2 * HOUR);
    expect(await store.diaries.countForwards(id)).toMatchObject({ sent: count, dead: 0 });
  });
});

describe("plays that a diary refuses while it takes others", () => {
  it("are given up as soon as one is taken after them", async () => {
    const { brainz, store, passes, hears, connect, run } = await openForwarding();
    const { id } = await connect("listenbrainz");
    brainz.blocked.add("Song 1");
    await run();
    await passes(10 * MINUTE);
    await hears(1);
    await passes(HOUR);
    expect(await store.diaries.countForwards(id)).toMatchObject({ sent: 0, dead: 0, sending: 1 });
    await hears(2);
    await passes(2 * HOUR);
    expect(await store.diaries.countForwards(id)).toMatchObject({ sent: 1, dead: 1, sending: 0 });
    expect(await store.diaries.deadForwards(id, 5)).toMatchObject([{ entry: { title: "Song 1" }, why: "refused" }]);
  });

  it("do not keep the others back, though the first forty of a file are such", async () => {
    const { brainz, store, clock, history, listener, passes, connect, run } = await openForwarding();
    const begin = clock.now() - 100 * DAY;
    const sightings = Array.from({ length: 300 }, (_, at) =>
      noted(song(at), begin + at * 4 * MINUTE, {
        source: { origin: "file", way: "import" },
        endedAt: begin + at * 4 * MINUTE + 3 * MINUTE,
        exact: "both",
      }),
    );
    await history.ledger.record(listener, sightings);
    const { id } = await connect("listenbrainz", { scanAt: 0, scanUntilAt: clock.now() });
    const ada = brainz.user("ada");
    for (let at = 0; at < 40; at++) brainz.blocked.add(`Song ${at}`);
    await run();
    await passes(DAY);
    expect(await store.diaries.countForwards(id)).toMatchObject({ sending: 0, waiting: 0, dead: 40 });
    expect(ada.listens).toHaveLength(260);
  });
});

describe("leave that does not open with the keys there are", () => {
  it("is kept, tried now and then, and opens again once the key is back", async () => {
    const { brainz, store, passes, hears, connect, run, told } = await openForwarding();
    const { id } = await connect("listenbrainz");
    const ada = brainz.user("ada");
    const keys = { lost: true };
    await run({ keys });
    await passes(5 * MINUTE);
    await hears(1);
    await passes(3 * HOUR);
    expect(await store.diaries.get(id)).toMatchObject({ forwards: "on", secret: expect.stringContaining("sealed") });
    expect((await store.diaries.get(id))?.failures).toBeLessThan(12);
    keys.lost = false;
    await passes(HOUR);
    expect(titles(ada)).toEqual(["Song 1"]);
    expect(told).toEqual([]);
  });
});

describe("the person is told once", () => {
  it("when the diary takes our leave no more, and nothing is lost until they give it anew", async () => {
    const { brainz, store, passes, hears, connect, run, told } = await openForwarding();
    const { id, personId } = await connect("listenbrainz");
    const ada = brainz.user("ada");
    await run();
    await passes(5 * MINUTE);
    ada.token = "99999999-9999-9999-9999-999999999999";
    await hears(1);
    await passes(DAY);
    expect(told).toEqual(["invalid"]);
    expect(await store.diaries.get(id)).toMatchObject({ forwards: "invalid" });
    expect((await store.diaries.get(id))?.secret).toBeUndefined();
    await store.diaries.put(
      personId,
      "listenbrainz",
      { userName: "ada", forwards: "on", secret: `sealed ${ada.token}` },
      0,
    );
    const { forwarder } = await run();
    await forwarder.refresh(id);
    await passes(HOUR);
    expect(titles(ada)).toEqual(["Song 1"]);
  });

  it("when somebody else writes the same plays, at their start or their end, and no second one is made", async () => {
    for (const offset of [0, 3 * MINUTE + 2 * SECOND, -20 * SECOND]) {
      const { brainz, store, clock, passes, hears, connect, run, told } = await openForwarding();
      const { id } = await connect("listenbrainz");
      const ada = brainz.user("ada");
      await run();
      await passes(5 * MINUTE);
      await hears(1);
      const startedAt = clock.now() - 3 * MINUTE;
      ada.listens.push({
        listened_at: Math.round((startedAt + offset) / 1_000),
        track_metadata: { artist_name: "Band 1, Guest", track_name: "Song 1 (feat. Guest)" },
      });
      await passes(HOUR);
      expect(ada.listens, `offset ${offset}`).toHaveLength(1);
      expect(told).toEqual(["doubled"]);
      expect(await store.diaries.get(id)).toMatchObject({ forwards: "doubled" });
      expect(await store.diaries.countForwards(id)).toMatchObject({ there: 1, sent: 0 });
    }
  });

  it("when somebody else wrote a play after us", async () => {
    const { brainz, clock, passes, hears, connect, run, told } = await openForwarding();
    await connect("listenbrainz");
    const ada = brainz.user("ada");
    await run();
    await passes(5 * MINUTE);
    await hears(1);
    await passes(5 * MINUTE);
    expect(ada.listens).toHaveLength(1);
    ada.listens.push({
      listened_at: Math.round((clock.now() - 5 * MINUTE) / 1_000),
      track_metadata: { artist_name: "Band 1", track_name: "Song 1" },
    });
    await hears(2);
    await passes(HOUR);
    expect(told).toEqual(["doubled"]);
    expect(titles(ada)).toEqual(["Song 1", "Song 1"]);
  });

  it("and not when a song was heard again, nor when they said that they know", async () => {
    const { brainz, store, clock, passes, hears, connect, run, told } = await openForwarding();
    const { id } = await connect("listenbrainz");
    const ada = brainz.user("ada");
    await run();
    await passes(20 * MINUTE);
    for (const back of [3, 2, 1, 0]) await hears(1, { endedAt: clock.now() - back * 3 * MINUTE });
    await passes(30 * MINUTE);
    await hears(1);
    await passes(30 * MINUTE);
    expect(ada.listens).toHaveLength(5);
    expect(told).toEqual([]);
    await store.diaries.change(id, { doublesAgreed: true });
    await hears(2);
    ada.listens.push({
      listened_at: Math.round((clock.now() - 3 * MINUTE) / 1_000) + 1,
      track_metadata: { artist_name: "Band 2", track_name: "Song 2" },
    });
    await passes(HOUR);
    expect(ada.listens).toHaveLength(7);
    expect(told).toEqual([]);
  });

  it("whether or not they could be reached at first", async () => {
    const { store, passes, connect, run, told } = await openForwarding();
    await connect("listenbrainz", { forwards: "invalid", owes: "invalid" });
    const first = await run({ tells: false });
    await passes(MINUTE);
    first.end();
    await run();
    await passes(MINUTE);
    expect(told).toEqual(["invalid", "invalid"]);
    expect((await store.diaries.all())[0]?.owes).toBeUndefined();
  });
});

describe("what plays now", () => {
  it("is shown where the person wants it, and never where the diary told us of it", async () => {
    const { brainz, fm, listener, clock, passes, connect, run } = await openForwarding();
    await connect("listenbrainz", { playingNow: true });
    await connect("lastfm");
    const [ada, adaFm] = [brainz.user("ada"), fm.user("ada")];
    const { events } = await run();
    const emit = (origin: string, playing = true) =>
      events.emit({
        type: "now_playing.changed",
        now: {
          listener,
          source: { origin, way: "observed" },
          at: clock.now(),
          state: {
            at: clock.now(),
            playing,
            progressMs: 0,
            shuffle: false,
            repeat: "off",
            refused: [],
            item: {
              type: "track",
              uri: "x",
              title: "Now",
              artists: [{ name: "B" }],
              durationMs: 1_000,
              art: [],
              explicit: false,
            },
          },
        },
      });
    emit("listenbrainz");
    emit("memory", false);
    await passes(SECOND);
    expect(ada.playing).toBeUndefined();
    brainz.faults.push({ status: 500 });
    emit("memory");
    await passes(MINUTE);
    emit("memory");
    await passes(SECOND);
    expect(ada.playing?.track_name).toBe("Now");
    expect(adaFm.playing).toBeUndefined();
  });
});
