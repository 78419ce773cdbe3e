import { afterEach, describe, expect, it } from "vitest";
import { needs } from "../../src/contracts/music.ts";
import { budgets } from "../../src/music/providers/spotify/budgets.ts";
import { offered } from "./provider-world.ts";
import { challengeOf, LISTENER, openSpotifyWorld } from "./spotify-world.ts";

type World = Awaited<ReturnType<typeof openSpotifyWorld>>;
let opened: World | undefined;

async function open(options?: Parameters<typeof openSpotifyWorld>[0]): Promise<World> {
  opened = await openSpotifyWorld(options);
  return opened;
}
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

/** Something plays in the kitchen, started in the app itself. */
function play(world: World, userId = LISTENER, device = "Kitchen"): void {
  const { rehearsal, known } = world;
  rehearsal.control.player.play(userId, { device, contextUri: known.album });
}
const deviceId = (world: World, name: string, userId = LISTENER) =>
  world.rehearsal.control.devices.list(userId).find((device) => device.name === name)?.id ?? "";
async function outcome(promise: Promise<unknown> | undefined): Promise<unknown> {
  return promise?.then(
    () => "done",
    (error: unknown) => error,
  );
}

describe("linking", () => {
  const verifier = "v".repeat(64);

  it.each([
    ["with a secret", undefined],
    ["without one, by PKCE alone", { clientSecret: undefined }],
  ])("goes from the address to the account and back again, %s", async (_, app) => {
    const world = await open(app === undefined ? {} : { app });
    const { linking } = world.provider;
    const { control } = world.rehearsal;
    if (!linking) throw new Error("no linking");
    expect(world.provider.publicLookup === undefined).toBe(app !== undefined);

    const wanted = linking.scopesFor(["state", "playback"]);
    const address = linking.authorizeUrl({
      state: "a state",
      challenge: challengeOf(verifier),
      scopes: wanted,
      askAgain: false,
    });
    const back = new URL(control.consent(address, LISTENER));
    expect(back.searchParams.get("state")).toBe("a state");
    const code = back.searchParams.get("code") ?? "";
    const grant = await linking.exchange({ code, verifier });
    expect(linking.needsOf(grant.scopes)).toEqual(["state", "playback"]);
    expect(grant.expiresAt - world.clock.now()).toBe(3_600_000);
    const owner = await linking.identify({ accessToken: grant.accessToken });
    expect(owner).toEqual({ subject: expect.any(String), name: "A Listener" });
    expect(owner.subject).not.toBe(LISTENER);

    await expect(linking.exchange({ code, verifier })).rejects.toMatchObject({
      code: "InvalidInput",
      details: { field: "code" },
    });
    const renewed = await linking.refresh({ refreshToken: grant.refreshToken ?? "" });
    expect(renewed.accessToken).not.toBe(grant.accessToken);
    expect(renewed.refreshToken).toBeUndefined();
    expect(linking.needsOf(renewed.scopes)).toEqual(["state", "playback"]);

    await world.clock.advance((linking.consentLifetimeMs ?? 0) - 1000);
    await linking.refresh({ refreshToken: grant.refreshToken ?? "" });
    await world.clock.advance(4 * 86_400_000);
    await expect(linking.refresh({ refreshToken: grant.refreshToken ?? "" })).rejects.toMatchObject({
      code: "NeedsRelink",
    });
    expect(world.relay.problems).toEqual([]);
  });

  it("is refused with the wrong verifier, redirect or client, each as what it is", async () => {
    const world = await open();
    const { linking } = world.provider;
    const code = () => {
      const address =
        linking?.authorizeUrl({ state: "s", challenge: challengeOf(verifier), scopes: [], askAgain: true }) ?? "";
      return new URL(world.rehearsal.control.consent(address, LISTENER)).searchParams.get("code") ?? "";
    };
    await expect(linking?.exchange({ code: code(), verifier: "w".repeat(64) })).rejects.toMatchObject({
      details: { field: "code" },
    });
    const moved = world.providerWith({ redirectUri: "http://127.0.0.1:1/other" }).linking;
    await expect(moved?.exchange({ code: code(), verifier })).rejects.toMatchObject({ details: { field: "redirect" } });
    const stranger = world.providerWith({ clientSecret: "wrong" }).linking;
    await expect(stranger?.exchange({ code: code(), verifier })).rejects.toMatchObject({
      details: { field: "client" },
    });
    await expect(stranger?.refresh({ refreshToken: "x" })).rejects.toMatchObject({ details: { field: "client" } });
  });

  it("a token endpoint that is down ends no link", async () => {
    const world = await open();
    const { linking } = world.provider;
    const refreshToken = world.rehearsal.control.grant(LISTENER).refresh_token ?? "";
    world.patience.realMs = 100;
    world.rehearsal.control.faults.add({ match: { path: "/api/token" }, effect: { status: 503 } });
    await expect(linking?.refresh({ refreshToken })).rejects.toMatchObject({
      code: "Unavailable",
    });
    world.rehearsal.control.faults.clear();
    world.rehearsal.control.faults.add({ match: { path: "/api/token" }, count: 1, effect: { status: 502 } });
    await expect(linking?.refresh({ refreshToken })).resolves.toMatchObject({
      accessToken: expect.any(String),
    });
    world.rehearsal.control.revoke(LISTENER);
    await expect(linking?.refresh({ refreshToken })).rejects.toMatchObject({ code: "NeedsRelink" });
  });

  it("tells who is not on the list from an owner who lapsed", async () => {
    const world = await open();
    const { linking } = world.provider;
    const { control, app } = world.rehearsal;
    const accessToken = control.grant("stranger").access_token;
    await expect(linking?.identify({ accessToken })).rejects.toMatchObject({
      code: "Forbidden",
      details: { why: "allowlist" },
    });
    control.changeApp(app.clientId, { ownerPremium: false });
    await expect(linking?.identify({ accessToken })).rejects.toMatchObject({
      code: "Forbidden",
      details: { why: "owner_not_premium" },
    });
    await expect(world.sessionOf(LISTENER).state()).rejects.toMatchObject({
      code: "Forbidden",
      details: { why: "owner_not_premium" },
    });
  });
});

