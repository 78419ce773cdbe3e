import { describe, expect, it } from "vitest";
import { SCOPES } from "../../src/rehearsal/accounts/scopes.ts";
import { createRouteTable } from "../../src/rehearsal/api/route-table.ts";
import { apiRoutes } from "../../src/rehearsal/api/routes.ts";
import { loadCatalogue } from "../../src/rehearsal/catalogue/index.ts";
import { describedOperations } from "./openapi.ts";
import { at, FARID, JONAS, stand } from "./stand.ts";

interface Found {
  tracks: { items: { id: string; uri: string; name: string; album: { id: string }; artists: { id: string }[] }[] };
  shows: { items: { id: string }[] };
  episodes: { items: { id: string }[] };
  audiobooks: { items: { id: string }[] };
}

/** One of everything, found the way a client would. */
async function something(spotify: Awaited<ReturnType<typeof stand>>) {
  const found = await spotify.get<Found>("/search?q=bohemian+rhapsody&type=track&limit=1");
  const books = await spotify.get<Found>("/search?q=pride&type=audiobook&limit=1");
  const shows = await spotify.get<{ items: { show: { id: string } }[] }>("/me/shows");
  const episodes = await spotify.get<{ items: { episode: { id: string } }[] }>("/me/episodes");
  const lists = await spotify.get<{ items: { id: string }[] }>("/me/playlists");
  const [track] = found.tracks.items;
  return {
    track: track?.id ?? "",
    album: track?.album.id ?? "",
    artist: track?.artists[0]?.id ?? "",
    book: books.audiobooks.items[0]?.id ?? "",
    show: shows.items[0]?.show.id ?? "",
    episode: episodes.items[0]?.episode.id ?? "",
    playlist: lists.items[0]?.id ?? "",
  };
}

describe("routes", () => {
  const table = createRouteTable(
    apiRoutes(() => {
      throw new Error("nothing is searched here");
    }),
  );
  const livesIn = (operation: { method: string; path: string }) =>
    table.resolve(operation.method, `/v1${operation.path}`).route.lives;

  it("has every operation that Development Mode has, and only those", () => {
    const all = describedOperations();
    const withdrawn = all.filter((each) => each.deprecated);
    const kept = all.filter((each) => !each.deprecated);
    expect([withdrawn.length, kept.length]).toEqual([48, 49]);
    for (const each of kept) expect(livesIn(each), `${each.method} ${each.path}`).toBe("everywhere");
    for (const each of withdrawn) expect(livesIn(each), `${each.method} ${each.path}`).not.toBe("everywhere");
  });
});

