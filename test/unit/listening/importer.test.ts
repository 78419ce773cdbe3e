import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ImportCounts, Importer, ImportProgress } from "../../../src/contracts/imports.ts";
import type { Ledger } from "../../../src/contracts/listening.ts";
import { createImporter } from "../../../src/listening/import/importer.ts";
import { openReading } from "../../../src/listening/import/reader-thread.ts";
import { kept as keptOf, type LedgerStand, openLedger, somebody } from "../../support/ledger.ts";
import { createListeningFiles, extendedRow, extendedRows, readHere, zipped } from "../../support/listening-files.ts";

const files = createListeningFiles();
let stand: LedgerStand;
const opened: Importer[] = [];
beforeEach(async () => {
  stand = await openLedger();
});
afterEach(async () => {
  for (const importer of opened.splice(0)) await importer.stop();
  await stand.close();
});
afterAll(() => files.remove());

function importerOver(
  ledger: Pick<Ledger, "record" | "covered"> = stand.ledger,
  open: typeof openReading = readHere,
): Importer {
  const folder = join(files.folder, "inbox");
  const importer = createImporter({ store: stand.store, clock: stand.clock, ledger, folder, atOnce: 50, open });
  opened.push(importer);
  return importer;
}

const sum = ({ kept: some, below, duplicate, failed, skipped }: ImportCounts) =>
  some + below + duplicate + failed + Object.values(skipped).reduce((all, rows) => all + rows, 0);
let written = 0;
const write = (rows: unknown[], name = "history.json") => files.write(`${++written}/${name}`, JSON.stringify(rows));

/** Dies in the middle: what is recorded by then stays, and nothing is said of it. */
function dyingAfter(records: number): Pick<Ledger, "record" | "covered"> {
  let left = records;
  return {
    covered: stand.ledger.covered,
    async record(listener, sightings) {
      const recorded = await stand.ledger.record(listener, sightings);
      if (left-- === 0) throw new Error("killed");
      return recorded;
    },
  };
}

