import { writeFileSync } from "node:fs";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type MpdWorld, makeMpdLibrary, openMpdWorld, songs, uriOf, uris } from "./mpd-world.ts";

/** Stored lists as other hands write them: by name, in files, in great number. */
const library = await makeMpdLibrary();
afterAll(() => library.drop());
let opened: MpdWorld | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});
async function open() {
  const world = await openMpdWorld(library);
  opened = world;
  const { playlists } = world.session;
  if (!playlists) throw new Error("it keeps no lists");
  const write = (name: string, rows: readonly string[]) =>
    writeFileSync(`${world.mpd.folder}/lists/${name}.m3u`, `${rows.join("\n")}\n`);
  return { ...world, playlists, write };
}
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "no refusal",
    (error: unknown) => error,
  );
const fileAt = (index: number) => songs[index]?.file ?? "";

describe("a list that somebody wrote by hand", () => {
  it("gives its songs, and nothing that is not of the library", async () => {
    const { playlists, session, write, mpd } = await open();
    write("Mixed", [
      "http://evil.example/a.mp3",
      fileAt(0),
      "/etc/passwd",
      fileAt(1),
      "file:///root/secret.flac",
      fileAt(3),
    ]);
    const uri = "mpd:playlist:Mixed";
    const shown = async () => (await playlists.items(uri)).items.map((item) => item.uri);
    expect(await shown()).toEqual([uriOf(0), uriOf(1), uriOf(3)]);
    await playlists.reorder(uri, { from: 2, to: 0 });
    expect(await shown()).toEqual([uriOf(3), uriOf(0), uriOf(1)]);
    await playlists.reorder(uri, { from: 0, to: 1, length: 2 });
    expect(await shown()).toEqual([uriOf(1), uriOf(3), uriOf(0)]);
    await playlists.add(uri, [uriOf(4)], { position: 1 });
    expect(await shown()).toEqual([uriOf(1), uriOf(4), uriOf(3), uriOf(0)]);
    await playlists.remove(uri, [uriOf(3)]);
    expect(await shown()).toEqual([uriOf(1), uriOf(4), uriOf(0)]);
    await session.play({ context: uri });
    const queue = (await mpd.tell("playlist")).join("\n");
    expect(queue).not.toMatch(/evil|passwd|secret/);
    expect(queue.split("\n")).toHaveLength(3);
  });

  it("in the music folder is no list, by whatever path", async () => {
    const { playlists, session } = await open();
    writeFileSync(`${library.music}/loose/secret.m3u`, "Untagged Thing.flac\n");
    for (const name of ["loose/secret.m3u", "..\\secret", "http://evil.example/list.m3u", "a\u2028b"]) {
      const uri = `mpd:playlist:${encodeURIComponent(name)}`;
      expect(await refusal(playlists.items(uri))).toMatchObject({ code: "InvalidInput" });
      expect(await refusal(session.play({ context: uri }))).toMatchObject({ code: "InvalidInput" });
      expect(await refusal(playlists.unfollow(uri))).toMatchObject({ code: "InvalidInput" });
    }
  });
});

describe("a list that was thrown away", () => {
  it("comes back without the songs that are gone by now", async () => {
    const { playlists, write } = await open();
    write("Old", [fileAt(0), "gone/Away.flac", fileAt(1)]);
    const uri = "mpd:playlist:Old";
    await playlists.unfollow(uri);
    await playlists.follow(uri);
    expect((await playlists.items(uri)).items.map((item) => item.uri)).toEqual([uriOf(0), uriOf(1)]);
  });
});

describe("hundreds of long lists", () => {
  it("cost a search no look into them", async () => {
    const { session, write } = await open();
    await session.search("low water", ["track"]);
    for (let list = 0; list < 400; list++) write(`List ${list}`, Array<string>(500).fill(fileAt(3)));
    const startedAt = performance.now();
    const hits = await session.search("list 77", ["track", "album", "artist", "playlist"]);
    expect(performance.now() - startedAt).toBeLessThan(100);
    expect(hits.playlists[0]?.name).toBe("List 77");
    expect(await session.lookup?.("mpd:playlist:List%2077")).toMatchObject({ name: "List 77", trackCount: 500 });
    expect(await session.lookup?.(uris.low)).toMatchObject({ type: "track" });
  });
});
