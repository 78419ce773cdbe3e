import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { ArrayCutter, broken, lineCutter, type RowCutter } from "../../../src/listening/import/json-rows.ts";
import { tableLines } from "../../../src/listening/import/table-rows.ts";
import { createListeningFiles, extendedRow, extendedRows, readAll, zipped } from "../../support/listening-files.ts";

const files = createListeningFiles();
afterAll(() => files.remove());

let written = 0;
const write = (content: string | Buffer, name = "history.json") => files.write(`${++written}/${name}`, content);
const titlesOf = ({ plays }: Awaited<ReturnType<typeof readAll>>) => plays.flat().map(({ heard }) => heard.title);
const titles = (...numbers: number[]) => numbers.map((number) => `Song ${number}`);
const pretty = (rows: unknown[]) => JSON.stringify(rows, null, 2);

/** Everything that comes of a text that arrives in pieces. */
function cutting(cutter: RowCutter, text: string | Buffer, pieces: readonly number[]): { rows: unknown[]; at: string } {
  const bytes = Buffer.from(text);
  const rows: unknown[] = [];
  let from = 0;
  for (const length of pieces) {
    rows.push(...cutter.push(bytes.subarray(from, from + length)));
    from += length;
  }
  if (from < bytes.length) rows.push(...cutter.push(bytes.subarray(from)));
  const { rows: last, at } = cutter.end();
  return { rows: [...rows, ...last], at };
}

describe("rows of JSON", () => {
  const row = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
  const rows = fc.array(row, { maxLength: 8 });
  const pieces = fc.array(fc.nat({ max: 40 }), { maxLength: 40 });

  it("are the array's elements, however it is written and in whatever pieces it comes", () => {
    fc.assert(
      fc.property(rows, pieces, fc.constantFrom(undefined, 2, "\t"), (list, lengths, space) => {
        const text = JSON.stringify(list, null, space);
        expect(cutting(new ArrayCutter(), text, lengths)).toEqual({ rows: JSON.parse(text), at: "end" });
      }),
      { numRuns: 500 },
    );
  });

  it("are found in an object, behind whatever else stands in it", () => {
    fc.assert(
      fc.property(rows, pieces, fc.string(), (list, lengths, name) => {
        const text = JSON.stringify({ name, nothing: {}, rows: list, more: 1 });
        expect(cutting(new ArrayCutter(), text, lengths).rows).toEqual(JSON.parse(text).rows);
      }),
    );
  });

  it("are those in front of a cut, and one that is no row", () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), fc.nat(), pieces, (list, cut, lengths) => {
        const text = Buffer.from(JSON.stringify(list));
        const part = text.subarray(0, 1 + (cut % (text.length - 1)));
        const { rows: found, at } = cutting(new ArrayCutter(), part, lengths);
        const whole = found.filter((each) => each !== broken);
        expect(whole).toEqual(JSON.parse(JSON.stringify(list)).slice(0, whole.length));
        expect(found.length - whole.length).toBeLessThanOrEqual(1);
        expect(at).toBe("cut");
      }),
    );
  });

  it("never cost more than their bytes, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), pieces, fc.boolean(), (bytes, lengths, lines) => {
        const { rows: found } = cutting(lines ? lineCutter() : new ArrayCutter(), Buffer.from(bytes), lengths);
        expect(found.length).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 500 },
    );
  });

  it("one to a line, in whatever pieces", () => {
    fc.assert(
      fc.property(rows, pieces, fc.constantFrom("\n", "\r\n", "\n\n"), (list, lengths, end) => {
        const text = list.map((each) => JSON.stringify(each) + end).join("");
        expect(cutting(lineCutter(), text, lengths)).toEqual({ rows: JSON.parse(JSON.stringify(list)), at: "end" });
      }),
    );
  });
});

describe("lines of a table", () => {
  it("are the same in whatever pieces they come", async () => {
    const cell = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }).map((text) => `x${text}`);
    const table = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { maxLength: 8 });
    const pieces = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(table, pieces, async (rows, lengths) => {
        const bytes = Buffer.from(stringify(rows));
        async function* chunks() {
          let from = 0;
          for (const length of lengths) {
            yield bytes.subarray(from, from + length);
            from += length;
          }
          yield bytes.subarray(from);
        }
        const lines: string[][] = [];
        for await (const some of tableLines(chunks(), ",")) lines.push(...some);
        expect(lines).toEqual(rows);
      }),
    );
  });

  it("keep their names out of the rows, however the file is cut", async () => {
    const text = "artist,album,track,date\nA,B,C,31 Dec 2020 23:59\n";
    for (const content of [text, text.trim(), "artist,album,track,date", "artist,album,track,date\n"])
      expect((await readAll(write(content, "history.csv"))).read).toBe(content.includes("C,") ? 1 : 0);
  });
});

