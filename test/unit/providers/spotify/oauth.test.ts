import { describe, expect, it } from "vitest";
import { SegueError } from "../../../../src/contracts/errors.ts";
import { type Need, needs, type OAuthLinking } from "../../../../src/contracts/music.ts";
import { CONSENT_LIFETIME_MS } from "../../../../src/music/providers/spotify/oauth.ts";
import { needsOf, scopesFor } from "../../../../src/music/providers/spotify/scopes.ts";
import { fixture } from "./fixture.ts";
import { scripted } from "./scripted-http.ts";

const granted = {
  access_token: "access",
  token_type: "Bearer",
  expires_in: 3600,
  refresh_token: "refresh",
  scope: "user-read-private user-read-playback-state",
};
const refusal = (error: string, error_description?: string, status = 400) => ({
  status,
  body: { error, ...(error_description === undefined ? {} : { error_description }) },
});

function linking(
  script: Parameters<typeof scripted>[0],
  config: { clientSecret?: string; extraScopes?: string[] } = {},
) {
  const world = scripted(script, { config });
  const oauth: OAuthLinking | undefined = world.provider.linking;
  if (oauth === undefined) throw new Error("no linking");
  return { ...world, oauth };
}

describe("scopes", () => {
  it("are the least that serve", () => {
    expect(scopesFor([])).toEqual(["user-read-private"]);
    expect(scopesFor(["state", "playback"])).toEqual([
      "user-modify-playback-state",
      "user-read-currently-playing",
      "user-read-playback-state",
      "user-read-private",
    ]);
    expect(scopesFor(["state"], ["user-top-read", "user-read-private"])).toContain("user-top-read");
    expect(scopesFor(needs)).not.toContain("user-read-email");
  });

  it("give back the needs that they were asked for, and no other that they do not serve whole", () => {
    for (const need of needs) expect(needsOf(scopesFor([need]))).toContain(need);
    expect(needsOf(scopesFor(needs))).toEqual([...needs]);
    expect(needsOf(["user-read-playback-state"])).toEqual([]);
    expect(needsOf([])).toEqual([]);
    const without: Need[] = ["history"];
    expect(needsOf(scopesFor(needs.filter((need) => !without.includes(need))))).not.toContain("history");
  });
});

describe("the address to agree at", () => {
  it("carries what the platform matches exactly", () => {
    const { oauth } = linking([]);
    const url = new URL(
      oauth.authorizeUrl({ state: "s&t=a te", challenge: "c_h-a", scopes: ["a", "b"], askAgain: false }),
    );
    expect(url.origin + url.pathname).toBe("https://accounts.spotify.com/authorize");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: "client",
      response_type: "code",
      redirect_uri: "http://127.0.0.1:8765/v1/spotify/auth/callback",
      state: "s&t=a te",
      code_challenge_method: "S256",
      code_challenge: "c_h-a",
      scope: "a b",
    });
    expect(
      new URL(oauth.authorizeUrl({ state: "s", challenge: "c", scopes: [], askAgain: true })).searchParams.get(
        "show_dialog",
      ),
    ).toBe("true");
    expect(oauth.redirectUri).toBe("http://127.0.0.1:8765/v1/spotify/auth/callback");
  });
});

