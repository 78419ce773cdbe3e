import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Catalogue,
  type CatalogueSearch,
  loadCatalogue,
  type SearchType,
  search,
} from "../../../src/rehearsal/catalogue/index.ts";

const TYPES: SearchType[] = ["track", "album", "artist", "playlist", "show", "episode"];

let catalogue: Catalogue;
let engine: CatalogueSearch;
beforeAll(() => {
  catalogue = loadCatalogue();
  engine = search(catalogue);
});

function tracks(query: string, limit = 10): string[] {
  const { items } = engine.find(query, ["track"], { limit, offset: 0 }).tracks;
  return items.map((id) => {
    const track = catalogue.tracks.get(id);
    return `${track?.name} / ${catalogue.artists.get(track?.artistIds[0] ?? "")?.name}`;
  });
}

function names(query: string, type: "album" | "artist" | "playlist" | "show" | "episode"): string[] {
  const { items } = engine.find(query, [type], { limit: 10, offset: 0 })[`${type}s`];
  return items.map((id) => catalogue[`${type}s`].get(id)?.name ?? "");
}

describe("the first track found", () => {
  it.each([
    ["bohemian rhapsody", "Bohemian Rhapsody - Remastered 2011 / Queen"],
    ["bohemian rhapsody queen", "Bohemian Rhapsody - Remastered 2011 / Queen"],
    ["bohemain rapsody", "Bohemian Rhapsody - Remastered 2011 / Queen"],
    ["bohemian rhapsody panic at the disco", "Bohemian Rhapsody / Panic! At The Disco"],
    ["bohemian rhapsody karaoke", "Bohemian Rhapsody (Originally Performed by Queen) [Karaoke Version] / Sing King"],
    ["queen live aid", "Bohemian Rhapsody - Live Aid / Queen"],
    ["hello adele", "Hello / Adele"],
    ["adele hello", "Hello / Adele"],
    ["hello by adele", "Hello / Adele"],
    ["hello", "Hello / Adele"],
    ["hello lionel richie", "Hello / Lionel Richie"],
    ["play that funky music", "Play That Funky Music / Wild Cherry"],
    ["play that funky music vanilla ice", "Play That Funky Music / Vanilla Ice"],
    ["1999 prince", "1999 - 2019 Remaster / Prince"],
    ["1999 charli xcx", "1999 / Charli xcx"],
    ["stand by me", "Stand by Me / Ben E. King"],
    ["stand by me oasis", "Stand by Me - Remastered / Oasis"],
    ["next to me imagine dragons", "Next To Me / Imagine Dragons"],
    ["bjork joga", "Jóga / Björk"],
    ["sigur ros hoppipolla", "Hoppípolla / Sigur Rós"],
    ["motorhead ace of spades", "Ace of Spades / Motörhead"],
    ["beyonce halo", "Halo / Beyoncé"],
    ["creep", "Creep / Radiohead"],
    ["creep tlc", "Creep / TLC"],
    ["creep acoustic", "Creep - Acoustic / Radiohead"],
    ["hurt johnny cash", "Hurt / Johnny Cash"],
    ["hurt nine inch nails", "Hurt / Nine Inch Nails"],
    ["one u2", "One / U2"],
    ["stop", "Stop / Spice Girls"],
    ["7 rings", "7 rings / Ariana Grande"],
    ["99 luftballons", "99 Luftballons / Nena"],
    ["22 lily allen", "22 / Lily Allen"],
    ["pink so what", "So What / P!nk"],
    ["ke$ha tik tok", "TiK ToK / Kesha"],
    ["blink182 all the small things", "All The Small Things / blink-182"],
    ["acdc thunderstruck", "Thunderstruck / AC/DC"],
    ["thriller", "Thriller / Michael Jackson"],
    ["purple rain", "Purple Rain / Prince"],
    ["black sabbath black sabbath", "Black Sabbath - 2009 Remaster / Black Sabbath"],
    ["nirvanna come as you are", "Come As You Are / Nirvana"],
    ["come as you are live", "Come As You Are - Live / Nirvana"],
    ["valerie", "Valerie (feat. Amy Winehouse) - Version Revisited / Mark Ronson"],
    ["killing me softly roberta flack", "Killing Me Softly with His Song / Roberta Flack"],
    ["shake it off taylors version", "Shake It Off (Taylor's Version) / Taylor Swift"],
    ["dont stop me now", "Don't Stop Me Now - Remastered 2011 / Queen"],
    ["夜に駆ける", "夜に駆ける / YOASOBI"],
    ["yoru ni kakeru", "夜に駆ける / YOASOBI"],
    ["группа крови", "Группа крови / Кино"],
    ["gruppa krovi", "Группа крови / Кино"],
    ["방탄소년단 봄날", "봄날 / BTS"],
    ["spring day bts", "봄날 / BTS"],
    ["όλα σε θυμίζουν", "Όλα Σε Θυμίζουν / Haris Alexiou"],
    ["the next episode", "The Next Episode / Dr. Dre"],
    [
      "mozart eine kleine nachtmusik",
      'Serenade in G Major, K. 525 "Eine kleine Nachtmusik": I. Allegro / Wolfgang Amadeus Mozart',
    ],
    ["beetles yesterday", "Yesterday - Remastered 2009 / The Beatles"],
    ["bohemian rha", "Bohemian Rhapsody - Remastered 2011 / Queen"],
    ["the the", "This Is the Day / The The"],
  ])("for %s is %s", (query, first) => {
    expect(tracks(query)[0]).toBe(first);
  });

  it("has covers and karaoke behind it, as the real one does", () => {
    const found = tracks("bohemian rhapsody", 20).join("\n");
    expect(found).toContain("Panic! At The Disco");
    expect(found).toContain("[Karaoke Version] / Sing King");
    expect(found).toContain("Vitamin String Quartet");
  });
});

