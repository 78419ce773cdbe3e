import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { needs, type PlayerState } from "../../src/contracts/music.ts";
import { collectionTests } from "./provider-suite-collections.ts";
import {
  createTools,
  expectItems,
  expectSane,
  hostile,
  offered,
  type ProviderCase,
  type ProviderWorld,
  type Tools,
} from "./provider-world.ts";

const sessionMethods = [
  "devices",
  "transfer",
  "seek",
  "volume",
  "shuffle",
  "repeat",
  "queue",
  "queue.edit",
  "library",
  "library.topTracks",
  "playlists",
  "lookup",
  "albumTracks",
  "showEpisodes",
  "recentlyPlayed",
  "watch",
];
const providerMethods = ["linking", "unreadable", "publicLookup"];

function missingFrom(owner: object, paths: readonly string[]): string[] {
  const at = (path: string) =>
    path
      .split(".")
      .reduce<unknown>(
        (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
        owner,
      );
  return paths.filter((path) => at(path) === undefined);
}

/**
 * What every provider must do, whatever is behind it. Each test has a world of its own. A feature is tested where it is
 * offered, and must be listed as absent where it is not.
 */
export async function providerSuite({ name, absent, open }: ProviderCase): Promise<void> {
  const sample = await open();
  const lacking = [...missingFrom(sample.session, sessionMethods), ...missingFrom(sample.provider, providerMethods)];
  const canLose = sample.losing !== undefined;
  await sample.close();

  describe(`${name}, as a music provider`, () => {
    let world: ProviderWorld;

    beforeEach(async () => {
      world = await open();
    });
    afterEach(async () => {
      await world.close();
    });
    const tools: Tools = {
      ...createTools(() => world),
      feature(path, title, tests) {
        if (!lacking.includes(path)) describe(title, tests);
      },
    };

    it("offers what it says and nothing is lost", () => {
      expect([...lacking].sort()).toEqual([...absent].sort());
      expect(world.provider.id).toMatch(/^[a-z][a-z-]*$/);
      expect(world.provider.name).not.toBe("");
      expect(world.provider.terms.attribution).not.toBe("");
    });

    catalogueTests(tools);
    playingTests(tools);
    settingTests(tools);
    collectionTests(tools);
    watchTests(tools);
    if (canLose) lostAnswerTests(tools);
  });
}

function catalogueTests({ world, session, settle, refusal, done }: Tools): void {
  describe("names and links", () => {
    it("finds a pasted link inside a sentence and says where it stands", () => {
      const { before, link, after } = world().known.pasted;
      const found = world().provider.recognise(before + link + after);
      expect(found).toEqual({
        uri: world().known.track,
        type: "track",
        start: before.length,
        end: before.length + link.length,
      });
    });

    it("sees no link in words, however odd", () => {
      for (const text of ["", "play something", "https://example.com/track/1", ...hostile.map((each) => each.text)])
        expect(world().provider.recognise(text)).toBeUndefined();
    });

    it("reads a long hostile text in no time", () => {
      const text = `${world().known.pasted.link.slice(0, -3)} `.repeat(4000);
      const startedAt = performance.now();
      world().provider.recognise(text);
      world().provider.unreadable?.(text);
      expect(performance.now() - startedAt).toBeLessThan(250);
    });
  });

  describe("search", () => {
    it("finds a track by words, as a domain model", async () => {
      const hits = await settle(session().search(world().known.query, ["track"]));
      const found = hits.tracks.find((track) => track.uri === world().known.track);
      expect(found?.title).not.toBe("");
      expect(found?.artists.length).toBeGreaterThan(0);
      expect(found?.durationMs).toBeGreaterThan(0);
      expectItems(hits.tracks);
      expect([hits.albums, hits.artists, hits.playlists, hits.shows, hits.episodes, hits.audiobooks].flat()).toEqual(
        [],
      );
    });

    it("asks for several kinds at once and keeps to the limit", async () => {
      const hits = await settle(session().search(world().known.query, ["track", "album", "artist"], { limit: 2 }));
      expect(hits.tracks.length).toBeLessThanOrEqual(2);
      expect(hits.albums.length).toBeLessThanOrEqual(2);
      expectItems([...hits.tracks, ...hits.albums, ...hits.artists]);
    });

    it("answers nonsense with nothing", async () => {
      const hits = await settle(session().search("qqzzxxvvw jjkkqqx", ["track", "album"]));
      expect(hits.tracks).toEqual([]);
      expect(hits.albums).toEqual([]);
    });

    it("refuses an empty query", async () => {
      expect((await refusal(session().search("   ", ["track"]))).code).toBe("InvalidInput");
    });

    it.each(hostile)("bears $what", async ({ text }) => {
      await done(session().search(text, ["track", "album"], { limit: 1000 }), ["InvalidInput"]);
    });
  });
}

function playingTests({ world, session, settle, refusal, done, state, start }: Tools): void {
  const onDevice = () => {
    const { deviceId } = world();
    return deviceId === undefined ? {} : { deviceId };
  };

  describe("playing", () => {
    it("plays in a context, from its start", async () => {
      const now = await start();
      expect(now.playing).toBe(true);
      expect(now.item?.uri).toBe(world().known.context.tracks[0]);
      expect(now.context).toEqual({ uri: world().known.context.uri, type: world().known.context.type });
      expect(now.device?.active).toBe(true);
    });

    it("plays in a context from one of its items, and goes on after it", async () => {
      const [, second, third] = world().known.context.tracks;
      const now = await start({ uri: second ?? "" });
      expect(now.item?.uri).toBe(second);
      await world().pass((now.item?.durationMs ?? 0) - now.progressMs + 1000);
      expect((await state()).item?.uri).toBe(third);
    });

    it("plays in a context from a place in it", async () => {
      expect((await start({ position: 2 })).item?.uri).toBe(world().known.context.tracks[2]);
    });

    it("plays a plain list, and from within the first track", async () => {
      await settle(session().play({ uris: world().known.others }, { ...onDevice(), positionMs: 20_000 }));
      const now = await state();
      expect(now.item?.uri).toBe(world().known.others[0]);
      expect(now.progressMs).toBeGreaterThanOrEqual(20_000);
      expect(now.progressMs).toBeLessThan(25_000);
    });

    it("runs its progress with the clock", async () => {
      const before = await start();
      await world().pass(10_000);
      const after = await state();
      expect(after.at).toBeGreaterThan(before.at);
      expect(after.progressMs - before.progressMs).toBeGreaterThanOrEqual(9_500);
      expect(after.progressMs - before.progressMs).toBeLessThan(13_000);
    });

    it("refuses to play what does not exist, or nothing", async () => {
      await start();
      expect(["NotFound", "Restricted"]).toContain(
        (await refusal(session().play({ uris: [world().known.missing] }))).code,
      );
      expect((await refusal(session().play({ uris: [] }))).code).toBe("InvalidInput");
      expect((await state()).item?.uri).toBe(world().known.context.tracks[0]);
    });

    it.each(hostile)("does not take $what for something to play", async ({ text }) => {
      const codes = ["InvalidInput", "NotFound", "Restricted"];
      expect(codes).toContain((await refusal(session().play({ context: text }))).code);
      expect(codes).toContain((await refusal(session().play({ uris: [text] }))).code);
      expect(codes).toContain(
        (await refusal(session().play({ uris: [world().known.track] }, { deviceId: text }))).code,
      );
    });
  });

  describe("pausing and going on", () => {
    it("pauses where it is, and resumes there", async () => {
      await start();
      await world().pass(5000);
      await settle(session().pause());
      const paused = await state();
      expect(paused.playing).toBe(false);
      await world().pass(5000);
      expect(Math.abs((await state()).progressMs - paused.progressMs)).toBeLessThan(50);
      await settle(session().resume());
      const resumed = await state();
      expect(resumed.playing).toBe(true);
      expect(resumed.item?.uri).toBe(paused.item?.uri);
      expect(resumed.progressMs - paused.progressMs).toBeLessThan(2000);
    });

    it("pausing twice and resuming twice change nothing, and are refused as what they are if at all", async () => {
      await start();
      const again = await done(session().resume(), ["Restricted"]);
      expect((await state()).playing).toBe(true);
      if (again !== "done")
        expect((await refusal(session().resume())).details).toMatchObject({ reason: "already_playing" });
      await settle(session().pause());
      const paused = await done(session().pause(), ["Restricted"]);
      expect((await state()).playing).toBe(false);
      if (paused !== "done")
        expect((await refusal(session().pause())).details).toMatchObject({ reason: "already_paused" });
    });

    it("announces what it would refuse", async () => {
      const playing = await start();
      expect(playing.refused).not.toContain("pause");
      await settle(session().pause());
      expect((await state()).refused).not.toContain("resume");
    });
  });

  describe("next and previous", () => {
    it("moves through the context", async () => {
      const [first, second] = world().known.context.tracks;
      await start();
      await settle(session().next());
      expect((await state()).item?.uri).toBe(second);
      await settle(session().previous());
      expect((await state()).item?.uri).toBe(first);
    });

    it("previous at the very start leaves the music where it is", async () => {
      await start();
      await done(session().previous(), ["Restricted"]);
      expect((await state()).item?.uri).toBe(world().known.context.tracks[0]);
    });

    it("next at the very end starts nothing that was not there", async () => {
      const { tracks } = world().known.context;
      await start({ position: tracks.length - 1 });
      const outcome = await done(session().next(), ["Restricted"]);
      const now = await settle(session().state());
      if (outcome !== "done") expect(now?.item?.uri).toBe(tracks.at(-1));
      else expect(now?.playing ?? false).toBe(false);
    });
  });

  it("says who it cannot open", () => {
    const other = world().provider.linking === undefined ? ("account" as const) : ("shared" as const);
    const tokens = { token: async () => "", renew: async () => "" };
    const who =
      other === "account"
        ? { kind: other, accountId: "x", tokens, granted: [...needs] }
        : { kind: other, playerId: "x" };
    expect(() => world().provider.open(who)).toThrowError(expect.objectContaining({ code: "NotFound" }));
  });

  it("a signal that has fired stops a call before it does anything", async () => {
    const before = await start();
    const signal = AbortSignal.abort(new Error("too late"));
    const late: Promise<unknown>[] = [
      session().pause({ signal }),
      session().next({ signal }),
      session().search(world().known.query, ["track"], { signal }),
    ];
    for (const result of await Promise.allSettled(late.map(settle))) expect(result.status).toBe("rejected");
    const after = await state();
    expect(after.playing).toBe(true);
    expect(after.item?.uri).toBe(before.item?.uri);
  });
}

function settingTests({ world, session, settle, refusal, done, state, start, feature }: Tools): void {
  feature("seek", "seek", () => {
    it("moves within the track", async () => {
      await start();
      await settle(offered(session().seek?.(42_000)));
      const now = await state();
      expect(now.progressMs).toBeGreaterThanOrEqual(42_000);
      expect(now.progressMs).toBeLessThan(45_000);
    });

    it("past the end goes on to the next", async () => {
      const first = await start();
      await settle(offered(session().seek?.((first.item?.durationMs ?? 0) + 60_000)));
      expect((await state()).item?.uri).toBe(world().known.context.tracks[1]);
    });

    it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses %d", async (positionMs) => {
      await start();
      const outcome = await done(offered(session().seek?.(positionMs)), ["InvalidInput"]);
      if (positionMs !== Number.POSITIVE_INFINITY) expect(outcome).toBe("InvalidInput");
    });
  });

  feature("volume", "volume", () => {
    it.each([0, 37, 100])("goes to %d", async (percent) => {
      await start();
      await settle(offered(session().volume?.(percent)));
      expect((await state()).device).toMatchObject({ hasVolume: true, volume: percent });
    });

    it.each([-1, 101, 900, Number.NaN])("refuses %d and leaves it", async (percent) => {
      const before = await start();
      expect((await refusal(offered(session().volume?.(percent)))).code).toBe("InvalidInput");
      expect((await state()).device?.volume).toBe(before.device?.volume);
    });
  });

  feature("shuffle", "shuffle", () => {
    it("is switched and kept, and does not interrupt", async () => {
      const before = await start();
      await settle(offered(session().shuffle?.(true)));
      const on = await state();
      expect(on.shuffle).toBe(true);
      expect(on.item?.uri).toBe(before.item?.uri);
      await done(offered(session().shuffle?.(true)), ["Restricted"]);
      expect((await state()).shuffle).toBe(true);
      await settle(offered(session().shuffle?.(false)));
      expect((await state()).shuffle).toBe(false);
    });
  });

  feature("repeat", "repeat", () => {
    it("keeps each mode, and repeats the track", async () => {
      const first = await start();
      for (const mode of ["context", "off", "track"] as const) {
        await settle(offered(session().repeat?.(mode)));
        expect((await state()).repeat).toBe(mode);
      }
      await world().pass((first.item?.durationMs ?? 0) + 1000);
      const again = await state();
      expect(again.item?.uri).toBe(first.item?.uri);
      expect(again.progressMs).toBeLessThan(first.item?.durationMs ?? 0);
    });
  });
}