describe("a code", () => {
  it("is exchanged with the verifier and the client's id when there is no secret", async () => {
    const { oauth, sent, clock } = linking([{ status: 200, body: granted }]);
    expect(await oauth.exchange({ code: "code", verifier: "verifier" })).toEqual({
      accessToken: "access",
      refreshToken: "refresh",
      expiresAt: clock.now() + 3_600_000,
      scopes: ["user-read-private", "user-read-playback-state"],
    });
    expect(sent[0]).toMatchObject({
      method: "POST",
      baseUrl: "https://accounts.spotify.com",
      path: "/api/token",
      group: "token",
      repeat: true,
      answer: "json",
      headers: {},
    });
    expect(sent[0]?.form).toEqual({
      grant_type: "authorization_code",
      code: "code",
      redirect_uri: oauth.redirectUri,
      code_verifier: "verifier",
      client_id: "client",
    });
  });

  it("is exchanged with the verifier and the secret when there is one", async () => {
    const { oauth, sent } = linking([{ status: 200, body: granted }], { clientSecret: "secret" });
    await oauth.exchange({ code: "code", verifier: "verifier" });
    expect(sent[0]?.headers).toEqual({ Authorization: `Basic ${Buffer.from("client:secret").toString("base64")}` });
    expect(sent[0]?.form).toEqual({
      grant_type: "authorization_code",
      code: "code",
      redirect_uri: oauth.redirectUri,
      code_verifier: "verifier",
    });
  });

  it.each([
    [refusal("invalid_grant", "Invalid authorization code"), { code: "InvalidInput", details: { field: "code" } }],
    [refusal("invalid_grant", "code_verifier was incorrect"), { code: "InvalidInput", details: { field: "code" } }],
    [refusal("invalid_grant", "Invalid redirect URI"), { code: "InvalidInput", details: { field: "redirect" } }],
    [
      refusal("invalid_request", "code_verifier must be supplied"),
      { code: "InvalidInput", details: { field: "code" } },
    ],
    [refusal("invalid_client", "Invalid client"), { code: "InvalidInput", details: { field: "client" } }],
    [refusal("invalid_client"), { code: "InvalidInput", details: { field: "client" } }],
    [refusal("unauthorized_client"), { code: "InvalidInput", details: { field: "client" } }],
    [refusal("unsupported_grant_type"), { code: "Unavailable" }],
    [
      { status: 400, body: "<html>bad</html>" },
      { code: "Unavailable", details: { why: "status", status: 400 } },
    ],
    [
      { status: 200, body: { access_token: "" } },
      { code: "Unavailable", details: { why: "malformed" } },
    ],
    [
      { status: 200, body: "fine" },
      { code: "Unavailable", details: { why: "malformed" } },
    ],
  ])("that is refused as %j is %j", async (answer, expected) => {
    const { oauth } = linking([answer]);
    await expect(oauth.exchange({ code: "code", verifier: "verifier" })).rejects.toMatchObject(expected);
  });
});

describe("a refresh", () => {
  it("keeps the old refresh token where the answer has none", async () => {
    const { refresh_token: _, ...without } = granted;
    const { oauth, sent } = linking([
      { status: 200, body: without },
      { status: 200, body: { ...without, refresh_token: null, scope: null } },
    ]);
    expect(await oauth.refresh({ refreshToken: "old" })).not.toHaveProperty("refreshToken");
    expect(await oauth.refresh({ refreshToken: "old" })).toMatchObject({ scopes: [] });
    expect(sent[0]?.form).toEqual({ grant_type: "refresh_token", refresh_token: "old", client_id: "client" });
  });

  it("needs a new link on invalid_grant and on nothing else", async () => {
    const { oauth } = linking([refusal("invalid_grant", "Refresh token revoked")]);
    await expect(oauth.refresh({ refreshToken: "old" })).rejects.toMatchObject({
      code: "NeedsRelink",
      details: { provider: "spotify" },
    });

    const others = [
      refusal("invalid_client", "Invalid client"),
      refusal("invalid_request"),
      refusal("server_error", undefined, 400),
      refusal("invalid_grant", "odd status", 500),
      { status: 503, body: "upstream" },
      { status: 403, body: "Active premium subscription required for the owner of the app." },
      { status: 200, body: {} },
      new SegueError("Unavailable", { service: "spotify", why: "timeout" }),
    ];
    for (const answer of others) {
      const { oauth: other } = linking([answer]);
      const error: unknown = await other.refresh({ refreshToken: "old" }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SegueError);
      expect((error as SegueError).code).not.toBe("NeedsRelink");
    }
  });
});

describe("whose grant it is", () => {
  it("goes by the account id, which never changes", async () => {
    const { oauth, sent } = linking([
      { status: 200, body: fixture("profile") },
      { status: 200, body: { account_id: "x", display_name: "Ada" } },
    ]);
    expect(await oauth.identify({ accessToken: "fresh" })).toEqual({ subject: "ac_8zjVpm3YyQ2kZ1" });
    expect(await oauth.identify({ accessToken: "fresh" })).toEqual({ subject: "x", name: "Ada" });
    expect(sent[0]).toMatchObject({
      method: "GET",
      path: "/me",
      headers: { Authorization: "Bearer fresh" },
      lane: "controls",
    });
  });

  it("is not guessed when the platform does not say", async () => {
    const { oauth } = linking([{ status: 200, body: { id: "changeable" } }]);
    await expect(oauth.identify({ accessToken: "fresh" })).rejects.toMatchObject({
      code: "Unavailable",
      details: { why: "malformed" },
    });
  });

  it.each([
    [{ status: 403, body: "User not registered in the Developer Dashboard" }, "allowlist"],
    [{ status: 403, body: { error: { status: 403, message: "Forbidden" } } }, "allowlist"],
    [{ status: 403, body: "Active premium subscription required for the owner of the app." }, "owner_not_premium"],
  ])("is refused by %j as %s", async (answer, why) => {
    const { oauth } = linking([answer]);
    await expect(oauth.identify({ accessToken: "fresh" })).rejects.toMatchObject({
      code: "Forbidden",
      details: { why },
    });
  });

  it("with a dead token is not tried twice", async () => {
    const { oauth, sent } = linking([
      { status: 401, body: { error: { status: 401, message: "Missing/invalid/expired access token" } } },
    ]);
    await expect(oauth.identify({ accessToken: "dead" })).rejects.toMatchObject({ code: "Unavailable" });
    expect(sent).toHaveLength(1);
  });
});

