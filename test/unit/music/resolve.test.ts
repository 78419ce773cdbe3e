import { describe, expect, it } from "vitest";
import type { Playlist } from "../../../src/contracts/music.ts";
import type { SlotValues } from "../../../src/contracts/vocabulary.ts";
import { unserved } from "../../../src/music/providers/spotify/unserved.ts";
import { device } from "../../fakes/scripted-session.ts";
import { bareWish, createDesk, wish } from "./desk.ts";
import { albumUri, createShelf, uriOf } from "./shelf.ts";

const played = async (slots: SlotValues | string): Promise<string> => {
  const desk = createDesk();
  const asked = typeof slots === "string" ? bareWish(slots) : wish(slots);
  const result = await desk.run((player) => player.play(asked));
  expect(desk.world.calls.filter(({ method }) => method === "search").length).toBeLessThanOrEqual(1);
  return result.chosen.uri;
};

describe("what words mean", () => {
  it.each<[string, SlotValues | string, string]>([
    ["an artist by name alone", "nirvana", "scripted:artist:nirvana"],
    ["a song by name alone: the most popular", "hello", uriOf("Adele", "Hello")],
    ["a song rather than its album", "thriller", uriOf("Michael Jackson", "Thriller")],
    ["a song rather than the album of its name", "1999", uriOf("Prince", "1999")],
    ["the album, when that is said", { album: "thriller" }, albumUri("Michael Jackson", "Thriller")],
    ["the artist, when that is said", { artist: "Sam Smith" }, "scripted:artist:sam-smith"],
    ["by its artist", { track: "hello", artist: "lionel richie" }, uriOf("Lionel Richie", "Hello")],
    ["an artist with a typo", { track: "hello", artist: "lionel ritchie" }, uriOf("Lionel Richie", "Hello")],
    ["accents left out", "svefn g englar", uriOf("Sigur Rós", "Svefn-g-englar")],
    ["an artist without accents", { artist: "sigur ros" }, "scripted:artist:sigur-rós"],
    ["a title with by in it", "stand by me", uriOf("Ben E. King", "Stand by Me")],
    ["the artist left in the title", "hello lionel richie", uriOf("Lionel Richie", "Hello")],
    [
      "a live version, when that is said",
      { track: "bohemian rhapsody", version: "live" },
      uriOf("Queen", "Bohemian Rhapsody - Live Aid"),
    ],
    ["the plain one otherwise", "bohemian rhapsody", uriOf("Queen", "Bohemian Rhapsody - Remastered 2011")],
    [
      "karaoke only for those who want it",
      { track: "hello", version: "karaoke" },
      uriOf("Sing King Karaoke", "Hello (Karaoke Version)"),
    ],
    ["a playlist", { playlist: "rock classics" }, "scripted:playlist:rock"],
    ["a genre", { genre: "jazz" }, "scripted:playlist:jazz"],
    ["a show", { show: "the hourly talk" }, "scripted:show:hourly"],
  ])("%s", async (_name, slots, uri) => {
    expect(await played(slots)).toBe(uri);
  });

  it("lets the catalogue decide between the readings", async () => {
    const desk = createDesk();
    const readings = [
      { slots: { track: "stand", artist: "me" }, score: 0.93 },
      { slots: { track: "stand by me" }, score: 0.62 },
    ];
    const result = await desk.run((player) => player.play({ readings }));
    expect(result.chosen.uri).toBe(uriOf("Ben E. King", "Stand by Me"));
    expect(result.reading).toEqual(readings[1]);
    expect(result.candidates[0]?.why.title).toBeGreaterThan(0.4);
  });

  it("plays what the person likes before what is more popular", async () => {
    const desk = createDesk({ parts: { familiar: async () => new Set([uriOf("Lionel Richie", "Hello")]) } });
    const { chosen, candidates } = await desk.run((player) => player.play(bareWish("hello")));
    expect(chosen.uri).toBe(uriOf("Lionel Richie", "Hello"));
    expect(candidates[0]?.why.familiar).toBeGreaterThan(0);
  });

  it("knows what the person likes from the last look at the liked songs, on whatever record it is", async () => {
    const shelf = createShelf();
    const hello = shelf.tracks.find(({ uri }) => uri === uriOf("Lionel Richie", "Hello"));
    if (!hello) throw new Error("no such track");
    const desk = createDesk({ catalogue: shelf });
    desk.world.liked = [hello.uri];
    await desk.run((player) => player.play({ readings: [{ slots: { library: "liked" }, score: 1 }] }));
    expect(await desk.cost((player) => player.play(bareWish("hello")))).toEqual(["search", "play"]);
    expect(desk.world.playing()).toBe(hello.uri);
  });

  it("does not let what the person likes win over the name that was said", async () => {
    const desk = createDesk({ parts: { familiar: async () => new Set([uriOf("Lionel Richie", "Hello")]) } });
    const { chosen } = await desk.run((player) => player.play(wish({ track: "hello", artist: "adele" })));
    expect(chosen.uri).toBe(uriOf("Adele", "Hello"));
  });

  it("asks between things that are really close", async () => {
    const { tracks } = createShelf();
    const desk = createDesk({
      find: () => ({ ...noneFound(), tracks: tracks.filter(({ title }) => title === "Hello"), unordered: true }),
    });
    await expect(desk.run((player) => player.play(bareWish("hello")))).rejects.toMatchObject({
      code: "Ambiguous",
      details: {
        what: "item",
        choices: [
          { label: "Hello", kind: "track", detail: "Adele · 25 · 2015", slots: { uri: uriOf("Adele", "Hello") } },
          {
            label: "Hello",
            kind: "track",
            detail: "Lionel Richie · Can't Slow Down · 1983",
            slots: { uri: uriOf("Lionel Richie", "Hello") },
          },
        ],
      },
    });
    expect(desk.world.playing()).toBeUndefined();
  });

  it("offers what the service gave for words that nothing of it carries", async () => {
    const { tracks, artists } = createShelf();
    const desk = createDesk({ find: () => ({ ...noneFound(), tracks: tracks.slice(0, 5), artists }) });
    const failed = await desk.run((player) => player.play(bareWish("zxqv hjkl"))).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "NotFound", details: { what: "item" } });
    expect(failed).toHaveProperty("details.choices.length", 2);
    expect(desk.world.playing()).toBeUndefined();
  });

  it("does not ask between one recording on two records", async () => {
    const { tracks } = createShelf();
    const [hello] = tracks;
    if (!hello) throw new Error("no tracks");
    const again = { ...hello, uri: "scripted:track:again", album: { name: "Best of 2015" } };
    const desk = createDesk({
      find: () => ({ ...noneFound(), tracks: [hello, again] }),
      parts: { familiar: async () => new Set([again.uri]) },
    });
    await desk.run((player) => player.play(bareWish("hello")));
    expect(desk.world.playing()).toBe(again.uri);
  });

  it("takes the device from the chosen reading", async () => {
    const desk = createDesk({ devices: [device("k", "Kitchen", { active: true }), device("b", "Bath")] });
    await desk.run((player) => player.devices());
    const readings = [
      { slots: { track: "hello", device: "the bath" }, score: 0.6 },
      { slots: { track: "hello in the bath" }, score: 0.6 },
    ];
    const result = await desk.run((player) => player.play({ readings, device: "the bath" }));
    expect(result.device?.id).toBe("b");
  });

  it("plays the newest episode of a show, or the one named", async () => {
    const desk = createDesk();
    await desk.run((player) => player.play(wish({ show: "hourly talk", episode: "latest" })));
    expect(desk.world.playing()).toBe("scripted:episode:3");
    await desk.run((player) => player.play(wish({ show: "hourly talk", episode: "on bells" })));
    expect(desk.world.playing()).toBe("scripted:episode:1");
  });

  it("plays one's own playlist before the world's, and without a search", async () => {
    const desk = createDesk();
    desk.world.lists = [{ type: "playlist", uri: "scripted:playlist:mine", name: "Röck Classics", own: true, art: [] }];
    desk.world.contents.set("scripted:playlist:mine", [uriOf("Adele", "Hello")]);
    await desk.run((player) => player.playlists());
    desk.world.spent();
    const result = await desk.run((player) => player.play(wish({ playlist: "rock classics" })));
    expect(result.chosen.uri).toBe("scripted:playlist:mine");
    expect(desk.world.spent()).toEqual(["play"]);
  });
});

