import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { constants, createInflateRaw, type InflateRaw } from "node:zlib";
import { type ImportFile, mayHold, measured, shownName, unopened } from "./import-file.ts";
import { MOST_FILES } from "./limits.ts";

/**
 * The files of a zip that was cut off, as an unfinished download is: its table of contents would stand at the end. Each file
 * begins with a header of its own (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7), so they are found one
 * after the other; where a header does not say how long its file is, the packed data itself tells where it ends.
 */
const HEADER = 0x04034b50;
const HEADER_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
const SIZE_FOLLOWS = 8;
const UNSAID = 0xffffffff;
/** What may stand between the data and the next header: sizes, with or without a sign before them. */
const LONGEST_GAP = 24;

type Found = { path: string; method: number; flags: number; packed: number | undefined; dataAt: number };

async function headerAt(file: FileHandle, at: number): Promise<Found | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, at);
  if (bytesRead < HEADER_BYTES || buffer.readUInt32LE(0) !== HEADER) return undefined;
  const [nameBytes, extraBytes] = [buffer.readUInt16LE(26), buffer.readUInt16LE(28)];
  const name = await file.read(Buffer.alloc(nameBytes), 0, nameBytes, at + HEADER_BYTES);
  const flags = buffer.readUInt16LE(6);
  const packed = buffer.readUInt32LE(18);
  return {
    path: name.buffer.toString("utf8", 0, name.bytesRead),
    method: buffer.readUInt16LE(8),
    flags,
    packed: flags & SIZE_FOLLOWS || packed === UNSAID ? undefined : packed,
    dataAt: at + HEADER_BYTES + nameBytes + extraBytes,
  };
}

/** An end that is missing is no error: what came until then is given. */
const inflater = (): InflateRaw => createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });

function packedData(path: string, { dataAt, packed }: Found): Readable {
  return createReadStream(path, {
    start: dataAt,
    ...(packed !== undefined && { end: dataAt + Math.max(0, packed - 1) }),
  });
}

async function* contentOf(path: string, found: Found): AsyncGenerator<Buffer> {
  if (found.packed === 0) return;
  const data = packedData(path, found);
  if (found.method === STORED) {
    yield* data as AsyncIterable<Buffer>;
    return;
  }
  const inflate = inflater();
  data.on("error", (error) => inflate.destroy(error)).pipe(inflate);
  try {
    yield* measured(inflate, () => inflate.bytesWritten);
  } finally {
    data.destroy();
    inflate.destroy();
  }
}

/** How many bytes the packed data takes, by unpacking it; undefined where it does not end, or is not sound. */
async function lengthOf(path: string, found: Found): Promise<number | undefined> {
  if (found.method !== DEFLATED) return undefined;
  const inflate = createInflateRaw();
  const data = packedData(path, found);
  data.on("error", (error) => inflate.destroy(error)).pipe(inflate);
  try {
    for await (const _ of measured(inflate, () => inflate.bytesWritten));
    return inflate.bytesWritten;
  } catch {
    return undefined;
  } finally {
    data.destroy();
    inflate.destroy();
  }
}

async function nextHeader(file: FileHandle, at: number): Promise<number> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST_GAP + 4), 0, LONGEST_GAP + 4, at);
  const sign = Buffer.alloc(4);
  sign.writeUInt32LE(HEADER);
  const gap = buffer.subarray(0, bytesRead).indexOf(sign);
  return at + Math.max(0, gap);
}

export async function salvaged(path: string, name: string, bytes: number): Promise<ImportFile[]> {
  const files: ImportFile[] = [];
  const file = await open(path);
  try {
    let at = 0;
    while (at < bytes && files.length <= MOST_FILES) {
      const found = await headerAt(file, at);
      if (!found) break;
      const readable = found.method === STORED || found.method === DEFLATED;
      if (mayHold(found.path) && readable)
        files.push({
          name: shownName(found.path),
          bytes: found.packed ?? 0,
          ...(found.flags & ENCRYPTED && { problem: "encrypted" as const }),
          open: () => contentOf(path, found),
        });
      const length = found.packed ?? (await lengthOf(path, found));
      if (length === undefined) break;
      at = await nextHeader(file, found.dataAt + length);
    }
  } finally {
    await file.close();
  }
  files.push(unopened(name, "cut"));
  return files;
}
