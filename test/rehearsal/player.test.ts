import { beforeEach, describe, expect, it } from "vitest";
import {
  ALBUM,
  ARTIST,
  EPISODE,
  lengthOf,
  NO_DEVICE,
  NOT_FOUND,
  player,
  RESTRICTED,
  type State,
  TRACKS,
} from "./player-stand.ts";
import { at, MIA, SAM, type Stand, stand } from "./stand.ts";

const [A = "", B = "", C = ""] = TRACKS;

let spotify: Stand;
let { put, post, play, state, queue } = {} as ReturnType<typeof player>;

beforeEach(async () => {
  spotify = await stand();
  ({ put, post, play, state, queue } = player(spotify));
});

describe("with nothing playing", () => {
  it("answers 204, an empty queue, and NO_ACTIVE_DEVICE to every command", async () => {
    expect((await spotify.call("GET", "/me/player")).status).toBe(204);
    expect((await spotify.call("GET", "/me/player/currently-playing")).status).toBe(204);
    expect(await queue()).toEqual({ currently_playing: null, queue: [] });
    for (const path of [
      "/play",
      "/pause",
      "/seek?position_ms=1",
      "/volume?volume_percent=1",
      "/shuffle?state=true",
      "/repeat?state=off",
    ]) {
      expect(await put(path), path).toMatchObject(NO_DEVICE);
    }
    for (const path of ["/next", "/previous", `/queue?uri=${A}`])
      expect(await post(path), path).toMatchObject(NO_DEVICE);
  });

  it("answers 404 without a reason for a device that is not there", async () => {
    expect((await put("/play?device_id=gone", { uris: [A] })).body).toEqual(NOT_FOUND);
    expect((await put("", { device_ids: ["gone"] })).body).toEqual(NOT_FOUND);
  });
});

