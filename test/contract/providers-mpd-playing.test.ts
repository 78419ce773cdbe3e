import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { checkMpd } from "../../src/music/providers/mpd/checks.ts";
import { makeLibrary, type TestMpdOptions } from "../support/mpd.ts";
import { type MpdWorld, makeMpdLibrary, openMpdWorld, uriOf, uris } from "./mpd-world.ts";

/** What must hold while files vanish, outputs fail, callers give up, and others have their hands in the same queue. */
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
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const refusal = (promise: Promise<unknown> | undefined) =>
  (promise ?? Promise.resolve()).then(
    () => "no refusal",
    (error: unknown) => error,
  );
const restricted = (reason: string) => ({ code: "Restricted", details: { reason } });
const enabledOf = async ({ mpd }: MpdWorld) => {
  const lines = await mpd.tell("outputs");
  return lines.filter((line) => line.startsWith("outputenabled")).map((line) => line.endsWith("1"));
};
const titleAt = async ({ mpd }: MpdWorld) => (await mpd.fields("currentsong")).get("Title");
const idsOf = async ({ mpd }: MpdWorld) =>
  (await mpd.tell("playlistinfo")).filter((line) => line.startsWith("Id: ")).map((line) => Number(line.slice(4)));

describe("outputs", () => {
  it("of several that are on, only the one that was named stays on", async () => {
    const world = await open();
    const { session, mpd } = world;
    await mpd.tell("enableoutput 1");
    await session.play({ uris: [uris.low] }, { deviceId: "Kitchen" });
    expect(await enabledOf(world)).toEqual([true, false]);
    await mpd.tell("enableoutput 1");
    await session.transfer?.("Kitchen");
    expect(await enabledOf(world)).toEqual([true, false]);
    await mpd.tell("enableoutput 1");
    await session.resume({ deviceId: "Garden" });
    expect(await enabledOf(world)).toEqual([false, true]);
  });

  it("that are all off make no sound, and nobody says they do", async () => {
    const world = await open();
    const { session, mpd } = world;
    await session.play({ uris: [uris.low] });
    for (const output of [0, 1]) await mpd.tell(`disableoutput ${output}`);
    for (let tries = 0; (await mpd.fields("status")).get("state") === "play" && tries < 100; tries++) await wait(10);
    const before = await idsOf(world);
    // It is heard again on whichever of them is chosen.
    const choose = { code: "NoActiveDevice", details: { devices: [{ id: "Kitchen" }, { id: "Garden" }] } };
    expect(await refusal(session.play({ context: uris.nocturnes }))).toMatchObject(choose);
    expect(await idsOf(world)).toEqual(before);
    expect(await refusal(session.resume())).toMatchObject(choose);
    expect(await refusal(session.next())).toMatchObject(restricted("no_output"));
    expect(await refusal(session.previous())).toMatchObject(restricted("no_output"));
    await mpd.tell("stop");
    expect(await refusal(session.resume())).toMatchObject(choose);
    const found = await checkMpd(mpd.url, systemClock)(AbortSignal.timeout(5_000));
    const bad = found.filter(({ status }) => status !== "ok").map(({ name, status }) => [name, status]);
    expect(bad.filter(([name]) => name !== "MPD likes")).toEqual([["MPD outputs", "failed"]]);
    await session.transfer?.("Garden", { play: true });
    expect((await mpd.fields("status")).get("state")).toBe("play");
  });

  it("that cannot be opened are told of as well", async () => {
    const { session } = await open({ outputs: ["Kitchen", "Nowhere"], broken: "Nowhere" });
    await session.play({ uris: [uris.low] });
    const elsewhere = { deviceId: "Nowhere" };
    expect(await refusal(session.play({ context: uris.nocturnes }, elsewhere))).toMatchObject(restricted("no_output"));
    // All is as it was, the output too.
    expect(await session.state()).toMatchObject({
      playing: true,
      item: { uri: uris.low },
      device: { id: "Kitchen", active: true },
    });
    await session.pause();
    expect(await refusal(session.transfer?.("Nowhere", { play: true }))).toMatchObject(restricted("no_output"));
  });
});

describe("a play from within a song", () => {
  it("begins though the player was paused", async () => {
    const { session } = await open();
    await session.play({ uris: [uris.low] });
    await session.pause();
    await session.play({ context: uris.nocturnes }, { positionMs: 30_000 });
    expect(await session.state()).toMatchObject({ playing: true, item: { uri: uriOf(0) } });
  });
});