describe("reads of Development Mode, each checked against the description", () => {
  it("answers every one", async () => {
    const spotify = await stand();
    const { track, album, artist, book, show, episode, playlist } = await something(spotify);
    const chapters = await spotify.get<{ items: { id: string }[] }>(`/audiobooks/${book}/chapters?limit=3`);
    const paths = [
      "/me",
      "/me/player/devices",
      "/me/player/recently-played?limit=50",
      "/me/player/queue",
      "/me/top/tracks?time_range=short_term",
      "/me/top/artists?time_range=long_term&limit=50",
      "/me/tracks?limit=50&offset=10",
      "/me/albums",
      "/me/shows",
      "/me/episodes",
      "/me/audiobooks",
      "/me/following?type=artist&limit=5",
      "/me/playlists?limit=50",
      `/playlists/${playlist}`,
      `/playlists/${playlist}/items?limit=50&additional_types=track,episode`,
      `/playlists/${playlist}/images`,
      `/tracks/${track}?market=SE`,
      `/albums/${album}`,
      `/albums/${album}/tracks?limit=3&offset=1`,
      `/artists/${artist}`,
      `/artists/${artist}/albums?include_groups=album,single,compilation,appears_on&limit=10`,
      `/shows/${show}`,
      `/shows/${show}/episodes?limit=2`,
      `/episodes/${episode}`,
      `/audiobooks/${book}`,
      `/audiobooks/${book}/chapters`,
      `/chapters/${chapters.items[0]?.id}`,
      "/search?q=queen&type=track,album,artist,playlist,show,episode,audiobook&limit=10",
      `/me/library/contains?uris=spotify:track:${track},spotify:artist:${artist},spotify:playlist:${playlist}`,
    ];
    for (const path of paths) expect((await spotify.call("GET", path)).status, path).toBe(200);
  });

  it("pages through a list by the addresses it gives", async () => {
    const spotify = await stand();
    const seen: unknown[] = [];
    let path: string | undefined = "/me/tracks?limit=25";
    while (path !== undefined) {
      const page: { items: { track: { id: string } }[]; next: string | null; total: number } = await spotify.get(path);
      seen.push(...page.items.map((each) => each.track.id));
      path = page.next?.replace(spotify.server.apiUrl, "");
      if (path === undefined) expect(seen).toHaveLength(page.total);
    }
    expect(new Set(seen).size).toBe(60);
  });

  it("pages through followed artists by cursor", async () => {
    const spotify = await stand();
    interface Page {
      artists: { items: { id: string }[]; next: string | null; total: number; cursors: { after: string | null } };
    }
    const first = await spotify.get<Page>("/me/following?type=artist&limit=10");
    const second = await spotify.get<Page>(first.artists.next?.replace(spotify.server.apiUrl, "") ?? "");
    const ids = [...first.artists.items, ...second.artists.items].map((each) => each.id);
    expect(new Set(ids).size).toBe(first.artists.total);
    expect(second.artists.next).toBeNull();
    expect(second.artists.cursors.after).toBeNull();
  });

  it("tells a person's account_id, and nothing that Development Mode lost", async () => {
    const spotify = await stand();
    const me = await spotify.get("/me");
    expect(me.account_id).toMatch(/^[0-9A-Za-z]{22}$/);
    expect(me.account_id).not.toBe(me.id);
    expect(Object.keys(me)).not.toContain("product");
    expect(Object.keys(me)).not.toContain("email");
  });
});

describe("search", () => {
  it("gives five of each by default, ten at most", async () => {
    const spotify = await stand();
    const found = await spotify.get<Found>("/search?q=love&type=track");
    expect(found.tracks.items).toHaveLength(5);
    const refused = await spotify.call("GET", "/search?q=love&type=track&limit=11");
    expect(refused).toMatchObject({ status: 400, body: { error: { status: 400, message: "Invalid limit" } } });
    expect((await spotify.call("GET", "/search?q=love&type=track&offset=1001")).status).toBe(400);
  });

  it.each([
    "/search",
    "/search?q=love",
    "/search?type=track",
    "/search?q=&type=track",
    "/search?q=x&type=song",
    "/search?q=x&type=track&limit=0",
    "/search?q=x&type=track&limit=-1",
    "/search?q=x&type=track&limit=ten",
    `/search?q=${"x".repeat(251)}&type=track`,
  ])("refuses %s", async (path) => {
    const spotify = await stand();
    expect((await spotify.call("GET", path)).status).toBe(400);
  });

  it("shows null where a playlist of the service would be, and 404 when it is asked for", async () => {
    const spotify = await stand();
    interface Lists {
      playlists: { items: ({ id: string } | null)[]; total: number };
    }
    const found = await spotify.get<Lists>("/search?q=this+is+queen&type=playlist&limit=10");
    expect(found.playlists.items).toContain(null);
    spotify.server.control.change({ search: { nullPlaylists: false } });
    const [hidden] = [...loadCatalogue().playlists.values()].filter((each) => each.ownedByService);
    expect((await spotify.call("GET", `/playlists/${hidden?.id}`)).status).toBe(404);
    const without = await spotify.get<Lists>("/search?q=this+is+queen&type=playlist&limit=10");
    expect(without.playlists.items).not.toContain(null);
  });
});