describe("playing on the clock", () => {
  it("starts on the device asked for, moves on, and goes to the next track at the end", async () => {
    expect((await play({ context_uri: ALBUM })).status).toBe(204);
    await spotify.clock.advance(10_000);
    expect(await state()).toMatchObject({
      is_playing: true,
      progress_ms: 10_000,
      item: { uri: A },
      context: { uri: ALBUM },
      device: { name: "Kitchen speaker" },
    });
    await spotify.clock.advance(lengthOf(A) - 10_000 + 5);
    expect(await state()).toMatchObject({ item: { uri: B }, progress_ms: 5 });
  });

  it("stops at the end of the context, at its beginning", async () => {
    await play({ context_uri: ALBUM, offset: { position: TRACKS.length - 1 } });
    await spotify.clock.advance(lengthOf(TRACKS.at(-1) ?? "") + 1);
    expect(await state()).toMatchObject({ is_playing: false, progress_ms: 0, item: { uri: A } });
  });

  it("goes round under repeat, and stays on a repeated track until Next", async () => {
    await play({ uris: [A, B] });
    await put("/repeat?state=context");
    await spotify.clock.advance(lengthOf(A) + lengthOf(B) + 7);
    expect(await state()).toMatchObject({
      item: { uri: A },
      progress_ms: 7,
      repeat_state: "context",
      is_playing: true,
    });
    await put("/repeat?state=track");
    await spotify.clock.advance(lengthOf(A) * 3);
    expect(await state()).toMatchObject({ item: { uri: A }, progress_ms: 7 });
    await post("/next");
    expect(await state()).toMatchObject({ item: { uri: B }, repeat_state: "track" });
    await post("/next");
    expect(await state()).toMatchObject({ item: { uri: A }, is_playing: true });
    await put(`/seek?position_ms=${lengthOf(A)}`);
    expect(await state()).toMatchObject({ item: { uri: B }, is_playing: true });
  });

  it("plays the queue before the list, and shows both in order", async () => {
    await play({ context_uri: ALBUM });
    expect((await post(`/queue?uri=${C}`)).status).toBe(204);
    expect((await queue()).queue.slice(0, 2).map((each) => each.uri)).toEqual([C, B]);
    await post("/next");
    expect(await state()).toMatchObject({ item: { uri: C }, context: { uri: ALBUM } });
    await post("/next");
    expect(await state()).toMatchObject({ item: { uri: B } });
  });

  it("shuffles what follows, always in the same way, and back into order", async () => {
    await play({ context_uri: ALBUM });
    await put("/shuffle?state=true");
    const order = (await queue()).queue.map((each) => each.uri);
    expect([...order].sort()).toEqual(TRACKS.slice(1).sort());
    expect(await state()).toMatchObject({ shuffle_state: true, item: { uri: A } });
    await put("/shuffle?state=false");
    expect((await queue()).queue.map((each) => each.uri)).toEqual(TRACKS.slice(1, 21));
    spotify = await stand();
    ({ put, play, queue } = player(spotify));
    await play({ context_uri: ALBUM });
    await put("/shuffle?state=true");
    expect((await queue()).queue.map((each) => each.uri)).toEqual(order);
  });

  it("starts where the offset says", async () => {
    await play({ context_uri: ALBUM, offset: { uri: C }, position_ms: 1234 });
    expect(await state()).toMatchObject({ item: { uri: C }, progress_ms: 1234 });
    expect((await play({ context_uri: ALBUM, offset: { uri: EPISODE } })).status).toBe(404);
    expect((await play({ context_uri: ALBUM, offset: { position: 999 } })).status).toBe(400);
    expect((await play({ context_uri: ARTIST, offset: { position: 1 } })).status).toBe(400);
    expect((await play({ context_uri: ARTIST })).status).toBe(204);
    expect(await state()).toMatchObject({ context: { uri: ARTIST } });
  });

  it("seeks, and takes a place past the end for Next", async () => {
    await play({ uris: [A, B] });
    await put("/seek?position_ms=30000");
    expect((await state()).progress_ms).toBe(30_000);
    await put(`/seek?position_ms=${lengthOf(A) + 1}`);
    expect(await state()).toMatchObject({ item: { uri: B }, progress_ms: 0 });
  });

  it("goes back to the track before, and refuses at the beginning", async () => {
    await play({ uris: [A, B] });
    expect(await post("/previous")).toMatchObject(RESTRICTED);
    await post("/next");
    await spotify.clock.advance(60_000);
    expect((await post("/previous")).status).toBe(204);
    expect(await state()).toMatchObject({ item: { uri: A }, progress_ms: 0 });
  });

  it("refuses to pause what is paused and to resume what plays, as it announces", async () => {
    await play({ uris: [A, B] });
    expect((await state()).actions.disallows).toEqual({ resuming: true, skipping_prev: true });
    expect(await put("/play")).toMatchObject(RESTRICTED);
    expect((await put("/pause")).status).toBe(204);
    expect((await state()).actions.disallows).toEqual({ pausing: true, skipping_prev: true });
    expect(await put("/pause")).toMatchObject(RESTRICTED);
    await spotify.clock.advance(5_000);
    expect((await put("/play")).status).toBe(204);
    expect(await state()).toMatchObject({ is_playing: true, progress_ms: 0 });
  });

  it("dates the state by its last change, and currently-playing by the asking", async () => {
    await play({ uris: [A] });
    const started = spotify.clock.now();
    await spotify.clock.advance(4_000);
    expect((await state()).timestamp).toBe(started);
    expect(at(await spotify.get("/me/player/currently-playing"), "timestamp")).toBe(started + 4_000);
  });

  it.each([
    [{ context_uri: "spotify:user:mia.rehearsal:collection" }, 400],
    [{ context_uri: "spotify:track:0123456789abcdefABCDEF" }, 400],
    [{ context_uri: "spotify:album:0123456789abcdefABCDEF" }, 404],
    [{ uris: ["spotify:track:0123456789abcdefABCDEF"] }, 404],
    [{ uris: [ALBUM] }, 400],
    [{ uris: ["spotify:local:a:b:c:100"] }, 400],
    [{ uris: [] }, 400],
    [{ uris: A }, 400],
    [{ uris: [A], context_uri: ALBUM }, 400],
    [{ uris: [A], position_ms: -1 }, 400],
    ["{", 400],
    ["[1,2]", 400],
  ])("refuses to play %o with %i", async (body, status) => {
    expect((await play(body)).status).toBe(status);
    expect((await spotify.call("GET", "/me/player")).status).toBe(204);
  });

  it("queues only what exists and can be queued", async () => {
    await play({ uris: [A] });
    expect((await post("/queue?uri=spotify:track:0123456789abcdefABCDEF")).status).toBe(404);
    for (const uri of [ALBUM, "spotify:local:a:b:c:100", "nonsense", ""])
      expect((await post(`/queue?uri=${uri}`)).status, uri).toBe(400);
    expect((await post(`/queue?uri=${EPISODE}`)).status).toBe(204);
  });

  it.each([
    "/volume",
    "/volume?volume_percent=101",
    "/volume?volume_percent=-1",
    "/volume?volume_percent=loud",
    "/seek",
    "/seek?position_ms=-1",
    "/shuffle?state=maybe",
    "/shuffle",
    "/repeat?state=once",
  ])("refuses %s", async (path) => {
    await play({ uris: [A] });
    expect((await put(path)).status).toBe(400);
  });

  it("skips what cannot be played, and refuses a track that cannot", async () => {
    spotify.server.control.setPlayable(B, false);
    await play({ uris: [A, B, C] });
    await post("/next");
    expect(await state()).toMatchObject({ item: { uri: C } });
    expect(await play({ uris: [B] })).toMatchObject(RESTRICTED);
  });

  it("answers a relinked track under its other id", async () => {
    spotify.server.control.relink(A.split(":")[2] ?? "", C.split(":")[2] ?? "");
    await play({ uris: [A] });
    expect((await state()).item?.uri).toBe(C);
  });
});

