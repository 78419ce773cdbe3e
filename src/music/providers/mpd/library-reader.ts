import type { Clock } from "../../../contracts/clock.ts";
import type { SegueError } from "../../../contracts/errors.ts";
import type { Log } from "../../../contracts/log.ts";
import type { CallOptions } from "../../../contracts/music.ts";
import { range } from "./commands.ts";
import { codedOf, lost } from "./errors.ts";
import { fieldsOf, type Line, recordsOf } from "./line.ts";
import { createShelvesBuilder, type Shelves } from "./shelves.ts";
import { parseSong, songStarts } from "./songs.ts";

/**
 * The daemon's own search neither folds accents nor forgives a slip, so its library is read once into memory and again after
 * every update of it. It is read in pages: the daemon ends a connection whose answer outgrows `max_output_buffer_size` (8 MiB by
 * default), and between two pages it serves others.
 */
export type LibraryReader = {
  /** The newest reading there is; waits for the first one. Raises Unavailable. */
  shelves(options?: Pick<CallOptions, "signal" | "deadlineAt">): Promise<Shelves>;
  /** Reads it again soon, if the daemon says that it has changed; called after an update and after a lost connection. */
  changed(): void;
  stop(): Promise<void>;
};

const PAGE = 1_000;
/** Beyond these a library is searched by its first songs only: memory has a limit. */
export const MOST_SONGS = 300_000;
/** A reading under which the library changed is begun again, but not for ever. */
const TRIES = 3;
const WITHIN_MS = 30_000;
/** Updates come in bursts. */
const SETTLE_MS = 500;
const AT_ONCE = 500;

const wanted = ["Artist", "AlbumArtist", "Album", "Title", "Name", "Genre", "Date", "OriginalDate", "Track", "Disc"];

export function createLibraryReader({ line, clock, log }: { line: Line; clock: Clock; log: Log }): LibraryReader {
  const stopping = new AbortController();
  const { signal } = stopping;
  let current: { shelves: Shelves; mark: string } | undefined;
  let reading: Promise<void> | undefined;
  let again = false;

  const markOf = async (): Promise<string> => {
    const [stats] = await line.read([["stats"]], { signal });
    const fields = fieldsOf(stats);
    return `${fields.get("db_update") ?? ""} ${fields.get("songs") ?? ""} ${fields.get("db_playtime") ?? ""}`;
  };

  const readOnce = async (): Promise<Shelves> => {
    const builder = createShelvesBuilder();
    for (let from = 0; from < MOST_SONGS; from += PAGE) {
      const parts = await line.read(
        [
          ["tagtypes", "clear"],
          ["tagtypes", "enable", ...wanted],
          ["find", "(modified-since '0')", "window", range(from, Math.min(from + PAGE, MOST_SONGS))],
        ],
        { signal, withinMs: WITHIN_MS },
      );
      const records = recordsOf(parts[2], songStarts);
      for (const [at, record] of records.entries()) {
        const song = parseSong(record);
        if (song) builder.add(song);
        // Nobody else must wait for a whole page.
        if (at % AT_ONCE === AT_ONCE - 1) await clock.sleep(0, signal);
      }
      if (records.length < PAGE) break;
      if (from + PAGE >= MOST_SONGS) log.warn({ songs: MOST_SONGS }, "the library is larger than what is searched");
    }
    return builder.finish();
  };

  const readAll = async (): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      const mark = await markOf();
      if (current?.mark === mark) return;
      const startedAt = clock.now();
      const shelves = await readOnce();
      const stale = (await markOf()) !== mark;
      // Something is better than nothing, and an update that goes on for hours must not keep it away.
      if (stale && attempt < TRIES) continue;
      current = { shelves, mark: stale ? "" : mark };
      log.info({ songs: shelves.songs.length, ms: clock.now() - startedAt }, "the library was read");
      return;
    }
  };

  const start = (): Promise<void> => {
    reading ??= (async () => {
      try {
        do {
          again = false;
          await readAll();
        } while (again && !signal.aborted);
      } catch (error) {
        throw codedOf(signal.aborted ? lost("connection") : error);
      } finally {
        reading = undefined;
      }
    })();
    return reading;
  };

  const quietly = (promise: Promise<void>) =>
    promise.catch((error: SegueError) => {
      if (!signal.aborted) log.warn({ code: error.code }, "the library could not be read");
    });

  let settling: Promise<void> | undefined;
  return {
    async shelves(options = {}) {
      if (options.signal?.aborted) throw lost("timeout", options.signal.reason);
      if (!current) await untilDone(start(), options, clock);
      if (!current) throw lost("connection");
      return current.shelves;
    },
    changed() {
      if (signal.aborted) return;
      if (reading) again = true;
      else
        settling ??= clock
          .sleep(current ? SETTLE_MS : 0, signal)
          .then(() => quietly(start()))
          .catch(() => undefined)
          .finally(() => {
            settling = undefined;
          });
    },
    async stop() {
      stopping.abort(new Error("stopped"));
      await Promise.allSettled([reading, settling]);
    },
  };
}

const WAIT_MS = 20_000;

/** A person waits for the first reading so long; it goes on without them. */
async function untilDone(
  promise: Promise<void>,
  { signal, deadlineAt }: Pick<CallOptions, "signal" | "deadlineAt">,
  clock: Clock,
): Promise<void> {
  const done = new AbortController();
  const limit = signal ? AbortSignal.any([signal, done.signal]) : done.signal;
  const left = Math.min(WAIT_MS, deadlineAt === undefined ? WAIT_MS : deadlineAt - clock.now());
  const late = clock.sleep(Math.max(0, left), limit).then(
    () => Promise.reject(lost("timeout")),
    () => (signal?.aborted ? Promise.reject(lost("timeout", signal.reason)) : undefined),
  );
  late.catch(() => undefined);
  promise.catch(() => undefined);
  try {
    await Promise.race([promise, late]);
  } finally {
    done.abort();
  }
}