describe("a damaged file", () => {
  const damaged = (from: string, to: string) => pretty(extendedRows(5)).replace(from, to);

  it.each([
    ["a quotation mark is missing", '"Song 2"', '"Song 2'],
    [
      "a row is not closed",
      '"incognito_mode": false\n  },\n  {\n    "ts": "2023-01-01T00:10:00Z"',
      '"x": {\n  {\n    "ts": "2023-01-01T00:10:00Z"',
    ],
    ["a value is none", '"Song 2"', "Song 2"],
    ["a comma is missing", '"Song 2",', '"Song 2"'],
    ["a string holds a line's end", '"Song 2"', '"Song\n2"'],
  ])("loses one row where %s", async (_what, from, to) => {
    const text = damaged(from, to);
    expect(text).not.toBe(pretty(extendedRows(5)));
    const read = await readAll(write(text));
    expect(titlesOf(read)).toEqual(titles(0, 1, 3, 4));
    expect(read).toMatchObject({ read: 5, failed: 1 });
  });

  it("whose row is closed too early loses the rest of the row", async () => {
    const read = await readAll(write(damaged('"Song 2",', '"Song 2" },')));
    expect(titlesOf(read)).toEqual(titles(0, 1, 2, 3, 4));
    expect(read).toMatchObject({ read: 6, failed: 1 });
  });

  it("does not keep the others from being read", async () => {
    const folder = `${files.folder}/mixed`;
    files.write("mixed/a.json", pretty(extendedRows(2)));
    files.write("mixed/b.json", "[{{{{]]]");
    files.write("mixed/c.json", `${pretty(extendedRows(3, 2)).slice(0, -300)}`);
    files.write("mixed/d.json", Buffer.from([0, 1, 2, 255, 254, 0]));
    files.write("mixed/e.json", pretty(extendedRows(2, 10)));
    const read = await readAll(folder);
    expect(titlesOf(read)).toEqual(titles(0, 1, 2, 3, 10, 11));
    expect(read.files.map(({ problem }) => problem)).toEqual([undefined, "broken", "cut", "other", undefined]);
  });

  it("that ends in the middle gives its whole rows", async () => {
    const read = await readAll(write(pretty(extendedRows(40)).slice(0, -700)));
    expect(titlesOf(read)).toEqual(titles(...Array.from({ length: read.plays.length }, (_, at) => at)));
    expect(read.plays.length).toBeGreaterThan(35);
    expect(read.failed).toBe(1);
    expect(read.files).toMatchObject([{ problem: "cut" }]);
  });

  it("may begin with a mark of byte order, end lines as Windows does, and hold NULs and rows that are nothing", async () => {
    const text = `\ufeff${pretty([extendedRow(0), null, "row", extendedRow(1, { master_metadata_track_name: "A\u0000B" }), 7])}`;
    const read = await readAll(write(text.replaceAll("\n", "\r\n")));
    expect(titlesOf(read)).toEqual(["Song 0", "A B"]);
    expect(read).toMatchObject({ read: 5, failed: 3 });
  });

  it("with a row that never ends keeps little of it, and goes on behind it", async () => {
    const long = extendedRow(1, { reason_end: "x".repeat(3_000_000) });
    const read = await readAll(write(pretty([extendedRow(0), long, extendedRow(2)])));
    expect(titlesOf(read)).toEqual(titles(0, 2));
    expect(read.failed).toBe(1);
    const lines = [extendedRow(0), long, extendedRow(2)].map((row) => JSON.stringify(row)).join("\n");
    expect(titlesOf(await readAll(write(lines, "lines.jsonl")))).toEqual(titles(0, 2));
  });

  it("that is a table with a quotation mark too many gives the lines before it", async () => {
    const lines = [
      "artist,album,track,date",
      "A,B,C,31 Dec 2020 23:59",
      'A,B,"D,30 Dec 2020 23:59',
      "A,B,E,29 Dec 2020 23:59",
    ];
    const read = await readAll(write(lines.join("\n"), "history.csv"));
    expect(titlesOf(read)).toEqual(["C"]);
    expect(read.files).toMatchObject([{ problem: "broken" }]);
  });
});

