import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Picture } from "../../../contracts/music.ts";
import type { Part } from "./answers.ts";
import { Refused } from "./errors.ts";
import type { LibraryReader } from "./library-reader.ts";
import type { Line } from "./line.ts";
import type { Shelves } from "./shelves.ts";
import type { PictureOf, Song } from "./songs.ts";

/** Covers inside files or beside them, under names that say nothing and lead to nothing but a song of the library. */
export type Pictures = {
  urlOf: PictureOf;
  picture(id: string, signal: AbortSignal): Promise<Picture | undefined>;
  /** The daemon has looked through its files: where there was no picture there may be one now. */
  changed(): void;
};

const MAX_BYTES = 10 * 1024 * 1024;
const ID = /^[\w-]{22}$/;
/** The daemon's chunks are 8 KiB unless it is asked for larger ones. */
const CHUNK = 256 * 1024;
const MOST_CHUNKS = 2_000;

export function createPictures(parts: {
  line: Line;
  library: LibraryReader;
  pictureUrl(id: string): string;
}): Pictures {
  const { line, library, pictureUrl } = parts;
  /** One picture per album: the first song that was met speaks for it, until it is known to have none. */
  const ids = new LRUCache<string, string>({ max: 20_000 });
  const files = new LRUCache<string, string>({ max: 20_000 });
  const without = new LRUCache<string, true>({ max: 20_000 });
  let mapped: Shelves | undefined;
  let remembers = false;

  const idOf = (song: Song): string => {
    const key = song.album === "" ? song.file : `${song.albumArtist}\n${song.album}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = createHash("sha256").update(key).digest("base64url").slice(0, 22);
    ids.set(key, id);
    return id;
  };

  const fileOf = async (id: string, signal: AbortSignal): Promise<string | undefined> => {
    const shelves = await library.shelves({ signal });
    const known = files.get(id);
    if (known !== undefined && shelves.song(known)) return known;
    // Of an earlier run, or long unseen: all of them, at most once per reading of the library.
    if (mapped === shelves) return undefined;
    mapped = shelves;
    let found: string | undefined;
    for (const song of shelves.covers()) {
      const each = idOf(song);
      files.set(each, song.file);
      if (each === id) found = song.file;
    }
    return found;
  };

  const read = async (command: "readpicture" | "albumart", file: string, signal: AbortSignal) => {
    const chunks: Buffer[] = [];
    let at = 0;
    for (let chunk = 0; chunk < MOST_CHUNKS; chunk++) {
      const [, part] = await line.read(
        [
          ["binarylimit", CHUNK],
          [command, file, at],
        ],
        { signal },
      );
      const size = Number(fieldOf(part, "size"));
      const bytes = part?.binary;
      if (!bytes || bytes.length === 0 || !(size > 0) || size > MAX_BYTES) return undefined;
      chunks.push(bytes);
      at += bytes.length;
      if (at > size) return undefined;
      if (at === size) return Buffer.concat(chunks);
    }
    return undefined;
  };

  const unlessRefused = async <T>(promise: Promise<T>): Promise<T | undefined> => {
    try {
      return await promise;
    } catch (error) {
      if (error instanceof Refused) return undefined;
      throw error;
    }
  };
  /**
   * For each connection the daemon remembers the last folder that it sought a cover in, and that there was none, until it is asked
   * for another's: https://github.com/MusicPlayerDaemon/MPD/blob/v0.23.12/src/input/LastInputStream.hxx
   */
  const forget = async (signal: AbortSignal): Promise<void> => {
    if (!remembers) return;
    remembers = false;
    await unlessRefused(line.read([["albumart", "-/-", 0]], { signal }));
  };

  return {
    changed() {
      without.clear();
      remembers = true;
    },
    urlOf(song) {
      const id = idOf(song);
      if (without.has(id)) return undefined;
      if (!files.has(id)) files.set(id, song.file);
      return pictureUrl(id);
    },
    async picture(id, signal) {
      if (!ID.test(id)) return undefined;
      const file = await fileOf(id, signal);
      if (file === undefined) return undefined;
      await forget(signal);
      for (const command of ["readpicture", "albumart"] as const) {
        const found = await unlessRefused(read(command, file, signal));
        const mediaType = found && typeOf(found);
        if (found && mediaType) return { mediaType, bytes: found };
      }
      without.set(id, true);
      return undefined;
    },
  };
}

const fieldOf = (part: Part | undefined, key: string): string | undefined =>
  part?.fields.find(([name]) => name === key)?.[1];

/** What the bytes are, whatever the tag says: it is served to browsers. */
function typeOf(bytes: Buffer): string | undefined {
  const head = bytes.toString("latin1", 0, 12);
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (head.startsWith("GIF8")) return "image/gif";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return "image/webp";
  return undefined;
}
