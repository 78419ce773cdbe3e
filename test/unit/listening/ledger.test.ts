import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Heard, Sighting } from "../../../src/contracts/listening.ts";
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
  watched,
} from "../../support/ledger.ts";

let stand: LedgerStand;
beforeAll(async () => {
  stand = await openLedger();
});
afterAll(() => stand.close());

/** What became of each sighting, each recorded by itself, and the plays there are then. */
async function told(...sightings: Sighting[]) {
  const listener = somebody();
  const outcomes = [];
  for (const sighting of sightings) outcomes.push(...(await stand.ledger.record(listener, [sighting])));
  return { listener, outcomes, plays: await kept(stand, listener) };
}

describe("one play seen by several", () => {
  it("is one, as the best of them saw it", async () => {
    const { outcomes, plays } = await told(
      noted(song(1), MORNING + 4 * SECOND),
      listed(song(1), MORNING + 3 * MINUTE + 2 * SECOND),
      watched(song(1), MORNING, MORNING + 3 * MINUTE),
    );
    expect(outcomes).toMatchObject([
      { outcome: "added" },
      { outcome: "merged", why: { by: "words", range: "same" } },
      { outcome: "merged", why: { by: "uri", range: "same" } },
    ]);
    expect(plays).toMatchObject([
      {
        startedAt: MORNING,
        endedAt: MORNING + 3 * MINUTE,
        listenedMs: 3 * MINUTE,
        seenBy: ["history same", "observed", "recent same"],
      },
    ]);
  });

  it("is one where a list says when it began instead of when it ended", async () => {
    const { outcomes, plays } = await told(
      watched(song(1), MORNING, MORNING + 3 * MINUTE),
      listed(song(1), MORNING + 1 * SECOND),
    );
    expect(outcomes[1]).toMatchObject({ outcome: "merged", why: { by: "uri", range: "reported" } });
    expect(plays).toHaveLength(1);
    expect(plays[0]).toMatchObject({ startedAt: MORNING, seenBy: ["observed", "recent reported"] });
  });

  it("is one where a diary passes the end on as the start", async () => {
    const { plays } = await told(watched(song(1), MORNING, MORNING + 3 * MINUTE), noted(song(1), MORNING + 3 * MINUTE));
    expect(plays).toHaveLength(1);
  });

  it("is one in each year of a diary that once noted starts and later ends", async () => {
    const later = MORNING + 2 * HOUR;
    const listener = somebody();
    const outcomes = await stand.ledger.record(listener, [
      watched(song(1), MORNING, MORNING + 3 * MINUTE),
      watched(song(1), later, later + 3 * MINUTE),
      watched(song(1), later + HOUR, later + HOUR + 3 * MINUTE),
      noted(song(1), MORNING),
      noted(song(1), later + 3 * MINUTE),
      noted(song(1), later + HOUR),
    ]);
    expect(outcomes.slice(3)).toMatchObject([
      { outcome: "merged", why: { range: "same" } },
      { outcome: "merged", why: { range: "reported" } },
      { outcome: "merged", why: { range: "same" } },
    ]);
  });

  it("is one under another id of the same recording, and when a pause made it longer", async () => {
    const relinked = song(1, { uri: "memory:track:elsewhere", title: "Song 1 - Remastered 2011" });
    const { outcomes, plays } = await told(
      watched(song(1), MORNING, MORNING + 9 * MINUTE, { listenedMs: 3 * MINUTE }),
      listed(relinked, MORNING + 9 * MINUTE),
    );
    expect(outcomes[1]).toMatchObject({ why: { by: "isrc", range: "overlap" } });
    expect(plays).toMatchObject([{ listenedMs: 3 * MINUTE }]);
  });

  it("ends where a list says so, when nobody else saw its end", async () => {
    const began = watched(song(1), MORNING, MORNING + 3 * MINUTE, { exact: "start", listenedMs: undefined });
    const { outcomes, plays } = await told(began, listed(song(1), MORNING + MINUTE));
    expect(outcomes[1]).toMatchObject({ outcome: "merged", why: { range: "completed" } });
    expect(plays).toMatchObject([{ startedAt: MORNING, endedAt: MORNING + MINUTE, listenedMs: MINUTE, counts: false }]);
  });

  it("ends where a list says so, when a look only showed what was heard next", async () => {
    const reckoned = watched(song(1), MORNING, MORNING + 3 * MINUTE);
    const skipped = listed(song(1), MORNING + MINUTE, { startedAt: MORNING });
    expect((await told(reckoned, skipped)).plays).toMatchObject([{ endedAt: MORNING + MINUTE, counts: false }]);
    const pushed = { ...reckoned, source: { origin: "memory", way: "push" } as const };
    expect((await told(pushed, skipped)).plays).toMatchObject([{ endedAt: MORNING + 3 * MINUTE, counts: true }]);
  });

  it("is one where a pause that nobody saw puts its end after all that was expected", async () => {
    const began = watched(song(1), MORNING, MORNING + 3 * MINUTE, { exact: "start", listenedMs: undefined });
    const { plays } = await told(began, listed(song(1), MORNING + 5 * MINUTE));
    expect(plays).toMatchObject([{ startedAt: MORNING, endedAt: MORNING + 5 * MINUTE, listenedMs: 3 * MINUTE }]);
  });

  it("is one where it was seen to stand and went on unseen, up to a quarter of an hour later", async () => {
    const stood = (change: Partial<Sighting> = {}) =>
      watched(song(1), MORNING, MORNING + 2 * MINUTE, { exact: "start", listenedMs: MINUTE, ...change });
    const { plays } = await told(listed(song(1), MORNING + 14 * MINUTE), stood());
    expect(plays).toMatchObject([{ endedAt: MORNING + 14 * MINUTE, listenedMs: 3 * MINUTE, counts: true }]);
    expect((await told(stood(), listed(song(1), MORNING + 40 * MINUTE))).plays).toHaveLength(2);
    expect((await told(stood({ skipped: true }), listed(song(1), MORNING + 14 * MINUTE))).plays).toHaveLength(2);
  });

  it("leaves what stood still at what was heard of it, where a list says when it stopped", async () => {
    const stood = watched(song(1), MORNING, MORNING + 9 * MINUTE, { exact: "start", listenedMs: 2 * MINUTE });
    const { plays } = await told(stood, listed(song(1), MORNING + 6 * MINUTE));
    expect(plays).toMatchObject([{ endedAt: MORNING + 6 * MINUTE, listenedMs: 2 * MINUTE }]);
  });

  it("is one where it was found standing and a list says when it stopped", async () => {
    const found = watched(song(1), MORNING, MORNING + 3 * MINUTE, { exact: "neither", listenedMs: 2 * MINUTE });
    const { plays } = await told(found, listed(song(1), MORNING - MINUTE));
    expect(plays).toMatchObject([
      { startedAt: MORNING - 3 * MINUTE, endedAt: MORNING - MINUTE, listenedMs: 2 * MINUTE, counts: true },
    ]);
  });

  it("is not taken for one that began where a list saw its end", async () => {
    const began = watched(song(1), MORNING, MORNING + 150 * SECOND, { exact: "start", listenedMs: undefined });
    const { plays } = await told(began, listed(song(1), MORNING + 31 * SECOND));
    expect(plays).toMatchObject([{ endedAt: MORNING + 31 * SECOND, listenedMs: 31 * SECOND, counts: false }]);
  });

  it("was over by the time at which a list shows that something else was heard", async () => {
    const began = watched(song(1), MORNING, MORNING + 4 * MINUTE, { exact: "start", listenedMs: undefined });
    const between = listed(song(2), MORNING + 4 * MINUTE, { startedAt: MORNING + 20 * SECOND });
    const expected = [
      { startedAt: MORNING, endedAt: MORNING + 20 * SECOND, listenedMs: 20 * SECOND, counts: false },
      { startedAt: MORNING + 20 * SECOND, endedAt: MORNING + 4 * MINUTE, counts: true },
    ];
    expect((await told(began, between)).plays).toMatchObject(expected);
    expect((await told(between, began)).plays).toMatchObject(expected);
    const pushed = { ...began, source: { origin: "memory", way: "push" } as const };
    expect((await told(pushed, between)).plays[0]).toMatchObject({ endedAt: MORNING + 4 * MINUTE });
  });

  it("keeps the later of two beginnings that a list gives for one end", async () => {
    const listener = somebody();
    const end = MORNING + 10 * MINUTE;
    await stand.ledger.record(listener, [listed(song(1), end, { startedAt: end - MINUTE })]);
    await stand.ledger.record(listener, [listed(song(1), end)]);
    expect(await kept(stand, listener)).toMatchObject([{ startedAt: end - MINUTE, counts: false }]);
  });

  it("is one in a file that knows minutes alone, and in the one that knows more", async () => {
    const file = { origin: "memory", way: "import" } as const;
    const { plays } = await told(
      watched(song(1), MORNING + 20 * SECOND, MORNING + 200 * SECOND, { source: file, key: "whole", exact: "end" }),
      watched(song(1, { uri: undefined, isrc: undefined }), MORNING, MORNING + 3 * MINUTE, {
        source: file,
        key: "minutes",
        exact: "neither",
      }),
    );
    expect(plays).toHaveLength(1);
  });

  it("keeps what the worse witness alone knew", async () => {
    const { listener } = await told(
      watched(inWords(song(2)), MORNING, MORNING + MINUTE, {
        source: { origin: "chat", way: "presence" },
        listenedMs: undefined,
      }),
      listed(song(2), MORNING + MINUTE, { context: "memory:playlist:1", device: "kitchen" }),
    );
    const [play] = await kept(stand, listener);
    const { store } = stand;
    const { revision } = await store.plays.revise(
      listener,
      { heard: [], periods: [{ fromAt: 0, untilAt: MORNING + DAY }] },
      (near) => ({ put: [], gone: [], near }),
    );
    expect(revision.near.plays[0]).toMatchObject({
      context: "memory:playlist:1",
      device: "kitchen",
      trackId: play?.trackId,
    });
    // A minute of three is too short, and how long it is only the list knew.
    expect(play).toMatchObject({ counts: false, startedAt: MORNING });
  });
});

