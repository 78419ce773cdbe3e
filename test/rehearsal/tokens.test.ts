import { describe, expect, it } from "vitest";
import { monthsLater } from "../../src/rehearsal/accounts/grants.ts";
import { BASIC, link, token, VERIFIER } from "./linking.ts";
import { MIA, type Stand, stand } from "./stand.ts";

describe("codes against tokens", () => {
  it("gives an access token for an hour and a refresh token, with PKCE alone", async () => {
    const spotify = await stand();
    const reply = await token(spotify, await link(spotify));
    expect(reply).toMatchObject({
      status: 200,
      body: { token_type: "Bearer", expires_in: 3600, scope: "user-read-playback-state user-modify-playback-state" },
    });
    const access = String(reply.body.access_token);
    expect((await spotify.call("GET", "/me/player/devices", { token: access })).status).toBe(200);
    await spotify.clock.advance(3_599_000);
    expect((await spotify.call("GET", "/me", { token: access })).status).toBe(200);
    await spotify.clock.advance(1_000);
    expect((await spotify.call("GET", "/me", { token: access })).status).toBe(401);
  });

  it("takes the secret instead, in the header or in the form", async () => {
    const spotify = await stand();
    const plain = { code_challenge: null, code_challenge_method: null };
    const { code_verifier, client_id, ...form } = await link(spotify, plain);
    expect((await token(spotify, form, BASIC)).status).toBe(200);
    const again = await link(spotify, plain);
    expect((await token(spotify, { ...again, client_secret: "segue-rehearsal-secret" })).status).toBe(200);
    expect(await token(spotify, await link(spotify, plain))).toMatchObject({
      status: 400,
      body: { error: "invalid_client" },
    });
  });

  it.each([
    [{ code: "unknown" }, "invalid_grant", "Invalid authorization code"],
    [{ code: "" }, "invalid_request", "code must be supplied"],
    [{ redirect_uri: "http://127.0.0.1:9/v1/spotify/auth/callback" }, "invalid_grant", "Invalid redirect URI"],
    [{ code_verifier: `${VERIFIER}x` }, "invalid_grant", "code_verifier was incorrect"],
    [{ code_verifier: "short" }, "invalid_grant", "code_verifier was incorrect"],
    [{ client_id: "bogus" }, "invalid_client", "Invalid client"],
    [{ client_id: "" }, "invalid_client", undefined],
    [{ grant_type: "password" }, "unsupported_grant_type", expect.any(String)],
  ])("refuses %o with %s", async (change, error, description) => {
    const spotify = await stand();
    const body = description === undefined ? { error } : { error, error_description: description };
    expect(await token(spotify, { ...(await link(spotify)), ...change })).toEqual({ status: 400, body });
  });

  it("takes a code once, and within ten minutes", async () => {
    const spotify = await stand();
    const used = await link(spotify);
    expect((await token(spotify, used)).status).toBe(200);
    expect(await token(spotify, used)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    const old = await link(spotify);
    await spotify.clock.advance(600_001);
    expect(await token(spotify, old)).toMatchObject({
      body: { error: "invalid_grant", error_description: "Authorization code expired" },
    });
    const failed = await link(spotify);
    await token(spotify, { ...failed, code_verifier: "wrong" });
    expect((await token(spotify, failed)).status).toBe(400);
  });

  it("tells wrong credentials from none", async () => {
    const spotify = await stand();
    const form = { grant_type: "client_credentials" };
    expect((await token(spotify, form)).body).toEqual({ error: "invalid_client" });
    const wrong = { authorization: `Basic ${btoa("segue-rehearsal:wrong")}` };
    expect((await token(spotify, form, wrong)).body).toMatchObject({
      error: "invalid_client",
      error_description: expect.any(String),
    });
    expect((await token(spotify, form, { authorization: "Basic %%%" })).body).toMatchObject({
      error: "invalid_client",
    });
    expect((await token(spotify, { ...form, client_id: "segue-rehearsal" })).body).toMatchObject({
      error: "invalid_client",
    });
    expect((await token(spotify, form, BASIC)).body).not.toHaveProperty("refresh_token");
  });

  it("wants a form", async () => {
    const spotify = await stand();
    const response = await fetch(`${spotify.server.url}/api/token`, {
      method: "POST",
      headers: { ...BASIC, "content-type": "application/json" },
      body: JSON.stringify({ grant_type: "client_credentials" }),
    });
    expect(response.status).toBe(400);
  });
});

describe("refreshing", () => {
  const refresh = (spotify: Stand, value: unknown, headers = {}) =>
    token(
      spotify,
      { grant_type: "refresh_token", refresh_token: String(value), client_id: "segue-rehearsal" },
      headers,
    );

  it("gives no new refresh token, and the old one goes on working", async () => {
    const spotify = await stand();
    const { refresh_token: first } = spotify.server.control.grant(MIA);
    for (let round = 0; round < 3; round += 1) {
      const reply = await refresh(spotify, first);
      expect(reply.status).toBe(200);
      expect(reply.body).not.toHaveProperty("refresh_token");
    }
  });

  it("can give a new one each time, with the old ones still good", async () => {
    const spotify = await stand({ settings: { tokens: { newRefreshToken: "always" } } });
    const { refresh_token: first } = spotify.server.control.grant(MIA);
    const reply = await refresh(spotify, first);
    expect(reply.body.refresh_token).not.toBe(first);
    expect((await refresh(spotify, first)).status).toBe(200);
    expect((await refresh(spotify, reply.body.refresh_token)).status).toBe(200);
  });

  it("can make them single-use", async () => {
    const spotify = await stand({ settings: { tokens: { newRefreshToken: "rotate" } } });
    const { refresh_token: first } = spotify.server.control.grant(MIA);
    const reply = await refresh(spotify, first);
    expect(await refresh(spotify, first)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    expect((await refresh(spotify, reply.body.refresh_token)).status).toBe(200);
  });

  it("ends six months after the consent, however often it was used", async () => {
    const spotify = await stand();
    const { refresh_token: value } = spotify.server.control.grant(MIA);
    const end = monthsLater(spotify.clock.now(), 6);
    await spotify.clock.advance(end - spotify.clock.now() - 1);
    expect((await refresh(spotify, value)).status).toBe(200);
    await spotify.clock.advance(1);
    expect(await refresh(spotify, value)).toEqual({
      status: 400,
      body: { error: "invalid_grant", error_description: "Refresh token revoked" },
    });
  });

  it("ends by a consent date put back, and by revocation, which ends the access token too", async () => {
    const spotify = await stand();
    const { control } = spotify.server;
    const old = control.grant(MIA);
    control.setConsentAt(MIA, spotify.clock.now() - 200 * 86_400_000);
    expect((await refresh(spotify, old.refresh_token)).status).toBe(400);
    const fresh = control.grant(MIA);
    expect((await refresh(spotify, fresh.refresh_token)).status).toBe(200);
    control.revoke(MIA);
    expect(await refresh(spotify, fresh.refresh_token)).toMatchObject({
      body: { error_description: "Refresh token revoked" },
    });
    expect((await spotify.call("GET", "/me", { token: fresh.access_token })).status).toBe(401);
  });

  it("needs the secret where the code was not bound by PKCE", async () => {
    const spotify = await stand();
    const { refresh_token: value } = spotify.server.control.grant(MIA, { pkce: false });
    expect((await refresh(spotify, value)).body).toMatchObject({ error: "invalid_client" });
    expect((await refresh(spotify, value, BASIC)).status).toBe(200);
  });

  it("refuses unknown tokens and those of another app", async () => {
    const spotify = await stand({ otherApps: [{ clientId: "other", redirectUris: [] }] });
    expect(await refresh(spotify, "nonsense")).toEqual({
      status: 400,
      body: { error: "invalid_grant", error_description: "Invalid refresh token" },
    });
    expect((await refresh(spotify, "")).body).toMatchObject({ error: "invalid_request" });
    const { refresh_token: theirs } = spotify.server.control.grant(MIA, { clientId: "other" });
    expect((await refresh(spotify, theirs)).body).toMatchObject({ error: "invalid_grant" });
  });

  it("can meet a failing token endpoint, and recover", async () => {
    const spotify = await stand();
    const { refresh_token: value } = spotify.server.control.grant(MIA);
    spotify.server.control.faults.add({
      match: { path: "/api/token" },
      count: 1,
      effect: { status: 503, body: "upstream connect error" },
    });
    const response = await fetch(`${spotify.server.url}/api/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: String(value),
        client_id: "segue-rehearsal",
      }),
    });
    expect(response.status).toBe(503);
    expect((await refresh(spotify, value)).status).toBe(200);
    expect(spotify.server.control.counts().routes["POST /api/token"]).toEqual({
      calls: 2,
      statuses: { 200: 1, 503: 1 },
    });
  });
});

describe("six months", () => {
  it.each([
    ["2026-01-15T10:00:00Z", "2026-07-15T10:00:00.000Z"],
    ["2026-08-31T00:00:00Z", "2027-02-28T00:00:00.000Z"],
    ["2027-08-31T00:00:00Z", "2028-02-29T00:00:00.000Z"],
  ])("from %s end %s", (from, to) => {
    expect(new Date(monthsLater(Date.parse(from), 6)).toISOString()).toBe(to);
  });
});
