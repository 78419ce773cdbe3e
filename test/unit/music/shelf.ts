import type { Album, Artist, Episode, Playlist, Show, Track } from "../../../src/contracts/music.ts";
import type { Catalogue } from "../../fakes/scripted-session.ts";

type Line = [artist: string, album: string, year: number, titles: string[]];

/** A few records, chosen so that a title may be several things. Order is popularity. */
const records: Line[] = [
  ["Adele", "25", 2015, ["Hello", "Send My Love", "When We Were Young"]],
  [
    "Queen",
    "A Night at the Opera",
    1975,
    ["Bohemian Rhapsody - Remastered 2011", "You're My Best Friend", "Love of My Life"],
  ],
  ["Queen", "Live Aid", 1985, ["Bohemian Rhapsody - Live Aid", "Radio Ga Ga - Live"]],
  ["Michael Jackson", "Thriller", 1982, ["Thriller", "Beat It", "Billie Jean"]],
  ["Nirvana", "Nevermind", 1991, ["Smells Like Teen Spirit", "Come As You Are", "Lithium", "Polly"]],
  ["Sam Smith", "Nirvana EP", 2013, ["Nirvana", "Safe with Me"]],
  ["Lionel Richie", "Can't Slow Down", 1983, ["Hello", "All Night Long"]],
  ["Ben E. King", "Don't Play That Song!", 1962, ["Stand by Me", "Don't Play That Song"]],
  ["Sing King Karaoke", "Karaoke Hits", 2017, ["Hello (Karaoke Version)", "Thriller (Karaoke Version)"]],
  ["Sigur Rós", "Ágætis byrjun", 1999, ["Svefn-g-englar", "Starálfur"]],
  ["Prince", "1999", 1982, ["1999", "Little Red Corvette"]],
];

const slug = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");

export function createShelf(): Catalogue {
  const artists = new Map<string, Artist>();
  const albums: Album[] = [];
  const tracks: Track[] = [];
  for (const [by, on, year, titles] of records) {
    const artist = { type: "artist" as const, uri: `scripted:artist:${slug(by)}`, name: by, art: [] };
    artists.set(by, artist);
    const named = [{ name: by, uri: artist.uri }];
    const uri = `scripted:album:${slug(`${by} ${on}`)}`;
    albums.push({ type: "album", uri, title: on, artists: named, releaseYear: year, kind: "album", art: [] });
    for (const [index, title] of titles.entries()) {
      tracks.push({
        type: "track",
        uri: `scripted:track:${slug(`${by} ${title}`)}`,
        title,
        artists: named,
        album: { name: on, uri, releaseYear: year },
        durationMs: 180_000 + index * 10_000,
        art: [],
      });
    }
  }
  const show: Show = { type: "show", uri: "scripted:show:hourly", title: "The Hourly Talk", art: [] };
  const episode = (number: number, title: string): Episode => ({
    type: "episode",
    uri: `scripted:episode:${number}`,
    title,
    show: { name: show.title, uri: show.uri },
    durationMs: 3_600_000,
    art: [],
  });
  const playlist = (id: string, name: string, own: boolean): Playlist => ({
    type: "playlist",
    uri: `scripted:playlist:${id}`,
    name,
    own,
    trackCount: 2,
    art: [],
  });
  return {
    tracks,
    albums,
    artists: [...artists.values()],
    playlists: [playlist("rock", "Rock Classics", false), playlist("jazz", "Jazz for Rain", false)],
    shows: [show],
    episodes: [episode(3, "On Silence"), episode(2, "On Bread"), episode(1, "On Bells")],
  };
}

export const uriOf = (by: string, title: string): string => `scripted:track:${slug(`${by} ${title}`)}`;
export const albumUri = (by: string, title: string): string => `scripted:album:${slug(`${by} ${title}`)}`;