describe("an archive", () => {
  it("is read file by file, whatever they are called and wherever they claim to be", async () => {
    const archive = await zipped({
      "Spotify Extended Streaming History/Streaming_History_Audio_2023_1.json": pretty(extendedRows(3)),
      "Spotify Extended Streaming History/ReadMeFirst_ExtendedStreamingHistory.pdf": "%PDF-1.7",
      "__MACOSX/._Streaming_History_Audio_2023_1.json": pretty(extendedRows(1, 50)),
      "MyData/Userdata.json": JSON.stringify({ email: "a@example.org" }),
      "MyData/.hidden.json": pretty(extendedRows(1, 60)),
    });
    const read = await readAll(write(archive, "my_spotify_data.zip"));
    expect(titlesOf(read)).toEqual(titles(0, 1, 2));
    expect(read.files.map(({ name, problem }) => [name, problem])).toEqual([
      ["Streaming_History_Audio_2023_1.json", undefined],
      ["Userdata.json", "other"],
    ]);
  });

  it("is the same as the folder of its files", async () => {
    const [a, b] = [pretty(extendedRows(30)), pretty(extendedRows(30, 30))];
    files.write("same/a.json", a);
    files.write("same/b.json", b);
    const [folder, archive] = [
      await readAll(`${files.folder}/same`),
      await readAll(write(await zipped({ "x/a.json": a, "y/b.json": b }))),
    ];
    expect(archive.plays).toEqual(folder.plays);
    expect(archive.files).toEqual(folder.files);
  });

  it.each([false, true])(
    "that was cut off anywhere gives the rows that came, and says so (streamed: %s)",
    async (streamed) => {
      const [a, b] = [pretty(extendedRows(60)), pretty(extendedRows(60, 60))];
      const archive = await zipped({ "a.json": a, "b.json": b, "c.txt": "x" }, { streamed });
      const whole = titlesOf(await readAll(write(archive, "whole.zip")));
      let most = 0;
      // The last of them lacks nothing but the end of the table of contents.
      const lengths = [...Array(Math.ceil((archive.length - 32) / 331)).keys()].map((at) => 10 + at * 331);
      for (const length of [...lengths, archive.length - 22]) {
        const read = await readAll(write(archive.subarray(0, length), "cut.zip"));
        const found = titlesOf(read);
        expect(whole.slice(0, found.length)).toEqual(found);
        expect(found.length).toBeGreaterThanOrEqual(most);
        expect(read.read).toBe(found.length + read.failed);
        expect(read.files.some(({ problem }) => problem === "cut")).toBe(true);
        most = found.length;
      }
      expect(most).toBe(120);
    },
  );

  it("in an archive is not opened", async () => {
    const inner = await zipped({ "a.json": pretty(extendedRows(3)) });
    const read = await readAll(
      write(await zipped({ "inner.json": inner, "b.json": pretty(extendedRows(2)) }), "outer.zip"),
    );
    expect(read.files.map(({ problem }) => problem)).toEqual([undefined, "nested"]);
    expect(read.plays).toHaveLength(2);
  });

  it("behind a password is not opened", async () => {
    const archive = Buffer.from(await zipped({ "a.json": pretty(extendedRows(3)) }));
    const entry = archive.lastIndexOf(Buffer.from("PK\x01\x02", "latin1"));
    archive.writeUInt16LE(archive.readUInt16LE(entry + 8) | 1, entry + 8);
    const read = await readAll(write(archive, "locked.zip"));
    expect(read.files).toEqual([{ name: "a.json", rows: 0, problem: "encrypted" }]);
  });

  it("that unpacks without end is stopped, and its other files are read", async () => {
    const bomb = `[${JSON.stringify(extendedRow(0))},${" ".repeat(40_000_000)}]`;
    const archive = await zipped({ "a-bomb.json": bomb, "b.json": pretty(extendedRows(2, 1)) });
    expect(archive.length).toBeLessThan(100_000);
    const read = await readAll(write(archive, "bomb.zip"));
    expect(read.files.map(({ problem }) => problem)).toEqual(["bomb", undefined]);
    expect(titlesOf(read)).toEqual(titles(0, 1, 2));
  });

  it("with a false table of contents is no worse than a damaged one", async () => {
    const archive = Buffer.from(await zipped({ "a.json": pretty(extendedRows(20)) }));
    const table = archive.lastIndexOf(Buffer.from("PK\x01\x02", "latin1"));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: archive.length - table - 1 }), fc.nat({ max: 255 }), async (at, value) => {
        const bent = Buffer.from(archive);
        bent[table + at] = value;
        const read = await readAll(write(bent, "bent.zip"));
        expect(read.plays.length).toBeLessThanOrEqual(20);
        expect(read.read).toBe(read.plays.length + read.failed);
      }),
      { numRuns: 60 },
    );
  });
});

describe("reading on", () => {
  it("from any batch's end gives what was left", async () => {
    files.write("on/a.json", pretty([...extendedRows(25), extendedRow(0, { incognito_mode: true })]));
    files.write("on/b.json", damagedRows());
    const path = `${files.folder}/on`;
    const whole = await readAll(path, { size: 4 });
    for (const [at, { position }] of whole.batches.entries()) {
      const rest = await readAll(path, { size: 4, from: position });
      expect(rest.plays).toEqual(whole.batches.slice(at + 1).flatMap(({ plays }) => plays));
      const before = whole.batches.slice(0, at + 1).reduce((sum, { read }) => sum + read, 0);
      expect(before + rest.read).toBe(whole.read);
    }
  });

  it("needs a path that is there, and a file that ends", async () => {
    await expect(readAll("/dev/zero")).rejects.toThrow(/no file/);
    await expect(readAll(`${files.folder}/nowhere`)).rejects.toThrow(/ENOENT/);
  });
});

function damagedRows(): string {
  return pretty(extendedRows(9, 30)).replace('"Song 33"', '"Song 33');
}
