import { describe, expect, it, onTestFinished } from "vitest";
import type { DiaryRow } from "../../../../src/contracts/diaries.ts";
import { createEvents } from "../../../../src/core/events.ts";
import { createScheduler } from "../../../../src/jobs/scheduler.ts";
import { createConnections } from "../../../../src/listening/diaries/connections.ts";
import { createDiarySource } from "../../../../src/listening/sources/diary.ts";
import { createOutages } from "../../../../src/listening/watch/outages.ts";
import { watchTimers } from "../../../../src/listening/watch/timers.ts";
import { createWatch, type Seen } from "../../../../src/listening/watch/watch.ts";
import { createFakeFeed } from "../../../fakes/player-feed.ts";
import { createFakeSettings } from "../../../fakes/settings.ts";
import { silentLog } from "../../../support/log.ts";
import { openDiaries } from "../diaries/world.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const ann = "person:ann";

/** The real watching over both diaries, of a person who is linked, too. */
async function open({ linked = true }: { linked?: boolean } = {}) {
  const world = await openDiaries();
  const { clock, listenBrainz, lastFm } = world;
  let rows: DiaryRow[] = [
    {
      id: "c1",
      personId: "ann",
      diary: "listenbrainz",
      userName: "ann",
      reads: true,
      forwards: "off",
      playingNow: false,
      doublesAgreed: false,
      fromAt: 0,
      failures: 0,
      createdAt: 0,
    },
  ];
  const connections = createConnections({ diaries: { all: async () => rows }, clock });
  const feed = createFakeFeed(clock);
  const events = createEvents(silentLog);
  const seen: Seen[] = [];
  let hidden = false;
  const changes: (string | undefined)[] = [];
  events.on("now_playing.changed", ({ now }) => void changes.push(now.state?.item?.title));
  const scheduler = createScheduler({ clock, log: silentLog });
  const watch = createWatch({
    feed: feed.feed,
    sources: [listenBrainz, lastFm].map((service) =>
      createDiarySource({ service, connections, clock, log: silentLog }),
    ),
    settings: createFakeSettings(),
    spending: { load: async () => {}, count: async () => {}, of: () => 0 },
    outages: createOutages(clock, watchTimers),
    scheduler,
    events,
    budget: async () => ({ daily: 1_000, used: 0 }),
    hidden: () => hidden,
    onSeen: (each) => seen.push(each),
    clock,
    log: silentLog,
  });
  watch.start();
  if (linked) await watch.add({ accountId: "acc-1", personId: "ann", provider: "fake", listener: ann });
  onTestFinished(async () => {
    watch.stop();
    void scheduler.stop(0);
  });
  return {
    ...world,
    watch,
    feed,
    seen,
    changes,
    user: world.brainz.user("ann"),
    asked: () => world.brainz.seen.requests.splice(0).length,
    now: () => watch.now(ann)?.state?.item?.title,
    hide: (on: boolean) => {
      hidden = on;
    },
    change(next: Partial<DiaryRow>) {
      rows = rows.map((row) => ({ ...row, ...next }));
      connections.changed();
    },
  };
}

const playing = (title: string, seconds = 200) => ({
  artist_name: "Band",
  track_name: title,
  additional_info: { duration_ms: seconds * SECOND },
});

describe("a diary that shows what plays", () => {
  it("is asked only while somebody looks, and at its pace", async () => {
    const { watch, passes, asked } = await open();
    await passes(4 * MINUTE);
    expect(asked()).toBe(0);
    const stop = watch.interest(ann, "announce", "hall");
    await passes(4 * MINUTE);
    const calls = asked();
    expect(calls).toBeGreaterThanOrEqual(13);
    expect(calls).toBeLessThanOrEqual(17);
    stop();
    await passes(5 * SECOND);
    asked();
    await passes(4 * MINUTE);
    expect(asked()).toBe(0);
  });

  it("is not asked for the sake of what is written down alone", async () => {
    const { watch, passes, asked } = await open();
    watch.interest(ann, "record", "recording");
    await passes(4 * MINUTE);
    expect(asked()).toBe(0);
  });

  it("tells of everything within 30 s, and no call goes to the service itself", async () => {
    const { watch, passes, user, feed, now, changes } = await open();
    watch.interest(ann, "announce", "hall");
    await passes(30 * SECOND);
    feed.calls.length = 0;
    for (const title of ["One", "Two", "Three"]) {
      user.playing = playing(title);
      await passes(30 * SECOND);
      expect(now()).toBe(title);
      await passes(MINUTE);
    }
    delete user.playing;
    await passes(30 * SECOND);
    expect(now()).toBeUndefined();
    await passes(5 * MINUTE);
    user.playing = playing("Four");
    await passes(30 * SECOND);
    expect(now()).toBe("Four");
    expect(changes).toEqual(["One", "Two", "Three", undefined, "Four"]);
    expect(feed.calls).toEqual([]);
  });

  it("gives way to looks at the service when it does not answer, and speaks again when it does", async () => {
    const { watch, passes, user, feed, now, brainz } = await open();
    watch.interest(ann, "announce", "hall");
    user.playing = playing("One", 4_000);
    await passes(MINUTE);
    expect(now()).toBe("One");
    feed.calls.length = 0;
    for (let fault = 0; fault < 60; fault++) brainz.faults.push({ status: 503 });
    await passes(9 * MINUTE);
    expect(feed.calls.length).toBeGreaterThan(0);
    brainz.faults.length = 0;
    await passes(11 * MINUTE);
    expect(now()).toBe("One");
  });

  it("has where a song stands, as near as two looks tell", async () => {
    const { watch, passes, user, clock } = await open();
    watch.interest(ann, "live", "page");
    await passes(MINUTE);
    user.playing = playing("One");
    const beganAt = clock.now();
    await passes(40 * SECOND);
    const state = watch.now(ann)?.state;
    expect(Math.abs((state?.at ?? 0) - (state?.progressMs ?? 0) - beganAt)).toBeLessThanOrEqual(15 * SECOND);
  });

  it("is not asked of those who hide it, who write there with our help, or have left", async () => {
    const { watch, passes, user, asked, hide, change, now } = await open();
    watch.interest(ann, "announce", "hall");
    user.playing = playing("One");
    await passes(MINUTE);
    hide(true);
    await passes(3 * SECOND);
    asked();
    await passes(4 * MINUTE);
    expect([asked(), now()]).toEqual([0, undefined]);
    hide(false);
    await passes(MINUTE);
    expect(now()).toBe("One");
    change({ forwards: "on" });
    await passes(3 * SECOND);
    asked();
    await passes(4 * MINUTE);
    expect(asked()).toBe(0);
    change({ forwards: "off" });
    await passes(MINUTE);
    expect(now()).toBe("One");
    change({ reads: false });
    await passes(3 * SECOND);
    asked();
    await passes(4 * MINUTE);
    expect([asked(), now()]).toEqual([0, undefined]);
  });

  it("is enough for whoever has no account", async () => {
    const { watch, passes, user, now, seen } = await open({ linked: false });
    watch.interest(ann, "announce", "hall");
    user.playing = playing("One");
    await passes(MINUTE);
    expect(now()).toBe("One");
    expect(seen.at(-1)).toMatchObject({
      listener: ann,
      source: { origin: "listenbrainz", way: "playing" },
      told: true,
    });
  });
});