describe("a play that fails or is given up", () => {
  it("because its file vanished lets the old song go on where it was", async () => {
    const world = await open();
    const { session, mpd, known } = world;
    makeLibrary(library.music, [{ file: "vanishing/Gone.flac" }]);
    await mpd.tell("update vanishing");
    const gone = "mpd:track:vanishing%2FGone.flac";
    for (let tries = 0; tries < 300; tries++) {
      if ((await refusal(session.lookup?.(gone))) === "no refusal") break;
      await wait(10);
    }
    rmSync(`${library.music}/vanishing/Gone.flac`);
    await session.play({ context: known.context.uri });
    await session.seek?.(40_000);
    const before = await idsOf(world);
    expect(await refusal(session.play({ uris: [gone] }))).toMatchObject(restricted("content_unavailable"));
    const now = await session.state();
    expect(now).toMatchObject({
      playing: true,
      item: { uri: known.context.tracks[0] },
      context: { uri: known.context.uri },
    });
    expect(now?.progressMs).toBeGreaterThanOrEqual(39_900);
    expect(await idsOf(world)).toEqual(before);
  });

  it("because its file is torn is not taken for the next song, which a silent daemon goes on to", async () => {
    const world = await open();
    const { session, mpd } = world;
    const song = (track: number) => ({
      file: `torn/${track}.flac`,
      tags: { title: `Torn ${track}`, artist: "Torn", album: "Torn", track: String(track) },
    });
    makeLibrary(library.music, [song(1), song(2)]);
    await mpd.tell("update torn");
    const [torn, whole] = ["mpd:track:torn%2F1.flac", "mpd:track:torn%2F2.flac"];
    for (let tries = 0; tries < 300; tries++) {
      if ((await refusal(session.lookup?.(whole))) === "no refusal") break;
      await wait(10);
    }
    writeFileSync(join(library.music, "torn/1.flac"), "x".repeat(100_000));
    await mpd.tell('add "The Ferries/Harbour"');
    // Behind the last song comes the first one, which is an old one.
    await mpd.tell("repeat 1");
    const before = await idsOf(world);
    const album = "mpd:album:Torn/Torn";
    for (const target of [{ context: album, from: { uri: torn } }, { uris: [torn] }]) {
      expect(await refusal(session.play(target))).toMatchObject(restricted("content_unavailable"));
      expect((await mpd.fields("status")).get("state")).toBe("stop");
      expect(await idsOf(world)).toEqual(before);
    }
    await session.play({ context: album });
    expect(await session.state()).toMatchObject({ playing: true, item: { uri: whole }, context: { uri: album } });
  });

  it("leaves all of its songs or none, whenever the caller gives up", async () => {
    const world = await open();
    const { session } = world;
    for (let turns = 0; turns < 12; turns++) {
      await session.play({ uris: [uris.low] });
      const giving = new AbortController();
      const playing = refusal(session.play({ context: uris.nocturnes }, { signal: giving.signal }));
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      giving.abort();
      const outcome = await playing;
      const length = outcome === "no refusal" ? 3 : 1;
      expect(await idsOf(world)).toHaveLength(length);
      const inserting = new AbortController();
      const inserted = refusal(session.queue?.edit?.insert([uriOf(4), uriOf(5)], "next", { signal: inserting.signal }));
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      inserting.abort();
      const added = (await inserted) === "no refusal" ? 2 : 0;
      expect(await idsOf(world)).toHaveLength(length + added);
      // What was added outlives a play.
      await session.queue?.edit?.clear();
    }
  });
});

describe("beside another client that is busy in the queue", () => {
  it("what was asked for plays, and what the other put in is left alone", async () => {
    const world = await open();
    const { session, mpd } = world;
    let busy = true;
    const other = (async () => {
      while (busy) {
        const id = (await mpd.fields('addid "loose/Untagged Thing.flac" 0')).get("Id");
        await wait(1);
        await mpd.tell(`deleteid ${id}`).catch(() => undefined);
      }
    })();
    const wrong: unknown[] = [];
    for (let round = 0; round < 80; round++) {
      const outcome = await refusal(session.play({ uris: [uris.low, uriOf(4)] }));
      const playing = (await mpd.fields("status")).get("state");
      if (outcome !== "no refusal" || playing !== "play" || (await titleAt(world)) !== "Low Water") wrong.push(outcome);
    }
    busy = false;
    await other;
    expect(wrong).toEqual([]);
    expect((await mpd.tell("playlist")).map((line) => line.split("file: ")[1])).toEqual([
      "The Ferries/Harbour/1 Low Water.flac",
      'The Ferries/Harbour/2 Stop the "Ferry" \\ now.flac',
    ]);
  });
});

