import type { CallOptions, MusicSession } from "../../../contracts/music.ts";
import type { Command } from "./commands.ts";
import { coded, type Daemon, lineOptions } from "./daemon.ts";
import { trackOf } from "./songs.ts";
import { demandFiles } from "./uris.ts";

type Library = NonNullable<MusicSession["library"]>;

/** Our own sticker: when the song was liked, in Unix ms. The "like" that some clients write holds no time. */
const STICKER = "segue_liked_at";
const DEFAULT_LIMIT = 50;
const MOST = 500;

/** Likes are stickers of the daemon: its database knows them, and every program that reads stickers. */
export function createLikes(daemon: Daemon): Library {
  /** File to time. One answer for all: a sticker that is not there is a refusal, so single questions would not go in one list. */
  const liked = async (options?: CallOptions): Promise<Map<string, number>> => {
    const [part] = await daemon.bulk.read([["sticker", "find", "song", "", STICKER]], lineOptions(options));
    const found = new Map<string, number>();
    let file = "";
    for (const [key, value] of part?.fields ?? []) {
      if (key === "file") file = value;
      else if (key === "sticker" && value.startsWith(`${STICKER}=`))
        found.set(file, Number(value.slice(STICKER.length + 1)) || 0);
    }
    return found;
  };
  const write = (commands: readonly Command[], options?: CallOptions) =>
    commands.length === 0 ? undefined : daemon.control.write(commands, lineOptions(options));

  return {
    contains: (uris, options) =>
      coded("track", async () => {
        const files = demandFiles(uris);
        if (files.length === 0) return [];
        const found = await liked(options);
        return files.map((file) => found.has(file));
      }),
    save: (uris, options) =>
      coded("track", async () => {
        const files = new Set(demandFiles(uris));
        if (files.size === 0) return;
        const found = await liked(options);
        const at = String(daemon.clock.now());
        await write(
          [...files].flatMap((file): Command[] =>
            found.has(file) ? [] : [["sticker", "set", "song", file, STICKER, at]],
          ),
          options,
        );
      }),
    remove: (uris, options) =>
      coded("track", async () => {
        const files = new Set(demandFiles(uris));
        if (files.size === 0) return;
        const found = await liked(options);
        await write(
          [...files].flatMap((file): Command[] =>
            found.has(file) ? [["sticker", "delete", "song", file, STICKER]] : [],
          ),
          options,
        );
      }),
    likedTracks: (options) =>
      coded("track", async () => {
        const [found, shelves] = await Promise.all([liked(options), daemon.library.shelves(options)]);
        const songs = [...found].sort(([, a], [, b]) => b - a).flatMap(([file]) => shelves.song(file) ?? []);
        const offset = Math.max(0, options?.offset ?? 0);
        const limit = Math.max(0, Math.min(MOST, options?.limit ?? DEFAULT_LIMIT));
        return {
          tracks: songs.slice(offset, offset + limit).map((song) => trackOf(song, daemon.pictureOf)),
          total: songs.length,
        };
      }),
  };
}
