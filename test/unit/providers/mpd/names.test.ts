import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { distance } from "fastest-levenshtein";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../../src/config.ts";
import { parseMpdUrl, tidyMpdUrl } from "../../../../src/music/providers/mpd/address.ts";
import { createShelvesBuilder } from "../../../../src/music/providers/mpd/shelves.ts";
import { clean, parseSong } from "../../../../src/music/providers/mpd/songs.ts";
import {
  albumUri,
  artistUri,
  isLibraryFile,
  parseUri,
  playlistUri,
  recognise,
  trackUri,
} from "../../../../src/music/providers/mpd/uris.ts";
import { createWordIndexBuilder } from "../../../../src/music/providers/mpd/words.ts";

const noFile = join(tmpdir(), "segue-no-such-env-file");

describe("the address", () => {
  it.each([
    ["mpd://localhost", { host: "localhost", port: 6600 }],
    ["mpd://secret@10.0.0.5:7700", { host: "10.0.0.5", port: 7700, password: "secret" }],
    ["mpd://:p%40ss%2F@host/", { host: "host", port: 6600, password: "p@ss/" }],
    ["mpd://a:b@host", { host: "host", port: 6600, password: "a:b" }],
    ["secret@/run/mpd/socket", { path: "/run/mpd/socket", password: "secret" }],
    ["mpd://[::1]:6601", { host: "::1", port: 6601 }],
    ["/run/mpd/socket", { path: "/run/mpd/socket" }],
    ["unix:/run/mpd/socket", { path: "/run/mpd/socket" }],
    ["unix:///run/mpd/socket", { path: "/run/mpd/socket" }],
    ["unix:pass@/run/mpd/socket", { path: "/run/mpd/socket", password: "pass" }],
    ["@mpd", { path: "\0mpd" }],
  ])("%s", (text, address) => {
    expect(parseMpdUrl(text)).toEqual(address);
    expect(loadConfig({ MPD_URL: text }, noFile).MPD_URL).toBe(text);
  });

  it.each([
    "",
    " ",
    "localhost:6600",
    "http://host",
    "mpd://",
    "mpd://host:99999",
    "mpd://host/music",
    "mpd://host?x=1",
    "mpd://a%0Ab@host",
    "unix:relative",
    "@",
  ])("refuses %j without repeating it", (text) => {
    const refusal = expect.objectContaining({
      code: "InvalidInput",
      details: { field: "MPD_URL", why: expect.any(String) },
    });
    expect(() => parseMpdUrl(text)).toThrowError(refusal);
    if (text.trim() !== "") expect(() => loadConfig({ MPD_URL: text }, noFile)).toThrow(/MPD_URL: must be mpd:/);
  });
});

describe("the address as people type it", () => {
  it.each([
    ["localhost:6600", "mpd://localhost:6600"],
    [" 192.168.1.5 ", "mpd://192.168.1.5"],
    ["musik-küche.local:7700", "mpd://musik-küche.local:7700"],
    ["::1", "mpd://[::1]"],
    ["[::1]:6601", "mpd://[::1]:6601"],
    ["s3cret@host:6600", "mpd://s3cret@host:6600"],
    ["p@ss/#1@host", "mpd://p%40ss%2F%231@host"],
    ["MPD://host:6600", "mpd://host:6600"],
    ["mpd://host", "mpd://host"],
    ["/run/mpd/socket", "/run/mpd/socket"],
    ["secret@/run/mpd/socket", "secret@/run/mpd/socket"],
    ["@mpd", "@mpd"],
  ])("%s", (typed, written) => {
    expect(tidyMpdUrl(typed)).toBe(written);
    expect(() => parseMpdUrl(tidyMpdUrl(typed))).not.toThrow();
    expect(tidyMpdUrl(written)).toBe(written);
  });

  it.each(["", "http://host", "host:99999", "host:port", "host/music", "two words", "https://me@host:6600"])(
    "leaves %j to be refused",
    (typed) => {
      expect(() => parseMpdUrl(tidyMpdUrl(typed))).toThrow();
    },
  );
});

describe("names of things", () => {
  const name = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
    .filter((text) => !/[\u0000-\u001f\u007f]/.test(text));

  it("are read back as they were, alone and inside a sentence", () => {
    fc.assert(
      fc.property(name, name, (one, two) => {
        expect(parseUri(albumUri(one, two))).toEqual({ type: "album", artist: one, album: two });
        expect(parseUri(artistUri(one))).toEqual({ type: "artist", name: one });
        const uri = trackUri(`${one}.flac`);
        if (!isLibraryFile(`${one}.flac`)) {
          expect(parseUri(uri)).toBeUndefined();
          return;
        }
        const text = `play (${uri}), please`;
        expect(recognise(text)).toEqual({ uri, type: "track", start: 6, end: 6 + uri.length });
      }),
    );
  });

  it("keep a band without an album artist apart from one that is called nothing", () => {
    expect(parseUri(albumUri("", "Songs"))).toEqual({ type: "album", artist: "", album: "Songs" });
  });

  it.each(["a/b.m3u", "..\\a", "http://x", "a\nb", "a\u2028b", "a\u0085b"])("call no list %j", (list) => {
    expect(parseUri(playlistUri(list))).toBeUndefined();
  });

  it.each([
    "http://evil.example/a.mp3",
    "file:///etc/passwd",
    "/etc/passwd",
    "../../secret",
    "a/../../b",
    "a//b",
    "a\nkill",
    "",
    ".",
  ])("reach no further than the library: %j", (file) => {
    expect(parseUri(`mpd:track:${encodeURIComponent(file) || "%00"}`)).toBeUndefined();
  });
});

