import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildMusic, buildPlaylists } from "../../../src/rehearsal/catalogue/build.ts";
import { barcode, catalogueId, recordingCode } from "../../../src/rehearsal/catalogue/ids.ts";
import {
  parseArtists,
  parseLength,
  parseMarks,
  parseSections,
  parseTracks,
} from "../../../src/rehearsal/catalogue/parse.ts";

describe("the data format", () => {
  it("reads a loose track with its marks", () => {
    const [line] = parseTracks("f", "A; B, C & D | Song | = | 2020-01-02 | 3:04.567 | 70 e #4 d2 aka:Other Spelling");
    expect(line).toMatchObject({
      artists: ["A", "B, C & D"],
      album: "Song",
      albumArtists: ["A", "B, C & D"],
      albumType: "single",
      marks: { popularity: 70, explicit: true, trackNumber: 4, disc: 2, alias: "Other Spelling" },
    });
    expect(parseLength(line?.length ?? "")).toEqual({ ms: 184_567, exact: true });
  });

  it("reads a whole album, whose marks hold for every track unless it says otherwise", () => {
    const lines = parseTracks("f", "== A | Album | 1999 | 50 e\n1:00 One | 80\n2:00 Two: the 2nd | clean by A; B");
    expect(lines.map(({ title, artists, marks }) => [title, artists, marks.popularity, marks.explicit])).toEqual([
      ["One", ["A"], 80, true],
      ["Two: the 2nd", ["A", "B"], 50, false],
    ]);
  });

  it.each([
    ["A | Song | Album | 2020", "f:1"],
    ["A | Song | Album | 2020 | 3:00 | loud", 'unknown mark "loud"'],
    ["== A | Album", "an album needs"],
  ])("refuses %s and says where", (text, message) => {
    expect(() => parseTracks("f", text)).toThrow(message);
  });

  it("refuses data that contradict themselves", () => {
    const build = (text: string) => buildMusic(parseTracks("f", text), []);
    expect(() => build("A | S | X | 2020 | 3:00\nA | S | Y | 2021 | 3:30")).toThrow("another length");
    expect(() => build("A | S | X | 2020 | 3:00\nA | T | X | 2021 | 3:30")).toThrow("the date 2020");
    expect(() => build("A | S | X | 2020 | 3:00 | #1\nA | T | X | 2020 | 3:30 | #1")).toThrow("numbered 1/1");
    expect(() => build("A | S | X | 2020 | soon")).toThrow("no length");
    expect(() => buildPlaylists(parseSections("p", "== P | me | public\nA | Nothing"), build(""))).toThrow("no track");
  });

  it("reads artists with other spellings", () => {
    expect(parseArtists("f", "rock, pop | GB | One; Two [2] [deux]")).toEqual([
      { name: "One", genres: ["rock", "pop"], country: "GB", aliases: [] },
      { name: "Two", genres: ["rock", "pop"], country: "GB", aliases: ["2", "deux"] },
    ]);
    expect(parseMarks("", "f")).toEqual({});
  });
});

describe("ids and codes", () => {
  it("are well-formed and depend on every part", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(catalogueId("track", a, b)).toMatch(/^[0-9A-Za-z]{22}$/);
        expect(catalogueId("track", a, b)).not.toBe(catalogueId("album", a, b));
        expect(recordingCode("GB", a, "1975", b)).toMatch(/^GB[A-Z0-9]{3}75\d{5}$/);
        expect(barcode(a, b)).toMatch(/^\d{12}$/);
      }),
    );
    // Ids are kept in the data folder of those who rehearsed before: a new way to make them would orphan those.
    expect(catalogueId("track", "a")).toBe("3Bc13cxuGZGbGIQIcVOwdY");
    expect(catalogueId("album", "a")).toBe("aTVsL999sRoi5qvb73VYXb");
    expect(recordingCode("GB", "Queen", "1975", "x")).toBe("GBF447505111");
    expect(barcode("x")).toBe("012777556871");
  });
});