describe("an import", () => {
  it("says of every row what became of it", async () => {
    const path = write([
      ...extendedRows(5),
      extendedRow(2),
      extendedRow(10, { ms_played: 5_000 }),
      extendedRow(11, { incognito_mode: true }),
      extendedRow(12, { ms_played: 0 }),
      extendedRow(13, { ts: "1970-01-01T00:03:20Z" }),
      extendedRow(14, { ts: "2099-01-01T00:00:00Z" }),
      extendedRow(15, { master_metadata_track_name: null, spotify_track_uri: null }),
      extendedRow(16, { ms_played: "long" }),
      extendedRow(17, { ms_played: 90_000_000 }),
      null,
    ]);
    const seen: ImportProgress[] = [];
    const row = await importerOver().startImport(somebody(), path, "my history.json", {
      onProgress: (progress) => seen.push(progress),
    }).done;
    expect(row).toMatchObject({
      status: "done",
      name: "my history.json",
      counts: {
        read: 15,
        kept: 5,
        below: 1,
        duplicate: 1,
        failed: 2,
        skipped: { private: 1, empty: 1, time: 3, nameless: 1 },
      },
      files: [{ name: "my history.json", rows: 15, format: "spotify-extended" }],
    });
    expect(sum(row.counts)).toBe(row.counts.read);
    expect(seen.at(-1)).toMatchObject({ counts: row.counts, bytes: seen.at(-1)?.ofBytes });
  });

  it("that is made again keeps nothing twice", async () => {
    const [listener, path] = [somebody(), write(extendedRows(120))];
    const importer = importerOver();
    await importer.startImport(listener, path, "a").done;
    const before = await keptOf(stand, listener);
    const again = await importer.startImport(listener, path, "a").done;
    expect(again.counts).toMatchObject({ read: 120, kept: 0, duplicate: 120 });
    expect(await keptOf(stand, listener)).toEqual(before);
    expect(before).toHaveLength(120);
  });

  it("knows what was seen live, and what another file told", async () => {
    const listener = somebody();
    const rows = extendedRows(20);
    const seen = { uri: String(rows[3]?.spotify_track_uri), endedAt: Date.parse(String(rows[3]?.ts)) };
    await stand.ledger.record(listener, [
      {
        source: { origin: "memory", way: "observed" },
        key: "live",
        heard: { kind: "track", uri: seen.uri, title: "Song 3", artists: [{ name: "Band 3" }] },
        startedAt: seen.endedAt - 191_000,
        endedAt: seen.endedAt + 400,
        exact: "both",
      },
    ]);
    const account = rows.slice(0, 10).map(({ ts, master_metadata_track_name, master_metadata_album_artist_name }) => ({
      endTime: String(ts).slice(0, 16).replace("T", " "),
      artistName: master_metadata_album_artist_name,
      trackName: master_metadata_track_name,
      msPlayed: 190_000,
    }));
    const importer = importerOver();
    const first = await importer.startImport(listener, write(rows), "a").done;
    const second = await importer.startImport(listener, write(account), "b").done;
    expect(first.counts).toMatchObject({ read: 20, kept: 19, duplicate: 1 });
    expect(second.counts).toMatchObject({ read: 10, kept: 0, duplicate: 10 });
    expect(await keptOf(stand, listener)).toHaveLength(20);
  });

  it("keeps nothing of private times, and nothing that was deleted", async () => {
    const listener = somebody();
    const importer = importerOver();
    const path = write(extendedRows(20));
    const at = (number: number) => Date.parse(String(extendedRow(number).ts));
    stand.privately.push({ fromAt: at(4), untilAt: at(6) - 1 });
    const first = await importer.startImport(listener, path, "a").done;
    expect(first.counts).toMatchObject({ kept: 18, skipped: { private: 2 } });
    await stand.store.plays.bury(listener, { fromAt: at(10) - 195_000, untilAt: at(12), only: false });
    const second = await importer.startImport(listener, path, "a").done;
    expect(second.counts).toMatchObject({ kept: 0, duplicate: 15, skipped: { private: 2, deleted: 3 } });
  });

  it("goes on after a crash at any point, loses nothing and doubles nothing", async () => {
    const rows = [...extendedRows(130), ...extendedRows(3), null];
    const path = write(rows);
    const whole = somebody();
    await importerOver().startImport(whole, path, "a").done;
    const plays = (await keptOf(stand, whole)).map(({ startedAt, listenedMs, seenBy }) => ({
      startedAt,
      listenedMs,
      seenBy,
    }));
    for (const [records, kept] of [
      [0, 80],
      [1, 80],
      [2, 100],
    ] as const) {
      const listener = somebody();
      await expect(importerOver(dyingAfter(records)).startImport(listener, path, "a").done).rejects.toThrow("killed");
      expect(await stand.store.imports.of(listener)).toMatchObject([{ status: "running" }]);
      const row = await importerOver().startImport(listener, path, "a").done;
      expect(row.counts.read).toBe(134);
      expect(sum(row.counts)).toBe(134);
      // Of the rows in hand nobody could say that they were new.
      expect(row.counts.kept + row.counts.duplicate).toBe(133);
      expect(row.counts.kept).toBe(kept);
      const mine = await keptOf(stand, listener);
      expect(mine.map(({ startedAt, listenedMs, seenBy }) => ({ startedAt, listenedMs, seenBy }))).toEqual(plays);
    }
  });

  it("closes the gaps that a service's own records reach over, and no others", async () => {
    const rows = [...extendedRows(20), ...extendedRows(20, 1_000)];
    const at = (number: number) => Date.parse(String(extendedRow(number).ts));
    const gap = { fromAt: at(500), untilAt: at(600), why: "not_watched" } as const;
    const all = { fromAt: at(0), untilAt: at(3_000) };
    const gapsWith = async (content: unknown[]) => {
      const listener = somebody();
      await stand.ledger.gap(listener, gap);
      await stand.ledger.gap(listener, { ...gap, fromAt: at(2_000), untilAt: at(2_100) });
      await importerOver().startImport(listener, write(content), "a").done;
      return (await stand.ledger.gaps(listener, all)).map(({ fromAt }) => fromAt);
    };
    expect(await gapsWith(rows)).toEqual([at(2_000)]);
    expect(await gapsWith(rows.toReversed())).toEqual([at(500), at(2_000)]);
    expect(await gapsWith([...rows, { ...rows[0], ms_played: "?" }])).toEqual([at(500), at(2_000)]);
    const diary = rows.map((row) => ({
      artist: row.master_metadata_album_artist_name,
      track: row.master_metadata_track_name,
      date: Date.parse(String(row.ts)),
    }));
    expect(await gapsWith(diary)).toEqual([at(500), at(2_000)]);
  });

  it("can be cancelled, and goes on from there", async () => {
    const [listener, path] = [somebody(), write(extendedRows(400))];
    const importer = importerOver();
    const job = importer.startImport(listener, path, "a", { onProgress: () => job.cancel() });
    const row = await job.done;
    expect(row).toMatchObject({ status: "cancelled", counts: { read: 50, kept: 50 } });
    const rest = await importer.startImport(listener, path, "a").done;
    expect(rest).toMatchObject({ status: "done", id: row.id, counts: { read: 400, kept: 400, duplicate: 0 } });
  });

  it("ends when the history is deleted meanwhile, and brings nothing back", async () => {
    const [listener, path] = [somebody(), write(extendedRows(400))];
    const row = await importerOver({
      ...stand.ledger,
      async record(who, sightings) {
        const recorded = await stand.ledger.record(who, sightings);
        await stand.store.plays.erase(listener);
        return recorded;
      },
    }).startImport(listener, path, "a").done;
    expect(row.status).toBe("gone");
    expect(await keptOf(stand, listener)).toEqual([]);
    expect(await stand.store.imports.of(listener)).toEqual([]);
  });

  it("is one at a time for each listener", async () => {
    const [listener, path] = [somebody(), write(extendedRows(60))];
    const importer = importerOver();
    const job = importer.startImport(listener, path, "a");
    expect(() => importer.startImport(listener, path, "a")).toThrow(expect.objectContaining({ code: "InvalidInput" }));
    const other = importer.startImport(somebody(), path, "a");
    expect((await job.done).counts.kept).toBe(60);
    expect((await other.done).counts.kept).toBe(60);
    expect((await importer.startImport(listener, path, "a").done).counts.duplicate).toBe(60);
  });

  it("of what is not there, or not to be read, is an error that can be told", async () => {
    const job = importerOver().startImport(somebody(), join(files.folder, "nowhere"), "x");
    await expect(job.done).rejects.toMatchObject({ code: "InvalidInput", details: { why: "unreadable" } });
  });

  it("of nothing that is known is done, and says so", async () => {
    const path = files.write("other/data.json", JSON.stringify({ email: "a@example.org" }));
    const row = await importerOver().startImport(somebody(), path, "data.json").done;
    expect(row).toMatchObject({ status: "done", counts: { read: 0 }, files: [{ problem: "other" }] });
  });
});