describe("a token that ran out", () => {
  it("is renewed on the way, and the command is carried out once", async () => {
    const world = await open();
    const session = world.sessionOf(LISTENER);
    play(world);
    world.rehearsal.control.expireAccessTokens(LISTENER);
    await session.next();
    expect(world.relay.calls.filter((call) => call.path === "/v1/me/player/next").map((call) => call.status)).toEqual([
      401, 204,
    ]);
    expect((await session.state())?.item?.uri).toBe(world.known.tracks[1]);
  });
});

describe.each(["unknown", "specific", "absent"] as const)("refusals whose reason is %s", (reasons) => {
  const settings = { player: { reasons, nextAtEnd: "refuse" as const } };

  it("are told apart as far as they can be", async () => {
    const world = await open({ settings });
    const session = world.sessionOf(LISTENER);
    await expect(session.pause()).rejects.toMatchObject({ code: "NoActiveDevice" });
    await expect(session.pause({ deviceId: "gone" })).rejects.toMatchObject({
      code: "NotFound",
      details: { what: "device" },
    });
    play(world);
    await expect(session.resume()).rejects.toMatchObject({
      code: "Restricted",
      details: { reason: "already_playing" },
    });
    await expect(session.previous()).rejects.toMatchObject({ code: "Restricted", details: { reason: "no_previous" } });
    await session.pause();
    await expect(session.pause()).rejects.toMatchObject({ code: "Restricted", details: { reason: "already_paused" } });
    await session.play({ context: world.known.album, from: { position: world.known.tracks.length - 1 } });
    await expect(session.next()).rejects.toMatchObject({ code: "Restricted", details: { reason: "no_next" } });
    await expect(session.volume?.(5, { deviceId: deviceId(world, "Television") })).rejects.toMatchObject({
      code: "Restricted",
      details: { reason: "no_volume" },
    });
    await expect(session.transfer?.(deviceId(world, "Bathroom"))).rejects.toMatchObject({
      code: "Restricted",
      details: { reason: "device_restricted" },
    });
    expect(world.relay.problems).toEqual([]);
  });
});

