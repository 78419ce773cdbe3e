import { LRUCache } from "lru-cache";
import { SegueError } from "../../../contracts/errors.ts";
import type { CallOptions, MusicSession, Playlist } from "../../../contracts/music.ts";
import type { Command } from "./commands.ts";
import { coded, type Daemon, demandTime, lineOptions } from "./daemon.ts";
import { Refused } from "./errors.ts";
import { recordsOf } from "./line.ts";
import { clean, parseSong, trackOf } from "./songs.ts";
import { playlistRows } from "./targets.ts";
import { demandFiles, demandUri, parseUri, playlistUri } from "./uris.ts";

type Playlists = NonNullable<MusicSession["playlists"]>;
export type Lists = Playlists & {
  /** All of them, without looking into any: their numbers of songs only where they are known. */
  names(options?: CallOptions): Promise<Playlist[]>;
  /** Raises NotFound. */
  one(uri: string, options?: CallOptions): Promise<Playlist>;
  /** Somebody changed a stored list. */
  changed(): void;
};

const MOST_LISTS = 500;
const MOST_ITEMS = 10_000;
const DEFAULT_ITEMS = 500;
const MOST_REMOVED = 20;

/**
 * The daemon names a list by the name of its file and by nothing else, and so do we: another name is another uri. A list that was
 * thrown away can be had back, since here nobody else keeps it.
 */
