import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { ZipFile } from "yazl";
import type { ImportPosition } from "../../src/contracts/imports.ts";
import { openSource } from "../../src/listening/import/files.ts";
import { formats } from "../../src/listening/import/formats/index.ts";
import { type Batch, readBatches } from "../../src/listening/import/reader.ts";
import { type openReading, type Reading, ReadingFault } from "../../src/listening/import/reader-thread.ts";

/** Files of listening in a folder of their own. */
export function createListeningFiles() {
  const folder = mkdtempSync(join(tmpdir(), "segue-import-"));
  return {
    folder,
    write(name: string, content: string | Buffer): string {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** `streamed`: as programs write that do not know a file's length before its end. */
export async function zipped(
  files: Record<string, string | Buffer>,
  { streamed = false }: { streamed?: boolean } = {},
): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    if (streamed) zip.addReadStream(Readable.from([bytes]), name);
    else zip.addBuffer(bytes, name);
  }
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

/** Reads in this thread: a thread of its own takes longer to begin than most tests last. */
export async function readHere(what: Parameters<typeof openReading>[0]): Promise<Reading> {
  const source = await openSource(what.path, what.name).catch((error: Error) => {
    throw new ReadingFault(error.message);
  });
  return {
    hash: source.hash,
    bytes: source.bytes,
    batches: (from) => readBatches(source, { from, size: what.size }),
    close: source.close,
  };
}

/** All that the files say, read in this thread. */
export async function readAll(
  path: string,
  options: { from?: ImportPosition; size?: number; format?: string } = {},
): Promise<{
  batches: Batch[];
  files: NonNullable<Batch["file"]>[];
  plays: Batch["plays"];
  read: number;
  failed: number;
  skipped: Record<string, number>;
}> {
  const source = await openSource(path);
  const batches: Batch[] = [];
  const format = formats.find(({ name }) => name === options.format);
  try {
    const { from = { file: 0, row: 0 }, size = 1_000 } = options;
    for await (const batch of readBatches(source, { from, size, ...(format && { format }) })) batches.push(batch);
  } finally {
    await source.close();
  }
  const skipped: Record<string, number> = {};
  for (const batch of batches)
    for (const [why, rows] of Object.entries(batch.skipped)) skipped[why] = (skipped[why] ?? 0) + rows;
  return {
    batches,
    files: batches.flatMap(({ file }) => file ?? []),
    plays: batches.flatMap(({ plays }) => plays),
    read: batches.reduce((sum, { read }) => sum + read, 0),
    failed: batches.reduce((sum, { failed }) => sum + failed, 0),
    skipped,
  };
}

/** A row of a service's extended history; `number` tells songs apart, and each is heard three minutes after the one before. */
export function extendedRow(number: number, change: Record<string, unknown> = {}): Record<string, unknown> {
  const endedAt = Date.UTC(2023, 0, 1) + number * 200_000;
  return {
    ts: new Date(endedAt).toISOString().replace(".000", ""),
    platform: "ios",
    ms_played: 190_000,
    conn_country: "DE",
    ip_addr: "203.0.113.7",
    master_metadata_track_name: `Song ${number}`,
    master_metadata_album_artist_name: `Band ${number % 7}`,
    master_metadata_album_album_name: `Album ${number % 11}`,
    spotify_track_uri: `spotify:track:${String(number).padStart(22, "0")}`,
    skipped: false,
    incognito_mode: false,
    ...change,
  };
}
export const extendedRows = (count: number, first = 0): Record<string, unknown>[] =>
  Array.from({ length: count }, (_, at) => extendedRow(first + at));
