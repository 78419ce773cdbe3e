import { beforeAll, describe, expect, it } from "vitest";
import { type Catalogue, type CatalogueTrack, loadCatalogue } from "../../../src/rehearsal/catalogue/index.ts";

let catalogue: Catalogue;
let loadMs: number;
beforeAll(() => {
  const start = performance.now();
  catalogue = loadCatalogue();
  loadMs = performance.now() - start;
});

const all = (): CatalogueTrack[] => [...catalogue.tracks.values()];
const artistsOf = (track: CatalogueTrack): string =>
  track.artistIds.map((id) => catalogue.artists.get(id)?.name).join(", ");
const find = (name: string, artist: string): CatalogueTrack[] =>
  all().filter((track) => track.name === name && artistsOf(track) === artist);
const albumNamed = (name: string, artist: string) =>
  [...catalogue.albums.values()].find(
    (album) => album.name === name && album.artistIds.some((id) => catalogue.artists.get(id)?.name === artist),
  );

describe("the catalogue", () => {
  it("holds at least 1,000 distinct recordings", () => {
    expect(new Set(all().map((track) => track.isrc)).size).toBeGreaterThan(2000);
    expect(new Set(all().map((track) => `${track.name} ${artistsOf(track)}`)).size).toBeGreaterThan(2000);
  });

  it("loads quickly and the same every time", () => {
    // Measured near 80 ms; the bound only catches a mistake of another order on a busy machine.
    expect(loadMs).toBeLessThan(1500);
    expect(loadCatalogue()).toEqual(catalogue);
  });

  it("points nowhere that does not exist, and back again", () => {
    for (const track of all()) {
      expect(catalogue.albums.get(track.albumId)?.trackIds, track.name).toContain(track.id);
      for (const id of track.artistIds) expect(catalogue.artists.has(id), track.name).toBe(true);
    }
    for (const album of catalogue.albums.values()) {
      expect(album.trackIds.length, album.name).toBeGreaterThan(0);
      for (const id of album.trackIds) expect(catalogue.tracks.get(id)?.albumId).toBe(album.id);
      for (const id of album.artistIds) expect(catalogue.artists.has(id), album.name).toBe(true);
    }
    for (const list of catalogue.playlists.values()) {
      for (const id of list.trackIds) expect(catalogue.tracks.has(id), list.name).toBe(true);
    }
    for (const show of catalogue.shows.values()) {
      expect(show.episodeIds.length, show.name).toBeGreaterThan(0);
      for (const id of show.episodeIds) expect(catalogue.episodes.get(id)?.showId).toBe(show.id);
    }
  });

  it("gives everything an id of 22 base62 characters of its own", () => {
    const { artists, albums, tracks, shows, episodes, playlists } = catalogue;
    const ids = [artists, albums, tracks, shows, episodes, playlists].flatMap((kind) => [...kind.keys()]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9A-Za-z]{22}$/);
  });

  it("gives well-formed codes and dates", () => {
    for (const track of all()) expect(track.isrc, track.name).toMatch(/^[A-Z]{2}[A-Z0-9]{3}\d{7}$/);
    for (const album of catalogue.albums.values()) {
      expect(album.releaseDate, album.name).toMatch(/^(19|20)\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/);
      const digits = [...album.upc].map(Number);
      expect(digits, album.name).toHaveLength(12);
      expect(digits.reduce((sum, digit, at) => sum + digit * (at % 2 === 0 ? 3 : 1), 0) % 10, album.upc).toBe(0);
    }
  });

  it("has plausible lengths, numbers and marks", () => {
    for (const track of all()) {
      expect(track.durationMs, track.name).toBeGreaterThan(10_000);
      expect(track.durationMs, track.name).toBeLessThan(3_600_000);
      expect(Number.isInteger(track.durationMs)).toBe(true);
      expect(track.popularity).toBeGreaterThanOrEqual(0);
      expect(track.popularity).toBeLessThanOrEqual(100);
      expect(track.name, track.name).toBe(track.name.trim());
    }
    const long = all().filter((track) => track.durationMs > 16 * 60_000);
    expect(long.map((track) => track.name).sort()).toEqual(["Autobahn - 2009 Remaster", "إنت عمري"]);
    const lengths = all()
      .map((track) => track.durationMs)
      .sort((a, b) => a - b);
    const median = lengths[Math.floor(lengths.length / 2)];
    expect(median).toBeGreaterThan(200_000);
    expect(median).toBeLessThan(260_000);
  });

  it("numbers the tracks of a disc each once, in order", () => {
    for (const album of catalogue.albums.values()) {
      const places = album.trackIds.map((id) => {
        const track = catalogue.tracks.get(id);
        return (track?.discNumber ?? 0) * 1000 + (track?.trackNumber ?? 0);
      });
      expect(places, album.name).toEqual([...new Set(places)].sort((a, b) => a - b));
      expect(places[0], album.name).toBeGreaterThan(1000);
    }
  });

  it("lists one recording under one code and one length on every album that holds it", () => {
    const queen = find("Bohemian Rhapsody - Remastered 2011", "Queen");
    expect(queen).toHaveLength(3);
    expect(new Set(queen.map((track) => track.id)).size).toBe(3);
    expect(new Set(queen.map((track) => track.isrc)).size).toBe(1);
    expect(new Set(queen.map((track) => track.durationMs))).toEqual(new Set([354_320]));
    const byCode = Map.groupBy(all(), (track) => track.isrc);
    for (const [isrc, listed] of byCode) {
      expect(new Set(listed.map((track) => track.durationMs)).size, isrc).toBe(1);
      expect(new Set(listed.map((track) => artistsOf(track))).size, isrc).toBe(1);
    }
  });

  it("tells two recordings with one name and artist apart", () => {
    const songs = all().filter((track) => track.name === "The 1975");
    expect(songs).toHaveLength(3);
    expect(new Set(songs.map((track) => track.isrc)).size).toBe(3);
  });
});

