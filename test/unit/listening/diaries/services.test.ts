import { describe, expect, it } from "vitest";
import type { DiaryEntry } from "../../../../src/contracts/diaries.ts";
import { isSegueError } from "../../../../src/contracts/errors.ts";
import { signatureOf } from "../../../../src/listening/diaries/lastfm/http.ts";
import { all, openDiaries, tokenOf, writerOf } from "./world.ts";

const MINUTE = 60_000;

const codeOf = async (work: Promise<unknown>) => {
  try {
    await work;
    return "nothing";
  } catch (error) {
    return isSegueError(error) ? [error.code, error.details] : error;
  }
};

const entryAt = (at: number, title = "Paranoid Android"): DiaryEntry => ({
  at,
  title,
  artists: ["Radiohead", "Somebody Else"],
  album: "OK Computer",
  durationMs: 387_000,
  listenedMs: 300_000,
  isrc: "GBAYE9700125",
  url: "https://open.tunes.example/track/1",
});

describe("ListenBrainz", () => {
  it("is read by a user's name: what plays, and what was played, the oldest thousand of a range at a time", async () => {
    const { clock, brainz, listenBrainz, call, settle } = await openDiaries();
    const rob = brainz.user("Röb/ö");
    const now = Math.floor(clock.now() / 1_000);
    rob.listens = Array.from({ length: 2_300 }, (_, at) => ({
      listened_at: now - at * 200,
      track_metadata: { artist_name: "A", track_name: `T${at}`, additional_info: { duration_ms: 180_000 } },
    }));
    expect(await settle(listenBrainz.find("röb/ö", call()))).toMatchObject({
      userName: "Röb/ö",
      last: { title: "T0", artists: [{ name: "A" }], durationMs: 180_000 },
    });
    expect(await settle(listenBrainz.playing("Röb/ö", call()))).toBeUndefined();
    rob.playing = { artist_name: "B", track_name: "Now" };
    expect(await settle(listenBrainz.playing("Röb/ö", call()))).toMatchObject({ title: "Now" });
    const since = clock.now() - 2_200 * 200_000;
    const found = await settle(all(listenBrainz.pages("Röb/ö", { fromAt: since, untilAt: clock.now() }, call())));
    expect(found).toHaveLength(2_201);
    expect(new Set(found.map(({ key }) => key)).size).toBe(2_201);
    expect(await settle(all(listenBrainz.pages("Röb/ö", { untilAt: clock.now() }, call())))).toHaveLength(100);
  });

  it("says plainly that there is no such user, and whose a token is", async () => {
    const { brainz, listenBrainz, call, settle } = await openDiaries();
    expect(await settle(codeOf(listenBrainz.find("nobody", call())))).toEqual(["NotFound", { what: "diary_user" }]);
    const rob = brainz.user("rob");
    const check = (token: string) => settle(codeOf(tokenOf(listenBrainz).check(token, call())));
    expect(await settle(tokenOf(listenBrainz).check(rob.token, call()))).toEqual({
      userName: "rob",
    });
    expect(await check("00000000-0000-0000-0000-000000000000")).toEqual([
      "InvalidInput",
      { field: "token", why: "unknown" },
    ]);
  });

  it("takes a thousand plays at once, in a form that it allows, and knows again what comes twice", async () => {
    const { clock, brainz, listenBrainz, call, settle } = await openDiaries();
    const rob = brainz.user("rob");
    const start = clock.now() - 3_000 * MINUTE;
    const entries = Array.from({ length: 1_000 }, (_, at) => entryAt(start + at * MINUTE, `Sóng ${at}`));
    const send = () => settle(writerOf(listenBrainz).send(rob.token, entries, call()));
    expect(new Set(await send())).toEqual(new Set(["taken"]));
    brainz.faults.push("after");
    await send();
    expect(rob.listens).toHaveLength(1_000);
    expect(brainz.seen.duplicates).toBe(2_000);
    expect(rob.listens[0]).toMatchObject({
      listened_at: Math.floor(start / 1_000),
      track_metadata: {
        artist_name: "Radiohead, Somebody Else",
        additional_info: { duration_ms: 387_000, duration_played: 300, music_service: "tunes.example" },
      },
    });
    const huge = entryAt(start, "😀".repeat(100_000));
    await settle(writerOf(listenBrainz).send(rob.token, [{ ...huge, artists: ["語".repeat(9_000)] }], call()));
    expect(rob.listens).toHaveLength(1_001);
    await settle(writerOf(listenBrainz).playingNow(rob.token, entryAt(0), call()));
    expect(rob.playing?.track_name).toBe("Paranoid Android");
  });

  it("is waited for as long as it says, and ends leave only where it says so", async () => {
    const { clock, brainz, listenBrainz, call, settle } = await openDiaries();
    const rob = brainz.user("rob");
    brainz.limit(0, 7);
    const before = clock.now();
    const asked = listenBrainz.find("rob", call());
    asked.catch(() => {});
    await clock.advance(3_000);
    brainz.unlimited();
    await settle(asked);
    expect(clock.now() - before).toBeGreaterThanOrEqual(7_000);
    rob.token = "22222222-2222-2222-2222-222222222222";
    expect(await settle(codeOf(writerOf(listenBrainz).send("old", [entryAt(before)], call())))).toEqual([
      "NeedsRelink",
      { provider: "listenbrainz" },
    ]);
  });
});