describe("a free account", () => {
  it("keeps what it may, and is told of the rest as what it is", async () => {
    const world = await open();
    const session = world.sessionOf("free");
    play(world, "free", "Laptop");
    expect((await session.state())?.playing).toBe(true);
    expect((await session.library?.likedTracks({ limit: 1 }))?.tracks).toHaveLength(1);
    const commands = [
      () => session.pause(),
      () => session.next(),
      () => offered(session.volume?.(5)),
      () => session.play({ context: world.known.album }),
    ];
    for (const command of commands) await expect(command()).rejects.toMatchObject({ code: "PremiumRequired" });
  });

  it("hears ads, which are no items", async () => {
    const world = await open({ settings: { player: { ads: { everyItems: 1, durationMs: 30_000 } } } });
    const session = world.sessionOf("free");
    play(world, "free", "Laptop");
    const first = await session.state();
    await world.clock.advance((first?.item?.durationMs ?? 0) - (first?.progressMs ?? 0) + 5000);
    expect(await session.state()).toMatchObject({
      playing: true,
      other: "ad",
      refused: expect.arrayContaining(["next", "seek"]),
    });
  });
});

describe("odd answers", () => {
  it.each([
    ["writes with a word for a body", { writeReply: "text" as const }],
    ["play accepted and not yet done", { playReply: "accepted" as const }],
  ])("%s are successes", async (_, player) => {
    const world = await open({ settings: { player } });
    const session = world.sessionOf(LISTENER);
    await session.play({ context: world.known.album }, { deviceId: deviceId(world, "Kitchen") });
    await world.clock.advance(2000);
    expect((await session.state())?.playing).toBe(true);
    await session.pause();
    expect((await session.state())?.playing).toBe(false);
    expect(world.relay.problems).toEqual([]);
  });

  it("nothing active, and a session that is hidden, are nothing", async () => {
    const world = await open({ settings: { player: { privateSession: "hidden" } } });
    const session = world.sessionOf(LISTENER);
    expect(await session.state()).toBeUndefined();
    play(world);
    expect((await session.state())?.playing).toBe(true);
    world.rehearsal.control.devices.change(LISTENER, "Kitchen", { privateSession: true });
    expect(await session.state()).toBeUndefined();
  });

  it("a local file is seen and cannot be handled", async () => {
    const world = await open();
    const session = world.sessionOf(LISTENER);
    const uri = "spotify:local:My+Band:Demo+tape:Garage+Song:183";
    world.rehearsal.control.player.play(LISTENER, { device: "Kitchen", uris: [uri] });
    expect((await session.state())?.item).toMatchObject({ uri, local: true, title: "Garage Song" });
    await expect(session.library?.save([uri])).rejects.toMatchObject({ code: "Restricted" });
  });

  it("an episode in its show is told with both", async () => {
    const world = await open();
    const session = world.sessionOf(LISTENER);
    const [show] = (await session.search("podcast", ["show"])).shows;
    const [episode] = (await session.showEpisodes?.(show?.uri ?? "", { limit: 1 })) ?? [];
    await session.play(
      { context: show?.uri ?? "", from: { uri: episode?.uri ?? "" } },
      { deviceId: deviceId(world, "Desk") },
    );
    expect(await session.state()).toMatchObject({
      item: { type: "episode", uri: episode?.uri, show: { name: show?.title } },
      context: { type: "show" },
    });
  });

  it.each(["truncated", "html", "types", "noise", "huge"] as const)("a body that is %s has a code", async (corrupt) => {
    const world = await open();
    const session = world.sessionOf(LISTENER);
    play(world);
    world.rehearsal.control.faults.add({ effect: { corrupt } });
    world.patience.realMs = 25;
    const reads = [
      () => session.state(),
      () => offered(session.devices?.({ lane: "controls" })),
      () => session.search("queen", ["track"]),
      () => offered(session.library?.likedTracks()),
    ];
    for (const read of reads) {
      expect(await outcome(read())).toMatchObject({ code: "Unavailable" });
    }
  });

  it("a write whose outcome nobody knows says so", async () => {
    const world = await open();
    const session = world.sessionOf(LISTENER);
    play(world);
    world.rehearsal.control.faults.add({
      match: { path: "/v1/me/player/next" },
      count: 1,
      effect: { status: 502, applied: true },
    });
    await expect(session.next()).rejects.toMatchObject({ code: "Unconfirmed", details: { action: "next" } });
    expect(world.relay.calls.filter((call) => call.path === "/v1/me/player/next")).toHaveLength(1);
    expect((await session.state())?.item?.uri).toBe(world.known.tracks[1]);
  });
});

