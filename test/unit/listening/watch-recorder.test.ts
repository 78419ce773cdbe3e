import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import type { Track } from "../../../src/contracts/music.ts";
import { createScheduler } from "../../../src/jobs/scheduler.ts";
import { readDueAt, readTimers } from "../../../src/listening/recorder/due.ts";
import { outOfReach, sightingsOf } from "../../../src/listening/recorder/recent.ts";
import { createRecorder, type RecorderParts } from "../../../src/listening/recorder/recorder.ts";
import { type Doubt, withDoubt } from "../../../src/listening/recorder/trace.ts";
import { noHabit } from "../../../src/listening/watch/habits.ts";
import { createOutages } from "../../../src/listening/watch/outages.ts";
import { watchTimers } from "../../../src/listening/watch/timers.ts";
import type { Seen } from "../../../src/listening/watch/watch.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createFakeLedger } from "../../fakes/ledger.ts";
import { createFakeFeed, track } from "../../fakes/player-feed.ts";
import { createFakeSettings } from "../../fakes/settings.ts";
import { silentLog } from "../../support/log.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const ann = "person:ann";
const account = { accountId: "acc-1", personId: "ann", provider: "fake", listener: ann };
const [one, two] = [track("One"), track("Two")];

async function open(more: Partial<RecorderParts> = {}) {
  const clock = createFakeClock();
  const feed = createFakeFeed(clock);
  const ledger = createFakeLedger();
  const settings = createFakeSettings();
  let alive = true;
  /** Whatever a dead process was about to do never happens. */
  const never = <T>() => new Promise<T>(() => {});

  async function begin() {
    const scheduler = createScheduler({ clock, log: silentLog });
    const recorder = createRecorder({
      ledger: { ...ledger, record: (listener, list) => (alive ? ledger.record(listener, list) : never()) },
      feed: feed.feed,
      settings: { ...settings, put: (owner, name, value) => (alive ? settings.put(owner, name, value) : never()) },
      scheduler,
      spending: { count: async () => {} },
      outages: createOutages(clock, watchTimers),
      budget: async () => ({ daily: 1_000, used: 0 }),
      clock,
      log: silentLog,
      ...more,
    });
    await recorder.add(account);
    return { recorder, scheduler };
  }
  const first = await begin();
  await clock.advance(0);
  feed.calls.length = 0;

  const seen = (item: Track | undefined, progress: number, extra: Partial<Seen> & { playing?: boolean } = {}): Seen => {
    const { playing = true, ...rest } = extra;
    const state = { at: clock.now(), playing, progressMs: progress * SECOND, shuffle: false, repeat: "off" } as const;
    return {
      key: "acc-1",
      by: "reading",
      listener: ann,
      source: { origin: "fake", way: "observed" },
      state: item ? { ...state, item, refused: [] } : undefined,
      at: clock.now(),
      ...rest,
    };
  };
  return {
    ...first,
    clock,
    feed,
    ledger,
    settings,
    seen,
    plays: () =>
      ledger
        .sightings(ann)
        .map(({ heard, source, listenedMs }) => [heard.title, source.way, (listenedMs ?? 0) / SECOND]),
    /** As kill -9 does it: what was under way never ends, and another run finds the rows. */
    async kill() {
      alive = false;
      await clock.until(first.scheduler.stop(0));
      await clock.advance(0);
      return async () => {
        alive = true;
        feed.calls.length = 0;
        const next = await begin();
        await clock.advance(0);
        return next;
      };
    },
  };
}