describe("what cannot be played", () => {
  it("says so, with what is near", async () => {
    const desk = createDesk();
    const failed = desk.run((player) => player.play(wish({ track: "hello", artist: "metallica" })));
    await expect(failed).rejects.toMatchObject({
      code: "NotFound",
      details: { what: "item", query: "hello metallica" },
    });
  });

  it("does not pass the studio version off as the acoustic one", async () => {
    const desk = createDesk({
      find: () => ({ ...noneFound(), tracks: createShelf().tracks.filter((track) => track.title === "Hello") }),
    });
    const failed = desk.run((player) => player.play(wish({ track: "hello", version: "acoustic" })));
    await expect(failed).rejects.toMatchObject({
      code: "NotFound",
      details: {
        what: "version",
        choices: [{ label: "Hello", detail: "Adele · 25 · 2015", slots: { uri: uriOf("Adele", "Hello") } }, {}],
      },
    });
    expect(desk.world.playing()).toBeUndefined();
  });

  it("says that an editorial list is not served, without a search", async () => {
    const desk = createDesk({ unserved: ["Discover Weekly"] });
    await expect(desk.run((player) => player.play(bareWish("my discover weekly")))).rejects.toMatchObject({
      code: "NotFound",
      details: { what: "editorial_playlist" },
    });
    expect(desk.world.spent()).toEqual([]);
    desk.world.lists = [
      { type: "playlist", uri: "scripted:playlist:rock", name: "Discover Weekly", own: false, art: [] },
    ];
    await desk.run((player) => player.playlists());
    const found = await desk.run((player) => player.play(wish({ playlist: "discover weekly" })));
    expect(found.chosen.uri).toBe("scripted:playlist:rock");
  });

  it.each<[string, SlotValues]>([
    ["as a playlist, with the person's list unread", { playlist: "Discover Weekly" }],
    ["by a number", { playlist: "daily mix 3" }],
    ["to be played by name", { track: "my release radar" }],
  ])("refuses such a list %s without any call", async (_, slots) => {
    const desk = createDesk({ unserved });
    desk.world.lists = [
      { type: "playlist", uri: "scripted:playlist:rock", name: "Discover Weekly", own: false, art: [] },
    ];
    await expect(desk.run((player) => player.play(wish(slots)))).rejects.toMatchObject({
      code: "NotFound",
      details: { what: "editorial_playlist", query: Object.values(slots)[0] },
    });
    expect(desk.world.spent()).toEqual([]);
  });

  it("searches a decade by its years where there are any to search by", async () => {
    const desk = createDesk();
    const queen = await desk.run((player) => player.play(wish({ artist: "queen", decade: "1980s" })));
    expect(desk.world.calls[0]?.args).toEqual(["queen", expect.any(Array), { from: 1980, to: 1989 }]);
    expect(queen.chosen).toMatchObject({ type: "artist", name: "Queen" });
    expect(desk.world.calls.at(-1)?.args[0]).toEqual({
      uris: [uriOf("Queen", "Bohemian Rhapsody - Live Aid"), uriOf("Queen", "Radio Ga Ga - Live")],
    });
  });

  it("plays a playlist for a genre's decade, and songs of those years where there is none", async () => {
    const anthems = { type: "playlist" as const, uri: "scripted:playlist:80s", name: "80s Rock", own: false, art: [] };
    const desk = createDesk({ catalogue: { ...createShelf(), playlists: [anthems] } });
    const classic = await desk.run((player) => player.play(wish({ genre: "rock", decade: "1980s" })));
    expect(classic.chosen).toMatchObject({ type: "playlist", name: "80s Rock" });
    expect(desk.world.spent()).toEqual(["playlists", "search", "play"]);
    const songs = await desk.run((player) => player.play(wish({ genre: "thriller", decade: "1980s" })));
    expect(songs.chosen).toMatchObject({ type: "track", title: "Thriller" });
    expect(desk.world.spent()).toEqual(["search", "search", "play"]);
    const [target] = desk.world.calls.at(-1)?.args ?? [];
    expect(JSON.stringify(target)).not.toContain("karaoke");
  });

  it.each<[SlotValues, string]>([
    [{ genre: "thriller" }, "thriller"],
    [{ mood: "hello" }, "hello"],
    [{ activity: "1999" }, "1999"],
  ])("plays no song for %o because its title has the word", async (slots, query) => {
    const desk = createDesk();
    const failed = await desk.run((player) => player.play(wish(slots))).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "NotFound", details: { what: "genre", query } });
    expect((failed as { details: object }).details).not.toHaveProperty("choices");
    expect(desk.world.spent()).toEqual(["playlists", "search"]);
  });

  it("offers the playlists that were found for a genre and do not carry its name", async () => {
    const late: Playlist = {
      type: "playlist",
      uri: "scripted:playlist:late",
      name: "Late Night Horns",
      own: false,
      art: [],
    };
    const desk = createDesk({ find: () => ({ ...noneFound(), playlists: [late] }) });
    await expect(desk.run((player) => player.play(wish({ genre: "bebop" })))).rejects.toMatchObject({
      code: "NotFound",
      details: { what: "genre", query: "bebop", choices: [{ label: "Late Night Horns" }] },
    });
    expect(desk.world.playing()).toBeUndefined();
  });

  it("offers no music that is like other music", async () => {
    const desk = createDesk();
    await expect(desk.run((player) => player.play(wish({ similar_to: "current" })))).rejects.toMatchObject({
      details: { reason: "not_offered" },
    });
    expect(desk.world.spent()).toEqual([]);
  });

  it.each<[string, SlotValues]>([
    ["nothing", {}],
    ["spaces", { track: "   " }],
    ["control characters", { track: "\u0000\u0001" }],
    ["direction marks", { track: "\u202e\u200f" }],
  ])("asks for words when there are none: %s", async (_name, slots) => {
    const desk = createDesk();
    await expect(desk.run((player) => player.play(wish(slots)))).rejects.toMatchObject({ code: "InvalidInput" });
    expect(desk.world.spent()).toEqual([]);
  });

  it.each(["x".repeat(10_000), "😀😀😀", "@everyone **bold** <script>", "((((((((", "\\d+|.*"])(
    "takes %j for words and no more",
    async (words) => {
      const desk = createDesk();
      await expect(desk.run((player) => player.play(bareWish(words)))).rejects.toMatchObject({ code: "NotFound" });
      const [query] = desk.world.calls[0]?.args ?? [];
      expect(String(query).length).toBeLessThanOrEqual(300);
    },
  );

  it("does not take a foreign link for a title", async () => {
    const desk = createDesk();
    await expect(desk.run((player) => player.play(wish({ url: "https://example.org/track/1" })))).rejects.toMatchObject(
      { code: "InvalidInput", details: { field: "url" } },
    );
  });

  it("falls back to the track alone when its album is refused", async () => {
    const desk = createDesk();
    const { SegueError } = await import("../../../src/contracts/errors.ts");
    desk.world.fail("play", new SegueError("Restricted", { reason: "content_unavailable" }));
    await desk.run((player) => player.play(bareWish("hello")));
    expect(desk.world.spent()).toEqual(["search", "play", "play"]);
    expect(desk.world.calls.at(-1)?.args[0]).toEqual({ uris: [uriOf("Adele", "Hello")] });
  });
});

const noneFound = () => ({
  tracks: [],
  albums: [],
  artists: [],
  playlists: [],
  shows: [],
  episodes: [],
  audiobooks: [],
});