describe("what Development Mode does not have", () => {
  const id = "0123456789abcdefABCDEF";
  it.each([
    ["GET", `/tracks?ids=${id}`],
    ["GET", `/albums?ids=${id}`],
    ["GET", `/artists?ids=${id}`],
    ["GET", `/artists/${id}/top-tracks`],
    ["GET", `/artists/${id}/related-artists`],
    ["GET", "/browse/new-releases"],
    ["GET", "/markets"],
    ["GET", "/users/somebody"],
    ["GET", "/recommendations?seed_tracks=x"],
    ["GET", `/audio-features/${id}`],
    ["GET", `/playlists/${id}/tracks`],
    ["PUT", `/me/tracks?ids=${id}`],
    ["DELETE", `/me/albums?ids=${id}`],
    ["GET", `/me/tracks/contains?ids=${id}`],
    ["PUT", `/me/following?type=artist&ids=${id}`],
    ["PUT", `/playlists/${id}/followers`],
    ["GET", `/playlists/${id}/followers/contains`],
    ["POST", "/users/somebody/playlists"],
  ])("refuses %s %s with 403 Forbidden", async (method, path) => {
    const spotify = await stand();
    expect(await spotify.call(method, path)).toMatchObject({
      status: 403,
      body: { error: { status: 403, message: "Forbidden" } },
    });
  });

  it("has for an extended app", async () => {
    const spotify = await stand({ app: { mode: "extended" } });
    const { tracks } = await spotify.get<Found>("/search?q=love&type=track&limit=50");
    expect(tracks.items.length).toBeGreaterThan(10);
    expect(at(tracks.items[0], "popularity")).toBeTypeOf("number");
    const ids = tracks.items.slice(0, 3).map((each) => each.id);
    const several = await spotify.get<{ tracks: unknown[] }>(
      `/tracks?ids=${[...ids, "0123456789abcdefABCDEF"].join(",")}`,
    );
    expect(several.tracks).toHaveLength(4);
    expect(several.tracks[3]).toBeNull();
    expect((await spotify.get("/me")).product).toBe("premium");
    const album = tracks.items[0]?.album.id;
    const artist = tracks.items[0]?.artists[0]?.id;
    for (const path of [
      `/albums/${album}`,
      `/albums?ids=${album}`,
      `/artists/${artist}/albums?limit=50`,
      `/artists/${artist}/top-tracks`,
      "/markets",
      "/browse/new-releases",
      `/users/${JONAS}`,
      `/users/${JONAS}/playlists`,
      "/shows?ids=0123456789abcdefABCDEF",
    ]) {
      expect((await spotify.call("GET", path)).status, path).toBe(200);
    }
    expect((await spotify.call("PUT", `/me/tracks?ids=${ids[0]}`)).status).toBe(200);
    expect(await spotify.get(`/me/tracks/contains?ids=${ids[0]}`)).toEqual([true]);
    expect((await spotify.call("DELETE", "/me/tracks", { body: { ids: [ids[0]] } })).status).toBe(200);
    expect(await spotify.get(`/me/tracks/contains?ids=${ids[0]}`)).toEqual([false]);
    expect((await spotify.call("PUT", `/me/following?type=artist&ids=${artist}`)).status).toBe(204);
    expect((await spotify.call("GET", "/recommendations")).status).toBe(404);
  });
});

