import { beforeEach, describe, expect, it } from "vitest";
import { NO_DEVICE, NOT_FOUND, player, RESTRICTED, TRACKS } from "./player-stand.ts";
import { at, MIA, type Stand, stand } from "./stand.ts";

const [A = "", B = "", C = ""] = TRACKS;

let spotify: Stand;
let { idOf, put, post, play, state, queue } = {} as ReturnType<typeof player>;

beforeEach(async () => {
  spotify = await stand();
  ({ idOf, put, post, play, state, queue } = player(spotify));
});

describe("devices", () => {
  it("are listed with what they can do", async () => {
    const { devices } = await spotify.get<{
      devices: { name: string; supports_volume: boolean; is_restricted: boolean; volume_percent: number | null }[];
    }>("/me/player/devices");
    expect(devices.map((each) => each.name)).toEqual(
      expect.arrayContaining(["Kitchen speaker", "Office", "Living room TV"]),
    );
    expect(devices.find((each) => each.name === "Living room TV")).toMatchObject({
      supports_volume: false,
      volume_percent: null,
    });
    expect(devices.find((each) => each.name === "Bathroom radio")).toMatchObject({ is_restricted: true });
  });

  it("take playback over, as it was or playing", async () => {
    await play({ uris: [A, B] });
    await spotify.clock.advance(3_000);
    expect((await put("", { device_ids: [idOf("Office")] })).status).toBe(204);
    expect(await state()).toMatchObject({ device: { name: "Office" }, is_playing: true, progress_ms: 3_000 });
    await put("/pause");
    await put("", { device_ids: [idOf("Kitchen speaker")], play: false });
    expect(await state()).toMatchObject({ device: { name: "Kitchen speaker" }, is_playing: false });
    await put("", { device_ids: [idOf("Office")], play: true });
    expect(await state()).toMatchObject({ device: { name: "Office" }, is_playing: true });
  });

  it("are named one at a time", async () => {
    expect((await put("", { device_ids: [idOf("Office"), idOf("Kitchen speaker")] })).status).toBe(400);
    expect((await put("", { device_ids: [] })).status).toBe(400);
    expect((await put("", {})).status).toBe(400);
    expect((await put("")).status).toBe(400);
  });

  it("refuse everything when restricted, and volume when they have none", async () => {
    expect(await play({ uris: [A] }, "Bathroom radio")).toMatchObject(RESTRICTED);
    expect(await put("", { device_ids: [idOf("Bathroom radio")] })).toMatchObject(RESTRICTED);
    spotify.server.control.devices.activate(MIA, "Bathroom radio");
    expect(await put("/pause")).toMatchObject(RESTRICTED);
    await play({ uris: [A] }, "Living room TV");
    expect(await put("/volume?volume_percent=10")).toMatchObject({
      status: 403,
      body: { error: { reason: "VOLUME_CONTROL_DISALLOW" } },
    });
  });

  it("change their volume, also when another one plays", async () => {
    await play({ uris: [A] });
    await put("/volume?volume_percent=12");
    expect((await state()).device.volume_percent).toBe(12);
    expect((await put(`/volume?volume_percent=77&device_id=${idOf("Office")}`)).status).toBe(204);
    const { devices } = await spotify.get<{ devices: { name: string; volume_percent: number }[] }>(
      "/me/player/devices",
    );
    expect(devices.find((each) => each.name === "Office")?.volume_percent).toBe(77);
  });

  it("stop being active when paused for long, and take up again where they were", async () => {
    await play({ uris: [A, B] });
    await spotify.clock.advance(5_000);
    await put("/pause");
    await spotify.clock.advance(599_999);
    expect((await spotify.call("GET", "/me/player")).status).toBe(200);
    await spotify.clock.advance(1);
    expect((await spotify.call("GET", "/me/player")).status).toBe(204);
    expect(await put("/play")).toMatchObject(NO_DEVICE);
    expect((await put(`/play?device_id=${idOf("Office")}`)).status).toBe(204);
    expect(await state()).toMatchObject({ item: { uri: A }, progress_ms: 5_000, device: { name: "Office" } });
  });

  it("may vanish in the middle of a track", async () => {
    const gone = idOf("Kitchen speaker");
    await play({ uris: [A] });
    spotify.server.control.devices.remove(MIA, "Kitchen speaker");
    expect((await spotify.call("GET", "/me/player")).status).toBe(204);
    expect((await put(`/play?device_id=${gone}`)).body).toEqual(NOT_FOUND);
    const back = spotify.server.control.devices.add(MIA, { name: "Kitchen speaker", type: "Speaker" });
    expect((await put(`/play?device_id=${back.id}`)).status).toBe(204);
  });

  it("may hide their id, or not be listed though they play", async () => {
    const { control } = spotify.server;
    control.devices.add(MIA, { name: "Old stereo", hidesId: true });
    control.devices.add(MIA, { name: "Game console", listed: false });
    const { devices } = await spotify.get<{ devices: { name: string; id: string | null }[] }>("/me/player/devices");
    expect(devices.find((each) => each.name === "Old stereo")?.id).toBeNull();
    expect(devices.some((each) => each.name === "Game console")).toBe(false);
    control.player.play(MIA, { device: "Game console", uris: [A] });
    expect((await state()).device.name).toBe("Game console");
  });
});

