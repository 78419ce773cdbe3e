import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../../house/source.ts";
import { createListeningFiles, extendedRow, readAll } from "../../support/listening-files.ts";

const fixture = (name: string) => join(root, "test/fixtures/listening", name);
const files = createListeningFiles();
afterAll(() => files.remove());

/** What a file comes to, in one look. */
async function summary(name: string) {
  const { files: read, plays, failed, skipped } = await readAll(fixture(name));
  return {
    formats: read.map(({ format }) => format),
    plays: plays
      .flat()
      .map(({ heard, startedAt, endedAt, exact }) => [
        `${heard.title} / ${heard.artists.map((artist) => artist.name).join(", ")}`,
        `${new Date(startedAt).toISOString().slice(0, 19)} ${Math.round((endedAt - startedAt) / 1000)} s`,
        exact,
      ]),
    failed,
    skipped,
  };
}

describe("an export of Maloja", () => {
  it("is read with all its artists, in its present form and the one before", async () => {
    const present = "maloja_export_2024_02_03_10_00_00.json";
    expect(await summary(present)).toEqual({
      formats: ["maloja"],
      plays: [
        ["Nightcall / Kavinsky, Lovefoxxx", "2024-02-02T18:53:20 200 s", "start"],
        ["Küche / Die Nachbarn", "2024-02-02T18:58:20 210 s", "start"],
      ],
      failed: 1,
      skipped: { time: 1, nameless: 1 },
    });
    const { plays } = await readAll(fixture(present));
    expect(plays.flat()[0]).toMatchObject({
      source: { origin: "maloja", way: "history" },
      heard: { album: { name: "OutRun" }, durationMs: 258_000 },
      listenedMs: 200_000,
      device: "Pixel",
    });
    const older = { time: 1_706_900_000, artists: ["Kavinsky"], title: "Nightcall", album: "OutRun", duration: null };
    const path = files.write("older.json", JSON.stringify({ scrobbles: [older] }));
    const [read] = (await readAll(path)).plays.flat();
    expect(read).toMatchObject({ heard: { title: "Nightcall", album: { name: "OutRun" } }, exact: "start" });
  });
});

