import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSeal } from "../../src/rehearsal/accounts/seal.ts";
import { BASIC, link, token } from "./linking.ts";
import { at, MIA, type Stand, stand } from "./stand.ts";

const grantKey = "the key of this folder";

async function refresh(spotify: Stand, value: unknown, headers: Record<string, string> = {}) {
  const form = { grant_type: "refresh_token", refresh_token: String(value), client_id: "segue-rehearsal" };
  return token(spotify, form, headers);
}

describe("a server that is started again", () => {
  it("honours the links of the one before, made through the consent page", async () => {
    const before = await stand({ grantKey });
    const { body } = await token(before, await link(before));
    const after = await stand({ grantKey });
    expect((await after.call("GET", "/me", { token: String(body.access_token) })).status).toBe(401);
    const renewed = await refresh(after, body.refresh_token);
    expect(renewed).toMatchObject({
      status: 200,
      body: { scope: "user-read-playback-state user-modify-playback-state", expires_in: 3600 },
    });
    const access = String(renewed.body.access_token);
    expect((await after.call("GET", "/me/player/devices", { token: access })).status).toBe(200);
    // The scopes are those of the consent, and no more.
    expect((await after.call("GET", "/me/tracks", { token: access })).status).toBe(403);
  });

  it("knows the same person and devices by the same ids", async () => {
    const ids = async (spotify: Stand, access: string) => [
      at(await spotify.get("/me", { token: access }), "account_id"),
      at(await spotify.get("/me/player/devices", { token: access }), "devices", 0, "id"),
    ];
    const before = await stand({ grantKey });
    const { access_token, refresh_token } = before.server.control.grant(MIA);
    const after = await stand({ grantKey });
    const renewed = await refresh(after, refresh_token);
    expect(await ids(after, String(renewed.body.access_token))).toEqual(await ids(before, access_token));
  });

  it("counts the six months from the consent, not from the restart", async () => {
    const before = await stand({ grantKey });
    const { refresh_token } = before.server.control.grant(MIA);
    const after = await stand({ grantKey });
    await after.clock.advance(180 * 86_400_000);
    expect((await refresh(after, refresh_token)).status).toBe(200);
    await after.clock.advance(5 * 86_400_000);
    expect(await refresh(after, refresh_token)).toEqual({
      status: 400,
      body: { error: "invalid_grant", error_description: "Refresh token revoked" },
    });
  });

  it("revives one grant for all its tokens, so that revoking ends them together", async () => {
    const settings = { tokens: { newRefreshToken: "always" } } as const;
    const before = await stand({ grantKey, settings });
    const { refresh_token: first } = before.server.control.grant(MIA);
    const { refresh_token: second } = (await refresh(before, first)).body;
    expect(second).not.toBe(first);
    const after = await stand({ grantKey, settings });
    for (const each of [first, second]) expect((await refresh(after, each)).status).toBe(200);
    expect(after.server.control.revoke(MIA)).toBe(1);
    for (const each of [first, second]) expect((await refresh(after, each)).status).toBe(400);
  });

  it("keeps single-use tokens single-use within its run", async () => {
    const settings = { tokens: { newRefreshToken: "rotate" } } as const;
    const before = await stand({ grantKey, settings });
    const { refresh_token } = before.server.control.grant(MIA);
    const after = await stand({ grantKey, settings });
    const renewed = await refresh(after, refresh_token);
    expect(renewed.status).toBe(200);
    expect((await refresh(after, refresh_token)).status).toBe(400);
    expect((await refresh(after, renewed.body.refresh_token)).status).toBe(200);
  });

  it("still wants the secret where the code was not bound by PKCE", async () => {
    const before = await stand({ grantKey });
    const { refresh_token } = before.server.control.grant(MIA, { pkce: false });
    const after = await stand({ grantKey });
    expect((await refresh(after, refresh_token)).body).toMatchObject({ error: "invalid_client" });
    expect((await refresh(after, refresh_token, BASIC)).status).toBe(200);
  });

  it.each([
    ["another key", { grantKey: "the key of that folder" }],
    ["no key", {}],
    ["other people", { grantKey, users: [{ id: "nina", name: "Nina" }] }],
    ["another app", { grantKey, app: { clientId: "segue-rehearsal-2" } }],
  ])("refuses the links of one with %s", async (_what, options) => {
    const other = await stand({ grantKey });
    const { refresh_token } = other.server.control.grant(MIA);
    const spotify = await stand(options);
    expect((await refresh(spotify, refresh_token)).status).toBe(400);
    const its = { grant_type: "refresh_token", refresh_token, client_id: spotify.server.app.clientId };
    expect(await token(spotify, { ...its, refresh_token: String(refresh_token) })).toEqual({
      status: 400,
      body: { error: "invalid_grant", error_description: "Invalid refresh token" },
    });
  });

  it("takes no key that could be guessed", async () => {
    await expect(stand({ grantKey: "short" })).rejects.toThrow(/16 characters/);
  });
});

describe("the seal of a refresh token", () => {
  const seal = createSeal(grantKey);
  const consent = fc.record({
    id: fc.string(),
    clientId: fc.string(),
    userId: fc.string({ unit: "grapheme" }),
    scopes: fc.array(fc.string()),
    pkce: fc.boolean(),
    consentAt: fc.maxSafeInteger(),
  });
  const unique = fc.stringMatching(/^[A-Za-z0-9_-]{0,20}$/);

  it("reads what it wrote, in the alphabet of the real ones", () => {
    fc.assert(
      fc.property(consent, unique, (given, salt) => {
        const written = seal.write(given, salt);
        expect(written).toMatch(/^AQ[\w-]+$/);
        expect(seal.read(written)).toEqual(given);
      }),
    );
  });

  it("reads nothing that was changed, cut or made up", () => {
    fc.assert(
      fc.property(consent, fc.nat(), fc.constantFrom("A", "b", "-"), (given, where, letter) => {
        const written = seal.write(given, "x");
        const place = where % written.length;
        const changed = written.slice(0, place) + letter + written.slice(place + 1);
        if (changed !== written) expect(seal.read(changed)).toBeUndefined();
        expect(seal.read(written.slice(0, place))).toBeUndefined();
        expect(createSeal("another key of 16+").read(written)).toBeUndefined();
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => seal.read(text) === undefined));
  });
});