describe("different plays", () => {
  it("stay apart when a song is repeated, whoever saw it", async () => {
    const starts = [0, 1, 2, 3].map((index) => MORNING + index * 3 * MINUTE);
    const { plays } = await told(
      ...starts.map((at) => watched(song(1), at, at + 3 * MINUTE)),
      ...starts.map((at) => listed(song(1), at + 3 * MINUTE)),
      ...starts.map((at) => noted(song(1), at)),
    );
    expect(plays.map(({ startedAt }) => startedAt)).toEqual(starts);
    expect(plays.every(({ seenBy }) => seenBy.length === 3)).toBe(true);
  });

  it("stay apart when one source saw them with other keys, and are one when it said it twice", async () => {
    const twice = await told(
      watched(song(1), MORNING, MORNING + 3 * MINUTE),
      watched(song(1), MORNING + SECOND, MORNING + 3 * MINUTE),
    );
    expect(twice.plays).toHaveLength(1);
    const overlapping = await told(
      watched(song(1), MORNING, MORNING + 3 * MINUTE),
      watched(song(1), MORNING + MINUTE, MORNING + 4 * MINUTE),
    );
    expect(overlapping.plays).toHaveLength(2);
  });

  it("stay apart with another recording of the same name", async () => {
    const live = song(1, { uri: "memory:track:1b", isrc: "QM9999999999" });
    const long = inWords(song(1));
    const { plays } = await told(
      watched(song(1), MORNING, MORNING + 3 * MINUTE),
      watched(live, MORNING, MORNING + 3 * MINUTE, { source: { origin: "other", way: "push" } }),
      watched({ ...long, durationMs: 8 * MINUTE }, MORNING, MORNING + 3 * MINUTE, {
        source: { origin: "diary", way: "playing" },
      }),
    );
    expect(new Set(plays.map(({ trackId }) => trackId)).size).toBe(3);
  });

  it("are not mistaken for a skipped start of the same song", async () => {
    const { plays } = await told(
      watched(song(1), MORNING, MORNING + 40 * SECOND),
      watched(song(1), MORNING + 40 * SECOND, MORNING + 220 * SECOND),
      listed(song(1), MORNING + 40 * SECOND),
      listed(song(1), MORNING + 220 * SECOND),
    );
    expect(plays).toMatchObject([
      { counts: false, seenBy: ["observed", "recent overlap"] },
      { counts: true, seenBy: ["observed", "recent same"] },
    ]);
  });
});