describe("other types", () => {
  it.each([
    ["queen", "artist", "Queen"],
    ["acdc", "artist", "AC/DC"],
    ["the band", "artist", "The Band"],
    ["久石譲", "artist", "Joe Hisaishi"],
    ["عمرو دياب", "artist", "Amr Diab"],
    ["dark side of the moon", "album", "The Dark Side of the Moon"],
    ["abbey road", "album", "Abbey Road (Remastered)"],
    ["weezer green", "album", "Weezer (Green Album)"],
    ["chill", "playlist", "Chill"],
    ["🔥", "playlist", "🔥 Fire 🔥"],
    ["夜", "playlist", "夜"],
    ["discover weekly", "playlist", "Discover Weekly"],
    ["song exploder", "show", "Song Exploder"],
    ["how queues work", "episode", "How Queues Work"],
  ] as const)("%s as %s is %s", (query, type, first) => {
    expect(names(query, type)[0]).toBe(first);
  });

  it("keeps private and collaborative playlists to their owners", () => {
    expect(names("on repeat by me", "playlist")).not.toContain("On Repeat by Me");
    expect(names("party 2024", "playlist")).toEqual([]);
  });

  it("leaves types that were not asked for empty", () => {
    const found = engine.find("queen", ["artist"], { limit: 5, offset: 0 });
    expect(found.artists.total).toBeGreaterThan(0);
    expect(found.tracks).toEqual({ items: [], total: 0 });
  });
});