describe("what is seen of an account", () => {
  it("is written down when it has ended, with where it was learnt", async () => {
    const { recorder, clock, seen, ledger, plays } = await open();
    recorder.seen(seen(one, 0, { by: "command", set: true }));
    await clock.advance(201 * SECOND);
    recorder.seen(seen(two, 1));
    await clock.advance(0);
    expect(plays()).toEqual([["One", "observed", 200]]);
    expect(ledger.sightings(ann)[0]).toMatchObject({
      source: { origin: "fake", way: "observed" },
      exact: "both",
      endedAt: clock.now() - SECOND,
    });
  });

  it("is nothing of accounts that are not recorded, or not any more", async () => {
    const { recorder, clock, seen, ledger, settings } = await open();
    recorder.seen(seen(one, 0, { key: "acc-2", listener: "person:bob" }));
    recorder.seen(seen(one, 0));
    await clock.advance(201 * SECOND);
    recorder.remove("acc-1");
    settings.rows.clear();
    recorder.seen(seen(two, 1));
    await clock.advance(HOUR);
    expect(ledger.sightings("person:bob")).toEqual([]);
    expect(ledger.sightings(ann)).toEqual([]);
    expect(settings.rows.size).toBe(0);
  });

  it("of a shared player is written down as its own listener, without ever being read", async () => {
    const { recorder, clock, seen, feed, ledger } = await open();
    const den = { key: "shared:shelf:den", listener: "player:shelf/den", by: "push", told: true } as const;
    const source = { origin: "shelf", way: "push" } as const;
    recorder.seen(seen(one, 0, { ...den, source }));
    await clock.advance(200 * SECOND);
    recorder.seen(seen(two, 0, { ...den, source }));
    await clock.advance(5 * HOUR);
    expect(ledger.sightings("player:shelf/den")).toMatchObject([{ source, exact: "both", listenedMs: 200_000 }]);
    expect(feed.calls.filter(({ accountId }) => accountId !== "acc-1")).toEqual([]);
  });

  it("of a platform that shows nothing of what stands still is one play through its pauses", async () => {
    const { recorder, clock, seen, ledger } = await open();
    const shown = { key: `${ann} chat`, by: "push", told: true, source: { origin: "chat", way: "presence" } } as const;
    recorder.seen(seen(one, 0, shown));
    await clock.advance(60 * SECOND);
    recorder.seen(seen(undefined, 0, shown));
    await clock.advance(5 * MINUTE);
    recorder.seen(seen(one, 60, shown));
    await clock.advance(140 * SECOND);
    recorder.seen(seen(undefined, 0, shown));
    await clock.advance(0);
    const presence = ledger.sightings(ann).filter(({ source }) => source.way === "presence");
    expect(presence).toMatchObject([{ listenedMs: 200_000, endedAt: clock.now(), exact: "both" }]);
  });

  it("waits for a ledger that fails, and is written down once it takes it", async () => {
    const { recorder, clock, seen, ledger, plays } = await open();
    ledger.failures.push(new Error("busy"));
    recorder.seen(seen(one, 0));
    await clock.advance(201 * SECOND);
    recorder.seen(seen(two, 1));
    await clock.advance(11 * MINUTE);
    expect(plays().filter(([, way]) => way === "observed")).toEqual([["One", "observed", 200]]);
  });
});

describe("a run that is killed", () => {
  it("goes on with the play that was in hand", async () => {
    const { recorder, clock, seen, kill, plays } = await open();
    recorder.seen(seen(one, 1));
    await clock.advance(60 * SECOND);
    const restart = await kill();
    await clock.advance(30 * SECOND);
    const next = await restart();
    next.recorder.seen(seen(one, 91));
    await clock.advance(110 * SECOND);
    next.recorder.seen(seen(two, 1));
    await clock.advance(0);
    expect(plays()).toEqual([["One", "observed", 200]]);
  });

  it("has lost and doubled nothing, at whichever step it died", async () => {
    // 0: before anything was kept. 1: kept, not recorded. 2: recorded, and not noted as such.
    for (const steps of [0, 1, 2]) {
      let left = steps;
      const base = createFakeSettings();
      const ledger = createFakeLedger();
      const never = <T>() => new Promise<T>(() => {});
      const step = <T>(work: () => Promise<T>): Promise<T> => (left-- > 0 ? work() : never());
      const { recorder, clock, seen, feed } = await open({ settings: base, ledger });
      recorder.seen(seen(one, 1));
      await clock.advance(200 * SECOND);
      const dying = createRecorder({
        ledger: { ...ledger, record: (listener, list) => step(() => ledger.record(listener, list)) },
        settings: { ...base, put: (owner, name, value) => step(() => base.put(owner, name, value)) },
        feed: feed.feed,
        scheduler: { add() {}, wake() {}, remove() {} },
        spending: { count: async () => {} },
        outages: createOutages(clock, watchTimers),
        budget: async () => ({ daily: undefined, used: 0 }),
        clock,
        log: silentLog,
      });
      recorder.stop();
      left = 1;
      await dying.add(account);
      left = steps;
      dying.seen(seen(two, 1));
      await clock.advance(0);
      const after = createRecorder({
        ledger,
        settings: base,
        feed: feed.feed,
        scheduler: { add() {}, wake() {}, remove() {} },
        spending: { count: async () => {} },
        outages: createOutages(clock, watchTimers),
        budget: async () => ({ daily: undefined, used: 0 }),
        clock,
        log: silentLog,
      });
      await after.add(account);
      await clock.advance(20 * SECOND);
      after.seen(seen(two, 21));
      await clock.advance(0);
      expect(ledger.sightings(ann).map(({ heard, listenedMs }) => [heard.title, listenedMs])).toEqual([
        ["One", 200_000],
      ]);
    }
  });

  it("reads the list at once when it was away for longer", async () => {
    const { clock, feed, kill, ledger } = await open();
    const restart = await kill();
    await clock.advance(2 * HOUR);
    feed.setRecent([{ track: one, playedAt: clock.now() - HOUR }]);
    await restart();
    expect(feed.calls).toMatchObject([{ what: "recent" }]);
    expect(ledger.sightings(ann)).toMatchObject([{ heard: { title: "One" }, source: { way: "recent" } }]);
    expect(ledger.gapsOf(ann)).toEqual([]);
  });
});

