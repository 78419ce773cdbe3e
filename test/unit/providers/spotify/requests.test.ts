import { describe, expect, it } from "vitest";
import type { MusicSession } from "../../../../src/contracts/music.ts";
import { fixture } from "./fixture.ts";
import { type Sent, scripted } from "./scripted-http.ts";

const TRACK = "spotify:track:7tFiyTwD0nx5a1eklYtX2J";
const OTHER = "spotify:track:2fuCquhmrzHpu5xcA1ci9x";
const ALBUM = "spotify:album:1GbtB4zTqAsyfZEsm1RZfx";
const ARTIST = "spotify:artist:1dfeR4HaWDbWqFHLkxsg1d";
const PLAYLIST = "spotify:playlist:3cEYpjA9oz9GiPac4AsH4n";
const LOCAL = "spotify:local:My+Band:Demo+tape:Garage+Song:183";
const id = (n: number) => String(n).padStart(22, "0");

/** What was sent, without what is the same everywhere. */
const seen = ({ method, path, query, json }: Sent) => ({
  method,
  path,
  ...(query === undefined ? {} : { query }),
  ...(json === undefined ? {} : { json }),
});
const ok = { status: 204 };

describe("a command", () => {
  const cases: [string, (session: MusicSession) => Promise<unknown> | undefined, object][] = [
    [
      "plays in a context from an item",
      (s) => s.play({ context: ALBUM, from: { uri: TRACK } }, { deviceId: "kitchen", positionMs: 1500.4 }),
      {
        method: "PUT",
        path: "/me/player/play",
        query: { device_id: "kitchen" },
        json: { context_uri: ALBUM, offset: { uri: TRACK }, position_ms: 1500 },
      },
    ],
    [
      "plays in a context from a place",
      (s) => s.play({ context: PLAYLIST, from: { position: 3 } }),
      { method: "PUT", path: "/me/player/play", json: { context_uri: PLAYLIST, offset: { position: 3 } } },
    ],
    [
      "plays an artist",
      (s) => s.play({ context: ARTIST }),
      { method: "PUT", path: "/me/player/play", json: { context_uri: ARTIST } },
    ],
    [
      "plays the liked songs",
      (s) => s.play({ context: "spotify:user:me:collection" }),
      { method: "PUT", path: "/me/player/play", json: { context_uri: "spotify:user:me:collection" } },
    ],
    [
      "plays a list, without what cannot be played from here",
      (s) => s.play({ uris: [LOCAL, TRACK, OTHER] }),
      { method: "PUT", path: "/me/player/play", json: { uris: [TRACK, OTHER] } },
    ],
    ["resumes without any body", (s) => s.resume(), { method: "PUT", path: "/me/player/play" }],
    [
      "resumes elsewhere",
      (s) => s.resume({ deviceId: "tv" }),
      { method: "PUT", path: "/me/player/play", query: { device_id: "tv" } },
    ],
    ["pauses", (s) => s.pause(), { method: "PUT", path: "/me/player/pause" }],
    ["skips", (s) => s.next(), { method: "POST", path: "/me/player/next" }],
    ["goes back", (s) => s.previous(), { method: "POST", path: "/me/player/previous" }],
    ["seeks", (s) => s.seek?.(61_000.7), { method: "PUT", path: "/me/player/seek", query: { position_ms: 61_001 } }],
    [
      "sets the volume",
      (s) => s.volume?.(33.4, { deviceId: "tv" }),
      { method: "PUT", path: "/me/player/volume", query: { volume_percent: 33, device_id: "tv" } },
    ],
    ["shuffles", (s) => s.shuffle?.(false), { method: "PUT", path: "/me/player/shuffle", query: { state: false } }],
    [
      "repeats",
      (s) => s.repeat?.("context"),
      { method: "PUT", path: "/me/player/repeat", query: { state: "context" } },
    ],
    ["queues", (s) => s.queue?.add(TRACK), { method: "POST", path: "/me/player/queue", query: { uri: TRACK } }],
    [
      "transfers and keeps the state",
      (s) => s.transfer?.("tv"),
      { method: "PUT", path: "/me/player", json: { device_ids: ["tv"] } },
    ],
    [
      "transfers and keeps the state when asked not to play",
      (s) => s.transfer?.("tv", { play: false }),
      { method: "PUT", path: "/me/player", json: { device_ids: ["tv"] } },
    ],
    [
      "transfers and plays",
      (s) => s.transfer?.("tv", { play: true }),
      { method: "PUT", path: "/me/player", json: { device_ids: ["tv"], play: true } },
    ],
  ];
  it.each(cases)("%s", async (_, act, expected) => {
    const { session, sent } = scripted([ok]);
    await act(session);
    expect(sent.map(seen)).toEqual([expected]);
    expect(sent[0]).toMatchObject({
      service: "spotify",
      budget: "spotify",
      group: "player",
      lane: "controls",
      headers: { Authorization: "Bearer t1" },
    });
  });

  it("that is only accepted says so, and a play that is done says nothing more", async () => {
    const { session } = scripted([{ status: 202 }, { status: 204 }, { status: 200, body: "a word" }]);
    expect(await session.play({ context: ALBUM })).toEqual({ pending: true });
    expect(await session.play({ context: ALBUM })).toBeUndefined();
    expect(await session.play({ context: ALBUM })).toBeUndefined();
  });

  it.each([
    ["204", { status: 204 }],
    ["202, accepted", { status: 202 }],
    ["200 with a word that is no JSON", { status: 200, body: "AABBccDDeeFFggHHiiJJkkLLmmN" }],
    ["200 with JSON", { status: 200, body: {} }],
  ])("is done on %s", async (_, answer) => {
    const { session } = scripted([answer]);
    await expect(session.pause()).resolves.toBeUndefined();
  });

  it.each([
    ["an offset into an artist", (s: MusicSession) => s.play({ context: ARTIST, from: { position: 0 } })],
    ["a track as context", (s: MusicSession) => s.play({ context: TRACK })],
    ["a negative place", (s: MusicSession) => s.play({ context: ALBUM, from: { position: -1 } })],
    ["nothing", (s: MusicSession) => s.play({ uris: [] })],
    ["an injected uri", (s: MusicSession) => s.play({ uris: [`${TRACK}&device_id=x`] })],
    ["a uri with something before it", (s: MusicSession) => s.play({ uris: [`x${TRACK}`] })],
    ["a uri with a line after it", (s: MusicSession) => s.queue?.add(`${TRACK}\n`)],
    ["an album for the queue", (s: MusicSession) => s.queue?.add(ALBUM)],
    ["a volume out of range", (s: MusicSession) => s.volume?.(101)],
    ["a position that is none", (s: MusicSession) => s.seek?.(Number.NaN)],
  ])("of %s is refused without a call", async (_, act) => {
    const { session, sent } = scripted([]);
    await expect(act(session)).rejects.toMatchObject({ code: "InvalidInput" });
    expect(sent).toEqual([]);
  });

  it("on local files alone is refused as what it is, without a call", async () => {
    const { session, sent } = scripted([]);
    for (const attempt of [
      session.play({ uris: [LOCAL] }),
      session.queue?.add(LOCAL),
      session.library?.save([LOCAL]),
      session.playlists?.add(PLAYLIST, [LOCAL]),
    ])
      await expect(attempt).rejects.toMatchObject({ code: "Restricted", details: { reason: "content_unavailable" } });
    expect(sent).toEqual([]);
  });

  it("on a device that cannot be one is refused without a call", async () => {
    const { session, sent } = scripted([]);
    for (const deviceId of ["", "a b", "x".repeat(201), "\r\n"])
      await expect(session.pause({ deviceId })).rejects.toMatchObject({
        code: "NotFound",
        details: { what: "device" },
      });
    expect(sent).toEqual([]);
  });
});