describe("the queue", () => {
  const titlesAhead = async ({ session }: MpdWorld) => {
    const { next = [], added } = (await session.queue?.show()) ?? {};
    return { titles: next.map((track) => track.title), added };
  };

  it("of people outlives a play: it is heard after what was played, and the rest of the old album is gone", async () => {
    const world = await open();
    const { session, mpd } = world;
    await session.play({ context: uris.nocturnes });
    await session.queue?.edit?.insert([uriOf(4), uris.low], "last");
    expect(await titlesAhead(world)).toMatchObject({ added: 2 });
    await session.play({ context: uris.nocturnes, from: { uri: uriOf(1) } });
    expect(await titleAt(world)).toBe("By and By");
    const ahead = ['Stop the "Ferry" \\ now', "Low Water", "1999 (live)"];
    expect(await titlesAhead(world)).toEqual({ titles: ahead, added: 2 });
    expect(await idsOf(world)).toHaveLength(5);
    // Once heard it is done with.
    await session.next();
    await session.play({ uris: [uriOf(0)] });
    expect(await titlesAhead(world)).toEqual({ titles: ["Low Water"], added: 1 });
    await mpd.tell("clear");
  });

  it("of people outlives a play while shuffled, in its order", async () => {
    const world = await open();
    const { session, mpd } = world;
    await mpd.tell("random 1");
    await session.play({ context: uris.nocturnes });
    await session.queue?.edit?.insert([uriOf(4), uris.low], "last");
    await session.play({ uris: [uriOf(5)] });
    expect((await titlesAhead(world)).titles.slice(0, 2)).toEqual(['Stop the "Ferry" \\ now', "Low Water"]);
    expect(await idsOf(world)).toHaveLength(3);
  });

  it("takes what is to play by itself to its end, behind what people add", async () => {
    const world = await open();
    const { session } = world;
    await session.play({ uris: [uriOf(0)] });
    await session.queue?.edit?.insert([uriOf(1)], "end");
    await session.queue?.edit?.insert([uris.low], "last");
    expect(await titlesAhead(world)).toEqual({ titles: ["Low Water", "By and By"], added: 1 });
  });

  it("of a stopped player that has no current song is put in order from its top", async () => {
    const world = await open();
    const { session, mpd } = world;
    await mpd.tell('add "Lène Ôster/Nocturnes"');
    expect((await mpd.fields("status")).has("song")).toBe(false);
    await session.queue?.edit?.insert([uris.low], "next");
    await session.queue?.edit?.insert([uriOf(4)], "last");
    const next = async () => (await session.queue?.show())?.next.map((item) => item.uri);
    expect(await next()).toEqual([uris.low, uriOf(4), uriOf(0), uriOf(1), uriOf(2)]);
    await session.queue?.edit?.move(4, 0);
    expect((await next())?.[0]).toBe(uriOf(2));
  });

  it("does not take for waiting what has played, when somebody goes back before it", async () => {
    const { session, mpd, known } = await open();
    await session.play({ context: known.context.uri });
    const [one, two] = known.others;
    await session.queue?.edit?.insert([one], "last");
    await mpd.tell("play 1");
    expect((await session.state())?.item?.uri).toBe(one);
    await session.previous();
    expect((await session.state())?.item?.uri).toBe(known.context.tracks[0]);
    await session.queue?.edit?.insert([two], "last");
    expect((await session.queue?.show())?.next[0]?.uri).toBe(two);
  });
});

describe("a daemon that begins again", () => {
  it("counts its songs from one again: what they were put on for is not claimed of others", async () => {
    const { session, mpd, provider, known } = await open();
    await session.play({ context: known.context.uri });
    expect((await session.state())?.context?.uri).toBe(known.context.uri);
    await mpd.tell("clear");
    await mpd.restart();
    for (let tries = 0; provider.healthy?.() !== true && tries < 500; tries++) await wait(10);
    for (let song = 0; song < 3; song++) await mpd.tell("add loose");
    await mpd.tell("play");
    expect((await session.state())?.item?.uri).toBe(uriOf(5));
    expect((await session.state())?.context).toBeUndefined();
  });
});
