import type { SQLInputValue } from "node:sqlite";
import { Worker } from "node:worker_threads";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

/**
 * SQLite answers on the thread that asks, and the main thread has everybody else to serve. What adds up years of listening is
 * asked of threads with connections of their own, which start when they are needed.
 */

export type ReadRequest = { id: number; text: string; values: SQLInputValue[] };
export type ReadAnswer = { id: number } & ({ rows: unknown[] } | { failed: string });

/** As long as a statement may take on PostgreSQL. */
const WITHIN_MS = 15_000;

/** A short question does not wait behind a long one; a third thread would only take the processors from everybody else. */
const THREADS = 2;

type Asked = { resolve(rows: unknown[]): void; reject(error: Error): void };
export type Reader = { ask(text: string, values: readonly unknown[]): Promise<unknown[]>; close(): Promise<void> };

export function createReader(path: string): Reader {
  const threads = Array.from({ length: THREADS }, () => createThread(path));
  let closed = false;
  return {
    async ask(text, values) {
      if (closed) throw new Error("the database is closed");
      // The second one is started when the first has something to do.
      const [first, ...others] = threads.toSorted((a, b) => a.waiting() - b.waiting());
      if (!first) throw new Error("there is no thread to ask");
      return (others.find((each) => each.waiting() === first.waiting() && each.started()) ?? first).ask(text, values);
    },
    async close() {
      closed = true;
      await Promise.all(threads.map((each) => each.close()));
    },
  };
}

function createThread(path: string) {
  const asked = new Map<number, Asked>();
  let worker: Worker | undefined;
  let serial = 0;

  function end(gone: Worker, error: Error): void {
    if (worker !== gone) return;
    worker = undefined;
    const waiting = [...asked.values()];
    asked.clear();
    for (const { reject } of waiting) reject(error);
    void gone.terminate();
  }

  function start(): Worker {
    const started = new Worker(new URL("./reader-worker.ts", import.meta.url), { workerData: path });
    // It alone keeps nobody from ending.
    started.unref();
    started.on("message", (answer: ReadAnswer) => {
      const waiting = asked.get(answer.id);
      asked.delete(answer.id);
      if (asked.size === 0) started.unref();
      if ("rows" in answer) waiting?.resolve(answer.rows);
      else waiting?.reject(new Error(answer.failed));
    });
    started.on("error", (error) => end(started, new Error("the reading thread failed", { cause: error })));
    started.on("exit", () => end(started, new Error("the reading thread ended")));
    return started;
  }

  return {
    waiting: () => asked.size,
    started: () => worker !== undefined,
    ask(text: string, values: readonly unknown[]): Promise<unknown[]> {
      worker ??= start();
      const present = worker;
      const id = ++serial;
      const answer = new Promise<unknown[]>((resolve, reject) => asked.set(id, { resolve, reject }));
      present.ref();
      present.postMessage({ id, text, values: [...values] as SQLInputValue[] } satisfies ReadRequest);
      // The thread's own time, as the server's is with PostgreSQL: what it is asked takes as long whatever our clock shows.
      AbortSignal.timeout(WITHIN_MS).addEventListener("abort", () => {
        if (asked.has(id)) end(present, new Error(`a question took more than ${WITHIN_MS / 1000} s`));
      });
      return answer;
    },
    async close(): Promise<void> {
      const present = worker;
      if (!present) return;
      end(present, new Error("the database is closed"));
      await present.terminate();
    },
  };
}

/** Kysely over the reader: it reads, each question by itself, and does nothing else. */
export function readerDialect(reader: Reader): Dialect {
  const refuse = async (): Promise<never> => {
    throw new Error("the reader knows no transactions");
  };
  const connection: DatabaseConnection = {
    executeQuery: async <R>(query: CompiledQuery): Promise<QueryResult<R>> => ({
      rows: (await reader.ask(query.sql, query.parameters)) as R[],
    }),
    // biome-ignore lint/correctness/useYield: Kysely asks for the method; nothing here streams.
    async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
      throw new Error("streaming is not offered on SQLite");
    },
  };
  class ManyAtOnce extends SqliteAdapter {
    // Questions wait in the thread, not for each other's connection.
    override get supportsMultipleConnections(): boolean {
      return true;
    }
  }
  return {
    createAdapter: () => new ManyAtOnce(),
    createDriver: () => ({
      init: async () => {},
      acquireConnection: async () => connection,
      beginTransaction: refuse,
      commitTransaction: refuse,
      rollbackTransaction: refuse,
      releaseConnection: async () => {},
      destroy: () => reader.close(),
    }),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}