describe("the list of recent plays", () => {
  it("is read once, when an account is new", async () => {
    const clock = createFakeClock();
    const feed = createFakeFeed(clock);
    const ledger = createFakeLedger();
    feed.setRecent([{ track: one, playedAt: clock.now() - HOUR }]);
    const recorder = createRecorder({
      ledger,
      feed: feed.feed,
      settings: createFakeSettings(),
      scheduler: createScheduler({ clock, log: silentLog }),
      spending: { count: async () => {} },
      outages: createOutages(clock, watchTimers),
      budget: async () => ({ daily: 1_000, used: 0 }),
      clock,
      log: silentLog,
    });
    await recorder.add(account);
    await clock.advance(5 * MINUTE);
    expect(feed.calls).toHaveLength(1);
    expect(ledger.sightings(ann)).toHaveLength(1);
    expect(ledger.readAt(ann)).toBe(clock.now() - 5 * MINUTE);
  });

  it("is read hourly while nobody sees what is heard, and not at all while everything is seen", async () => {
    const { clock, feed, recorder, seen } = await open();
    await clock.advance(3 * HOUR + 20 * SECOND);
    expect(feed.calls).toHaveLength(3);
    feed.calls.length = 0;
    recorder.seen(seen(one, 0));
    for (let played = 0; played < 60; played++) {
      await clock.advance(201 * SECOND);
      recorder.seen(seen(played % 2 === 0 ? two : one, 1));
    }
    expect(feed.calls).toEqual([]);
  });

  it("is read from two hours before the last play it is known to have shown", async () => {
    const { clock, feed, ledger } = await open();
    const late = { track: two, playedAt: clock.now() + 10 * MINUTE };
    feed.setRecent([{ track: one, playedAt: clock.now() + 30 * MINUTE }]);
    await clock.advance(61 * MINUTE);
    feed.setRecent([late, { track: one, playedAt: late.playedAt + 20 * MINUTE }]);
    await clock.advance(HOUR);
    expect(ledger.sightings(ann).map(({ heard }) => heard.title)).toEqual(["Two", "One"]);
  });

  it("leaves a gap where it is full and begins after the time that nobody saw", async () => {
    const { clock, feed, ledger } = await open();
    const from = clock.now();
    await clock.advance(HOUR - SECOND);
    const list = Array.from({ length: 50 }, (_, index) => ({
      track: one,
      playedAt: clock.now() - index * 40 * SECOND,
    }));
    feed.setRecent(list);
    await clock.advance(2 * SECOND);
    const oldest = Math.min(...list.map(({ playedAt }) => playedAt)) - one.durationMs;
    expect(ledger.gapsOf(ann)).toEqual([{ fromAt: from, untilAt: oldest, why: "window_passed" }]);
  });

  it("says why where the service was down, or the consent was over", async () => {
    const { clock, feed, ledger, recorder } = await open();
    const from = clock.now();
    for (let each = 0; each < 400; each++)
      feed.failures.push(new SegueError("Unavailable", { service: "fake", why: "status", status: 503 }));
    await clock.advance(12 * HOUR);
    const full = () =>
      Array.from({ length: 50 }, (_, index) => ({ track: one, playedAt: clock.now() - index * MINUTE }));
    feed.failures.length = 0;
    feed.setRecent(full());
    await clock.advance(31 * MINUTE);
    expect(ledger.gapsOf(ann)).toMatchObject([{ fromAt: from, why: "service_down" }]);
    recorder.expire("acc-1");
    await clock.advance(10 * HOUR);
    feed.setRecent(full());
    feed.calls.length = 0;
    await recorder.add(account);
    await clock.advance(0);
    expect(feed.calls).toHaveLength(1);
    expect(ledger.gapsOf(ann).at(-1)).toMatchObject({ why: "consent" });
  });

  it("wakes whoever watches when the last play in it has only just ended", async () => {
    const woken: string[] = [];
    const { clock, feed } = await open({ onAlive: (listener) => woken.push(listener) });
    feed.setRecent([{ track: one, playedAt: clock.now() + 30 * MINUTE }]);
    await clock.advance(61 * MINUTE);
    expect(woken).toEqual([]);
    feed.setRecent([{ track: one, playedAt: clock.now() + 55 * MINUTE }]);
    await clock.advance(61 * MINUTE);
    expect(woken).toEqual([ann]);
  });

  it("that may not be read leaves gaps, and is not asked for again the same day", async () => {
    const { clock, feed, ledger } = await open();
    feed.failures.push(new SegueError("MissingScope", { provider: "fake", needs: ["history"] }));
    await clock.advance(20 * HOUR);
    expect(feed.calls).toHaveLength(1);
    expect(ledger.gapsOf(ann)).toMatchObject([{ why: "consent" }]);
  });

  it("waits as long as the service says", async () => {
    const { clock, feed } = await open();
    feed.failures.push(new SegueError("QuotaExceeded", {}, { retryAt: clock.now() + 7 * HOUR }));
    await clock.advance(7 * HOUR - SECOND);
    expect(feed.calls).toHaveLength(1);
    await clock.advance(2 * SECOND);
    expect(feed.calls).toHaveLength(2);
  });

  it("is read for whoever asks, but not twice in half a minute", async () => {
    const { clock, feed, recorder } = await open();
    const { signal } = new AbortController();
    await clock.advance(MINUTE);
    await recorder.refresh(ann, signal);
    await recorder.refresh(ann, signal);
    expect(feed.calls).toHaveLength(1);
    await clock.advance(31 * SECOND);
    feed.failures.push(new SegueError("Unavailable", { service: "fake", why: "timeout" }));
    await recorder.refresh(ann, signal);
    expect(feed.calls).toHaveLength(2);
  });
});

