import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

// A crash report has a part of each thread, with the environment and its secrets unless the thread itself says no.
process.report.excludeEnv = true;

/** Pages of the log, 4 KiB each: with more than these, whoever writes waits a moment so that the log can begin anew. */
const LONG_LOG_PAGES = 16_000;

const file = new DatabaseSync(String(workerData), { timeout: 1_000 });
// An fsync of the log before, and of the file after: https://www.sqlite.org/pragma.html#pragma_synchronous
file.exec("pragma synchronous=normal; pragma trusted_schema=off");

/** Beside whoever writes. What is written meanwhile stays for the next time, so under steady writing it never ends by itself. */
function checkpoint(): void {
  const { log } = file.prepare("pragma wal_checkpoint(passive)").get() as { log: number };
  // Nearly all of it is in the file by now: the rest takes a moment, and that alone keeps writers waiting.
  if (log > LONG_LOG_PAGES) file.prepare("pragma wal_checkpoint(restart)").get();
}

parentPort?.on("message", () => {
  try {
    checkpoint();
  } catch {
    // The log stays as it is; where that has a reason, whoever writes meets it and says so.
  }
  parentPort?.postMessage("done");
});
