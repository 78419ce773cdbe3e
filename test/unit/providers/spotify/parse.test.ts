import { describe, expect, it } from "vitest";
import { ownedBy, parseItem, playableSchema, playlistSchema } from "../../../../src/music/providers/spotify/parse.ts";
import {
  parseAlbumTracks,
  parseBooleans,
  parsePage,
  parseRecentlyPlayed,
  parseSearch,
  rowSchema,
  withAlbum,
} from "../../../../src/music/providers/spotify/parse-lists.ts";
import { fixture } from "./fixture.ts";

const bohemian = {
  type: "track",
  uri: "spotify:track:7tFiyTwD0nx5a1eklYtX2J",
  title: "Bohemian Rhapsody - Remastered 2011",
  artists: [
    {
      name: "Queen",
      uri: "spotify:artist:1dfeR4HaWDbWqFHLkxsg1d",
      url: "https://open.spotify.com/artist/1dfeR4HaWDbWqFHLkxsg1d",
    },
  ],
  album: {
    name: "A Night At The Opera (2011 Remaster)",
    uri: "spotify:album:1GbtB4zTqAsyfZEsm1RZfx",
    url: "https://open.spotify.com/album/1GbtB4zTqAsyfZEsm1RZfx",
    releaseYear: 1975,
    kind: "album",
    artists: [
      {
        name: "Queen",
        uri: "spotify:artist:1dfeR4HaWDbWqFHLkxsg1d",
        url: "https://open.spotify.com/artist/1dfeR4HaWDbWqFHLkxsg1d",
      },
    ],
  },
  durationMs: 354_320,
  explicit: false,
  isrc: "GBUM71029604",
  url: "https://open.spotify.com/track/7tFiyTwD0nx5a1eklYtX2J",
};

describe("search results", () => {
  const hits = parseSearch(fixture("search"), "some.listener");

  it("become domain models", () => {
    expect(hits.tracks[0]).toMatchObject(bohemian);
    expect(hits.tracks[0]?.art.map((image) => image.width)).toEqual([640, 300, 64]);
    expect(hits.albums.map((album) => [album.title, album.kind, album.releaseYear, album.trackCount])).toEqual([
      ["A Night At The Opera (2011 Remaster)", "album", 1975, 12],
      ["Recordings", "compilation", 1974, 12],
    ]);
    expect(hits.artists[0]).toMatchObject({
      type: "artist",
      name: "Queen",
      uri: "spotify:artist:1dfeR4HaWDbWqFHLkxsg1d",
    });
    expect(hits.shows[0]).toMatchObject({ title: "Vetenskapsradion Historia", publisher: "Sveriges Radio" });
    expect(hits.episodes).toHaveLength(1);
    expect(hits.episodes[0]).toMatchObject({ durationMs: 1_686_230, releaseDate: "2024-11-02" });
    expect(hits.audiobooks[0]).toMatchObject({
      type: "audiobook",
      title: "Frankenstein",
      authors: [{ name: "Mary Shelley" }],
    });
  });

  it("lose what is no track, and only that", () => {
    expect(hits.tracks.map((track) => track.title)).toEqual([
      "Bohemian Rhapsody - Remastered 2011",
      "Under Pressure - Remastered 2011",
      "Bohemian Rhapsody - Remastered 2011",
    ]);
  });

  it("lose a field of the wrong type, and only that", () => {
    const [, under, odd] = hits.tracks;
    // A year 0000, an image that is no address, sizes that are no numbers.
    expect(under?.album).toMatchObject({ name: "Hot Space (2011 Remaster)" });
    expect(under?.album?.releaseYear).toBeUndefined();
    expect(under?.art).toEqual([{ url: "https://i.scdn.co/image/ab67616d00006reT64" }]);
    expect(odd).toMatchObject({ artists: [], durationMs: 0, url: bohemian.url });
    expect(odd?.explicit).toBeUndefined();
    expect(odd?.isrc).toBeUndefined();
  });

  it("leave out the playlists that are null, and know one's own", () => {
    expect(hits.playlists.map(({ name, own, owner, trackCount }) => ({ name, own, owner, trackCount }))).toEqual([
      { name: "Dinner", own: true, owner: "Some Listener", trackCount: 23 },
      { name: "Road trip", own: false, owner: "another", trackCount: 120 },
    ]);
    expect(parseSearch(fixture("search")).playlists.map((playlist) => playlist.own)).toEqual([false, false]);
  });

  it.each([null, [], "x", { tracks: "none" }, { tracks: { items: null } }, { albums: { items: {} } }])(
    "that are no answer are not taken for nothing found: %j",
    (raw) => {
      expect(() => parseSearch(raw)).toThrowError(expect.objectContaining({ code: "Unavailable" }));
    },
  );

  it("of kinds that were not asked for are none", () => {
    expect(parseSearch({})).toEqual({
      tracks: [],
      albums: [],
      artists: [],
      playlists: [],
      shows: [],
      episodes: [],
      audiobooks: [],
    });
  });
});