it("a consent is never believed to live longer than it does", () => {
  for (let day = 0; day < 366 * 4; day++) {
    const from = new Date(Date.UTC(2026, 0, 1) + day * 86_400_000);
    const lastDay = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 7, 0)).getUTCDate();
    const until = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 6, Math.min(from.getUTCDate(), lastDay));
    expect(CONSENT_LIFETIME_MS).toBeLessThanOrEqual(until - from.getTime());
    expect(until - from.getTime() - CONSENT_LIFETIME_MS).toBeLessThanOrEqual(3 * 86_400_000);
  }
});

describe("a thing looked up on nobody's behalf", () => {
  const TRACK = "spotify:track:7tFiyTwD0nx5a1eklYtX2J";
  const track = { status: 200, body: { uri: TRACK, name: "Bohemian Rhapsody", artists: [], duration_ms: 1 } };
  const appToken = (n: number) => ({
    status: 200,
    body: { access_token: `app${n}`, token_type: "Bearer", expires_in: 3600 },
  });

  it("is not offered without a secret", () => {
    expect(scripted([]).provider.publicLookup).toBeUndefined();
  });

  it("uses one token for everybody until 100 s before its end", async () => {
    const { provider, sent, clock, add } = scripted([appToken(1), track, track], {
      config: { clientSecret: "secret" },
    });
    expect(await provider.publicLookup?.(TRACK)).toMatchObject({ title: "Bohemian Rhapsody" });
    await clock.advance(3_600_000 - 100_001);
    await provider.publicLookup?.(TRACK);
    expect(sent.map((call) => call.path)).toEqual([
      "/api/token",
      `/tracks/${TRACK.slice(14)}`,
      `/tracks/${TRACK.slice(14)}`,
    ]);
    await clock.advance(1);
    add(appToken(2), track);
    await provider.publicLookup?.(TRACK);
    expect(sent.at(-1)?.headers).toEqual({ Authorization: "Bearer app2" });
  });

  it("fetches that token once, however many ask, and again when it is refused", async () => {
    const { provider, sent } = scripted(
      [
        appToken(1),
        track,
        track,
        track,
        { status: 401, body: { error: { status: 401, message: "expired" } } },
        appToken(2),
        track,
      ],
      { config: { clientSecret: "secret" } },
    );
    await Promise.all([1, 2, 3].map(() => provider.publicLookup?.(TRACK)));
    expect(sent.filter((call) => call.path === "/api/token")).toHaveLength(1);
    await provider.publicLookup?.(TRACK);
    expect(sent.at(-1)?.headers).toEqual({ Authorization: "Bearer app2" });
  });

  it("names a market where nobody has a country", async () => {
    const SHOW = "spotify:show:38bS44xjbVVZ3No3ByF1dJ";
    const { provider, sent } = scripted([appToken(1), { status: 200, body: { uri: SHOW, name: "A show" } }, track], {
      config: { clientSecret: "secret", market: "SE" },
    });
    await provider.publicLookup?.(SHOW);
    await provider.publicLookup?.(TRACK);
    expect(sent.slice(1).map((call) => call.query)).toEqual([{ market: "SE" }, undefined]);
  });

  it("tells a wrong secret from a service that is down", async () => {
    const wrong = scripted([refusal("invalid_client", "Invalid client secret")], { config: { clientSecret: "wrong" } });
    await expect(wrong.provider.publicLookup?.(TRACK)).rejects.toMatchObject({
      code: "InvalidInput",
      details: { field: "client" },
    });
    const down = scripted([{ status: 503, body: "" }, appToken(1), track], { config: { clientSecret: "secret" } });
    await expect(down.provider.publicLookup?.(TRACK)).rejects.toMatchObject({ code: "Unavailable" });
    await expect(down.provider.publicLookup?.(TRACK)).resolves.toMatchObject({ type: "track" });
  });
});
