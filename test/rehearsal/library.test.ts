import { beforeEach, describe, expect, it } from "vitest";
import { SCOPES } from "../../src/rehearsal/accounts/scopes.ts";
import { loadCatalogue } from "../../src/rehearsal/catalogue/index.ts";
import { JONAS, MIA, type Stand, stand } from "./stand.ts";

const catalogue = loadCatalogue();
const TRACKS = [...catalogue.tracks.keys()].slice(0, 120).map((id) => `spotify:track:${id}`);
const [A = "", B = "", C = "", D = ""] = TRACKS;
const [album] = catalogue.albums.keys();
const [artist] = catalogue.artists.keys();
const [show] = catalogue.shows.keys();
const [episode] = catalogue.episodes.keys();
const NOBODY = "spotify:track:0123456789abcdefABCDEF";

let spotify: Stand;
beforeEach(async () => {
  spotify = await stand();
});

describe("the unified library", () => {
  it("takes every kind, tells what it holds, and lets go", async () => {
    const { items } = await spotify.get<{ items: { id: string }[] }>("/me/playlists", { token: spotify.token(JONAS) });
    const uris = [
      A,
      `spotify:album:${album}`,
      `spotify:artist:${artist}`,
      `spotify:show:${show}`,
      `spotify:episode:${episode}`,
      `spotify:user:${JONAS}`,
      `spotify:playlist:${items[0]?.id}`,
    ].join(",");
    await spotify.call("DELETE", `/me/library?uris=${uris}`);
    expect(await spotify.get(`/me/library/contains?uris=${uris}`)).toEqual(Array(7).fill(false));
    expect(await spotify.call("PUT", `/me/library?uris=${uris}`)).toMatchObject({ status: 200, body: undefined });
    expect(await spotify.get(`/me/library/contains?uris=${uris}`)).toEqual(Array(7).fill(true));
    const tracks = await spotify.get<{ items: { track: { uri: string } }[] }>("/me/tracks?limit=1");
    expect(tracks.items[0]?.track.uri).toBe(A);
    expect((await spotify.call("DELETE", `/me/library?uris=${uris}`)).status).toBe(200);
    expect(await spotify.get(`/me/library/contains?uris=${uris}`)).toEqual(Array(7).fill(false));
  });

  it("shelves audiobooks too", async () => {
    const found = await spotify.get<{ audiobooks: { items: { id: string }[] } }>("/search?q=pride&type=audiobook");
    const id = found.audiobooks.items[0]?.id;
    expect((await spotify.call("PUT", `/me/library?uris=spotify:audiobook:${id}`)).status).toBe(200);
    expect(await spotify.get("/me/audiobooks")).toMatchObject({ total: 1, items: [{ audiobook: { id } }] });
  });

  it("takes forty uris at once, no more, and none that is wrong", async () => {
    expect((await spotify.call("PUT", `/me/library?uris=${TRACKS.slice(0, 40)}`)).status).toBe(200);
    for (const uris of [
      TRACKS.slice(0, 41).join(),
      "",
      "nonsense",
      `${A},${NOBODY}`,
      "spotify:local:a:b:c:1",
      "spotify:chapter:0123456789abcdefABCDEF",
    ]) {
      expect((await spotify.call("PUT", `/me/library?uris=${uris}`)).status, uris).toBe(400);
    }
    expect((await spotify.call("PUT", "/me/library")).status).toBe(400);
    expect((await spotify.call("GET", `/me/library/contains?uris=${TRACKS.slice(0, 41)}`)).status).toBe(400);
  });

  it("changes nothing when one of the uris is refused", async () => {
    await spotify.call("DELETE", `/me/library?uris=${A}`);
    await spotify.call("PUT", `/me/library?uris=${A},${NOBODY}`);
    expect(await spotify.get(`/me/library/contains?uris=${A}`)).toEqual([false]);
  });

  it("wants all its scopes, or only the one for the kind", async () => {
    const token = spotify.token(
      undefined,
      Object.keys(SCOPES).filter((scope) => scope !== "user-follow-modify"),
    );
    expect((await spotify.call("PUT", `/me/library?uris=${A}`, { token })).status).toBe(403);
    spotify.server.control.change({ library: { scopes: "by-kind" } });
    expect((await spotify.call("PUT", `/me/library?uris=${A}`, { token })).status).toBe(200);
    expect((await spotify.call("PUT", `/me/library?uris=spotify:artist:${artist}`, { token })).status).toBe(403);
  });
});

interface Items {
  items: { item: { uri: string } | null }[];
  total: number;
}

