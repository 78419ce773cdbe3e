import { DatabaseSync, type StatementSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { ReadAnswer, ReadRequest } from "./reader.ts";

// A crash report has a part of each thread, with the environment and its secrets unless the thread itself says no.
process.report.excludeEnv = true;

/**
 * Runs in a thread of its own: answers what takes longer than the main thread may stand still. The file is opened for reading
 * alone; under WAL it reads beside whoever writes.
 */
const STATEMENTS_KEPT = 200;
/** In KiB: the sums of a year of fifty people stay in memory between two questions. */
const CACHE_KIB = 32_768;

const file = new DatabaseSync(String(workerData), { readOnly: true, timeout: 5_000 });
file.exec(`pragma query_only=on; pragma trusted_schema=off; pragma cache_size=-${CACHE_KIB}`);
const statements = new Map<string, StatementSync>();

function prepared(text: string): StatementSync {
  const known = statements.get(text);
  if (known) return known;
  const statement = file.prepare(text);
  statements.set(text, statement);
  for (const oldest of statements.keys()) {
    if (statements.size <= STATEMENTS_KEPT) break;
    statements.delete(oldest);
  }
  return statement;
}

function answer({ id, text, values }: ReadRequest): ReadAnswer {
  try {
    return { id, rows: prepared(text).all(...values) };
  } catch (error) {
    return { id, failed: error instanceof Error ? error.message : "unknown" };
  }
}

parentPort?.on("message", (request: ReadRequest) => parentPort?.postMessage(answer(request)));
