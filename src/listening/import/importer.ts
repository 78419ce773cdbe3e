import type { Clock } from "../../contracts/clock.ts";
import { SegueError } from "../../contracts/errors.ts";
import type {
  ImportCounts,
  Importer,
  ImportJob,
  ImportProgress,
  ImportRow,
  SkipReason,
} from "../../contracts/imports.ts";
import type { Ledger, ListenerKey, Period, Recorded } from "../../contracts/listening.ts";
import type { Store } from "../../contracts/store.ts";
import { cleanName } from "./formats/format.ts";
import { type Brought, createInbox, type FreeBytes } from "./inbox.ts";
import type { Batch } from "./reader.ts";
import { openReading, type Reading, ReadingFault } from "./reader-thread.ts";

export type ImporterParts = {
  store: Pick<Store, "imports">;
  ledger: Pick<Ledger, "record" | "covered">;
  clock: Clock;
  /** Where files stay that are handed over as streams, until they are read. */
  folder: string;
  /** Plays that are recorded in one go, at most 2,000. Others have a turn in between: 200 take the main thread about 10 ms. */
  atOnce: number;
  /** Of the disk, when not given. */
  freeBytes?: FreeBytes;
  /** In a thread of its own, when not given. */
  open?: typeof openReading;
};

/** Of each file it is told what became of it, up to this many. */
const MOST_FILES_TOLD = 200;

type Watch = { signal: AbortSignal; progress(progress: ImportProgress): void };

export function createImporter({
  store: { imports },
  ledger,
  clock,
  folder,
  atOnce,
  freeBytes,
  open = openReading,
}: ImporterParts): Importer {
  const running = new Map<ListenerKey, Promise<unknown>>();
  const inbox = createInbox(folder, freeBytes);
  const stopping = new AbortController();

  /** Records what the files hold, from where an earlier run of the same content stopped. */
  async function run(
    listener: ListenerKey,
    { path, name, format }: { path: string; name: string; format?: string },
    watch: Watch,
  ): Promise<ImportRow> {
    const reading = await open({ path, name, size: atOnce, ...(format !== undefined && { format }) });
    try {
      const hash = format === undefined ? reading.hash : `${reading.hash} ${format}`;
      return await follow(reading, await imports.begin(listener, { hash, name }, clock.now()), watch);
    } finally {
      await reading.close();
    }
  }

  async function follow(reading: Reading, begun: ImportRow, { signal, progress }: Watch): Promise<ImportRow> {
    let row = begun;
    const save = (change: Partial<ImportRow>): Promise<boolean> => {
      row = { ...row, ...change };
      return imports.advance(row, clock.now());
    };
    try {
      for await (const batch of reading.batches(row.position)) {
        if (stopping.signal.aborted) return row;
        if (signal.aborted) {
          await save({ status: "cancelled" });
          return row;
        }
        // Whoever deletes their history deletes what is still to come, too.
        if (!(await save({}))) return { ...row, status: "gone" };
        const counts = await record(row.listener, batch, row.counts);
        if (batch.covers) await ledger.covered(row.listener, upTo(clock.now(), batch.covers));
        const files = batch.file && row.files.length < MOST_FILES_TOLD ? [...row.files, batch.file] : row.files;
        if (!(await save({ counts, files, position: batch.position }))) return { ...row, status: "gone" };
        progress({ counts: row.counts, bytes: batch.bytes, ofBytes: reading.bytes });
      }
      await save({ status: "done" });
    } catch (error) {
      if (error instanceof ReadingFault) await save({ status: "failed" });
      throw error;
    }
    return row;
  }

  async function record(listener: ListenerKey, batch: Batch, before: ImportCounts): Promise<ImportCounts> {
    const counts = { ...before, skipped: { ...before.skipped } };
    const skip = (why: SkipReason, rows: number) => {
      counts.skipped[why] = (counts.skipped[why] ?? 0) + rows;
    };
    counts.read += batch.read;
    counts.failed += batch.failed;
    for (const [why, rows] of Object.entries(batch.skipped)) skip(why as SkipReason, rows);
    const recorded = await ledger.record(listener, batch.plays.flat());
    let next = 0;
    for (const play of batch.plays) {
      const became = outcomeOf(recorded.slice(next, next + play.length));
      next += play.length;
      if (became === "kept" || became === "below" || became === "duplicate") counts[became]++;
      else skip(became, 1);
    }
    return counts;
  }

  type Options = NonNullable<Parameters<Importer["startImport"]>[3]>;

  function start(listener: ListenerKey, bring: () => Promise<Brought>, name: string, options: Options): ImportJob {
    if (running.has(listener)) throw new SegueError("InvalidInput", { field: "file", why: "import_running" });
    const stop = new AbortController();
    const work = async (): Promise<ImportRow> => {
      const brought = await bring();
      try {
        const what = { path: brought.path, name, ...(options.format !== undefined && { format: options.format }) };
        const row = await run(listener, what, { signal: stop.signal, progress: options.onProgress ?? (() => {}) });
        // One that is stopped goes on after the next start, and needs its file.
        if (row.status !== "running") await brought.discard();
        return row;
      } catch (error) {
        // Whatever else failed, as the database may, the file is needed when it is tried again.
        if (!(error instanceof ReadingFault)) throw error;
        await brought.discard();
        throw new SegueError("InvalidInput", { field: "file", why: "unreadable" }, { cause: error });
      }
    };
    const done = work().finally(() => running.delete(listener));
    running.set(
      listener,
      done.catch(() => {}),
    );
    return { done, cancel: () => stop.abort() };
  }

  return {
    startImport(listener, from, name, options = {}) {
      const shown = cleanName(name, 120) || "?";
      const brought = async (): Promise<Brought> => {
        if (typeof from === "string") return { path: from, discard: async () => {} };
        return "discard" in from
          ? from
          : inbox.keep(from, {
              listener,
              name: shown,
              ...(options.format !== undefined && { format: options.format }),
            });
      };
      return start(listener, brought, shown, options);
    },

    keep: (listener, stream, name, id) => inbox.keep(stream, { listener, name: cleanName(name, 120) || "?" }, id),
    left: inbox.left,

    async stop() {
      stopping.abort();
      await Promise.all(running.values());
    },
  };
}

const upTo = (now: number, { fromAt, untilAt }: Period): Period => ({ fromAt, untilAt: Math.min(untilAt, now) });

/** What a row came to, of whose play several sources may tell: the best that any of them came to. */
function outcomeOf(recorded: readonly Recorded[]): "kept" | "below" | "duplicate" | SkipReason {
  const is = (outcome: Recorded["outcome"]) => recorded.some((each) => each.outcome === outcome);
  if (is("added")) return "kept";
  if (is("below")) return "below";
  if (is("merged")) return "duplicate";
  if (is("deleted")) return "deleted";
  const refused = recorded.find((each) => each.outcome === "refused");
  return refused?.outcome === "refused" ? refused.why : "empty";
}