describe("a service's extended history", () => {
  it("is read with podcasts, audiobooks and own files; what nobody may know or nobody heard is skipped", async () => {
    expect(await summary("Streaming_History_Audio_2023-2024_3.json")).toEqual({
      formats: ["spotify-extended"],
      plays: [
        ["Nightcall / Kavinsky", "2023-11-04T21:14:03 207 s", "end"],
        ["Rampage / Kavinsky", "2023-11-04T21:17:31 8 s", "end"],
        ["How Trees Talk / The Long Walk", "2023-11-05T08:18:44 1277 s", "end"],
        ["Chapter 12 / Middlemarch", "2023-11-05T09:02:00 600 s", "end"],
        ["Küche / Die Nachbarn", "2023-11-05T10:58:00 120 s", "end"],
        ["Nightcall / Kavinsky", "2023-11-04T21:14:03 207 s", "end"],
        ["Tomorrow / Nobody Yet", "2098-12-31T23:56:40 200 s", "end"],
        ["Yesterday / A Clock That Was Not Set", "1970-01-01T00:00:00 200 s", "end"],
      ],
      failed: 0,
      skipped: { private: 1, empty: 1, nameless: 1 },
    });
  });

  it("gives names, kinds, devices and skips, and nothing of addresses and countries", async () => {
    const { plays } = await readAll(fixture("Streaming_History_Audio_2023-2024_3.json"));
    const [song, skipped, podcast, book, own] = plays.flat();
    expect(song).toMatchObject({
      source: { origin: "spotify", way: "import" },
      heard: { kind: "track", uri: "spotify:track:0U0ldCRmgCqhVvD6ksG63j", album: { name: "OutRun" } },
      listenedMs: 207_480,
      skipped: false,
      device: "Android",
    });
    expect(skipped?.skipped).toBe(true);
    expect(podcast?.heard).toMatchObject({ kind: "episode", uri: "spotify:episode:2aPctXuvFf4qU2o0FyEPSW" });
    expect(book?.heard).toMatchObject({ kind: "episode", uri: "spotify:episode:4rOoJ6Egrf8K2IrywzwOMk" });
    expect(own?.heard).toEqual({
      kind: "track",
      title: "Küche",
      artists: [{ name: "Die Nachbarn" }],
      album: { name: "Demos" },
      durationMs: 183_000,
    });
    expect(JSON.stringify(plays)).not.toMatch(/203\.0\.113|2001:db8|"DE"|Pixel/);
  });

  it("gives the same row the same key, and every other row another", async () => {
    const { plays } = await readAll(fixture("Streaming_History_Audio_2023-2024_3.json"));
    const keys = plays.flat().map(({ key }) => key);
    expect(keys[5]).toBe(keys[0]);
    expect(new Set(keys).size).toBe(keys.length - 1);
  });

  it("is read as it was written years ago", async () => {
    expect((await summary("endsong_0.json")).plays).toEqual([
      ["Crazy On You / Heart", "2016-03-02T06:10:35 223 s", "end"],
    ]);
  });

  it.each([
    ["no number of ms", { ms_played: "190000" }, "failed"],
    ["no moment", { ts: "yesterday" }, "time"],
    ["a negative length", { ms_played: -5 }, "empty"],
    ["a name of spaces and signs that nobody sees", { master_metadata_track_name: " \u0000\u0007 " }, "nameless"],
  ])("with %s is told apart: %s", async (name, change, why) => {
    const path = files.write(`${name}.json`, JSON.stringify([extendedRow(1), extendedRow(2, change)]));
    const { failed, skipped, plays } = await readAll(path);
    expect(plays).toHaveLength(1);
    expect(why === "failed" ? failed : skipped[why]).toBe(1);
  });

  it("keeps no name that could not be shown or stored", async () => {
    const long = "x".repeat(1_000_000);
    const names = ["\u0000A\u001b[31mB\nC", long, "half \ud83d", "\u202eevil"];
    const path = files.write(
      "names.json",
      JSON.stringify(names.map((name, at) => extendedRow(at, { master_metadata_track_name: name }))),
    );
    const titles = (await readAll(path)).plays.flat().map(({ heard }) => heard.title);
    expect(titles).toEqual(["A [31mB C", "x".repeat(300), "half", "\u202eevil"]);
  });

  it("takes no malformed name of a service for one", async () => {
    const names = ["spotify:track:short", "javascript:alert(1)", "spotify:playlist:0000000000000000000001", null, ""];
    const path = files.write(
      "uris.json",
      JSON.stringify(names.map((spotify_track_uri, at) => extendedRow(at, { spotify_track_uri }))),
    );
    const heard = (await readAll(path)).plays.flat();
    expect(heard).toHaveLength(names.length);
    expect(heard.every(({ heard: { uri } }) => uri === undefined)).toBe(true);
  });
});

describe("a service's account data", () => {
  it("is read to the minute", async () => {
    expect(await summary("StreamingHistory_music_0.json")).toEqual({
      formats: ["spotify-account"],
      plays: [["Young Coconut / Mac DeMarco", "2024-08-02T22:42:01 119 s", "neither"]],
      failed: 0,
      skipped: { nameless: 1, empty: 1 },
    });
    expect(await summary("StreamingHistory_podcast_0.json")).toMatchObject({
      plays: [["How Trees Talk / The Long Walk", "2024-08-03T07:14:48 912 s", "neither"]],
    });
  });
});

