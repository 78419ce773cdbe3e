import { LRUCache } from "lru-cache";
import { SegueError } from "../../../contracts/errors.ts";
import type { CallOptions, MusicSession, Playlist } from "../../../contracts/music.ts";
import type { Command } from "./commands.ts";
import { coded, type Daemon, lineOptions } from "./daemon.ts";
import { recordsOf } from "./line.ts";
import { clean, parseSong, trackOf } from "./songs.ts";
import { playlistFiles } from "./targets.ts";
import { demandFiles, demandUri, playlistUri } from "./uris.ts";

type Playlists = NonNullable<MusicSession["playlists"]>;
export type Lists = Playlists & {
  /** Somebody changed a stored list. */
  changed(): void;
};

const MOST_LISTS = 500;
const MOST_ITEMS = 10_000;
const DEFAULT_ITEMS = 500;
const MOST_REMOVED = 20;

/**
 * The daemon names a list by the name of its file and by nothing else. So that what was told of a list stays true when it gets
 * another name, its uri is kept for as long as we run; and a list that was thrown away can be had back, since here nobody else
 * keeps it.
 */
export type ListNames = {
  nameOf(uri: { name: string }): string;
  uriOf(name: string): string;
  renamed(from: string, to: string): void;
};

export function createListNames(): ListNames {
  const current = new LRUCache<string, string>({ max: 1_000 });
  const given = new LRUCache<string, string>({ max: 1_000 });
  return {
    nameOf: ({ name }) => current.get(name) ?? name,
    uriOf: (name) => playlistUri(given.get(name) ?? name),
    renamed(from, to) {
      const first = given.get(from) ?? from;
      given.delete(from);
      current.delete(first);
      if (first === to) return;
      current.set(first, to);
      given.set(to, first);
    },
  };
}

export function createLists(daemon: Daemon, names: ListNames): Lists {
  const { control, bulk } = daemon;
  const counts = new LRUCache<string, { modified: string; count: number }>({ max: MOST_LISTS * 2 });
  const removed = new LRUCache<string, { name: string; files: string[] }>({ max: MOST_REMOVED });

  const nameIn = (uri: string): string => names.nameOf(demandUri(uri, ["playlist"]));
  const write = async (name: string, commands: readonly Command[], options?: CallOptions): Promise<void> => {
    counts.delete(name);
    if (commands.length > 0) await control.write(commands, lineOptions(options));
  };
  const model = (name: string, trackCount?: number): Playlist => ({
    type: "playlist",
    uri: names.uriOf(name),
    name: clean(name) || "?",
    own: true,
    ...(trackCount === undefined ? {} : { trackCount }),
    art: [],
  });
  const stored = async (options?: CallOptions): Promise<{ name: string; modified: string }[]> => {
    const [part] = await bulk.read([["listplaylists"]], lineOptions(options));
    return recordsOf(part, ["playlist"]).flatMap((record) => {
      const name = record.get("playlist")?.[0] ?? "";
      return name === "" ? [] : [{ name, modified: record.get("Last-Modified")?.[0] ?? "" }];
    });
  };
  const freeName = (wanted: string, taken: ReadonlySet<string>): string => {
    if (!taken.has(wanted)) return wanted;
    for (let number = 2; number < 1_000; number++)
      if (!taken.has(`${wanted} (${number})`)) return `${wanted} (${number})`;
    throw new SegueError("InvalidInput", { field: "name", why: "taken" });
  };
  /** There is no command that makes an empty list: the queue is saved under the name and the list emptied, in one piece. */
  const make = (name: string, files: readonly string[], options?: CallOptions) =>
    write(
      name,
      [["save", name], ["playlistclear", name], ...files.map((file): Command => ["playlistadd", name, file])],
      options,
    );

  return {
    changed: () => counts.clear(),
    list: (options) =>
      coded("playlist", async () => {
        const there = (await stored(options)).slice(0, MOST_LISTS);
        const unknown = there.filter(({ name, modified }) => counts.get(name)?.modified !== modified);
        for (const { name, modified } of unknown) {
          const files = await playlistFiles(daemon, name, options).catch(() => undefined);
          // Between two questions somebody threw it away: the next reading will not have it.
          if (files) counts.set(name, { modified, count: files.length });
        }
        return there.map(({ name }) => model(name, counts.get(name)?.count));
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
        if (from === to) return;
        await write(from, [["rename", from, to]], options);
        names.renamed(from, to);
      }),
    follow: (uri, options) =>
      coded("playlist", async () => {
        const name = nameIn(uri);
        const taken = new Set((await stored(options)).map((list) => list.name));
        if (taken.has(name)) return;
        const kept = removed.get(uri);
        if (!kept) throw new SegueError("NotFound", { what: "playlist" });
        await make(kept.name, kept.files, options);
        removed.delete(uri);
      }),
    unfollow: (uri, options) =>
      coded("playlist", async () => {
        const name = nameIn(uri);
        const files = await playlistFiles(daemon, name, options);
        await write(name, [["rm", name]], options);
        removed.set(uri, { name, files });
      }),
    items: (uri, options) =>
      coded("playlist", async () => {
        const files = await playlistFiles(daemon, nameIn(uri), options);
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
        const there = await playlistFiles(daemon, name, options);
        if (there.length + files.length > MOST_ITEMS)
          throw new SegueError("InvalidInput", { field: "items", why: "too_many", max: MOST_ITEMS });
        const shelves = await daemon.library.shelves(options);
        if (files.some((file) => !shelves.song(file))) throw new SegueError("NotFound", { what: "track" });
        const position = Math.max(0, Math.min(options?.position ?? there.length, there.length));
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
        const there = await playlistFiles(daemon, name, options);
        const places = there.flatMap((file, index) => (gone.has(file) ? [index] : [])).reverse();
        await write(
          name,
          places.map((place): Command => ["playlistdelete", name, place]),
          options,
        );
      }),
    reorder: (uri, { from, to, length = 1 }, options) =>
      coded("playlist", async () => {
        const name = nameIn(uri);
        const { length: total } = await playlistFiles(daemon, name, options);
        const whole = [from, to, length].every((each) => Number.isInteger(each) && each >= 0);
        if (!whole || length < 1 || from + length > total || to + length > total)
          throw new SegueError("InvalidInput", {
            field: "position",
            why: "range",
            min: 0,
            max: Math.max(0, total - 1),
          });
        const moves = Array.from({ length }, (_, index): Command => {
          const [start, end] = from > to ? [from + index, to + index] : [from, to + length - 1];
          return ["playlistmove", name, start, end];
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
