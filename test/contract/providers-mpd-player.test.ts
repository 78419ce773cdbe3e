import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { PlayerState } from "../../src/contracts/music.ts";
import { checkMpd } from "../../src/music/providers/mpd/checks.ts";
import { createMpdProvider } from "../../src/music/providers/mpd/provider.ts";
import { makeLibrary, type TestMpdOptions } from "../support/mpd.ts";
import { type MpdWorld, makeMpdLibrary, openMpdWorld, silent, uriOf, uris } from "./mpd-world.ts";

/** What only this daemon does: other clients at its side, restarts, updates, pictures. */
const library = await makeMpdLibrary();
afterAll(() => library.drop());
let opened: MpdWorld | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});
async function open(options: Partial<TestMpdOptions> = {}): Promise<MpdWorld> {
  opened = await openMpdWorld(library, options);
  return opened;
}
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "no refusal",
    (error: unknown) => error,
  );
async function until<T>(look: () => Promise<T> | T, good: (found: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const found = await look();
    if (good(found) || tries > 500) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("search", () => {
  it("takes no accents and slips of the finger, and finds each kind", async () => {
    const { session } = await open();
    await session.playlists?.create({ name: "Été au port", public: false });
    const hits = await session.search("nocturns lene oster", ["track", "album", "artist", "playlist"]);
    expect(hits.albums[0]).toMatchObject({ uri: uris.nocturnes, releaseYear: 1999, trackCount: 3 });
    expect((await session.search("premiere lueru", ["track"])).tracks[0]?.title).toBe("Première lueur");
    expect((await session.search("lene oster", ["artist"])).artists[0]?.name).toBe("Lène Ôster");
    expect((await session.search("ete au port", ["playlist"])).playlists[0]?.name).toBe("Été au port");
    expect((await session.search("untagged thing", ["track"])).tracks[0]?.uri).toBe(uriOf(5));
    const old = await session.search("water by", ["track"], { years: { from: 1990, to: 2000 } });
    expect(old.tracks.map((track) => track.album?.releaseYear)).toEqual([1999]);
    expect(hits.unordered).toBe(true);
  });

  it("knows genres, several to a tag", async () => {
    const { session } = await open();
    expect((await session.genreTracks?.("rock"))?.map((track) => track.title)).toEqual(["Low Water"]);
    expect(await session.genreTracks?.("polka")).toEqual([]);
  });

  it("sees what an update brought", async () => {
    const { session, mpd } = await open();
    expect((await session.search("brandnew", ["track"])).tracks).toEqual([]);
    makeLibrary(library.music, [{ file: "new/Brandnew Thing.flac" }]);
    await mpd.tell("update");
    const hits = await until(
      () => session.search("brandnew", ["track"]),
      ({ tracks }) => tracks.length > 0,
    );
    expect(hits.tracks[0]?.title).toBe("Brandnew Thing");
  });
});

describe("other clients at its side", () => {
  it("are seen within 200 ms, and what they put on is no context of ours", async () => {
    const { session, mpd, known } = await open();
    await session.play({ context: known.context.uri });
    const seen: (PlayerState | undefined)[] = [];
    const ending = new AbortController();
    const watching = session.watch?.((state) => seen.push(state), ending.signal);
    await until(
      () => seen.length,
      (count) => count > 0,
    );
    await mpd.tell("setvol 33");
    const startedAt = performance.now();
    await until(
      () => seen.at(-1)?.device?.volume,
      (volume) => volume === 33,
    );
    expect(performance.now() - startedAt).toBeLessThan(200);
    expect(seen.at(-1)).toMatchObject({ context: { uri: known.context.uri }, device: { volume: 33 } });
    await mpd.tell("command_list_begin\nclear\nadd loose\nplay\ncommand_list_end");
    const now = await until(
      () => seen.at(-1),
      (state) => state?.item?.uri === uriOf(5),
    );
    expect(now?.context).toBeUndefined();
    ending.abort();
    await watching;
  });

  it("clear what was to be edited: then nothing is touched", async () => {
    const { session, mpd, known } = await open();
    await session.play({ context: known.context.uri });
    const [first] = (await session.queue?.show())?.next ?? [];
    await mpd.tell("move 1 2");
    expect(await refusal(session.queue?.edit?.remove(0, { uri: first?.uri ?? "" }) ?? Promise.resolve())).toMatchObject(
      {
        code: "NotFound",
        details: { what: "queue_item" },
      },
    );
    expect((await session.queue?.show())?.next).toHaveLength(2);
  });
});

describe("shuffled", () => {
  it("plays what was added before anything else, in its order", async () => {
    const { session, known } = await open();
    await session.shuffle?.(true);
    await session.play({ context: known.context.uri });
    const [one, two] = known.others;
    await session.queue?.edit?.insert([one], "last");
    await session.queue?.edit?.insert([two], "next");
    expect((await session.queue?.show())?.next.slice(0, 2).map((item) => item.uri)).toEqual([two, one]);
    await session.next();
    expect((await session.state())?.item?.uri).toBe(two);
    await session.next();
    expect((await session.state())?.item?.uri).toBe(one);
    await session.next();
    expect(known.context.tracks).toContain((await session.state())?.item?.uri);
    for (const item of (await session.queue?.show())?.next ?? []) expect(known.context.tracks).toContain(item.uri);
  });
});

describe("its connection", () => {
  it("comes back by itself after a restart, with likes and lists", async () => {
    const { session, mpd, provider, known } = await open();
    await session.library?.save([known.track]);
    await mpd.restart();
    await until(
      () => provider.healthy?.(),
      (healthy) => healthy === true,
    );
    expect(provider.healthy?.()).toBe(true);
    expect(await session.library?.contains([known.track])).toEqual([true]);
    await session.play({ uris: [known.track] });
    expect((await session.state())?.item?.uri).toBe(known.track);
  });

  it("needs the password, and says so without telling it", async () => {
    const { mpd, session } = await open({ tcp: true, password: "open sesame" });
    expect((await session.search("low water", ["track"])).tracks).toHaveLength(1);
    const other = createMpdProvider(
      { url: mpd.url.replace("sesame", "barley"), pictureUrl: (id) => id },
      { clock: systemClock, log: silent },
    );
    const error = await refusal(other.open({ kind: "shared", playerId: "mpd" }).state());
    expect(error).toMatchObject({ code: "Unavailable", details: { why: "credentials" } });
    await other.stop?.();
    const signal = AbortSignal.timeout(5_000);
    const [line] = await checkMpd(mpd.url.replace("sesame", "barley"), systemClock)(signal);
    expect(line).toMatchObject({ name: "MPD", status: "failed" });
    expect(JSON.stringify(line)).not.toContain("barley");
    const all = await checkMpd(mpd.url, systemClock)(signal);
    expect(all.map((check) => check.status)).toEqual(["ok", "ok", "ok"]);
  });

  it("tells what the daemon lacks", async () => {
    const { session, mpd } = await open({ stickers: false, mixer: "none" });
    expect(session.library).toBeUndefined();
    await session.play({ context: uris.nocturnes });
    const state = await session.state();
    expect(state?.device).toMatchObject({ hasVolume: false });
    expect(state?.refused).toContain("volume");
    expect(await refusal(session.volume?.(20) ?? Promise.resolve())).toMatchObject({
      details: { reason: "no_volume" },
    });
    const found = await checkMpd(mpd.url, systemClock)(AbortSignal.timeout(5_000));
    expect(found.filter((check) => check.status === "warning").map((check) => check.name)).toEqual([
      "MPD volume",
      "MPD likes",
    ]);
  });
});

describe("files", () => {
  it("show the picture inside them, and of those without one nothing", async () => {
    const { session, provider } = await open();
    const { signal } = new AbortController();
    const idOf = async (uri: string) => {
      const item = await session.lookup?.(uri);
      return item?.art[0]?.url.split("/").at(-1) ?? "";
    };
    const found = await provider.picture?.(await idOf(uriOf(0)), signal);
    expect(found?.mediaType).toBe("image/png");
    expect(
      Buffer.from(found?.bytes ?? [])
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    expect(await provider.picture?.(await idOf(uriOf(5)), signal)).toBeUndefined();
    expect((await session.lookup?.(uriOf(5)))?.art).toEqual([]);
  });

  it("show the picture that an update brought, though there was none before", async () => {
    const { session, provider, mpd } = await open();
    const { signal } = new AbortController();
    const url = (await session.lookup?.(uris.low))?.art[0]?.url ?? "";
    const id = url.split("/").at(-1) ?? "";
    expect(await provider.picture?.(id, signal)).toBeUndefined();
    expect((await session.lookup?.(uris.low))?.art).toEqual([]);
    copyFileSync(join(library.music, "..", "cover.png"), join(library.music, "The Ferries/Harbour/cover.png"));
    makeLibrary(library.music, [{ file: "pictured/Newly.flac" }]);
    await mpd.tell("update");
    const art = await until(
      async () => (await session.lookup?.(uris.low))?.art ?? [],
      (found) => found.length > 0,
    );
    expect(art).toEqual([{ url }]);
    expect((await provider.picture?.(id, signal))?.mediaType).toBe("image/png");
  });

  it("show the picture that was laid beside them, though no song of the library changed", async () => {
    const { session, provider, mpd } = await open();
    const { signal } = new AbortController();
    const id = ((await session.lookup?.(uriOf(5)))?.art[0]?.url ?? "").split("/").at(-1) ?? "";
    expect(await provider.picture?.(id, signal)).toBeUndefined();
    expect((await session.lookup?.(uriOf(5)))?.art).toEqual([]);
    copyFileSync(join(library.music, "..", "cover.png"), join(library.music, "loose/cover.png"));
    await mpd.tell("update");
    await until(
      async () => (await session.lookup?.(uriOf(5)))?.art ?? [],
      (found) => found.length > 0,
    );
    expect((await provider.picture?.(id, signal))?.mediaType).toBe("image/png");
  });

  it("that vanished since the last update cannot be played, and are said to be so", async () => {
    const { session } = await open();
    const gone = "mpd:track:vanished.flac";
    makeLibrary(library.music, [{ file: "vanished.flac" }]);
    await opened?.mpd.tell("update");
    await until(
      () => refusal(session.lookup?.(gone) ?? Promise.resolve()),
      (outcome) => outcome === "no refusal",
    );
    const { rmSync } = await import("node:fs");
    rmSync(`${library.music}/vanished.flac`);
    expect(await refusal(session.play({ uris: [gone] }))).toMatchObject({
      code: "Restricted",
      details: { reason: "content_unavailable" },
    });
  });
});