describe("doors", () => {
  it("say 401 for a missing and for an unknown token, told apart in the header alone", async () => {
    const spotify = await stand();
    const missing = await fetch(`${spotify.server.apiUrl}/me`);
    const unknown = await fetch(`${spotify.server.apiUrl}/me`, { headers: { authorization: "Bearer nonsense" } });
    expect([missing.status, unknown.status]).toEqual([401, 401]);
    expect(await missing.text()).toBe(await unknown.text());
    expect(missing.headers.get("www-authenticate")).toContain("missing_token");
    expect(unknown.headers.get("www-authenticate")).toContain("invalid_token");
  });

  it("keep out a person who is not on the allowlist, in plain text, after a login that worked", async () => {
    const spotify = await stand();
    const refused = await spotify.call("GET", "/me", { token: spotify.token(FARID), unchecked: true });
    expect(refused).toMatchObject({ status: 403, body: "User not registered in the Developer Dashboard" });
    spotify.server.control.changeApp("segue-rehearsal", { allowlist: [FARID] });
    expect((await spotify.call("GET", "/me", { token: spotify.token(FARID) })).status).toBe(200);
  });

  it("stop the whole app when its owner has no Premium, in plain text", async () => {
    const spotify = await stand({ app: { ownerPremium: false } });
    const refused = await spotify.call("GET", "/me", { unchecked: true });
    expect(refused.status).toBe(403);
    expect(refused.body).toMatch(/^Active premium subscription required for the owner of the app/);
    spotify.server.control.changeApp("segue-rehearsal", { ownerPremium: true });
    expect((await spotify.call("GET", "/me")).status).toBe(200);
  });

  it.each([
    ["GET", "/me/player", "user-read-playback-state"],
    ["GET", "/me/player/devices", "user-read-playback-state"],
    ["GET", "/me/player/currently-playing", "user-read-currently-playing"],
    ["GET", "/me/player/queue", "user-read-playback-state"],
    ["GET", "/me/player/queue", "user-read-currently-playing"],
    ["GET", "/me/player/recently-played", "user-read-recently-played"],
    ["PUT", "/me/player/pause", "user-modify-playback-state"],
    ["POST", "/me/player/next", "user-modify-playback-state"],
    ["GET", "/me/top/tracks", "user-top-read"],
    ["GET", "/me/tracks", "user-library-read"],
    ["GET", "/me/episodes", "user-read-playback-position"],
    ["GET", "/me/following?type=artist", "user-follow-read"],
    ["GET", "/me/playlists", "playlist-read-private"],
    ["PUT", "/me/library?uris=spotify:track:0123456789abcdefABCDEF", "user-library-modify"],
    ["GET", "/me/library/contains?uris=spotify:track:0123456789abcdefABCDEF", "user-library-read"],
  ])("ask %s %s for %s", async (method, path, scope) => {
    const spotify = await stand();
    const token = spotify.token(
      undefined,
      Object.keys(SCOPES).filter((each) => each !== scope),
    );
    expect(await spotify.call(method, path, { token })).toMatchObject({
      status: 403,
      body: { error: { message: "Insufficient client scope" } },
    });
    spotify.server.control.change({ tokens: { scopeRefusal: "401" } });
    expect(await spotify.call(method, path, { token })).toMatchObject({
      status: 401,
      body: { error: { message: "Permissions missing" } },
    });
  });

  it("tell unknown routes, methods and ids apart", async () => {
    const spotify = await stand();
    expect((await spotify.call("GET", "/nowhere")).body).toMatchObject({
      error: { status: 404, message: "Service not found" },
    });
    expect((await spotify.call("DELETE", "/me/player")).status).toBe(405);
    expect((await spotify.call("GET", "/tracks/short")).body).toMatchObject({
      error: { status: 400, message: "Invalid base62 id" },
    });
    expect((await spotify.call("GET", "/tracks/0123456789abcdefABCDEF")).status).toBe(404);
    expect((await spotify.call("GET", "/tracks/0123456789abcdefABCDEF?market=nowhere")).status).toBe(400);
  });

  it("answer an app's own token on the catalogue, not on a person's things", async () => {
    const spotify = await stand();
    const response = await fetch(`${spotify.server.accountsUrl}/api/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa("segue-rehearsal:segue-rehearsal-secret")}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    expect((await spotify.call("GET", "/search?q=x&type=track", { token })).status).toBe(200);
    expect((await spotify.call("GET", "/me", { token })).status).toBe(403);
    expect((await spotify.call("GET", "/me/player", { token })).status).toBe(403);
  });
});

describe("pictures", () => {
  it("are drawn in the sizes that answers name", async () => {
    const spotify = await stand();
    const { tracks } = await spotify.get<{
      tracks: { items: { album: { images: { url: string; width: number }[] } }[] };
    }>("/search?q=queen&type=track&limit=1");
    const images = tracks.items[0]?.album.images ?? [];
    expect(images.map((each) => each.width)).toEqual([640, 300, 64]);
    for (const { url } of images) {
      const response = await fetch(url);
      expect(response.headers.get("content-type")).toContain("image/svg+xml");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect((await response.text()).length).toBeGreaterThan(20);
    }
    expect((await fetch(`${spotify.server.url}/image/nothing?size=640`)).status).toBe(404);
    expect((await fetch(`${images[0]?.url}7`)).status).toBe(404);
  });
});
