import { readFileSync } from "node:fs";
import { request } from "node:http";
import { beforeEach, describe, expect, it } from "vitest";
import { loadCatalogue } from "../../src/rehearsal/catalogue/index.ts";
import { operations } from "../../src/rehearsal/control/operations.ts";
import { createRehearsalSpotify } from "../../src/rehearsal/index.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { JONAS, MIA, SAM, type Stand, stand } from "./stand.ts";

const [track] = loadCatalogue().tracks.keys();
const TRACK = `spotify:track:${track}`;

let spotify: Stand;
beforeEach(async () => {
  spotify = await stand();
});

async function control(name: string, args: unknown = {}) {
  const response = await fetch(`${spotify.server.url}/_control/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(args),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
}

describe("the control interface over HTTP", () => {
  it("lists what it can do, and the README names every operation", async () => {
    const listed = (await (await fetch(`${spotify.server.url}/_control/`)).json()) as { operations: string[] };
    expect(listed.operations).toEqual(Object.keys(operations));
    const readme = readFileSync(new URL("../../src/rehearsal/README.md", import.meta.url), "utf8");
    for (const name of listed.operations) expect(readme).toContain(`\`${name}\``);
  });

  it("tells whoever started it of every counted call, with the request it came in", async () => {
    const heard: string[] = [];
    const told = await stand({
      onCall: (call, request) => heard.push(`${call.userId} ${call.route} ${call.status} ${request.url}`),
    });
    await told.call("GET", "/me/player/devices");
    await fetch(`${told.server.url}/_control/calls/counts`);
    await fetch(`${told.server.url}/login`);
    expect(heard).toEqual([`${MIA} GET /v1/me/player/devices 200 /v1/me/player/devices`]);
    expect(told.server.control.counts().total).toBe(1);
  });

  it("moves the clock", async () => {
    const before = spotify.clock.now();
    expect(await control("clock/advance", { ms: 1500 })).toEqual({ status: 200, body: { now: before + 1500 } });
  });

  it("changes people, devices and players", async () => {
    await control("people/set-premium", { user: SAM, premium: true });
    const { body } = await control("devices/add", {
      user: SAM,
      device: { name: "Attic", type: "Speaker", supportsVolume: false },
    });
    expect(body).toMatchObject({ name: "Attic", id: expect.stringMatching(/^[0-9a-f]{40}$/) });
    expect((await control("player/play", { user: SAM, device: "Attic", uris: [TRACK], positionMs: 1000 })).status).toBe(
      204,
    );
    expect((await control("player/set", { user: SAM, repeat: "context", queue: [TRACK] })).status).toBe(204);
    expect((await control("player/look", { user: SAM })).body).toMatchObject({
      device: "Attic",
      uri: TRACK,
      playing: true,
      progressMs: 1000,
      repeat: "context",
      queue: [TRACK],
    });
    expect((await control("player/command", { user: SAM, do: "pause" })).body).toEqual({ refusal: null });
    expect((await control("player/command", { user: SAM, do: "pause" })).body).toEqual({ refusal: "already_paused" });
    await control("devices/change", { user: SAM, device: "Attic", change: { restricted: true } });
    expect((await control("devices/list", { user: SAM })).body).toMatchObject([
      {},
      { name: "Attic", restricted: true },
    ]);
    await control("devices/remove", { user: SAM, device: "Attic" });
    expect((await control("player/look", { user: SAM })).body).toMatchObject({ device: null, playing: false });
    await control("devices/activate", { user: SAM, device: "Sam’s laptop" });
    expect((await control("player/look", { user: SAM })).body).toMatchObject({ device: "Sam’s laptop" });
    await control("devices/deactivate", { user: SAM });
    expect((await control("player/look", { user: SAM })).body).toMatchObject({ device: null });
  });

  it("makes grants, consents without a browser, and takes grants away", async () => {
    const made = (await control("grants/make", { user: JONAS, scopes: ["user-top-read"] })).body as {
      access_token: string;
      scope: string;
    };
    expect(made.scope).toBe("user-top-read");
    expect((await spotify.call("GET", "/me/top/tracks", { token: made.access_token })).status).toBe(200);
    const url = `${spotify.server.url}/authorize?client_id=segue-rehearsal&response_type=code&redirect_uri=${encodeURIComponent("http://127.0.0.1:1/v1/spotify/auth/callback")}`;
    const consent = (await control("grants/consent", { user: JONAS, url })).body as { redirect: string };
    expect(new URL(consent.redirect).searchParams.has("code")).toBe(true);
    expect((await control("grants/consent", { user: JONAS, url, agree: false })).body).toEqual({
      redirect: "http://127.0.0.1:1/v1/spotify/auth/callback?error=access_denied",
    });
    expect((await control("grants/expire-access-tokens", { user: JONAS })).body).toEqual({ expired: 1 });
    expect((await spotify.call("GET", "/me", { token: made.access_token })).status).toBe(401);
    expect((await control("grants/set-consent", { user: JONAS, at: 0 })).body).toEqual({ changed: 1 });
    expect((await control("grants/revoke", { user: JONAS })).body).toEqual({ revoked: 1 });
  });

  it("adds people and apps, and puts everything back", async () => {
    await control("people/add", { id: "guest", name: "Guest", devices: [{ name: "Guest phone" }] });
    await control("apps/add", {
      clientId: "guest-app",
      redirectUris: ["https://guest.example/cb"],
      allowlist: ["guest"],
    });
    await control("apps/change", { clientId: "guest-app", change: { name: "Guests" } });
    await control("settings/change", { player: { writeReply: "text" } });
    await control("faults/add", { effect: { status: 500 } });
    await control("catalogue/set-playable", { uri: TRACK, playable: false });
    expect((await control("reset")).status).toBe(204);
    expect((await control("devices/list", { user: "guest" })).status).toBe(409);
    expect((await control("settings/read")).body).toMatchObject({ player: { writeReply: "empty" } });
    expect((await control("faults/list")).body).toEqual([]);
    expect((await spotify.call("GET", "/me", { token: spotify.token() })).status).toBe(200);
  });

  it("tells the calls it counted", async () => {
    await spotify.call("GET", "/me");
    await spotify.call("GET", `/tracks/${track}`);
    await spotify.call("GET", "/tracks/bad");
    await spotify.call("GET", "/nowhere");
    expect((await control("calls/counts")).body).toEqual({
      total: 4,
      routes: {
        "GET /v1/me": { calls: 1, statuses: { 200: 1 } },
        "GET /v1/tracks/{id}": { calls: 2, statuses: { 200: 1, 400: 1 } },
        "GET (no such route)": { calls: 1, statuses: { 404: 1 } },
      },
    });
    expect((await control("calls/recent")).body).toMatchObject([
      { userId: MIA, path: "/v1/me", status: 200 },
      {},
      {},
      {},
    ]);
    await control("calls/reset");
    expect((await control("calls/counts")).body).toEqual({ total: 0, routes: {} });
  });

  it.each([
    ["nothing", {}, 404],
    ["toString", {}, 404],
    ["player/look", {}, 400],
    ["player/look", { user: "nobody" }, 409],
    ["clock/advance", { ms: -1 }, 400],
    ["settings/change", { player: { writeReply: "poem" } }, 400],
    ["settings/change", { players: {} }, 400],
    ["devices/remove", { user: MIA, device: "Nothing" }, 409],
    ["apps/add", { clientId: "x", redirectUris: ["http://localhost/"] }, 400],
    ["faults/add", { effect: { status: "five hundred" } }, 400],
    ["grants/consent", { user: MIA, url: "http://127.0.0.1/authorize?client_id=bogus" }, 409],
  ])("refuses %s %o with %i", async (name, args, status) => {
    expect((await control(name, args)).status).toBe(status);
  });

  it("is closed to web pages: no foreign Host, no form, no plain text", async () => {
    const plain = await fetch(`${spotify.server.url}/_control/reset`, { method: "POST", body: "{}" });
    expect(plain.status).toBe(415);
    expect((await fetch(`${spotify.server.url}/_control/reset`)).status).toBe(405);
    const { port } = new URL(spotify.server.url);
    const foreign = await new Promise<number | undefined>((resolve, reject) => {
      request({ host: "127.0.0.1", port, path: "/_control/", headers: { host: "evil.example" } }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on("error", reject)
        .end();
    });
    expect(foreign).toBe(403);
  });

  it("says so when its clock cannot be moved", async () => {
    const { now, sleep } = createFakeClock();
    const server = await createRehearsalSpotify({ clock: { now, sleep } });
    await expect(server.control.advance(1)).rejects.toThrow(TypeError);
    const response = await fetch(`${server.url}/_control/clock/advance`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"ms":1}',
    });
    expect(response.status).toBe(409);
    await server.close();
  });
});

describe("the server itself", () => {
  it("answers differently seeded people with different pasts, equally seeded ones alike", async () => {
    const liked = async (given: Stand) =>
      JSON.stringify(
        (await given.get<{ items: { track: { id: string } }[] }>("/me/tracks?limit=50")).items.map(
          (each) => each.track.id,
        ),
      );
    const [same, other] = [await stand(), await stand({ seed: 2 })];
    expect(await liked(same)).toBe(await liked(spotify));
    expect(await liked(other)).not.toBe(await liked(spotify));
  });

  it("rejects when its port is taken", async () => {
    const port = Number(new URL(spotify.server.url).port);
    await expect(createRehearsalSpotify({ clock: createFakeClock(), port })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });

  it("closes though a client hangs on a delayed answer", async () => {
    spotify.server.control.faults.add({ effect: { delayMs: 60_000 } });
    const waiting = spotify.call("GET", "/me").catch((error: unknown) => error);
    while (spotify.clock.pending() === 0) await new Promise((resolve) => setImmediate(resolve));
    await spotify.server.close();
    expect(await waiting).toBeInstanceOf(Error);
  });
});
