import { describe, expect, it } from "vitest";
import { SegueError } from "../../../../src/contracts/errors.ts";
import { fixture } from "./fixture.ts";
import { scripted } from "./scripted-http.ts";

const expired = { status: 401, body: { error: { status: 401, message: "Missing/invalid/expired access token" } } };
const forbidden = { status: 403, body: { error: { status: 403, message: "Forbidden" } } };
const SHOW = "spotify:show:38bS44xjbVVZ3No3ByF1dJ";

describe("a token that is refused", () => {
  it("is renewed once, and the call made again, a write too", async () => {
    const { session, sent, renewed } = scripted([expired, { status: 204 }]);
    await session.next();
    expect(renewed).toEqual(["t1"]);
    expect(sent.map((call) => call.headers?.Authorization)).toEqual(["Bearer t1", "Bearer t2"]);
  });

  it("is not renewed a second time", async () => {
    const { session, sent, renewed } = scripted([expired, expired]);
    await expect(session.state()).rejects.toMatchObject({ code: "Unavailable", details: { status: 401 } });
    expect(renewed).toHaveLength(1);
    expect(sent).toHaveLength(2);
  });

  it("for want of a scope is not renewed at all", async () => {
    const { session, renewed } = scripted([
      { status: 401, body: { error: { status: 401, message: "Permissions missing" } } },
    ]);
    await expect(session.pause()).rejects.toMatchObject({ code: "MissingScope", details: { needs: ["playback"] } });
    expect(renewed).toEqual([]);
  });

  it("that cannot be renewed ends with the reason why", async () => {
    const { provider, sent } = scripted([expired]);
    const session = provider.open({
      kind: "account",
      accountId: "a",
      granted: ["state"],
      tokens: {
        token: async () => "t",
        renew: async () => {
          throw new SegueError("NeedsRelink", { provider: "spotify" });
        },
      },
    });
    await expect(session.state()).rejects.toMatchObject({ code: "NeedsRelink" });
    expect(sent).toHaveLength(1);
  });
});

describe("what is not granted", () => {
  it("is said without a call, and named", async () => {
    const { session, sent } = scripted([], { granted: ["state"] });
    await expect(session.pause()).rejects.toMatchObject({
      code: "MissingScope",
      details: { provider: "spotify", needs: ["playback"] },
    });
    await expect(session.library?.likedTracks()).rejects.toMatchObject({
      code: "MissingScope",
      details: { needs: ["library.read"] },
    });
    await expect(session.playlists?.follow("spotify:playlist:3cEYpjA9oz9GiPac4AsH4n")).rejects.toMatchObject({
      details: { needs: ["library.write", "playlists.write"] },
    });
    expect(sent).toEqual([]);
  });

  it("does not touch what needs nothing", async () => {
    const { session } = scripted([{ status: 200, body: {} }], { granted: [] });
    await expect(session.search("x", ["track"])).resolves.toMatchObject({ tracks: [] });
  });
});

describe("a route that was taken away", () => {
  it("is remembered for the account, for a day, and costs no call", async () => {
    const { open, sent, clock, add } = scripted([forbidden]);
    const removed = { code: "Forbidden", details: { why: "removed" } };
    await expect(open("one").showEpisodes?.(SHOW)).rejects.toMatchObject(removed);
    await expect(open("one").showEpisodes?.(SHOW)).rejects.toMatchObject(removed);
    expect(sent).toHaveLength(1);

    const episodes = { status: 200, body: { items: [], next: null, total: 0 } };
    add(episodes, episodes);
    // Others find out for themselves: a bare "Forbidden" may be about one person.
    await expect(open("two").showEpisodes?.(SHOW)).resolves.toEqual([]);
    await clock.advance(86_400_000);
    await expect(open("one").showEpisodes?.(SHOW)).resolves.toEqual([]);
  });

  it("is not concluded from a refusal about the thing itself", async () => {
    const PLAYLIST = "spotify:playlist:3cEYpjA9oz9GiPac4AsH4n";
    const { session, sent } = scripted([forbidden, { status: 200, body: fixture("playlist-items") }]);
    await expect(session.playlists?.items(PLAYLIST)).rejects.toMatchObject({
      code: "Forbidden",
      details: { why: "content" },
    });
    expect((await session.playlists?.items(PLAYLIST))?.items).toHaveLength(3);
    expect(sent).toHaveLength(2);
  });
});

describe("repeats", () => {
  it("are allowed where the second ends as the first, and nowhere else", async () => {
    const { session, sent } = scripted(Array.from({ length: 8 }, () => ({ status: 204 })));
    await session.next();
    await session.queue?.add("spotify:track:7tFiyTwD0nx5a1eklYtX2J");
    await session.pause();
    await session.playlists?.add("spotify:playlist:3cEYpjA9oz9GiPac4AsH4n", ["spotify:track:7tFiyTwD0nx5a1eklYtX2J"]);
    await session.library?.save(["spotify:track:7tFiyTwD0nx5a1eklYtX2J"]);
    await session.playlists?.rename("spotify:playlist:3cEYpjA9oz9GiPac4AsH4n", "x");
    await session.state();
    expect(sent.map((call) => call.repeat)).toEqual([false, false, false, false, true, true, true]);
  });
});

it("no token, code or header ever ends in an error", async () => {
  const { session } = scripted([{ status: 400, body: { error: { status: 400, message: "Bad request" } } }]);
  const error: unknown = await session.pause().catch((reason: unknown) => reason);
  const text = `${String(error)} ${JSON.stringify(error)} ${error instanceof Error ? `${error.stack} ${String(error.cause)}` : ""}`;
  expect(text).not.toMatch(/Bearer|t1/);
});