describe("a track that stands still", () => {
  it("is a play of its own after an hour, whether somebody looks or not", async () => {
    const { recorder, clock, seen, plays } = await open();
    recorder.seen(seen(one, 1));
    await clock.advance(150 * SECOND);
    recorder.seen(seen(one, 120, { playing: false }));
    await clock.advance(50 * MINUTE);
    expect(plays()).toEqual([]);
    await clock.advance(20 * MINUTE);
    expect(plays()).toEqual([["One", "observed", 120]]);
    recorder.seen(seen(one, 130));
    await clock.advance(71 * SECOND);
    recorder.seen(seen(two, 1));
    await clock.advance(0);
    // Not what was heard before it stood still: that was a play of its own.
    expect(plays()).toEqual([
      ["One", "observed", 120],
      ["One", "observed", 80],
    ]);
  });
});

describe("its parts", () => {
  it("take the moment that the service names for the end, and no play before the end of the one ahead", () => {
    const list = sightingsOf(
      [
        { track: two, playedAt: 1_000_000 },
        { track: one, playedAt: 900_000 },
      ],
      "fake",
    );
    expect(list.map(({ startedAt, endedAt, exact }) => [startedAt, endedAt, exact])).toEqual([
      [700_000, 900_000, "end"],
      [900_000, 1_000_000, "end"],
    ]);
  });

  it("count nothing as lost while the list is not full", () => {
    const doubts: Doubt[] = [{ fromAt: 0, untilAt: 10, why: "not_watched" }];
    expect(outOfReach(doubts, [{ track: one, playedAt: 10_000_000 }])).toEqual([]);
  });

  it("run together what touches, and never keep more than a hundred", () => {
    const doubt = (fromAt: number, untilAt: number): Doubt => ({ fromAt, untilAt, why: "not_watched" });
    expect(withDoubt([doubt(0, 10)], doubt(10, 20))).toEqual([doubt(0, 20)]);
    expect(withDoubt([doubt(0, 10)], doubt(5, 5))).toEqual([doubt(0, 10)]);
    let many: Doubt[] = [];
    for (let each = 0; each < 300; each++) many = withDoubt(many, doubt(each * 10, each * 10 + 5));
    expect(many).toHaveLength(100);
    expect(many[0]?.fromAt).toBe(0);
    expect(many.at(-1)).toEqual(doubt(2_990, 2_995));
  });

  it("read sooner in hours in which the person listens, and not at all when there are no calls left", () => {
    const situation = {
      now: 0,
      readAt: -5 * HOUR,
      doubts: [] as Doubt[],
      playsSince: 0,
      unseenFromAt: 0 as number | undefined,
      habit: noHabit,
      budget: { daily: 1_000, used: 0 },
    };
    const due = (more: Partial<typeof situation>) => readDueAt({ ...situation, ...more }, readTimers);
    expect(due({})).toBe(HOUR);
    expect(due({ habit: () => 0.5 })).toBe(2.5 * HOUR);
    expect(due({ budget: { daily: 1_000, used: 870 } })).toBe(HOUR);
    expect(due({ budget: { daily: 1_000, used: 880 } })).toBeUndefined();
    expect(due({ readAt: -10 * MINUTE, unseenFromAt: -3 * HOUR })).toBe(20 * MINUTE);
    const doubts: Doubt[] = [{ fromAt: -11 * MINUTE, untilAt: -10 * MINUTE, why: "not_watched" }];
    expect(due({ unseenFromAt: undefined })).toBeUndefined();
    expect(due({ doubts, unseenFromAt: undefined })).toBe(110 * MINUTE);
    expect(due({ doubts, unseenFromAt: undefined, playsSince: 25 })).toBe(0);
  });
});