describe("diaries", () => {
  it("ListenBrainz: lines, with what players add", async () => {
    expect(await summary("listenbrainz-2024-8.jsonl")).toEqual({
      formats: ["listenbrainz"],
      plays: [
        ["Young Coconut / Mac DeMarco", "2024-08-02T22:04:00 119 s", "start"],
        ["Svefn-g-englar / Sigur Rós", "2024-08-02T22:08:20 240 s", "start"],
        ["Starálfur / Sigur Rós", "2024-08-02T22:25:00 210 s", "start"],
      ],
      failed: 2,
      skipped: { time: 1 },
    });
    const [first, second] = (await readAll(fixture("listenbrainz-2024-8.jsonl"))).plays.flat();
    expect(first).toMatchObject({
      source: { origin: "listenbrainz", way: "history" },
      heard: { uri: "spotify:track:6habFhsOp2NvshLv26DqMb", isrc: "USZUD1300212", durationMs: 118_990 },
      device: "Feishin",
    });
    expect(second).toMatchObject({ heard: { durationMs: 604_000 }, listenedMs: 240_000 });
  });

  it("ListenBrainz: the array of before", async () => {
    const lines = readFileSync(fixture("listenbrainz-2024-8.jsonl"), "utf8").split("\n").slice(0, 3);
    const { plays, files: read } = await readAll(files.write("listens.json", `[${lines.join(",")}]`));
    expect(read[0]?.format).toBe("listenbrainz");
    expect(plays).toHaveLength(3);
  });

  const both = [
    ["Brakhage / Stereolab", "2020-12-31T23:59:00 210 s", "start"],
    ["Merry Christmas Mr. Lawrence / 坂本龍一", "2020-12-30T23:59:00 210 s", "start"],
  ];
  it("Last.fm: the pages of its API; what plays now comes another time", async () => {
    expect(await summary("lastfm-recenttracks.json")).toEqual({
      formats: ["lastfm"],
      plays: both,
      failed: 0,
      skipped: { time: 1 },
    });
    const [page] = JSON.parse(readFileSync(fixture("lastfm-recenttracks.json"), "utf8"));
    for (const content of [
      JSON.stringify(page),
      JSON.stringify(page, null, 1),
      JSON.stringify([page.recenttracks.track]),
    ])
      expect((await readAll(files.write("page.json", content))).plays).toHaveLength(1);
  });

  it("Last.fm: tables without names, with minutes, quotes and Windows' ends of lines", async () => {
    expect(await summary("lastfm-to-csv.csv")).toEqual({
      formats: ["lastfm"],
      plays: both.map(([what, when]) => [what, when, "neither"]),
      failed: 0,
      skipped: { time: 1 },
    });
  });

  it("Last.fm: lists and tables with names, ms and semicolons", async () => {
    const plays = [both[0], ["C / A;B", "2021-01-01T00:02:20 210 s", "start"]];
    for (const name of ["lastfmstats.csv", "lastfmstats.json"])
      expect(await summary(name)).toEqual({ formats: ["lastfm"], plays, failed: 0, skipped: {} });
  });

  it("Your Spotify: its list; what a database tells without names is counted", async () => {
    expect(await summary("your-spotify-history.json")).toEqual({
      formats: ["your-spotify"],
      plays: [["Nightcall / Kavinsky", "2023-11-04T21:13:13 258 s", "end"]],
      failed: 0,
      skipped: { nameless: 1 },
    });
    const [play] = (await readAll(fixture("your-spotify-history.json"))).plays.flat();
    expect(play?.heard).toMatchObject({ isrc: "FR4C51000002", album: { name: "OutRun" } });
  });
});

describe("whose file it is", () => {
  it("is seen in what it holds, whatever it is called", async () => {
    const content = readFileSync(fixture("StreamingHistory_music_0.json"));
    const { files: read } = await readAll(files.write("my notes.txt", content));
    expect(read[0]?.format).toBe("spotify-account");
  });

  it.each([
    ["somebody's data", readFileSync(fixture("Userdata.json"), "utf8")],
    ["other rows", JSON.stringify(Array.from({ length: 50 }, (_, id) => ({ id, ts: 1 })))],
    ["numbers", "[1,2,3]"],
    ["nothing", ""],
    ["an empty list", "[]"],
    ["an object", "{}"],
    ["a letter", "Dear all,\nplease find attached.\n"],
    ["a table of something else", "name,age\nAda,36\n"],
    ["null", "null"],
  ])("is not known of %s", async (name, content) => {
    const { files: read, read: rows } = await readAll(files.write(`${name}.json`, content));
    expect(read).toMatchObject([{ problem: "other", rows: 0 }]);
    expect(rows).toBe(0);
  });

  it("can be said, and is then not asked", async () => {
    const path = files.write("said.json", JSON.stringify([{ odd: 1 }, extendedRow(1)]));
    const { failed, plays } = await readAll(path, { format: "spotify-extended" });
    expect([failed, plays.length]).toEqual([1, 1]);
  });
});