describe("a thread of its own", () => {
  it("reads the same as this one", async () => {
    const rows = [...extendedRows(230), extendedRow(3), null, extendedRow(300, { incognito_mode: true })];
    const path = files.write("thread.zip", await zipped({ "a.json": JSON.stringify(rows), "b.json": "{}" }));
    const here = await importerOver().startImport(somebody(), path, "a").done;
    const there = await importerOver(stand.ledger, openReading).startImport(somebody(), path, "a").done;
    expect(there).toMatchObject({ status: "done", hash: here.hash, counts: here.counts, files: here.files });
  });

  it("ends when the import does, in the middle too", async () => {
    const path = write(extendedRows(2_000));
    const job = importerOver(stand.ledger, openReading).startImport(somebody(), path, "a", {
      onProgress: () => job.cancel(),
    });
    expect(await job.done).toMatchObject({ status: "cancelled", counts: { read: 50 } });
    expect(process.getActiveResourcesInfo()).not.toContain("MessagePort");
  });

  it("tells of what is not there", async () => {
    const job = importerOver(stand.ledger, openReading).startImport(somebody(), join(files.folder, "nowhere"), "x");
    await expect(job.done).rejects.toMatchObject({ code: "InvalidInput", details: { why: "unreadable" } });
  });
});

describe("files that come as streams", () => {
  it("are imported and thrown away", async () => {
    const archive = await zipped({ "a.json": JSON.stringify(extendedRows(30)) });
    const row = await importerOver().startImport(somebody(), Readable.from([archive]), "../../my_data.zip").done;
    expect(row).toMatchObject({ status: "done", name: "../../my_data.zip", counts: { kept: 30 } });
    expect(readdirSync(join(files.folder, "inbox"))).toEqual([]);
  });

  it("leave nothing when they break off", async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from("[");
        throw new Error("the line went dead");
      })(),
    );
    await expect(importerOver().startImport(somebody(), broken, "a").done).rejects.toThrow("the line went dead");
    expect(readdirSync(join(files.folder, "inbox"))).toEqual([]);
  });

  it("wait through a stop of the program, and go on", async () => {
    const listener = somebody();
    const first = importerOver();
    const job = first.startImport(listener, Readable.from([Buffer.from(JSON.stringify(extendedRows(200)))]), "a.json", {
      onProgress: () => void first.stop(),
    });
    expect(await job.done).toMatchObject({ status: "running", counts: { read: 50 } });
    files.write("inbox/what is left of a crash", "[");
    const later = importerOver();
    const [file, ...more] = await later.left();
    expect(more).toEqual([]);
    if (!file) throw new Error("nothing is left");
    expect(await later.startImport(file.listener, file, file.name).done).toMatchObject({
      status: "done",
      name: "a.json",
      counts: { read: 200, kept: 200 },
    });
    expect(existsSync(join(files.folder, "inbox", "what is left of a crash"))).toBe(false);
    expect(readdirSync(join(files.folder, "inbox"))).toEqual([]);
  });
});