describe("tags", () => {
  it("are one clean, short line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (text) => {
        const shown = clean(text);
        expect(shown.length).toBeLessThanOrEqual(300);
        expect(shown).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        expect(shown.isWellFormed()).toBe(true);
      }),
    );
  });

  it("are made up for where there are none", () => {
    const song = parseSong(
      new Map([
        ["file", ["a/b/Some Thing.flac"]],
        ["Date", ["20010203"]],
        ["duration", ["12.5"]],
        ["Disc", ["2/3"]],
      ]),
    );
    expect(song).toMatchObject({ title: "Some Thing", artists: [], year: 2001, durationMs: 12_500, disc: 2 });
    expect(parseSong(new Map([["directory", ["a"]]]))).toBeUndefined();
  });
});

describe("an artist in several spellings", () => {
  it("is found once, as most songs have it", () => {
    const builder = createShelvesBuilder();
    for (const [at, artist] of ["BEYONCE", "Beyoncé", "Beyoncé", "Beyond"].entries()) {
      const song = parseSong(
        new Map([
          ["file", [`${at}.flac`]],
          ["Artist", [artist]],
        ]),
      );
      if (song) builder.add(song);
    }
    expect(builder.finish().searchArtists("beyonce", 10)[0]).toBe("Beyoncé");
    expect(builder.finish().searchArtists("beyonce", 10)).not.toContain("BEYONCE");
    expect(builder.finish().searchArtists("beyonce", 1)).toEqual(["Beyoncé"]);
  });
});

describe("search by words", () => {
  const things = [
    ["Première lueur", "Lène Ôster", "Nocturnes"],
    ["Low Water", "The Ferries", "Harbour"],
    ["Low Water (live at the harbour)", "The Ferries", "On Stage"],
    ["Water", "Somebody", "Low"],
    ["Don’t Stop", "Ørsted & Daughters", "Stop"],
    ["!!!", "!!!", "!!!"],
  ] as const;
  const builder = createWordIndexBuilder();
  for (const [index, texts] of things.entries()) builder.add(index, texts);
  const index = builder.finish();

  it.each([
    ["premiere lueur", 0],
    ["PREMIERE LUEUR lene oster", 0],
    ["premire lueru", 0],
    ["low water", 1],
    ["low watre", 1],
    ["low water live", 2],
    ["dont stop", 4],
    ["orsted and daughters", 4],
    ["daughers", 4],
    ["!!!", 5],
  ])("%s", (query, best) => {
    expect(index.search(query, 3)[0]).toBe(best);
  });

  it("is not led astray", () => {
    expect(index.search("qqzzxx vvww", 5)).toEqual([]);
    expect(index.search("low water", 1, (thing) => thing !== 1)).toEqual([2]);
    expect(createWordIndexBuilder().finish().search("anything", 5)).toEqual([]);
  });

  it("finds every word that begins so or is a slip away, and no other", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 60 }), word, (words, asked) => {
        const builder = createWordIndexBuilder();
        for (const [thing, name] of words.entries()) builder.add(thing, [name, "", ""]);
        const slips = asked.length >= 8 ? 2 : asked.length >= 4 ? 1 : 0;
        const meant = words.flatMap((name, thing) => {
          const begins = asked.length >= 3 && name.startsWith(asked);
          return begins || distance(name, asked) <= slips || (slips > 0 && swapped(asked, name)) ? [thing] : [];
        });
        const found = builder.finish().search(asked, words.length);
        expect(found.sort((a, b) => a - b)).toEqual(meant);
        if (words.includes(asked)) expect(builder.finish().search(asked, 1)).toEqual([words.indexOf(asked)]);
      }),
    );
  });

  it("lets a word that everything has tell its things apart", () => {
    const builder = createWordIndexBuilder();
    for (let thing = 0; thing < 3_000; thing++) {
      const name = thing === 1_000 ? "Moth" : thing === 2_000 ? "The Moth" : `Song ${thing}`;
      builder.add(thing, [name, "", "The Album"]);
    }
    expect(builder.finish().search("the moth", 10)).toEqual([2_000, 1_000]);
    expect(builder.finish().search("moth", 10)).toEqual([1_000, 2_000]);
  });
});

/** Two neighbours in the wrong order. */
function swapped(asked: string, name: string): boolean {
  return [...asked].some((_, at) => {
    const letters = [...asked];
    [letters[at], letters[at + 1]] = [letters[at + 1] ?? "", letters[at] ?? ""];
    return at + 1 < asked.length && letters.join("") === name;
  });
}