describe("what is not a track", () => {
  it("is null unless episodes are asked for", async () => {
    await play({ uris: [EPISODE] });
    expect(await state()).toMatchObject({ item: { uri: EPISODE }, currently_playing_type: "episode" });
    for (const path of ["/me/player", "/me/player/currently-playing"]) {
      expect(await spotify.get(path)).toMatchObject({ item: null, currently_playing_type: "episode" });
    }
    await spotify.clock.advance(60_000);
    expect(at(await spotify.get(`/episodes/${EPISODE.split(":")[2]}`), "resume_point", "resume_position_ms")).toBe(
      60_000,
    );
  });

  it("is an ad between the tracks of a free listener", async () => {
    const { control } = spotify.server;
    control.change({ player: { ads: { everyItems: 1, durationMs: 20_000 } } });
    control.player.play(SAM, { contextUri: ALBUM });
    await spotify.clock.advance(lengthOf(A) + 1_000);
    const answer = await spotify.get<State>("/me/player", { token: spotify.token(SAM) });
    expect(answer).toMatchObject({ item: null, currently_playing_type: "ad", is_playing: true, progress_ms: 1_000 });
    expect(answer.actions.disallows).toMatchObject({ seeking: true, skipping_next: true, skipping_prev: true });
    await spotify.clock.advance(19_000);
    expect(await spotify.get("/me/player", { token: spotify.token(SAM) })).toMatchObject({
      item: { uri: B },
      currently_playing_type: "track",
    });
  });

  it("is a local file without an id", async () => {
    spotify.server.control.player.play(MIA, { uris: ["spotify:local:Some+Band:Demos:First%20Try:200", A] });
    expect((await state()).item).toMatchObject({ is_local: true, id: null, name: "First Try", duration_ms: 200_000 });
    await spotify.clock.advance(200_001);
    expect((await state()).item?.uri).toBe(A);
  });
});

describe("free listeners", () => {
  it("may look, not touch", async () => {
    const token = spotify.token(SAM);
    spotify.server.control.player.play(SAM, { uris: [A] });
    expect((await spotify.call("GET", "/me/player", { token })).status).toBe(200);
    const premium = {
      status: 403,
      body: { error: { status: 403, message: "Player command failed: Premium required", reason: "PREMIUM_REQUIRED" } },
    };
    expect(await spotify.call("PUT", "/me/player/pause", { token })).toMatchObject(premium);
    expect(await spotify.call("PUT", "/me/player/play", { token, body: { uris: [A] } })).toMatchObject(premium);
    expect(await spotify.call("POST", `/me/player/queue?uri=${A}`, { token })).toMatchObject(premium);
    spotify.server.control.setPremium(SAM, true);
    expect((await spotify.call("PUT", "/me/player/pause", { token })).status).toBe(204);
  });
});