describe("what counts", () => {
  const counting = async (heard: Heard, listenedMs: number) => {
    const { outcomes } = await told(watched(heard, MORNING, MORNING + listenedMs));
    return outcomes[0]?.outcome;
  };

  it("is half of it, or four minutes", async () => {
    expect(await counting(song(1), 90 * SECOND)).toBe("added");
    expect(await counting(song(1), 89 * SECOND)).toBe("below");
    expect(await counting(song(3, { durationMs: HOUR }), 4 * MINUTE)).toBe("added");
    expect(await counting(song(3, { durationMs: HOUR }), 4 * MINUTE - 1)).toBe("below");
  });

  it("is half a minute of what nobody knows the length of", async () => {
    expect(await counting(inWords(song(40)), 30 * SECOND)).toBe("added");
    expect(await counting(inWords(song(40)), 29 * SECOND)).toBe("below");
  });

  it("leaves pauses out", async () => {
    const { outcomes } = await told(watched(song(1), MORNING, MORNING + HOUR, { listenedMs: 80 * SECOND }));
    expect(outcomes[0]?.outcome).toBe("below");
  });
});

describe("what is refused", () => {
  const refused = (change: Partial<Sighting>) => async () => {
    const sighting = watched(song(1), MORNING, MORNING + MINUTE, change);
    const { outcomes, plays } = await told(sighting);
    expect(plays).toEqual([]);
    return outcomes[0];
  };
  const why = (reason: string) => ({ outcome: "refused", why: reason });

  it("has an impossible time", async () => {
    const dates = [
      0,
      Date.UTC(1970, 0, 2),
      Date.UTC(2001, 11, 31),
      Date.UTC(2099, 0, 1),
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ];
    for (const startedAt of dates)
      expect(await refused({ startedAt, endedAt: startedAt + MINUTE })()).toEqual(why("time"));
    expect(await refused({ endedAt: MORNING - 1 })()).toEqual(why("time"));
    expect(await refused({ endedAt: MORNING + 25 * HOUR })()).toEqual(why("time"));
  });

  it("has nothing in it", async () => {
    expect(await refused({ endedAt: MORNING })()).toEqual(why("empty"));
    expect(await refused({ listenedMs: 0 })()).toEqual(why("empty"));
    expect(await refused({ listenedMs: -5 })()).toEqual(why("empty"));
    expect(await refused({ listenedMs: Number.NaN })()).toEqual(why("empty"));
    expect(await refused({ heard: { ...song(1), title: "  " } })()).toEqual(why("empty"));
  });

  it("was private, also when a list or a file tells of it later, and the rest of a batch is kept", async () => {
    stand.privately.push({ fromAt: MORNING + HOUR, untilAt: MORNING + 2 * HOUR });
    const listener = somebody();
    const outcomes = await stand.ledger.record(listener, [
      watched(song(1), MORNING + 59 * MINUTE, MORNING + 61 * MINUTE),
      watched(song(2), MORNING + 2 * HOUR, MORNING + 2 * HOUR + 3 * MINUTE),
      listed(song(3), MORNING + 90 * MINUTE),
    ]);
    stand.privately.length = 0;
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["refused", "added", "refused"]);
    expect(outcomes[0]).toEqual(why("private"));
    expect(await kept(stand, listener)).toHaveLength(1);
  });

  it("is more than five thousand at once", async () => {
    const many = Array.from({ length: 5_001 }, (_, index) =>
      watched(song(1), MORNING + index, MORNING + index + MINUTE),
    );
    await expect(stand.ledger.record(somebody(), many)).rejects.toThrow("5000");
  });
});