describe("Last.fm", () => {
  it("is read by a user's name: what plays, and what was played, page by page", async () => {
    const { clock, fm, lastFm, call, settle } = await openDiaries();
    const rj = fm.user("RJ");
    const now = Math.floor(clock.now() / 1_000);
    rj.scrobbles = Array.from({ length: 450 }, (_, at) => ({
      artist: "A",
      track: `T${at}`,
      timestamp: now - at * 200,
    }));
    expect(await settle(lastFm.find("rj", call()))).toMatchObject({
      userName: "RJ",
      last: { title: "T0", art: [{ url: "https://lastfm.freetls.fastly.net/i/u/300x300/aa.png" }] },
    });
    expect(await settle(lastFm.playing("RJ", call()))).toBeUndefined();
    rj.playing = { artist: "B", track: "Now" };
    expect(await settle(lastFm.playing("RJ", call()))).toMatchObject({ title: "Now", artists: [{ name: "B" }] });
    const fromAt = clock.now() - 440 * 200_000;
    const found = await settle(all(lastFm.pages("RJ", { fromAt, untilAt: clock.now() }, call())));
    expect(found).toHaveLength(441);
    expect(new Set(found.map(({ key }) => key)).size).toBe(441);
  });

  it("says plainly that there is no such user, or that they hide it", async () => {
    const { fm, lastFm, call, settle } = await openDiaries();
    expect(await settle(codeOf(lastFm.find("nobody", call())))).toEqual(["NotFound", { what: "diary_user" }]);
    fm.user("shy").hidden = true;
    expect(await settle(codeOf(lastFm.find("shy", call())))).toEqual(["Restricted", { reason: "not_offered" }]);
  });

  it("gives leave on its page, and not before the person agreed", async () => {
    const { clock, fm, lastFm, call, settle } = await openDiaries();
    fm.user("RJ");
    const page = writerOf(lastFm).page;
    if (!page) throw new Error("Last.fm has a page");
    const begun = await settle(page.begin(call()));
    expect(begun.url).toMatch(/^https:\/\/www\.last\.fm\/api\/auth\/\?api_key=\w+&token=/);
    expect(await settle(page.end(begun.pending, call()))).toBeUndefined();
    fm.agrees(begun.url, "RJ");
    expect(await settle(page.end(begun.pending, call()))).toEqual({ userName: "RJ", secret: "session of RJ" });
    const late = await settle(page.begin(call()));
    await clock.advance(61 * MINUTE);
    expect(await settle(codeOf(page.end(late.pending, call())))).toEqual([
      "InvalidInput",
      { field: "pending", why: "expired" },
    ]);
    expect(await settle(codeOf(page.end("never given", call())))).toMatchObject(["InvalidInput", { why: "expired" }]);
  });

  it("takes fifty plays at once, signed, and says of each what became of it", async () => {
    const { clock, fm, lastFm, call, settle } = await openDiaries();
    const rj = fm.user("RJ");
    const start = clock.now() - 200 * MINUTE;
    const entries = Array.from({ length: 50 }, (_, at) => entryAt(start + at * MINUTE, `Söng & ${at} +`));
    const send = (list: DiaryEntry[], session = rj.session) =>
      settle(codeOf(writerOf(lastFm).send(session, list, call())));
    const taken = (list: DiaryEntry[]) => settle(writerOf(lastFm).send(rj.session, list, call()));
    expect(new Set(await taken(entries))).toEqual(new Set(["taken"]));
    expect(rj.scrobbles).toHaveLength(50);
    expect(rj.scrobbles[12]).toMatchObject({ artist: "Radiohead", track: "Söng & 12 +", album: "OK Computer" });
    expect(await send([...entries, entryAt(start)])).toMatchObject(["InvalidInput", { field: "entry" }]);
    expect(await send([entryAt(start)], "dead")).toEqual(["NeedsRelink", { provider: "lastfm" }]);
    const strange = [
      { ...entryAt(start - MINUTE), artists: ["Unknown Artist"] },
      entryAt(clock.now() - 15 * 24 * 60 * MINUTE),
      entryAt(clock.now() + 2 * 60 * MINUTE),
    ];
    expect(await taken(strange)).toEqual([
      { why: "filtered" },
      { why: "too_old" },
      { notBeforeAt: expect.any(Number) },
    ]);
    fm.dayHolds(50);
    expect(await taken([entryAt(start - MINUTE)])).toEqual([{ notBeforeAt: expect.any(Number) }]);
    await settle(writerOf(lastFm).playingNow(rj.session, entryAt(0), call()));
    expect(rj.playing).toEqual({ artist: "Radiohead", track: "Paranoid Android" });
  });

  it.each([
    [{ status: 200, json: { error: 29, message: "Rate limit exceeded" } }, "RateLimited"],
    [{ status: 200, json: { error: 8, message: "Operation failed" } }, "Unavailable"],
    [{ status: 200, json: { error: 11, message: "Service Offline" } }, "Unavailable"],
    [{ status: 403, json: { error: 26, message: "Suspended API key" } }, "Unavailable"],
    [{ status: 200, json: { nonsense: true } }, "Unavailable"],
  ])("answers %j, which is %s", async (said, code) => {
    const { fm, lastFm, call, settle } = await openDiaries();
    fm.user("RJ");
    fm.faults.push(said);
    expect(await settle(codeOf(lastFm.find("RJ", call())))).toMatchObject([code, {}]);
  });

  it("tries again what passes, within its time", async () => {
    const { fm, lastFm, call, settle } = await openDiaries();
    fm.user("RJ");
    fm.faults.push({ status: 503, json: { error: 16 } }, { status: 500, json: { error: 8 } });
    expect(await settle(lastFm.find("RJ", call()))).toMatchObject({ userName: "RJ" });
  });

  it("signs names in the order of their ASCII signs", () => {
    const before = { method: "m", "artist[1]": "b", "artist[10]": "a" };
    const after = { "artist[10]": "a", "artist[1]": "b", method: "m" };
    expect(signatureOf(before, "s")).toBe(signatureOf(after, "s"));
    // md5 of "artist[10]aartist[1]bmethodms"
    expect(signatureOf(before, "s")).toBe("78c725a617a55809d2a868b440c89f00");
  });
});