describe("lists", () => {
  it("of playlists take both shapes", () => {
    const page = parsePage(playlistSchema, fixture("playlists"), "playlists");
    expect(page).toMatchObject({ total: 3, more: false, read: 3 });
    const [mine, other] = page.items.map((found) => ownedBy("some.listener", found));
    expect(mine).toMatchObject({
      own: true,
      public: true,
      collaborative: false,
      trackCount: 23,
      art: [],
      snapshot: expect.any(String),
    });
    expect(other).toMatchObject({ own: false, collaborative: true, trackCount: 120 });
    expect(other?.public).toBeUndefined();
  });

  it("of a playlist's items take `item` and `track`, and empty rows", () => {
    const row = rowSchema(playableSchema);
    const now = parsePage(row, fixture("playlist-items"), "items");
    expect(now.items.map((item) => item.type)).toEqual(["track", "episode", "track"]);
    expect(now.items[2]).toMatchObject({ local: true, uri: "spotify:local:My+Band:Demo+tape:Garage+Song:183" });
    expect(now).toMatchObject({ total: 4, read: 4, more: false });
    const before = parsePage(row, fixture("playlist-tracks"), "items");
    expect(before.items.map((item) => item.title)).toEqual([
      "Bohemian Rhapsody - Remastered 2011",
      "Under Pressure - Remastered 2011",
    ]);
    expect(before).toMatchObject({ total: 53, read: 3, more: true });
  });

  it("of an album's tracks get the album that they come without", () => {
    const { album, page } = parseAlbumTracks(fixture("album"));
    expect(page.items[0]?.album).toBeUndefined();
    const track = page.items[0];
    expect(track && withAlbum(track, album)).toMatchObject({ album: { ...bohemian.album }, title: bohemian.title });
    expect(track && withAlbum(track, album).art).toHaveLength(3);
  });

  it("of plays are sorted newest first, whatever their cursors, and lose what has no time", () => {
    expect(parseRecentlyPlayed(fixture("recently-played")).map((play) => [play.track.title, play.playedAt])).toEqual([
      ["Bohemian Rhapsody - Remastered 2011", Date.UTC(2026, 10, 20, 19, 0, 0, 500)],
      ["Under Pressure - Remastered 2011", Date.UTC(2026, 10, 20, 18, 4, 11, 112)],
    ]);
  });

  it("of yes and no must answer every question", () => {
    expect(parseBooleans([true, false], 2)).toEqual([true, false]);
    for (const raw of [[true], [true, false, true], [true, "no"], {}, null])
      expect(() => parseBooleans(raw, 2)).toThrowError(expect.objectContaining({ code: "Unavailable" }));
  });
});

describe("one thing", () => {
  it.each([
    null,
    "text",
    [],
    {},
    { uri: "spotify:album:1GbtB4zTqAsyfZEsm1RZfx", name: "an album" },
    { uri: "spotify:track:7tFiyTwD0nx5a1eklYtX2J" },
  ])("that is none is a malformed answer: %j", (raw) => {
    expect(() => parseItem("track", raw)).toThrowError(
      expect.objectContaining({ code: "Unavailable", details: { service: "spotify", why: "malformed" } }),
    );
  });

  it("has an address to link back to even when none was sent", () => {
    const raw = { uri: "spotify:artist:1dfeR4HaWDbWqFHLkxsg1d", name: "Queen" };
    expect(parseItem("artist", raw)).toEqual({
      type: "artist",
      uri: raw.uri,
      name: "Queen",
      url: "https://open.spotify.com/artist/1dfeR4HaWDbWqFHLkxsg1d",
      art: [],
    });
  });
});