describe("names", () => {
  it("of hostile words are kept, and told apart", async () => {
    const titles = ["'; drop table plays;--", "\0", "%", "💿", "１９９９", "x".repeat(5_000), "Robert'); --", "!!!"];
    const listener = somebody();
    const outcomes = await stand.ledger.record(
      listener,
      titles.map((title, index) =>
        watched(inWords(song(1, { title })), MORNING + index * HOUR, MORNING + index * HOUR + MINUTE),
      ),
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(titles.map(() => "added"));
    expect(new Set((await kept(stand, listener)).map(({ trackId }) => trackId)).size).toBe(titles.length);
  });

  it("of a thing without an artist are enough", async () => {
    const { plays } = await told(
      watched({ kind: "track", title: "Untitled", artists: [] }, MORNING, MORNING + MINUTE),
      watched({ kind: "track", title: "untitled", artists: [{ name: " " }] }, MORNING + HOUR, MORNING + HOUR + MINUTE),
    );
    expect(new Set(plays.map(({ trackId }) => trackId)).size).toBe(1);
  });

  it("that differ in accents, guests and prints are the same", async () => {
    const names: [string, string][] = [
      ["Déjà Vu", "Beyoncé"],
      ["Deja vu (feat. JAY-Z)", "Beyonce"],
      ["Déjà Vu - 2011 Remaster", "BEYONCÉ feat. Jay-Z"],
      ["Deja Vu [Remastered]", "beyoncé"],
    ];
    const { plays } = await told(
      ...names.map(([title, name], index) =>
        watched({ kind: "track", title, artists: [{ name }] }, MORNING + index * HOUR, MORNING + index * HOUR + MINUTE),
      ),
      watched(
        { kind: "track", title: "Déjà Vu (Live)", artists: [{ name: "Beyoncé" }] },
        MORNING + 9 * HOUR,
        MORNING + 9 * HOUR + MINUTE,
      ),
    );
    expect(plays.map(({ trackId }) => trackId === plays[0]?.trackId)).toEqual([true, true, true, true, false]);
  });
});