function watchTests({ world, session, settle, state, start, feature }: Tools): void {
  feature("watch", "watch", () => {
    it("tells of every change until its signal fires", async () => {
      await start();
      const seen: (PlayerState | undefined)[] = [];
      const controller = new AbortController();
      const watching = offered(session().watch?.((change) => seen.push(change), controller.signal));
      // Where something is amiss below, the world closes first, and ends it with an error that is not the news.
      watching.catch(() => undefined);
      /** A real player's news is on its way for a while. */
      const told = async (wanted: (change: PlayerState | undefined) => boolean) => {
        for (let looks = 0; looks < 50 && !wanted(seen.at(-1)); looks++) await world().pass(10);
        return seen.at(-1);
      };
      await settle(session().pause());
      expect((await told((change) => change?.playing === false))?.playing).toBe(false);
      await settle(session().resume());
      const now = await state();
      await world().pass((now.item?.durationMs ?? 0) - now.progressMs + 1000);
      const [, second] = world().known.context.tracks;
      expect((await told((change) => change?.item?.uri === second))?.item?.uri).toBe(second);
      for (const change of seen) if (change !== undefined) expectSane(change, change.at);
      controller.abort();
      await settle(watching);
      const count = seen.length;
      await settle(session().pause());
      await world().pass(10);
      expect(seen).toHaveLength(count);
    });
  });
}

function lostAnswerTests({ world, session, settle, refusal, state, start, feature }: Tools): void {
  const losing = (run: () => Promise<unknown>) =>
    refusal(offered(world().losing)(() => settle(run()).then(() => undefined)));

  describe("a write whose answer is lost", () => {
    it("is said to be unconfirmed, and carried out once", async () => {
      await start();
      expect((await losing(() => session().next())).code).toBe("Unconfirmed");
      expect((await state()).item?.uri).toBe(world().known.context.tracks[1]);
    });

    feature("queue.edit", "to the queue", () => {
      it("leaves no second copy behind", async () => {
        await start();
        const [added] = world().known.others;
        const edit = offered(session().queue?.edit);
        expect((await losing(() => edit.insert([added], "last"))).code).toBe("Unconfirmed");
        const next = (await settle(offered(session().queue).show())).next.map((item) => item.uri);
        expect(next.filter((uri) => uri === added)).toHaveLength(1);
      });
    });
  });
}
