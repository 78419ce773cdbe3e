import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { archiveFiles } from "./archive.ts";
import { FileFault, type ImportFile, isAside, mayHold, shownName, unopened } from "./import-file.ts";
import { MOST_BYTES, MOST_FILES } from "./limits.ts";

export type ImportSource = {
  files: ImportFile[];
  bytes: number;
  /** SHA-256 of all content. */
  hash: string;
  close(): Promise<void>;
};

const CHUNK = 256 * 1024;
const isZip = (path: string): boolean => /\.zip$/i.test(path) && !isAside(path);
/**
 * Everything of a folder, an archive or one file, in an order that is always the same; `name` is what people call it. Rejects
 * when there is no such path.
 */
export async function openSource(path: string, name = path): Promise<ImportSource> {
  const hash = createHash("sha256");
  const closers: (() => Promise<void>)[] = [];
  const found = (await stat(path)).isDirectory()
    ? await ofFolder(path, hash, closers)
    : await ofFile(path, name, hash, closers);
  const files = found.slice(0, MOST_FILES);
  if (found.length > MOST_FILES) files.push(unopened(name, "many"));
  return {
    files: bounded(files),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    hash: hash.digest("hex"),
    async close() {
      for (const close of closers) await close();
    },
  };
}

async function ofFolder(path: string, hash: Hash, closers: (() => Promise<void>)[]): Promise<ImportFile[]> {
  // Links are not followed: they could lead anywhere, and around.
  const entries = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = entries
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => mayHold(file.slice(path.length)) || isZip(file.slice(path.length)))
    .sort();
  const files: ImportFile[] = [];
  for (const file of paths.slice(0, MOST_FILES + 1)) files.push(...(await ofFile(file, file, hash, closers)));
  return files;
}

async function ofFile(path: string, name: string, hash: Hash, closers: (() => Promise<void>)[]): Promise<ImportFile[]> {
  const found = await stat(path);
  // A pipe would be waited for, and a device never ends.
  if (!found.isFile()) throw new Error(`${path} is no file`);
  const { size } = found;
  hash.update(`${size}\n`);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  if (await isArchive(path)) {
    const archive = await archiveFiles(path, name, size);
    closers.push(archive.close);
    return archive.files;
  }
  return [{ name: shownName(name), bytes: size, open: () => createReadStream(path, { highWaterMark: CHUNK }) }];
}

async function isArchive(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    const sign = buffer.toString("latin1", 0, bytesRead);
    return sign === "PK\x03\x04" || sign === "PK\x05\x06";
  } finally {
    await file.close();
  }
}

/** No more bytes than allowed come out of all files together. */
function bounded(files: ImportFile[]): ImportFile[] {
  let left = MOST_BYTES;
  return files.map((file) => ({
    ...file,
    async *open() {
      for await (const chunk of file.open()) {
        left -= chunk.length;
        if (left < 0) throw new FileFault("bomb");
        yield chunk;
      }
    },
  }));
}
