import type { Readable } from "node:stream";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { FileFault, type ImportFile, isArchive, mayHold, measured, shownName, unopened } from "./import-file.ts";
import { MOST_ENTRIES } from "./limits.ts";
import { salvaged } from "./salvage.ts";

export type Archive = { files: ImportFile[]; close(): Promise<void> };

/**
 * The files of a zip, each unpacked while it is read. What the archive says of names and sizes is not trusted: names lead
 * nowhere, and what comes out is measured. One whose table of contents is missing was cut off; what is whole of it is found
 * by looking through it.
 */
export async function archiveFiles(path: string, name: string, bytes: number): Promise<Archive> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { autoClose: false, lazyEntries: true });
  } catch {
    return { files: await salvaged(path, name, bytes), close: async () => {} };
  }
  const files: ImportFile[] = [];
  let entries = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      if (++entries > MOST_ENTRIES) {
        files.push(unopened(name, "many"));
        break;
      }
      if (isArchive(entry.fileName)) files.push(unopened(shownName(entry.fileName), "nested"));
      if (!mayHold(entry.fileName)) continue;
      files.push({
        name: shownName(entry.fileName),
        bytes: entry.uncompressedSize,
        ...(entry.isEncrypted() && { problem: "encrypted" as const }),
        open: () => unpacked(zip, entry),
      });
    }
  } catch {
    // The table itself is damaged: what it told so far can be read.
    files.push(unopened(name, "broken"));
  }
  files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return {
    files,
    async close() {
      zip.close();
    },
  };
}

async function* unpacked(zip: ZipFile, entry: Entry): AsyncGenerator<Buffer> {
  let stream: Readable;
  try {
    stream = await zip.openReadStreamPromise(entry);
  } catch (error) {
    throw new FileFault("broken", error);
  }
  yield* measured(stream, () => entry.compressedSize);
}
