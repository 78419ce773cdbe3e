import { describe, expect, it } from "vitest";
import { redirectUriMatches, redirectUriProblem } from "../../src/rehearsal/accounts/redirect-uri.ts";
import { address, codeFrom, link, REDIRECT, token } from "./linking.ts";
import { FARID, MIA, type Stand, stand } from "./stand.ts";

/** A browser without script: keeps the cookie, stops where it would leave the server. */
function browser(spotify: Stand) {
  let cookie = "";
  async function open(
    url: string,
    form?: Record<string, string>,
  ): Promise<{ url: string; status: number; page: string }> {
    const response = await fetch(url, {
      redirect: "manual",
      headers: { cookie },
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
    });
    cookie = response.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    const location = response.headers.get("location");
    if (location === null) return { url, status: response.status, page: await response.text() };
    const next = new URL(location, url);
    return next.origin === spotify.server.url ? open(next.href) : { url: next.href, status: response.status, page: "" };
  }
  const signIn = async (url: string, person: string) => {
    const page = await open(url);
    const goOn = new URL(page.url).searchParams.get("continue") ?? "";
    return open(`${spotify.server.accountsUrl}/login`, { person, continue: goOn });
  };
  return { open, signIn };
}

describe("the consent page", () => {
  it("asks who one is, says in words what the app wants, and leads back with a code", async () => {
    const spotify = await stand();
    const user = browser(spotify);
    const login = await user.open(address(spotify));
    expect(login.page).toContain("Mia Lindqvist");
    expect(login.page).toContain("Farid Haddad");
    const consent = await user.signIn(address(spotify), MIA);
    expect(consent.page).toContain("Segue (rehearsal)");
    expect(consent.page).toContain("Control playback on your devices");
    expect(consent.page).not.toContain("user-modify-playback-state</li>");
    expect(consent.page).not.toContain("<script");
    const back = await user.open(consent.url, { decision: "agree" });
    expect(back.url.startsWith(`${REDIRECT}?`)).toBe(true);
    expect(new URL(back.url).searchParams.get("state")).toBe("st/ate");
    expect((await token(spotify, { ...(await link(spotify)), code: codeFrom(back.url) })).status).toBe(200);
  });

  it("can be refused", async () => {
    const spotify = await stand();
    const user = browser(spotify);
    const consent = await user.signIn(address(spotify), MIA);
    const back = await user.open(consent.url, { decision: "cancel" });
    expect(Object.fromEntries(new URL(back.url).searchParams)).toEqual({ error: "access_denied", state: "st/ate" });
  });

  it("is passed over by those who agreed before, unless it is asked to show or asks for more", async () => {
    const spotify = await stand();
    const user = browser(spotify);
    const consent = await user.signIn(address(spotify), MIA);
    await token(spotify, {
      ...(await link(spotify)),
      code: codeFrom((await user.open(consent.url, { decision: "agree" })).url),
    });
    expect((await user.open(address(spotify))).url).toContain(`${REDIRECT}?code=`);
    expect((await user.open(address(spotify, { show_dialog: "true" }))).page).toContain("Agree");
    expect((await user.open(address(spotify, { scope: "user-top-read" }))).page).toContain("Agree");
  });

  it("lets a person off the allowlist log in like anybody", async () => {
    const spotify = await stand();
    const user = browser(spotify);
    const consent = await user.signIn(address(spotify), FARID);
    expect((await user.open(consent.url, { decision: "agree" })).url).toContain("code=");
  });

  it("looks at a wrong client id only after the login", async () => {
    const spotify = await stand();
    const wrong = address(spotify, { client_id: "bogus" });
    const first = await fetch(wrong, { redirect: "manual" });
    expect(first.status).toBe(303);
    const after = await browser(spotify).signIn(wrong, MIA);
    expect(after.status).toBe(400);
    expect(after.page).toContain("INVALID_CLIENT");
  });

  it.each([
    [{ redirect_uri: "http://127.0.0.1:8765/v1/spotify/auth/callback/" }],
    [{ redirect_uri: "http://localhost:8765/v1/spotify/auth/callback" }],
    [{ redirect_uri: "https://127.0.0.1:8765/v1/spotify/auth/callback" }],
    [{ redirect_uri: "https://evil.example/v1/spotify/auth/callback" }],
    [{ redirect_uri: null }],
  ])("never redirects to %o", async (change) => {
    const spotify = await stand();
    const page = await browser(spotify).signIn(address(spotify, change), MIA);
    expect(page.status).toBe(400);
    expect(page.page).toContain("Invalid redirect URI");
  });

  it.each([
    [{ response_type: "token" }, "unsupported_response_type"],
    [{ scope: "user-read-everything" }, "invalid_scope"],
    [{ code_challenge_method: "plain" }, "invalid_request"],
    [{ code_challenge: "short" }, "invalid_request"],
  ])("sends %o back as %s", async (change, error) => {
    const spotify = await stand();
    const back = await browser(spotify).signIn(address(spotify, change), MIA);
    expect(new URL(back.url).searchParams.get("error")).toBe(error);
  });

  it("writes names out as text", async () => {
    const spotify = await stand({ app: { name: "<img src=x>" }, users: [{ id: "x", name: "<b>Bold</b>" }] });
    const user = browser(spotify);
    expect((await user.open(address(spotify))).page).not.toContain("<b>");
    const consent = await user.signIn(address(spotify), "x");
    expect(consent.page).toContain("&lt;img src=x&gt;");
    expect(consent.page).not.toContain("<img");
  });

  it("goes on to nowhere but itself after the login", async () => {
    const spotify = await stand();
    const response = await fetch(`${spotify.server.url}/login`, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ person: MIA, continue: "https://evil.example/authorize?" }),
    });
    expect(response.headers.get("location")).toBe("/");
  });
});

describe("redirect addresses", () => {
  it.each([
    ["https://segue.example/cb", null],
    ["http://127.0.0.1:8765/cb", null],
    ["http://[::1]/cb", null],
    ["http://localhost:8765/cb", "insecure"],
    ["https://localhost/cb", "insecure"],
    ["http://192.168.1.5/cb", "insecure"],
    ["http://127.0.0.1.evil.example/cb", "insecure"],
    ["not an address", "malformed"],
    ["https://segue.example/cb#part", "malformed"],
  ])("%s: %s", (uri, problem) => {
    expect(redirectUriProblem(uri)).toBe(problem);
  });

  it("match letter by letter, a loopback one registered without a port at any port", () => {
    expect(redirectUriMatches(["http://127.0.0.1/cb"], "http://127.0.0.1:4/cb")).toBe(true);
    expect(redirectUriMatches(["http://[::1]/cb"], "http://[::1]:65000/cb")).toBe(true);
    expect(redirectUriMatches(["http://127.0.0.1:5/cb"], "http://127.0.0.1:4/cb")).toBe(false);
    expect(redirectUriMatches(["http://127.0.0.1/cb"], "http://127.0.0.1:4/CB")).toBe(false);
    expect(redirectUriMatches(["https://a.example/cb"], "https://a.example:8443/cb")).toBe(false);
    expect(redirectUriMatches(["http://127.0.0.1/cb"], "http://127.0.0.1:4@evil.example/cb")).toBe(false);
  });

  it("cannot be registered when they are not safe", async () => {
    await expect(stand({ app: { redirectUris: ["http://localhost/cb"] } })).rejects.toThrow();
  });
});