describe("the hard classes", () => {
  it.each([
    ["A Night At The Opera (2011 Remaster)", "Queen", 12],
    ["The Dark Side of the Moon", "Pink Floyd", 10],
    ["Abbey Road (Remastered)", "The Beatles", 17],
    ["Thriller", "Michael Jackson", 9],
    ["Rumours", "Fleetwood Mac", 11],
    ["Back In Black", "AC/DC", 10],
    ["Nevermind (Remastered)", "Nirvana", 13],
    ["OK Computer", "Radiohead", 12],
    ["In Rainbows", "Radiohead", 10],
    ["21", "Adele", 11],
    ["25", "Adele", 11],
    ["1989", "Taylor Swift", 13],
    ["1989 (Taylor's Version)", "Taylor Swift", 21],
    ["folklore", "Taylor Swift", 16],
    ["Random Access Memories", "Daft Punk", 13],
    ["Discovery", "Daft Punk", 14],
    ["Purple Rain", "Prince", 9],
    ["Led Zeppelin IV (Remaster)", "Led Zeppelin", 8],
    ["The Joshua Tree", "U2", 11],
    ["Hounds Of Love (2018 Remaster)", "Kate Bush", 12],
    ["Graceland (25th Anniversary Deluxe Edition)", "Paul Simon", 11],
    ["Kind Of Blue (Legacy Edition)", "Miles Davis", 6],
    ["Legend - The Best Of Bob Marley And The Wailers", "Bob Marley & The Wailers", 14],
    ["After Hours", "The Weeknd", 14],
    ["Future Nostalgia", "Dua Lipa", 11],
    ["DAMN.", "Kendrick Lamar", 14],
    ["To Pimp A Butterfly", "Kendrick Lamar", 16],
    ["Lemonade", "Beyoncé", 13],
    ["Weezer", "Weezer", 10],
    ["Metallica", "Metallica", 12],
  ])("has the whole album %s by %s", (album, artist, count) => {
    const trackIds = albumNamed(album, artist)?.trackIds ?? [];
    expect(trackIds.map((id) => catalogue.tracks.get(id)?.trackNumber)).toEqual(
      Array.from({ length: count }, (_, at) => at + 1),
    );
  });

  it.each([
    ["Stop", "Spice Girls"],
    ["Play", "Jennifer Lopez"],
    ["Pause", "Pitbull"],
    ["Next", "The Sensational Alex Harvey Band"],
    ["Next to Me", "Emeli Sandé"],
    ["Repeat (feat. Jessie J)", "David Guetta, Jessie J"],
    ["Shuffle", "Bombay Bicycle Club"],
    ["Turn It Up", "Pixie Lott"],
    ["Turn It Down (with Rebecca & Fiona)", "Kaskade, Rebecca & Fiona"],
    ["Louder", "Neon Jungle"],
    ["ON", "BTS"],
    ["Down", "blink-182"],
    ["7 rings", "Ariana Grande"],
    ["99 Luftballons", "Nena"],
    ["Song 2 - 2012 Remaster", "Blur"],
    ["22", "Lily Allen"],
    ["1979 - Remastered 2012", "The Smashing Pumpkins"],
    ["Next Year", "Foo Fighters"],
    ["i", "Kendrick Lamar"],
    ["Black Sabbath - 2009 Remaster", "Black Sabbath"],
    ["Bad Company - 2015 Remaster", "Bad Company"],
    ["Iron Maiden - 2015 Remaster", "Iron Maiden"],
    ["夜に駆ける", "YOASOBI"],
    ["봄날", "BTS"],
    ["Группа крови", "Кино"],
    ["تملي معاك", "Amr Diab"],
    ["שני משוגעים", "Omer Adam"],
    ["Όλα Σε Θυμίζουν", "Haris Alexiou"],
    ["Hoppípolla", "Sigur Rós"],
    ["Schrei nach Liebe", "Die Ärzte"],
    ["So What", "P!nk"],
    ["September", "Earth, Wind & Fire"],
    ["Everlong - Acoustic Version", "Foo Fighters"],
    ["In the End - Demo", "Linkin Park"],
    ["Hotel California - Live On MTV, 1994", "Eagles"],
  ])("knows %s by %s", (name, artist) => {
    expect(find(name, artist).length).toBeGreaterThan(0);
  });

  it.each([
    ["Hello", 6],
    ["Stay", 8],
    ["Hallelujah", 10],
    ["Crazy", 6],
    ["Closer", 5],
    ["Hurt", 5],
    ["One", 8],
    ["Angel", 6],
    ["Home", 6],
    ["Alive", 5],
    ["Crush", 5],
    ["Stand By Me", 5],
  ])("knows %s by many artists", (title, atLeast) => {
    const same = all().filter((track) => track.name.replace(/ [-(].*$/, "").toLowerCase() === title.toLowerCase());
    expect(new Set(same.map((track) => track.artistIds[0])).size).toBeGreaterThanOrEqual(atLeast);
  });

  it("marks karaoke and tributes for itself", () => {
    const marked = all().filter((track) => track.karaokeOrTribute);
    expect(marked.length).toBeGreaterThan(40);
    for (const track of all().filter((each) => /karaoke/i.test(each.name))) expect(track.karaokeOrTribute).toBe(true);
  });

  it("has three albums called Weezer but for a colour, and a single called like its song", () => {
    const weezer = [...catalogue.albums.values()].filter((album) => /^Weezer( \(|$)/.test(album.name));
    expect(weezer.map((album) => album.name).sort()).toEqual(["Weezer", "Weezer (Green Album)", "Weezer (Teal Album)"]);
    expect(albumNamed("Not Like Us", "Kendrick Lamar")?.albumType).toBe("single");
    expect(albumNamed("Gold: Greatest Hits", "ABBA")?.albumType).toBe("compilation");
  });
});

describe("playlists", () => {
  const lists = () => [...catalogue.playlists.values()];

  it("has people's playlists with hard names", () => {
    const names = lists()
      .filter((list) => !list.ownedByService)
      .map((list) => list.name);
    for (const name of [
      "Chill",
      "On Repeat by Me",
      "Dinner and a Movie",
      "Play",
      "Mum's kitchen",
      "夜",
      "🔥 Fire 🔥",
    ]) {
      expect(names).toContain(name);
    }
    expect(names.length).toBeGreaterThanOrEqual(12);
  });

  it("marks the service's own, and never makes a collaborative one public", () => {
    const own = lists().filter((list) => list.ownedByService);
    expect(own.map((list) => list.name)).toEqual(expect.arrayContaining(["Discover Weekly", "RapCaviar"]));
    expect(own.every((list) => list.ownerId === "spotify")).toBe(true);
    expect(lists().filter((list) => list.collaborative && list.public)).toEqual([]);
    expect(lists().some((list) => list.collaborative)).toBe(true);
    expect(lists().some((list) => list.trackIds.length === 0)).toBe(true);
  });
});
