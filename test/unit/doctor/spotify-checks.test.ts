import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkSpotify } from "../../../src/music/providers/spotify/checks.ts";
import { createRehearsalSpotify } from "../../../src/rehearsal/index.ts";
import { createFakeClock } from "../../fakes/clock.ts";

const redirectUri = "http://127.0.0.1:8765/v1/spotify/auth/callback";
let service: Awaited<ReturnType<typeof createRehearsalSpotify>>;
beforeAll(async () => {
  service = await createRehearsalSpotify({ clock: createFakeClock(), app: { redirectUris: [redirectUri] } });
});
afterAll(() => service.close());

const app = () => ({
  clientId: service.app.clientId,
  redirectUri,
  apiUrl: service.url,
  accountsUrl: service.accountsUrl,
  scopes: [],
});
const never = new AbortController().signal;

describe("the Spotify lines of doctor", () => {
  it("are well for an app that is set up, with its secret and without", async () => {
    const { clientSecret } = service.app;
    if (clientSecret === undefined) throw new Error("the false app has a secret");
    const withSecret = await checkSpotify({ ...app(), clientSecret })(never);
    expect(withSecret.map(({ name, status }) => [name, status])).toEqual([
      ["Spotify app", "ok"],
      ["Spotify owner", "ok"],
      ["Redirect URI", "ok"],
      ["Scopes", "ok"],
    ]);
    expect(JSON.stringify(withSecret)).not.toContain(clientSecret);
    const withoutSecret = await checkSpotify(app())(never);
    expect(withoutSecret.every(({ status }) => status === "ok")).toBe(true);
  });

  it("name a wrong secret and a wrong id, each with what to do", async () => {
    const [secret] = await checkSpotify({ ...app(), clientSecret: "not-the-secret" })(never);
    expect(secret).toMatchObject({ status: "failed", found: expect.stringContaining("secret is wrong") });
    const [id] = await checkSpotify({ ...app(), clientId: "00000000000000000000000000000000" })(never);
    expect(id).toMatchObject({ status: "failed", todo: expect.stringContaining("SPOTIFY_CLIENT_ID") });
  });
});