describe("a read", () => {
  it("of the state asks for episodes too, and takes 204 for nothing", async () => {
    const { session, sent, clock } = scripted([{ status: 200, body: fixture("state-track") }, { status: 204 }]);
    expect(await session.state()).toMatchObject({ at: clock.now(), playing: true });
    expect(await session.state()).toBeUndefined();
    expect(sent[0] && seen(sent[0])).toEqual({
      method: "GET",
      path: "/me/player",
      query: { additional_types: "track,episode" },
    });
    expect(sent[0]).toMatchObject({ lane: "now_playing", repeat: true });
  });

  it("whose body is no JSON is malformed", async () => {
    const { session } = scripted([
      { status: 200, body: "<html>" },
      { status: 200, body: { devices: "none" } },
    ]);
    await expect(session.state()).rejects.toMatchObject({ code: "Unavailable", details: { why: "malformed" } });
    await expect(session.devices?.()).rejects.toMatchObject({ code: "Unavailable", details: { why: "malformed" } });
  });

  it("of a search asks for all kinds in one call, at most ten of each", async () => {
    const { session, sent } = scripted([
      { status: 200, body: fixture("search") },
      { status: 200, body: {} },
    ]);
    await session.search("  bohemian\u0000 \u202Erhapsody\n", ["track", "album", "track"], { limit: 50 });
    await session.search("🎵".repeat(300), ["show"], { limit: 3, lane: "metadata", reason: "card" });
    expect(sent[0]?.query).toEqual({ q: "bohemian rhapsody", type: "track,album", limit: 10 });
    expect(sent[1]).toMatchObject({
      query: { q: "🎵".repeat(250), type: "show", limit: 3 },
      lane: "metadata",
      reason: "card",
    });
  });

  it("of a search within years says them as the platform's filter, whatever the length of the words", async () => {
    const { session, sent } = scripted([
      { status: 200, body: {} },
      { status: 200, body: {} },
    ]);
    const years = { from: 1980, to: 1989 };
    await session.search("queen", ["track", "artist"], { years });
    await session.search("x".repeat(300), ["track"], { years });
    expect(sent[0]?.query).toEqual({ q: "queen year:1980-1989", type: "track,artist", limit: 10 });
    expect(sent[1]?.query?.q).toBe(`${"x".repeat(235)} year:1980-1989`);
    await expect(session.search(" ", ["track"], { years })).rejects.toMatchObject({ code: "InvalidInput" });
  });

  it.each([
    ["404", { status: 404, body: { error: { status: 404, message: "Resource not found" } } }],
    ["a bare 403", { status: 403, body: { error: { status: 403, message: "Forbidden" } } }],
  ])("of a playlist of the platform's own that is answered with %s says what it is", async (_, answer) => {
    const theirs = { uri: PLAYLIST, name: "Theirs", owner: { id: "them" } };
    const { session } = scripted([
      answer,
      answer,
      { status: 200, body: theirs },
      { status: 200, body: { account_id: "a", id: "me" } },
    ]);
    for (const own of ["37i9dQZF1DXcBWIGoYBM5M", "37i9dQZEVXcJZyENOWUFo7"]) {
      const refused = session.lookup?.(`spotify:playlist:${own}`);
      await expect(refused).rejects.toMatchObject({ code: "NotFound", details: { what: "editorial_playlist" } });
    }
    // It says nothing about the playlists of people.
    expect(await session.lookup?.(PLAYLIST)).toMatchObject({ name: "Theirs", own: false });
  });

  it("of a person's playlist that is gone says so, and an app that lapsed is no matter of playlists", async () => {
    const { session } = scripted([
      { status: 404, body: { error: { status: 404, message: "Resource not found" } } },
      { status: 403, body: "Active premium subscription required for the owner of the app." },
    ]);
    await expect(session.lookup?.(PLAYLIST)).rejects.toMatchObject({ details: { what: "playlist" } });
    await expect(session.lookup?.("spotify:playlist:37i9dQZF1DXcBWIGoYBM5M")).rejects.toMatchObject({
      code: "Forbidden",
      details: { why: "owner_not_premium" },
    });
  });

  it("of a search for nothing makes no call", async () => {
    const { session, sent } = scripted([]);
    await expect(session.search("\u200b \u0000", ["track"])).rejects.toMatchObject({ code: "InvalidInput" });
    expect((await session.search("x", [])).tracks).toEqual([]);
    expect(sent).toEqual([]);
  });

  it("of an album takes its tracks from the album itself, and further pages only where there are any", async () => {
    const { session, sent } = scripted([{ status: 200, body: fixture("album") }]);
    const tracks = await session.albumTracks?.(ALBUM);
    expect(tracks?.map((track) => track.album?.uri)).toEqual([ALBUM, ALBUM]);
    expect(sent).toHaveLength(1);
  });

  it("of a playlist leaves its contents out", async () => {
    const { session, sent } = scripted([
      { status: 200, body: { uri: PLAYLIST, name: "x", owner: { id: "some.listener" } } },
      { status: 200, body: fixture("profile") },
    ]);
    expect(await session.lookup?.(PLAYLIST)).toMatchObject({ own: true });
    expect(sent[0]?.query?.fields).not.toMatch(/items(?!\()/);
    expect(sent[1]?.path).toBe("/me");
  });

  it("of what was played gives the platform its cursor", async () => {
    const { session, sent } = scripted([{ status: 200, body: fixture("recently-played") }]);
    expect(await session.recentlyPlayed?.({ afterMs: 1_700_000_000_000.6, limit: 500 })).toHaveLength(2);
    expect(sent[0]).toMatchObject({
      query: { limit: 50, after: 1_700_000_000_001 },
      lane: "history",
      group: "history",
    });
  });

  it("maps ranges of the most played", async () => {
    const { session, sent } = scripted(
      [1, 2, 3].map(() => ({ status: 200, body: { items: [], next: null, total: 0 } })),
    );
    for (const range of ["month", "half_year", "year"] as const) await session.library?.topTracks?.({ range });
    expect(sent.map((call) => call.query?.time_range)).toEqual(["short_term", "medium_term", "long_term"]);
  });
});

describe("bounds", () => {
  const playlistPage = (from: number, next: boolean) => ({
    status: 200,
    body: {
      items: Array.from({ length: 50 }, (_, n) => ({ uri: `spotify:playlist:${id(from + n)}`, name: `${from + n}` })),
      next: next ? "more" : null,
      total: 5000,
    },
  });

  it("one's playlists end at 500, ten calls and one to know whose they are", async () => {
    const pages = Array.from({ length: 12 }, (_, n) => playlistPage(n * 50, true));
    const { session, sent, add } = scripted([{ status: 200, body: fixture("profile") }, ...pages]);
    expect(await session.playlists?.list()).toHaveLength(500);
    expect(sent).toHaveLength(11);
    add(playlistPage(0, false));
    expect(sent.slice(1).map((call) => call.query)).toEqual(
      Array.from({ length: 10 }, (_, n) => ({ limit: 50, offset: n * 50 })),
    );
  });

  it("whose they are is asked once per account", async () => {
    const last = playlistPage(0, false);
    const { open, sent } = scripted([
      { status: 200, body: fixture("profile") },
      last,
      last,
      { status: 200, body: fixture("profile") },
      last,
    ]);
    await open("one").playlists?.list();
    await open("one").playlists?.list();
    await open("two").playlists?.list();
    expect(sent.map((call) => call.path)).toEqual(["/me", "/me/playlists", "/me/playlists", "/me", "/me/playlists"]);
  });

  it("whose they are is known from the link by which the account came", async () => {
    const { provider, sent } = scripted([{ status: 200, body: fixture("profile") }, playlistPage(0, false)]);
    const owner = await provider.linking?.identify({ accessToken: "t" });
    const tokens = { token: async () => "t1", renew: async () => "t2" };
    const { playlists } = provider.open({
      kind: "account",
      accountId: "one",
      granted: ["playlists.read"],
      tokens,
      ...(owner === undefined ? {} : { subject: owner.subject }),
    });
    await playlists?.list();
    expect(sent.map((call) => call.path)).toEqual(["/me", "/me/playlists"]);
  });

  it("a page that is empty ends a list, whatever it says of a next", async () => {
    const { session, sent } = scripted([{ status: 200, body: { items: [], next: "more", total: 900 } }]);
    expect(await session.library?.likedTracks({ limit: 200 })).toEqual({ tracks: [], total: 900 });
    expect(sent).toHaveLength(1);
  });

  it("rows that cannot be read still count for the next page", async () => {
    const broken = { items: Array.from({ length: 50 }, () => ({ track: null })), next: "more", total: 60 };
    const { session, sent } = scripted([
      { status: 200, body: broken },
      { status: 200, body: { items: [], next: null, total: 60 } },
    ]);
    await session.library?.likedTracks({ limit: 60, offset: 5 });
    expect(sent.map((call) => call.query)).toEqual([
      { limit: 50, offset: 5 },
      { limit: 10, offset: 55 },
    ]);
  });

  it("the library takes forty at a time, each once, and answers in the order asked", async () => {
    const uris = Array.from({ length: 45 }, (_, n) => `spotify:track:${id(n)}`);
    const { session, sent } = scripted([
      { status: 200, body: Array.from({ length: 40 }, (_, n) => n % 2 === 0) },
      { status: 200, body: Array.from({ length: 5 }, () => true) },
      ok,
      ok,
    ]);
    const asked = [LOCAL, ...uris, uris[1] ?? ""];
    const answers = await session.library?.contains(asked);
    expect(answers).toEqual([false, ...uris.map((_, n) => (n < 40 ? n % 2 === 0 : true)), false]);
    await session.library?.save([...uris, ...uris]);
    expect(sent.map((call) => String(call.query?.uris).split(",").length)).toEqual([40, 5, 40, 5]);
    expect(sent.map((call) => call.path)).toEqual([
      "/me/library/contains",
      "/me/library/contains",
      "/me/library",
      "/me/library",
    ]);
  });

  it("a playlist takes a hundred at a time, in order and with repeats", async () => {
    const many = Array.from({ length: 205 }, (_, n) => `spotify:track:${id(n % 7)}`);
    const { session, sent } = scripted([ok, ok, ok]);
    await session.playlists?.add(PLAYLIST, many, { position: 4 });
    expect(sent.flatMap((call) => (call.json as { uris: string[] }).uris)).toEqual(many);
    expect(sent.map((call) => (call.json as { position: number }).position)).toEqual([4, 104, 204]);
  });
});

describe("playlists", () => {
  it("are made, and one that was made under a name that nobody can tell is said to be unconfirmed", async () => {
    const made = { uri: PLAYLIST, name: "Dinner", owner: { id: "some.listener" } };
    const { session, sent } = scripted([
      { status: 201, body: made },
      { status: 201, body: "created" },
    ]);
    expect(await session.playlists?.create({ name: " Din\nner ", public: false, description: "a\r\nb" })).toMatchObject(
      { uri: PLAYLIST, own: true },
    );
    expect(sent[0] && seen(sent[0])).toEqual({
      method: "POST",
      path: "/me/playlists",
      json: { name: "Din ner", public: false, description: "a b" },
    });
    await expect(session.playlists?.create({ name: "x", public: true })).rejects.toMatchObject({ code: "Unconfirmed" });
  });

  it.each([
    [
      { from: 0, to: 3 },
      { range_start: 0, range_length: 1, insert_before: 4 },
    ],
    [
      { from: 5, to: 1, length: 2 },
      { range_start: 5, range_length: 2, insert_before: 1 },
    ],
    [
      { from: 1, to: 4, length: 3 },
      { range_start: 1, range_length: 3, insert_before: 7 },
    ],
  ])("move %j as the platform counts", async (move, json) => {
    const { session, sent } = scripted([{ status: 200, body: { snapshot_id: "x" } }]);
    await session.playlists?.reorder(PLAYLIST, move);
    expect(sent[0] && seen(sent[0])).toEqual({ method: "PUT", path: `/playlists/${PLAYLIST.slice(17)}/items`, json });
  });

  it("are followed, dropped and emptied by the one library and by uri", async () => {
    const { session, sent } = scripted([ok, ok, ok, ok]);
    await session.playlists?.follow(PLAYLIST);
    await session.playlists?.unfollow(PLAYLIST);
    await session.playlists?.remove(PLAYLIST, [TRACK, LOCAL, TRACK]);
    await session.playlists?.rename("spotify:user:bob:playlist:3cEYpjA9oz9GiPac4AsH4n", "Supper");
    expect(sent.map(seen)).toEqual([
      { method: "PUT", path: "/me/library", query: { uris: PLAYLIST } },
      { method: "DELETE", path: "/me/library", query: { uris: PLAYLIST } },
      {
        method: "DELETE",
        path: `/playlists/${PLAYLIST.slice(17)}/items`,
        json: { items: [{ uri: TRACK }, { uri: LOCAL }] },
      },
      { method: "PUT", path: `/playlists/${PLAYLIST.slice(17)}`, json: { name: "Supper" } },
    ]);
  });
});
