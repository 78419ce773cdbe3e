import type { Readable } from "node:stream";
import { type Entry, getFileNameLowLevel, openPromise, validateFileName, type ZipFile } from "yauzl";
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
    // One bad name or size would end the reading of the whole table: each entry is looked at by itself instead.
    zip = await openPromise(path, {
      autoClose: false,
      lazyEntries: true,
      decodeStrings: false,
      validateEntrySizes: false,
    });
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
      const named = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
      if (validateFileName(named) !== null) {
        files.push(unopened(named, "outside"));
        continue;
      }
      if (isArchive(named)) files.push(unopened(named, "nested"));
      if (!mayHold(named)) continue;
      files.push({
        name: shownName(named),
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
  let bytes = 0;
  for await (const chunk of measured(stream, () => entry.compressedSize)) {
    bytes += chunk.length;
    if (bytes > entry.uncompressedSize) throw new FileFault("larger");
    yield chunk;
  }
  if (bytes < entry.uncompressedSize) throw new FileFault("broken");
}
