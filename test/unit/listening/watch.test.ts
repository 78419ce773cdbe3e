import { describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import type { NowPlaying } from "../../../src/contracts/listening.ts";
import { createEvents } from "../../../src/core/events.ts";
import { createScheduler } from "../../../src/jobs/scheduler.ts";
import type { TellingSource, Told } from "../../../src/listening/sources/source.ts";
import type { Budget } from "../../../src/listening/watch/giving-way.ts";
import { createOutages } from "../../../src/listening/watch/outages.ts";
import { createSpending } from "../../../src/listening/watch/spending.ts";
import { watchTimers } from "../../../src/listening/watch/timers.ts";
import { createWatch, type WatchParts } from "../../../src/listening/watch/watch.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createFakeFeed, track } from "../../fakes/player-feed.ts";
import { createFakeSettings } from "../../fakes/settings.ts";
import { silentLog } from "../../support/log.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const ann = "person:ann";
const account = { accountId: "acc-1", personId: "ann", provider: "fake", listener: ann };
const songs = [track("One"), track("Two"), track("Three")];

async function open(more: Partial<WatchParts> & { calls?: Budget } = {}) {
  const clock = createFakeClock();
  const feed = createFakeFeed(clock);
  const settings = createFakeSettings();
  const changes: (NowPlaying & { seenAt: number })[] = [];
  const budget = more.calls ?? { daily: 1_000, used: 0 };

  async function begin() {
    const events = createEvents(silentLog);
    events.on("now_playing.changed", ({ now }) => void changes.push({ ...now, seenAt: clock.now() }));
    const scheduler = createScheduler({ clock, log: silentLog });
    const spending = createSpending({ clock, settings });
    await spending.load();
    const watch = createWatch({
      feed: feed.feed,
      settings,
      spending,
      outages: createOutages(clock, watchTimers),
      scheduler,
      events,
      budget: async () => budget,
      clock,
      log: silentLog,
      ...more,
    });
    watch.start();
    return { watch, events, scheduler };
  }
  const first = await begin();
  await first.watch.add(account);
  return {
    ...first,
    clock,
    feed,
    settings,
    budget,
    hand: feed.byHand("acc-1"),
    titles: () => changes.map(({ state }) => state?.item?.title ?? "-"),
    changes,
    begin,
  };
}

describe("watching one account", () => {
  it("costs nothing while nobody is interested, or only to record", async () => {
    const { feed, hand, watch, clock } = await open();
    hand.play(songs);
    watch.interest(ann, "record", "history");
    await clock.advance(24 * HOUR);
    expect(feed.calls).toEqual([]);
  });

  it("looks at once when somebody is, and then a second after each track's end, with one call a track", async () => {
    const { feed, hand, watch, clock, titles, changes } = await open();
    const startedAt = clock.now();
    hand.play(songs);
    await clock.advance(30 * SECOND);
    watch.interest(ann, "announce", "room");
    await clock.advance(400 * SECOND);
    expect(titles()).toEqual(["One", "Two", "Three"]);
    expect(changes.map(({ seenAt }) => (seenAt - startedAt) / SECOND)).toEqual([30, 201, 401]);
    expect(feed.looks()).toHaveLength(3);
  });

  it("notices a skip at the old track's end at the latest", async () => {
    const { hand, watch, clock, titles } = await open();
    hand.play(songs);
    watch.interest(ann, "announce", "room");
    await clock.advance(60 * SECOND);
    hand.skip();
    await clock.advance(141 * SECOND);
    expect(titles()).toEqual(["One", "Two"]);
  });

  it("learns what our own commands do without a call, and looks at the new end", async () => {
    const { feed, hand, watch, clock, titles } = await open();
    watch.interest(ann, "announce", "room");
    await clock.advance(0);
    const before = feed.calls.length;
    feed.command("acc-1", () => hand.play(songs));
    await clock.advance(0);
    expect(titles()).toEqual(["One"]);
    expect(feed.calls).toHaveLength(before);
    await clock.advance(201 * SECOND);
    expect(titles()).toEqual(["One", "Two"]);
    expect(feed.calls).toHaveLength(before + 1);
  });

  it("tells of changes alone: a look that shows what was known changes nothing", async () => {
    const { hand, watch, clock, titles } = await open();
    hand.play(songs);
    watch.interest(ann, "live", "page");
    await clock.advance(90 * SECOND);
    expect(titles()).toEqual(["One"]);
    hand.pause();
    await clock.advance(3 * SECOND);
    expect(titles()).toEqual(["One", "One"]);
    hand.seek(0);
    await clock.advance(15 * SECOND);
    expect(titles()).toEqual(["One", "One", "One"]);
  });

  it("does not say what is heard in a private session", async () => {
    const { hand, watch, clock, titles } = await open();
    hand.play(songs, { private: true });
    watch.interest(ann, "announce", "room");
    await clock.advance(5 * SECOND);
    expect(titles()).toEqual([]);
    expect(watch.now(ann)?.state).toBeUndefined();
  });

  it("asks nothing about a listener who hides what they hear", async () => {
    let hidden = true;
    const { feed, hand, watch, clock, titles } = await open({ hidden: () => hidden });
    hand.play([track("Long", 2 * HOUR)]);
    watch.interest(ann, "announce", "room");
    await clock.advance(30 * MINUTE);
    expect(feed.calls).toEqual([]);
    hidden = false;
    await clock.advance(11 * MINUTE);
    expect(titles()).toEqual(["Long"]);
  });

  it("does not look again and again at a player that teaches nothing", async () => {
    const { feed, watch, clock } = await open();
    feed.feed.look = async (ref) => {
      feed.calls.push({ accountId: ref.accountId, what: "look", reason: "", at: clock.now() });
      return undefined;
    };
    watch.interest(ann, "announce", "room");
    await clock.advance(MINUTE);
    expect(feed.calls.length).toBeLessThanOrEqual(61);
  });
});

describe("interests", () => {
  it("polls by the second only while a live view is open, and 30 s after the last one closed", async () => {
    const { feed, hand, watch, clock } = await open();
    hand.play([track("Long", 2 * HOUR)]);
    const close = watch.interest(ann, "live", "page");
    await clock.advance(30 * SECOND);
    expect(feed.looks().length).toBeGreaterThanOrEqual(10);
    close();
    close();
    await clock.advance(31 * SECOND);
    const then = feed.calls.length;
    await clock.advance(HOUR);
    expect(feed.calls).toHaveLength(then);
  });

  it("watches by hand for 30 minutes, through a restart, and says how long still", async () => {
    const { watch, clock, begin, scheduler, feed } = await open();
    const untilAt = await watch.watchFor(ann);
    expect(untilAt).toBe(clock.now() + 30 * MINUTE);
    await clock.advance(10 * MINUTE);
    watch.stop();
    await clock.until(scheduler.stop(1_000));
    const again = await begin();
    await again.watch.add(account);
    expect(again.watch.watchingUntil(ann)).toBe(untilAt);
    await clock.advance(20 * MINUTE);
    expect(again.watch.watchingUntil(ann)).toBeUndefined();
    const then = feed.calls.length;
    await clock.advance(HOUR);
    expect(feed.calls).toHaveLength(then);
    expect(await again.watch.stopWatching(ann)).toBe(false);
  });

  it("stops watching by hand when told to", async () => {
    const { watch, clock, feed } = await open();
    await watch.watchFor(ann);
    await clock.advance(MINUTE);
    expect(await watch.stopWatching(ann)).toBe(true);
    const then = feed.calls.length;
    await clock.advance(HOUR);
    expect(feed.calls).toHaveLength(then);
  });

  it("looks on a sign of life, and not more than once a minute", async () => {
    const { watch, clock, feed, hand, titles } = await open();
    watch.interest(ann, "announce", "room");
    await clock.advance(2 * MINUTE);
    hand.play(songs);
    watch.wake(ann);
    await clock.advance(0);
    expect(titles()).toEqual(["One"]);
    hand.stop();
    await clock.advance(210 * SECOND);
    const then = feed.calls.length;
    for (let second = 0; second < 120; second++) {
      watch.wake(ann);
      await clock.advance(SECOND);
    }
    expect(feed.calls.length - then).toBeLessThanOrEqual(3);
  });
});

describe("faults", () => {
  it("waits longer with each failure, and goes on", async () => {
    const { watch, clock, feed, hand, titles, scheduler } = await open();
    hand.play([track("Long", HOUR)]);
    for (let each = 0; each < 4; each++)
      feed.failures.push(new SegueError("Unavailable", { service: "fake", why: "status", status: 503 }));
    watch.interest(ann, "announce", "room");
    await clock.advance(MINUTE);
    const watching = () => scheduler.standing().find(({ kind }) => kind === "listening.watch");
    expect(watching()).toMatchObject({ jobs: 1, down: 1, why: expect.stringMatching(/does not answer$/) });
    await clock.advance(MINUTE);
    expect(watching()).toEqual({ kind: "listening.watch", jobs: 1, down: 0 });
    const waits = feed.calls.map(({ at }, index) => at - (feed.calls[index - 1]?.at ?? at));
    expect(waits.slice(0, 5)).toEqual([0, 5 * SECOND, 10 * SECOND, 20 * SECOND, 40 * SECOND]);
    expect(titles()).toEqual(["Long"]);
  });

  it("does not knock before the time that the service named", async () => {
    const { watch, clock, feed } = await open();
    feed.failures.push(new SegueError("QuotaExceeded", {}, { retryAt: clock.now() + 6 * HOUR }));
    watch.interest(ann, "announce", "room");
    await clock.advance(6 * HOUR - SECOND);
    expect(feed.calls).toHaveLength(1);
    expect((await watch.status()).accounts[0]).toMatchObject({ notBeforeAt: clock.now() + SECOND });
    await clock.advance(2 * SECOND);
    expect(feed.calls).toHaveLength(2);
  });

  it("cancels what was planned when the consent ends, and looks at once after a new link", async () => {
    const { watch, clock, feed, hand, titles } = await open();
    hand.play(songs);
    watch.interest(ann, "announce", "room");
    await clock.advance(SECOND);
    watch.expire("acc-1");
    await clock.advance(10 * MINUTE);
    expect(feed.calls).toHaveLength(1);
    expect(titles()).toEqual(["One", "-"]);
    expect((await watch.status()).accounts).toMatchObject([{ machine: "expired", known: "unknown" }]);
    hand.play(songs);
    await watch.add(account);
    await clock.advance(0);
    expect(feed.calls).toHaveLength(2);
    expect(titles()).toEqual(["One", "-", "One"]);
  });

  it("expires by itself on a dead grant, and forgets an account that is not linked any more", async () => {
    const { watch, clock, feed } = await open();
    feed.failures.push(new SegueError("NeedsRelink", { provider: "fake" }));
    watch.interest(ann, "announce", "room");
    await clock.advance(HOUR);
    expect(feed.calls).toHaveLength(1);
    expect((await watch.status()).accounts[0]?.machine).toBe("expired");
    feed.failures.push(new SegueError("NotLinked", { provider: "fake" }));
    await watch.add(account);
    await clock.advance(HOUR);
    expect((await watch.status()).accounts).toEqual([]);
    expect(feed.calls).toHaveLength(2);
  });
});

describe("a free source", () => {
  function presence(): TellingSource & { say(told: Told): void; end(): void } {
    let tell: (told: Told) => void = () => {};
    let end = () => {};
    return {
      origin: "presence",
      way: "presence",
      cost: "free",
      watch: (hear) =>
        new Promise((resolve) => {
          tell = hear;
          end = resolve;
        }),
      say: (told) => tell(told),
      end: () => end(),
    };
  }
  const heard = (title: string, at: number): Told => ({
    listener: ann,
    speaks: true,
    at,
    state: { at, playing: true, progressMs: 0, item: track(title), shuffle: false, repeat: "off", refused: [] },
  });

  it("is believed without any call for as long as it speaks", async () => {
    const source = presence();
    const { watch, clock, feed, titles } = await open({ sources: [source] });
    await clock.advance(0);
    source.say(heard("Free", clock.now()));
    watch.interest(ann, "announce", "room");
    await clock.advance(12 * HOUR);
    expect(feed.calls).toEqual([]);
    expect(titles()).toEqual(["Free"]);
    expect((await watch.status()).accounts[0]?.covered).toBe("presence");
    source.say({ listener: ann, speaks: false, at: clock.now() });
    await clock.advance(0);
    expect(feed.calls).toHaveLength(1);
    expect(titles()).toEqual(["Free", "-"]);
  });

  it("does not make a song that our command started appear twice", async () => {
    const source = presence();
    const { watch, clock, feed, hand, titles } = await open({ sources: [source] });
    watch.interest(ann, "announce", "room");
    await clock.advance(0);
    source.say({ listener: ann, speaks: true, state: undefined, at: clock.now() });
    feed.command("acc-1", () => hand.play([track("Free")]));
    await clock.advance(2 * SECOND);
    const before = heard("Free", clock.now());
    source.say(before.speaks && before.state ? { ...before, state: { ...before.state, progressMs: 2_000 } } : before);
    await clock.advance(0);
    expect(titles().filter((title) => title === "Free")).toHaveLength(1);
  });

  it("that falls silent leaves the word to calls, and is asked to go on", async () => {
    const source = presence();
    const { watch, clock, feed } = await open({ sources: [source] });
    await clock.advance(0);
    source.say(heard("Free", clock.now()));
    watch.interest(ann, "announce", "room");
    await clock.advance(MINUTE);
    source.end();
    await clock.advance(MINUTE);
    expect(feed.calls.length).toBeGreaterThan(0);
    source.say(heard("Back", clock.now()));
    expect(watch.now(ann)?.state?.item?.title).toBe("Back");
  });
});

describe("a shared player that tells by itself", () => {
  it("is shown as a listener of its own, without a call", async () => {
    const shelf = { listener: "player:shelf/den", origin: "shelf" };
    const { watch, clock, feed, titles } = await open({
      sharedPlayer: (key) => (key === "shared:shelf:den" ? shelf : undefined),
    });
    watch.interest(shelf.listener, "announce", "room");
    const state = { at: clock.now(), playing: true, progressMs: 0, item: track("Loud"), shuffle: false } as const;
    const news = { key: "shared:shelf:den", by: "push", at: clock.now() } as const;
    feed.tell({ ...news, state: { ...state, repeat: "off", refused: [] } });
    expect(watch.now(shelf.listener)).toMatchObject({ source: { origin: "shelf", way: "push" } });
    feed.tell({ ...news, state: undefined, unheard: true });
    await clock.advance(HOUR);
    expect(watch.now(shelf.listener)).toBeUndefined();
    expect(titles()).toEqual(["Loud", "-"]);
    expect(feed.calls).toEqual([]);
  });
});

describe("the day's calls", () => {
  it("are told by what they were for, and known again after a restart", async () => {
    const { watch, clock, hand, begin, budget } = await open();
    hand.play(songs);
    watch.interest(ann, "announce", "room");
    await clock.advance(11 * MINUTE);
    budget.used = 760;
    const { calls } = await watch.status();
    expect(calls).toMatchObject({ daily: 1_000, used: 760 });
    const of = (purpose: string, list = calls.order) => list.find((each) => each.purpose === purpose);
    expect(of("end")).toEqual({ purpose: "end", standing: "full", calls: 3 });
    expect(of("idle")).toMatchObject({ standing: "widened" });
    watch.stop();
    const again = (await begin()).watch;
    expect(of("end", (await again.status()).calls.order)?.calls).toBe(3);
    await clock.advance(26 * HOUR);
    expect(of("end", (await again.status()).calls.order)?.calls).toBe(0);
  });
});
