import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import type { Track } from "../../../src/contracts/music.ts";
import type { PlayStore } from "../../../src/contracts/plays.ts";
import { createDetails } from "../../../src/listening/metadata/details.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createFakeFeed, track } from "../../fakes/player-feed.ts";
import { createFakeSettings } from "../../fakes/settings.ts";
import { HOUR, type LedgerStand, MORNING, openLedger, somebody, song, watched } from "../../support/ledger.ts";
import { silentLog } from "../../support/log.ts";

const account = { accountId: "a", personId: "ann", provider: "fake" };

function open(lacking: readonly Track[], options: { used?: number; perDay?: number } = {}) {
  const clock = createFakeClock();
  const feed = createFakeFeed(clock);
  const learnt: string[] = [];
  const tracks = lacking.map(({ uri }, index) => ({ id: index + 1, uri }));
  const plays: Pick<PlayStore, "lacking" | "learn"> = {
    lacking: async (afterId) => ({
      tracks: tracks.filter(({ id, uri }) => id > afterId && !learnt.includes(uri)).slice(0, 20),
      throughId: tracks.length,
      end: true,
    }),
    learn: async (uri) => void learnt.push(uri),
  };
  const job = createDetails({
    plays,
    feed: feed.feed,
    account: (provider) => (provider === "fake" ? account : undefined),
    budget: async () => ({ daily: 1_000, used: options.used ?? 0 }),
    spending: { count: async () => {} },
    settings: createFakeSettings(),
    perDay: options.perDay ?? 24,
    clock,
    log: silentLog,
  });
  for (const each of lacking) feed.items.set(each.uri, each);
  const round = async () => {
    const next = await job.run(new AbortController().signal);
    if (next === "stop") throw new Error("it has stopped");
    return next.againInMs;
  };
  return { clock, feed, learnt, job, round };
}

describe("details that files left out", () => {
  it("are looked up one by one over the day, each once, and no more than the day's share", async () => {
    const { clock, feed, learnt, round } = open([track("One"), track("Two"), track("Three")], { perDay: 2 });
    expect(await round()).toBe(12 * HOUR);
    await clock.advance(12 * HOUR - 1);
    await round();
    expect(learnt).toEqual(["fake:track:one", "fake:track:two"]);
    expect(await round()).toBe(12 * HOUR + 1);
    expect(feed.calls).toHaveLength(2);
    await clock.advance(12 * HOUR + 1);
    await round();
    expect(learnt).toHaveLength(3);
    await clock.advance(24 * HOUR);
    await round();
    expect(feed.calls).toHaveLength(3);
  });

  it("give way to all others, and wait for a service that asks for it", async () => {
    const short = open([track("One")], { used: 300 });
    expect(await short.round()).toBe(HOUR);
    expect(short.feed.calls).toEqual([]);
    const { clock, feed, learnt, round } = open([track("One")]);
    feed.failures.push(new SegueError("RateLimited", { scope: "service" }, { retryAt: clock.now() + 6 * HOUR }));
    expect(await round()).toBe(6 * HOUR);
    expect(learnt).toEqual([]);
    await round();
    expect(learnt).toEqual(["fake:track:one"]);
  });

  it("are not asked for again of what is gone, nor where nobody is linked", async () => {
    const { feed, learnt, round } = open([
      track("Gone"),
      { ...track("Other"), uri: "elsewhere:track:1" },
      track("Two"),
    ]);
    feed.items.delete("fake:track:gone");
    for (let rounds = 0; rounds < 4; rounds++) await round();
    expect(learnt).toEqual(["fake:track:two"]);
    expect(feed.calls).toHaveLength(2);
  });

  it("cost nothing where the operator wants none", async () => {
    const { job } = open([track("One")], { perDay: 0 });
    expect(await job.run(new AbortController().signal)).toBe("stop");
  });
});

describe("tracks that lack something", () => {
  let stand: LedgerStand;
  beforeAll(async () => {
    stand = await openLedger();
  });
  afterAll(() => stand.close());

  it("are found until their length and their picture are known, which changes nothing that was known", async () => {
    const { durationMs: _length, album: _album, ...bare } = song(1);
    const listener = somebody();
    await stand.ledger.record(listener, [
      watched({ ...bare, album: { name: "Album 1" } }, MORNING, MORNING + HOUR / 20),
      watched({ ...song(2), art: [{ url: "https://pictures.test/2" }] }, MORNING + HOUR, MORNING + HOUR + HOUR / 20),
    ]);
    const { plays, playStats } = stand.store;
    const { tracks, end } = await plays.lacking(0);
    expect(tracks).toMatchObject([{ uri: "memory:track:1" }]);
    expect(end).toBe(true);
    const art = [{ url: "https://pictures.test/1" }];
    const album = { words: "other\nband 1", title: "Other", uri: "memory:album:1", art };
    await plays.learn("memory:track:1", { kind: "track", words: "x", title: "X", artists: [], durationMs: 1, album });
    expect((await plays.lacking(0)).tracks).toEqual([]);
    const [row] = await playStats.recent(listener, MORNING + 1, 5);
    expect(row?.title).toBe("Song 1");
    const period = { fromAt: MORNING, untilAt: MORNING + 1 };
    const [top] = await playStats.top([listener], "tracks", period, { limit: 5, offset: 0, allArtists: false });
    expect(top).toMatchObject({ name: "Song 1", art });
  });
});
