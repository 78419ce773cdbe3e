import { isSegueError, SegueError } from "../../../contracts/errors.ts";
import type { CallOptions, MusicSession } from "../../../contracts/music.ts";
import { type Command, range } from "./commands.ts";
import { coded, type Daemon, demandTime, lineOptions } from "./daemon.ts";
import { fieldsOf, recordsOf } from "./line.ts";
import { parseSong, type Song, songStarts, trackOf } from "./songs.ts";
import { forSongs, idsOf, removeSongs, takenBack } from "./songs-in-queue.ts";
import { parseStatus, type Status } from "./status.ts";
import { demandFiles, trackUri } from "./uris.ts";

type Queue = Required<NonNullable<MusicSession["queue"]>>;
type Entry = { id: number; position: number; priority: number; song: Song };
/** `others` is all but the current one, told or not in which order it will come. */
type View = { status: Status; current: Entry | undefined; next: Entry[]; waiting: Entry[]; others: Entry[] };

/** Relative to what plays when the daemon carries it out, whatever happened since we looked; from the top where nothing does. */
const placeBehind = (current: Entry | undefined, place: number): string =>
  current === undefined ? String(place) : `+${place}`;

/** Shown and edited at most so far ahead. */
const AHEAD = 500;
const MOST_ADDED = 500;
const MOST_CLEARED = 20_000;
const TOP_PRIORITY = 255;

/**
 * The daemon has one list for what plays by itself and for what people add. Added songs carry a priority: it orders them while the
 * list is shuffled, tells them from the rest of the album, and outlives a restart of ours.
 */
export function createQueue(daemon: Daemon): Queue {
  const { control } = daemon;

  const entryOf = (record: ReadonlyMap<string, readonly string[]>): Entry | undefined => {
    const song = parseSong(record);
    const id = Number(record.get("Id")?.[0]);
    const position = Number(record.get("Pos")?.[0]);
    if (!song || !Number.isInteger(id) || !Number.isInteger(position)) return undefined;
    return { id, position, priority: Number(record.get("Prio")?.[0] ?? 0) || 0, song };
  };

  /** From the current song on: one look where it stands and one at what follows, both cheap. */
  const view = async (options?: CallOptions, ahead = AHEAD): Promise<View> => {
    const [part] = await control.read([["status"]], lineOptions(options));
    const status = parseStatus(fieldsOf(part));
    if (status.length === 0) return { status, current: undefined, next: [], waiting: [], others: [] };
    const from = status.random ? 0 : (status.position ?? 0);
    const [list] = await control.read(
      [["playlistinfo", range(from, Math.min(status.length, from + (status.random ? MOST_CLEARED : ahead + 1)))]],
      lineOptions(options),
    );
    const all = recordsOf(list, songStarts).flatMap((record) => entryOf(record) ?? []);
    const current = all.find(({ id }) => id === status.songId);
    const others = all.filter((entry) => entry !== current);
    if (!status.random) {
      const stop = others.findIndex(({ priority }) => priority === 0);
      return { status, current, next: others, waiting: stop < 0 ? others : others.slice(0, stop), others };
    }
    // Shuffled, the daemon tells of one song ahead; those with a priority are known to come before all others.
    const waiting = others.filter(({ priority }) => priority > 0).sort((a, b) => b.priority - a.priority);
    const after = others.find(({ id, priority }) => id === status.nextId && priority === 0);
    return { status, current, next: after ? [...waiting, after] : waiting, waiting, others };
  };

  const insert = async (
    uris: readonly string[],
    where: "next" | "last" | "end",
    options?: CallOptions,
  ): Promise<void> => {
    const files = demandFiles(uris);
    if (files.length === 0) return;
    if (files.length > MOST_ADDED)
      throw new SegueError("InvalidInput", { field: "items", why: "too_many", max: MOST_ADDED });
    const { current, waiting } = await view(options);
    const behind = where === "last" ? waiting.length : 0;
    const added = files.map(
      (file, index): Command =>
        where === "end" ? ["addid", file] : ["addid", file, placeBehind(current, behind + index)],
    );
    demandTime(daemon, options);
    // From here on without the caller's signal: half an insertion must not stay because somebody gave up.
    let ids: number[];
    try {
      ids = idsOf(await control.write(added));
    } catch (error) {
      throw await takenBack(daemon, error);
    }
    if (where === "end") return;
    const before = waiting.map(({ id }) => id);
    const order = where === "last" ? [...before, ...ids] : [...ids, ...before];
    try {
      await forSongs(daemon, order, (id, index) => ["prioid", Math.max(1, TOP_PRIORITY - index), id]);
    } catch (error) {
      if (isSegueError(error, "Unconfirmed")) throw error;
      await removeSongs(daemon, ids).catch(() => undefined);
      throw error;
    }
  };

  const at = (next: readonly Entry[], index: number, uri?: string): Entry => {
    const entry = Number.isInteger(index) && index >= 0 ? next[index] : undefined;
    if (!entry) {
      if (uri !== undefined) throw new SegueError("NotFound", { what: "queue_item" });
      throw new SegueError("InvalidInput", {
        field: "index",
        why: "range",
        given: String(index),
        min: 0,
        max: next.length - 1,
      });
    }
    if (uri !== undefined && trackUri(entry.song.file) !== uri)
      throw new SegueError("NotFound", { what: "queue_item" });
    return entry;
  };

  return {
    show: (options) =>
      coded("player", async () => {
        const { current, next, waiting } = await view(options);
        return {
          ...(current === undefined ? {} : { current: trackOf(current.song, daemon.pictureOf) }),
          added: waiting.length,
          next: next.map(({ song }) => trackOf(song, daemon.pictureOf)),
        };
      }),
    add: (uri, options) => coded("track", () => insert([uri], "last", options)),
    edit: {
      insert: (uris, where, options) => coded("track", () => insert(uris, where, options)),
      move: (from, to, options) =>
        coded("queue_item", async () => {
          const { status, current, next, waiting } = await view(options);
          const entry = at(next, from, options?.uri);
          const target = at(next, to);
          if (entry === target) return;
          const rest = next.filter((each) => each !== entry);
          const order = [...rest.slice(0, to), entry, ...rest.slice(to)];
          // Up to where people have put things in order, all of them go first.
          const ordered = Math.max(
            waiting.includes(entry) && to >= waiting.length ? waiting.length - 1 : waiting.length,
            to + 1,
          );
          const moved: Command[] = status.random ? [] : [["moveid", entry.id, placeBehind(current, to)]];
          const ranked = order
            .slice(0, Math.min(ordered, TOP_PRIORITY - 1))
            .map(({ id }, index): Command => ["prioid", Math.max(1, TOP_PRIORITY - index), id]);
          await control.write([...moved, ...ranked], lineOptions(options));
        }),
      remove: (index, options) =>
        coded("queue_item", async () => {
          const { next } = await view(options);
          await control.write([["deleteid", at(next, index, options?.uri).id]], lineOptions(options));
        }),
      clear: (options) =>
        coded("player", async () => {
          const { others } = await view(options, MOST_CLEARED);
          demandTime(daemon, options);
          await removeSongs(
            daemon,
            others.map(({ id }) => id),
          );
        }),
    },
  };
}