describe("limits", () => {
  it("one bucket's day does not lock another", async () => {
    const world = await open({ settings: { limits: { quota: { episodes: 1, catalogue: 10 } } } });
    const session = world.sessionOf(LISTENER);
    const [show] = (await session.search("podcast", ["show"])).shows;
    await session.showEpisodes?.(show?.uri ?? "");
    const refused: unknown = await outcome(session.showEpisodes?.(show?.uri ?? ""));
    expect(refused).toMatchObject({ code: "QuotaExceeded", retryAt: expect.any(Number) });
    const calls = world.relay.calls.length;
    expect(await outcome(session.showEpisodes?.(show?.uri ?? ""))).toMatchObject({ code: "QuotaExceeded" });
    expect(world.relay.calls).toHaveLength(calls);
    await expect(session.devices?.()).resolves.toHaveLength(4);
  });

  it("every call is in the ledger, under its budget and group", async () => {
    const world = await open();
    const session = world.sessionOf(LISTENER);
    play(world);
    const before = (await world.http.usage(budgets.api)).last24h;
    await session.state();
    await session.pause();
    await session.search("queen", ["track", "album", "artist", "playlist"]);
    await session.library?.contains([world.known.tracks[0] ?? ""]);
    const usage = await world.http.usage(budgets.api);
    expect(usage.last24h - before).toBe(4);
    expect(usage.byGroup).toMatchObject({ player: 2, library: 1 });
    await world.provider.publicLookup?.(world.known.tracks[0] ?? "");
    expect((await world.http.usage(budgets.accounts)).last24h).toBe(1);
  });
});

describe("an app of the old kind", () => {
  it("is served by the same calls", async () => {
    const world = await open({ app: { mode: "extended" } });
    const session = world.sessionOf(LISTENER);
    const hits = await session.search("queen", ["track", "artist", "album", "show"]);
    expect(hits.tracks.length).toBeGreaterThan(0);
    expect(hits.artists.length).toBeGreaterThan(0);
    expect(needs.length).toBe(7);
  });
});

describe("playlists of others", () => {
  it.each(["new", "both"] as const)("show their name and not their contents (%s shape)", async (shape) => {
    const world = await open({ settings: { playlists: { shape } } });
    const mine = (await world.sessionOf(LISTENER).playlists?.list()) ?? [];
    expect(mine.every((playlist) => playlist.own && (playlist.trackCount ?? 0) > 0)).toBe(true);
    const theirs = world.sessionOf("free");
    const other = mine.find((playlist) => playlist.collaborative !== true);
    await theirs.playlists?.follow(other?.uri ?? "");
    expect((await theirs.playlists?.list())?.find((playlist) => playlist.uri === other?.uri)).toMatchObject({
      own: false,
      name: other?.name,
    });
    expect(await theirs.lookup?.(other?.uri ?? "")).toMatchObject({ own: false, name: other?.name });
    await expect(theirs.playlists?.items(other?.uri ?? "")).rejects.toMatchObject({
      code: "Forbidden",
      details: { why: "content" },
    });
    await expect(theirs.playlists?.add(other?.uri ?? "", [world.known.tracks[0] ?? ""])).rejects.toMatchObject({
      code: "Forbidden",
    });
  });
});