describe("field filters", () => {
  const code = (): string => {
    const hello = [...catalogue.tracks.values()].find((track) => track.name === "Hello" && track.popularity === 78);
    return hello?.isrc ?? "";
  };

  it("takes quoted and bare values", () => {
    expect(tracks('artist:"daft punk" track:"one more time"')[0]).toBe("One More Time / Daft Punk");
    expect(tracks("artist:Miles Davis track:so what")[0]).toMatch(/^So What .* \/ Miles Davis$/);
    expect(tracks('hello artist:"lionel richie"')).toEqual(["Hello / Lionel Richie"]);
  });

  it("holds every result to the artist, the album and the years", () => {
    const queen = engine.find("artist:queen year:1975-1976", ["track"], { limit: 50, offset: 0 }).tracks.items;
    expect(queen.length).toBeGreaterThan(10);
    for (const id of queen) {
      const album = catalogue.albums.get(catalogue.tracks.get(id)?.albumId ?? "");
      expect(album?.releaseDate).toMatch(/^197[56]/);
    }
    expect(new Set(tracks('album:"abbey road"', 50)).size).toBe(17);
    expect(names("artist:adele year:2015", "album")).toEqual(["25"]);
  });

  it("finds a recording by its code on every album, and an album by its barcode", () => {
    const rhapsody = [...catalogue.tracks.values()].find((track) => track.durationMs === 354_320);
    expect(tracks(`isrc:${rhapsody?.isrc}`)).toHaveLength(3);
    expect(tracks(`isrc:${code().toLowerCase()}`)).toEqual(["Hello / Adele"]);
    const album = [...catalogue.albums.values()][5];
    expect(names(`upc:${album?.upc}`, "album")).toEqual([album?.name]);
  });

  it("knows genres of artists and tracks", () => {
    expect(names("genre:k-pop", "artist")).toContain("BTS");
    expect(names('genre:"french house"', "artist")).toEqual(expect.arrayContaining(["Daft Punk", "Justice"]));
    expect(tracks("genre:schlager")[0]).toContain("Helene Fischer");
  });

  it("finds nothing with a filter that cannot be met", () => {
    expect(tracks("year:last")).toEqual([]);
    expect(tracks("year:1980-1970 love")).toEqual([]);
    expect(names("isrc:GBAAA0000000", "album")).toEqual([]);
  });
});

describe("any query", () => {
  it.each(["", "   ", "xqzvw blorp", "asdfghjkl qwertz", "\u0000\u0007\u001b[2J", ".*", "((([+)+)+$"])(
    "%j finds nothing",
    (query) => {
      const found = engine.find(query, TYPES, { limit: 10, offset: 0 });
      expect(Object.values(found).map(({ total }) => total)).toEqual([0, 0, 0, 0, 0, 0]);
    },
  );

  it("is answered in bounded time, however long", () => {
    for (const query of ["love ".repeat(2000), "a".repeat(10_000), 'artist:"'.repeat(1250), "év̈".repeat(3333)]) {
      const start = performance.now();
      engine.find(query, TYPES, { limit: 10, offset: 0 });
      expect(performance.now() - start).toBeLessThan(1000);
    }
  });

  it("never throws, keeps to the limit and repeats itself", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc
        .array(
          fc.constantFrom(
            "artist:",
            "year:",
            "track:",
            '"',
            "queen",
            "1-",
            "the",
            "isrc:",
            "💥",
            "\ud800",
            "(?",
            "hel",
          ),
        )
        .map((parts) => parts.join("")),
    );
    const page = fc.record({ limit: fc.integer({ min: -5, max: 80 }), offset: fc.integer({ min: -5, max: 3000 }) });
    fc.assert(
      fc.property(text, page, fc.subarray(TYPES), (query, at, types) => {
        const found = engine.find(query, types, at);
        for (const type of TYPES) {
          const { items, total } = found[`${type}s`];
          expect(items.length).toBeLessThanOrEqual(Math.min(50, Math.max(0, at.limit)));
          expect(items.length).toBeLessThanOrEqual(total);
          expect(new Set(items).size).toBe(items.length);
          for (const id of items) expect(catalogue[`${type}s`].has(id)).toBe(true);
        }
        expect(engine.find(query, types, at)).toEqual(found);
      }),
      { numRuns: 300 },
    );
  });

  it("pages without gaps", () => {
    const whole = engine.find("love", ["track"], { limit: 50, offset: 0 }).tracks;
    const pages = [0, 10, 20].flatMap((offset) => engine.find("love", ["track"], { limit: 10, offset }).tracks.items);
    expect(pages).toEqual(whole.items.slice(0, 30));
    expect(engine.find("love", ["track"], { limit: Number.NaN, offset: 0 }).tracks).toEqual({
      items: [],
      total: whole.total,
    });
  });
});