async function create(body: object = { name: "New" }): Promise<string> {
  const made = await spotify.call("POST", "/me/playlists", { body });
  expect(made.status).toBe(201);
  return (made.body as { id: string }).id;
}
const uris = async (id: string) =>
  (await spotify.get<Items>(`/playlists/${id}/items?limit=50`)).items.map((each) => each.item?.uri);

describe("playlists", () => {
  it("are made, named, described and listed", async () => {
    const id = await create({ name: "Mine", public: false, description: "all of it" });
    expect(await spotify.get(`/playlists/${id}`)).toMatchObject({
      name: "Mine",
      public: false,
      description: "all of it",
      items: { total: 0 },
      owner: { id: MIA },
    });
    expect((await spotify.call("PUT", `/playlists/${id}`, { body: { name: "Ours", public: true } })).status).toBe(200);
    const { items } = await spotify.get<{ items: { id: string; name: string }[] }>("/me/playlists?limit=50");
    expect(items.find((each) => each.id === id)?.name).toBe("Ours");
  });

  it("are deleted by leaving the library", async () => {
    const id = await create();
    await spotify.call("DELETE", `/me/library?uris=spotify:playlist:${id}`);
    const { items } = await spotify.get<{ items: { id: string }[] }>("/me/playlists?limit=50");
    expect(items.some((each) => each.id === id)).toBe(false);
  });

  it.each([
    [{}],
    [{ name: "" }],
    [{ name: 5 }],
    [{ name: "x", public: true, collaborative: true }],
    [{ name: "x".repeat(101) }],
    ["{"],
  ])("are not made of %o", async (body) => {
    expect((await spotify.call("POST", "/me/playlists", { body })).status).toBe(400);
  });

  it("take items, at the end or in between, from the body or the query", async () => {
    const id = await create();
    expect((await spotify.call("POST", `/playlists/${id}/items`, { body: { uris: [A, B] } })).status).toBe(201);
    expect((await spotify.call("POST", `/playlists/${id}/items`, { body: { uris: [C], position: 1 } })).status).toBe(
      201,
    );
    expect((await spotify.call("POST", `/playlists/${id}/items?uris=${D}&position=0`)).status).toBe(201);
    expect(await uris(id)).toEqual([D, A, C, B]);
  });

  it("are replaced and reordered, never both", async () => {
    const id = await create();
    const put = (body: object) => spotify.call("PUT", `/playlists/${id}/items`, { body });
    const replaced = await put({ uris: [A, B, C, D] });
    expect(replaced.status).toBe(200);
    await put({ range_start: 0, insert_before: 4, range_length: 1 });
    expect(await uris(id)).toEqual([B, C, D, A]);
    await put({ range_start: 2, insert_before: 0, range_length: 2 });
    expect(await uris(id)).toEqual([D, A, B, C]);
    await put({ range_start: 1, insert_before: 2 });
    expect(await uris(id)).toEqual([D, A, B, C]);
    for (const body of [
      { uris: [A], range_start: 0, insert_before: 1 },
      { range_start: 9, insert_before: 0 },
      { range_start: 0, insert_before: 9 },
      { range_start: 0 },
      {},
    ]) {
      expect((await put(body)).status, JSON.stringify(body)).toBe(400);
    }
    const { snapshot_id } = replaced.body as { snapshot_id: string };
    expect((await put({ range_start: 0, insert_before: 2, snapshot_id })).status).toBe(200);
    expect((await put({ range_start: 0, insert_before: 2, snapshot_id: "nonsense" })).status).toBe(400);
  });

  it("lose every occurrence of what is removed", async () => {
    const id = await create();
    await spotify.call("POST", `/playlists/${id}/items`, { body: { uris: [A, B, A, C] } });
    const before = (await spotify.get(`/playlists/${id}`)).snapshot_id;
    expect(
      (await spotify.call("DELETE", `/playlists/${id}/items`, { body: { items: [{ uri: A }, { uri: D }] } })).status,
    ).toBe(200);
    expect(await uris(id)).toEqual([B, C]);
    expect((await spotify.get(`/playlists/${id}`)).snapshot_id).not.toBe(before);
    for (const body of [{ tracks: [{ uri: B }] }, { items: [] }, { items: [B] }, { items: [{ uri: "x" }] }]) {
      expect((await spotify.call("DELETE", `/playlists/${id}/items`, { body })).status, JSON.stringify(body)).toBe(400);
    }
  });

  it("refuse more than a hundred at once, and what does not exist", async () => {
    const id = await create();
    const add = (given: unknown) => spotify.call("POST", `/playlists/${id}/items`, { body: { uris: given } });
    expect((await add(TRACKS.slice(0, 100))).status).toBe(201);
    for (const given of [TRACKS.slice(0, 101), [NOBODY], ["spotify:album:x"], [], "x", [5]])
      expect((await add(given)).status).toBe(400);
    expect((await spotify.call("POST", `/playlists/${id}/items`, { body: { uris: [A], position: 101 } })).status).toBe(
      400,
    );
    expect((await spotify.get<Items>(`/playlists/${id}/items?offset=90`)).items).toHaveLength(10);
  });

  it("show their contents to owner and collaborators alone", async () => {
    const others = spotify.token(JONAS);
    const id = await create({ name: "Public", public: true });
    const shared = await create({ name: "Shared", public: false, collaborative: true });
    expect((await spotify.call("GET", `/playlists/${id}/items`, { token: others })).status).toBe(403);
    expect(await spotify.get(`/playlists/${id}`, { token: others })).not.toHaveProperty("items");
    expect((await spotify.call("POST", `/playlists/${id}/items`, { token: others, body: { uris: [A] } })).status).toBe(
      403,
    );
    expect((await spotify.call("PUT", `/playlists/${id}`, { token: others, body: { name: "Stolen" } })).status).toBe(
      403,
    );
    expect((await spotify.call("GET", `/playlists/${shared}/items`, { token: others })).status).toBe(200);
    expect(
      (await spotify.call("POST", `/playlists/${shared}/items`, { token: others, body: { uris: [A] } })).status,
    ).toBe(201);
    expect(await uris(shared)).toEqual([A]);
  });

  it("need the scope of their kind", async () => {
    const id = await create({ name: "Private", public: false });
    const token = spotify.token(MIA, ["playlist-modify-public", "playlist-read-private"]);
    expect((await spotify.call("POST", `/playlists/${id}/items`, { token, body: { uris: [A] } })).status).toBe(403);
    expect((await spotify.call("POST", "/me/playlists", { token, body: { name: "x", public: false } })).status).toBe(
      403,
    );
    expect((await spotify.call("POST", "/me/playlists", { token, body: { name: "x" } })).status).toBe(201);
  });

  it("are narrowed by fields", async () => {
    const id = await create();
    await spotify.call("POST", `/playlists/${id}/items`, { body: { uris: [A] } });
    const read = async (fields: string) =>
      (await spotify.call("GET", `/playlists/${id}/items?fields=${encodeURIComponent(fields)}`, { unchecked: true }))
        .body;
    expect(JSON.parse(String(await read("total,items(item(uri))")))).toEqual({
      total: 1,
      items: [{ item: { uri: A } }],
    });
    expect(JSON.parse(String(await read("items.item.uri")))).toEqual({ items: [{ item: { uri: A } }] });
    expect(JSON.parse(String(await read("items(!item,!added_by)")))).toMatchObject({ items: [{ is_local: false }] });
    expect(JSON.parse(String(await read("items(item(!album),added_at)")))).not.toHaveProperty("items[0].item.album");
    expect(JSON.parse(String(await read("items((")))).toHaveProperty("href");
    expect(JSON.parse(String(await read(`${"a(".repeat(50)}`)))).toHaveProperty("href");
  });

  it("carry the picture they are given", async () => {
    const id = await create();
    const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(100)]).toString("base64");
    const put = (body: string) =>
      spotify.call("PUT", `/playlists/${id}/images`, { body, headers: { "content-type": "image/jpeg" } });
    expect((await put(jpeg)).status).toBe(202);
    const [image] = await spotify.get<{ url: string }[]>(`/playlists/${id}/images`);
    const response = await fetch(image?.url ?? "");
    expect(response.headers.get("content-type")).toBe("image/jpeg");
    expect((await put("bm8=")).status).toBe(400);
    expect((await put("A".repeat(256 * 1024 + 4))).status).toBe(413);
  });

  it("may still use the old names beside the new", async () => {
    const id = await create();
    await spotify.call("POST", `/playlists/${id}/items`, { body: { uris: [A] } });
    expect((await spotify.get<{ items: object[] }>(`/playlists/${id}/items`)).items[0]).not.toHaveProperty("track");
    spotify.server.control.change({ playlists: { shape: "both" } });
    expect((await spotify.get<{ items: object[] }>(`/playlists/${id}/items`)).items[0]).toMatchObject({
      item: { uri: A },
      track: { uri: A },
    });
  });
});