describe("moods of the platform", () => {
  it("answers writes with a text that is no JSON", async () => {
    spotify.server.control.change({ player: { writeReply: "text" } });
    const answer = await play({ uris: [A] });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(/^[0-9A-Za-z]{27}$/);
    expect((await state()).is_playing).toBe(true);
  });

  it("accepts play now and plays later", async () => {
    spotify.server.control.change({ player: { playReply: "accepted", acceptedDelayMs: 2_000 } });
    expect((await play({ uris: [A] })).status).toBe(202);
    expect((await spotify.call("GET", "/me/player")).status).toBe(204);
    await spotify.clock.advance(2_500);
    expect(await state()).toMatchObject({ item: { uri: A }, progress_ms: 500 });
    expect((await put("/play?device_id=gone", { uris: [A] })).status).toBe(404);
  });

  it("gives its reasons, or none", async () => {
    await play({ uris: [A] });
    spotify.server.control.change({ player: { reasons: "specific" } });
    expect(await post("/previous")).toMatchObject({ status: 403, body: { error: { reason: "NO_PREV_TRACK" } } });
    spotify.server.control.change({ player: { reasons: "absent" } });
    expect((await post("/previous")).body).toEqual({
      error: { status: 403, message: "Player command failed: Restriction violated" },
    });
  });

  it("refuses Next at the end, if so minded", async () => {
    spotify.server.control.change({ player: { nextAtEnd: "refuse" } });
    await play({ uris: [A] });
    expect((await state()).actions.disallows.skipping_next).toBe(true);
    expect(await post("/next")).toMatchObject(RESTRICTED);
  });

  it("refuses to set shuffle to what it is, if so minded", async () => {
    await play({ uris: [A] });
    expect((await put("/shuffle?state=false")).status).toBe(204);
    spotify.server.control.change({ player: { refuseUnchangedShuffle: true } });
    expect(await put("/shuffle?state=false")).toMatchObject(RESTRICTED);
    expect((await put("/shuffle?state=true")).status).toBe(204);
  });

  it("hides a private session, if so minded", async () => {
    spotify.server.control.devices.change(MIA, "Kitchen speaker", { privateSession: true });
    await play({ uris: [A] });
    expect(at(await state(), "device", "is_private_session")).toBe(true);
    spotify.server.control.change({ player: { privateSession: "hidden" } });
    expect((await spotify.call("GET", "/me/player")).status).toBe(204);
    expect((await spotify.call("GET", "/me/player/currently-playing")).status).toBe(204);
    expect(await queue()).toEqual({ currently_playing: null, queue: [] });
  });

  it("limits plays that follow each other too fast, if so minded", async () => {
    spotify.server.control.change({ player: { minPlayGapMs: 1_000 } });
    expect((await play({ uris: [A] })).status).toBe(204);
    expect(await play({ uris: [B] })).toMatchObject({ status: 429, body: { error: { reason: "RATE_LIMITED" } } });
    await spotify.clock.advance(1_001);
    expect((await play({ uris: [B] })).status).toBe(204);
  });

  it("loses the queue over an empty object, if so minded", async () => {
    await play({ uris: [A, B] });
    await post(`/queue?uri=${C}`);
    await put("/pause");
    expect((await put("/play", {})).status).toBe(204);
    expect((await queue()).queue).toHaveLength(2);
    await put("/pause");
    spotify.server.control.change({ player: { emptyBodyResume: "wipe" } });
    expect((await put("/play", {})).status).toBe(204);
    expect((await queue()).queue).toEqual([]);
    expect((await state()).item?.uri).toBe(A);
  });
});
