import { Worker } from "node:worker_threads";

/** Each a page of the log or a few: some seconds of a busy bot. */
const ROWS_BETWEEN = 2_000;

/**
 * Moves what is committed from SQLite's log into its file, in a thread of its own with a connection of its own: to the one who
 * writes it would be two fsyncs and thousands of pages at once, a stall of a tenth of a second and more
 * (https://www.sqlite.org/wal.html#ckpt). The thread starts when there is enough to move.
 */
export function createCheckpoints(path: string): { written(rows: number): void; close(): Promise<void> } {
  let waiting = 0;
  let busy = false;
  let worker: Worker | undefined;

  function start(): Worker {
    const started = new Worker(new URL("./checkpoint-worker.ts", import.meta.url), {
      workerData: path,
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 },
    });
    started.unref();
    const over = () => {
      busy = false;
    };
    started.on("message", over);
    // What it did not do, the writing connection does by itself once the log is long enough.
    started.on("error", () => {
      worker = undefined;
      over();
    });
    return started;
  }

  return {
    written(rows) {
      waiting += rows;
      if (waiting < ROWS_BETWEEN || busy) return;
      waiting = 0;
      busy = true;
      worker ??= start();
      worker.postMessage("now");
    },
    async close() {
      await worker?.terminate();
    },
  };
}