export function createLists(daemon: Daemon): Lists {
  const { control, bulk } = daemon;
  const counts = new LRUCache<string, { modified: string; count: number }>({ max: MOST_LISTS * 2 });
  const removed = new LRUCache<string, { name: string; files: string[] }>({ max: MOST_REMOVED });

  const nameIn = (uri: string): string => demandUri(uri, ["playlist"]).name;
  const write = async (name: string, commands: readonly Command[], options?: CallOptions): Promise<void> => {
    counts.delete(name);
    if (commands.length > 0) await control.write(commands, lineOptions(options));
  };
  const model = (name: string, trackCount?: number): Playlist => ({
    type: "playlist",
    uri: playlistUri(name),
    name: clean(name) || "?",
    own: true,
    ...(trackCount === undefined ? {} : { trackCount }),
    art: [],
  });
  const stored = async (options?: CallOptions): Promise<{ name: string; modified: string }[]> => {
    const [part] = await bulk.read([["listplaylists"]], lineOptions(options));
    return recordsOf(part, ["playlist"]).flatMap((record) => {
      const name = record.get("playlist")?.[0] ?? "";
      // A name that could be a path is no name of ours.
      return parseUri(playlistUri(name)) === undefined
        ? []
        : [{ name, modified: record.get("Last-Modified")?.[0] ?? "" }];
    });
  };
  const freeName = (wanted: string, taken: ReadonlySet<string>): string => {
    if (!taken.has(wanted)) return wanted;
    for (let number = 2; number < 1_000; number++)
      if (!taken.has(`${wanted} (${number})`)) return `${wanted} (${number})`;
    throw new SegueError("InvalidInput", { field: "name", why: "taken" });
  };
  /** There is no command that makes an empty list: the queue is saved under the name and the list emptied, in one piece. */
  const make = async (name: string, files: readonly string[], options?: CallOptions): Promise<void> => {
    demandTime(daemon, options);
    try {
      await write(name, [
        ["save", name],
        ["playlistclear", name],
        ...files.map((file): Command => ["playlistadd", name, file]),
      ]);
    } catch (error) {
      // All of it or nothing; but a list of that name which was there before is not ours.
      if (error instanceof Refused && error.done.length > 0) await write(name, [["rm", name]]).catch(() => undefined);
      throw error;
    }
  };
  type Stored = { name: string; modified: string };
  const known = ({ name, modified }: Stored): Playlist => {
    const counted = counts.get(name);
    return model(name, counted?.modified === modified ? counted.count : undefined);
  };
  const counted = async (list: Stored, options?: CallOptions): Promise<Playlist> => {
    if (counts.get(list.name)?.modified !== list.modified) {
      const rows = await playlistRows(daemon, list.name, options).catch(() => undefined);
      // Between two questions somebody threw it away: the next reading will not have it.
      if (rows) counts.set(list.name, { modified: list.modified, count: rows.places.length });
    }
    return known(list);
  };

  return {
    changed: () => counts.clear(),
    names: (options) => coded("playlist", async () => (await stored(options)).slice(0, MOST_LISTS).map(known)),
    one: (uri, options) =>
      coded("playlist", async () => {
        const name = nameIn(uri);
        const found = (await stored(options)).find((list) => list.name === name);
        if (!found) throw new SegueError("NotFound", { what: "playlist" });
        return counted(found, options);
      }),
    list: (options) =>
      coded("playlist", async () => {
        const lists: Playlist[] = [];
        for (const each of (await stored(options)).slice(0, MOST_LISTS)) lists.push(await counted(each, options));
        return lists;
      }),
    create: (wanted, options) =>
      coded("playlist", async () => {
        const taken = new Set((await stored(options)).map(({ name }) => name));
        const name = freeName(listName(wanted.name), taken);
        await make(name, [], options);
        return model(name, 0);
      }),
    rename: (uri, wanted, options) =>
      coded("playlist", async () => {
        const from = nameIn(uri);
        const to = listName(wanted);
        counts.delete(to);
        if (from !== to) await write(from, [["rename", from, to]], options);
        return { uri: playlistUri(to) };
      }),
    follow: (uri, options) =>
      coded("playlist", async () => {
        const name = nameIn(uri);
        const taken = new Set((await stored(options)).map((list) => list.name));
        if (taken.has(name)) return;
        const kept = removed.get(uri);
        if (!kept) throw new SegueError("NotFound", { what: "playlist" });
        const shelves = await daemon.library.shelves(options);
        await make(
          kept.name,
          kept.files.filter((file) => shelves.song(file)),
          options,
        );
        removed.delete(uri);
      }),
    unfollow: (uri, options) =>
      coded("playlist", async () => {
        const name = nameIn(uri);
        const { files } = await playlistRows(daemon, name, options);
        await write(name, [["rm", name]], options);
        removed.set(uri, { name, files });
      }),
    items: (uri, options) =>
      coded("playlist", async () => {
        const { files } = await playlistRows(daemon, nameIn(uri), options);
        const offset = Math.max(0, options?.offset ?? 0);
        const limit = Math.max(0, Math.min(MOST_ITEMS, options?.limit ?? DEFAULT_ITEMS));
        const shelves = await daemon.library.shelves(options);
        // Places must stay what they are, so a file that is gone keeps its own.
        const songs = files
          .slice(offset, offset + limit)
          .flatMap((file) => shelves.song(file) ?? parseSong(new Map([["file", [file]]])) ?? []);
        return { items: songs.map((song) => trackOf(song, daemon.pictureOf)), total: files.length };
      }),
    add: (uri, items, options) =>
      coded("playlist", async () => {
        const name = nameIn(uri);
        const files = demandFiles(items);
        if (files.length === 0) return;
        const there = await playlistRows(daemon, name, options);
        if (there.total + files.length > MOST_ITEMS)
          throw new SegueError("InvalidInput", { field: "items", why: "too_many", max: MOST_ITEMS });
        const shelves = await daemon.library.shelves(options);
        if (files.some((file) => !shelves.song(file))) throw new SegueError("NotFound", { what: "track" });
        const position = there.places[Math.max(0, Math.trunc(options?.position ?? there.total))] ?? there.total;
        await write(
          name,
          files.map((file, index): Command => ["playlistadd", name, file, String(position + index)]),
          options,
        );
      }),
    remove: (uri, items, options) =>
      coded("playlist", async () => {
        const name = nameIn(uri);
        const gone = new Set(demandFiles(items));
        const there = await playlistRows(daemon, name, options);
        const places = there.places.filter((_, index) => gone.has(there.files[index] ?? "")).reverse();
        await write(
          name,
          places.map((place): Command => ["playlistdelete", name, place]),
          options,
        );
      }),
    reorder: (uri, { from, to, length = 1 }, options) =>
      coded("playlist", async () => {
        const name = nameIn(uri);
        const rows = await playlistRows(daemon, name, options);
        const total = rows.files.length;
        const whole = [from, to, length].every((each) => Number.isInteger(each) && each >= 0);
        if (!whole || length < 1 || from + length > total || to + length > total)
          throw new SegueError("InvalidInput", {
            field: "position",
            why: "range",
            min: 0,
            max: Math.max(0, total - 1),
          });
        const places = [...rows.places];
        const moves = Array.from({ length }, (_, index): Command => {
          const [start, end] = from > to ? [from + index, to + index] : [from, to + length - 1];
          const [here = 0, there = 0] = [places[start], places[end]];
          // Rows that are not shown stand between: what was passed has moved up or down by one.
          places.splice(start, 1);
          for (const [at, place] of places.entries()) {
            if (place > here && place <= there) places[at] = place - 1;
            else if (place < here && place >= there) places[at] = place + 1;
          }
          places.splice(end, 0, there);
          return ["playlistmove", name, here, there];
        });
        await write(name, from === to ? [] : moves, options);
      }),
  };
}

/** It becomes the name of a file: no slash, not hidden, and with ".m3u" within the 255 bytes of a file system. */
function listName(wanted: string): string {
  const plain = clean(wanted)
    .replace(/[/\\]/g, "-")
    .replace(/^[.\s]+/, "");
  let name = "";
  for (const letter of plain) {
    if (Buffer.byteLength(name + letter) > 200) break;
    name += letter;
  }
  if (name.trim() === "") throw new SegueError("InvalidInput", { field: "name", why: "empty" });
  return name.trim();
}
