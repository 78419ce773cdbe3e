import { type FileHandle, open } from "node:fs/promises";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

/** https://www.sqlite.org/rescode.html: the primary codes that a program meets with an unhealthy file or disk. */
const BUSY = 5;
const codes = { readOnly: 8, ioError: 10, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 } as const;
const hopeless = new Set<number>(Object.values(codes));

/** At the start nobody else waits yet. */
const OPEN_WITHIN_MS = 20;
/** SQLite blocks the whole process while it waits for a lock, so it waits this long at a time and lets others run between. */
const BUSY_STEP_MS = 2;
const BUSY_TRIES = 2_500;
const STATEMENTS_KEPT = 300;

/** The primary result code of an error of node:sqlite; undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}

/** True when no later statement can be expected to succeed: disk full, file broken, moved or no longer writable. */
export function isHopeless(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && hopeless.has(code);
}

export function isBroken(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === codes.corrupt || code === codes.notADatabase;
}

/**
 * Opens the file as Segue uses it. `synchronous=NORMAL` under WAL: what is committed survives any death of the process, and
 * a power cut may take back the last commits but never break the file (https://www.sqlite.org/pragma.html#pragma_synchronous).
 * FULL would put an fsync on the main thread into each of the four or so commits before a command's first call: 0.15 ms on
 * an idle disk, but 30 ms at p99 as soon as something else writes to it. Instead, what a power cut must not take back
 * (`toDisk`: a rotated refresh token, a post that is out, a gate) is flushed by itself, off the main thread.
 *
 * Checkpoints are made beside this connection (`checkpoints.ts`); it makes one itself only when the log has grown to 256 MiB
 * in spite of that.
 */
export function openFile(path: string): DatabaseSync {
  const file = new DatabaseSync(path, { timeout: OPEN_WITHIN_MS, enableForeignKeyConstraints: true });
  try {
    file.exec(
      `pragma journal_mode=wal; pragma synchronous=normal; pragma wal_autocheckpoint=65536; pragma trusted_schema=off; pragma journal_size_limit=67108864; pragma busy_timeout=${BUSY_STEP_MS}`,
    );
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Flushes the write-ahead log: once this resolves, everything committed before survives a power cut too. */
export function walFlusher(path: string): { flush(): Promise<void>; close(): Promise<void> } {
  let log: Promise<FileHandle> | undefined;
  return {
    async flush() {
      // Only now, as the log appears with the first commit. SQLite takes no lock on it that closing this handle could drop.
      log ??= open(`${path}-wal`, "r+");
      await (await log).sync();
    },
    async close() {
      await (await log?.catch(() => undefined))?.close();
    },
  };
}

/** `hopeless`: an error after which nothing can be written. `written`: how many rows a statement changed. */
export type Watched = { hopeless(error: unknown): void; written(rows: number): void };

/** To ask a statement whether it gives rows takes longer than a small one takes to give them. */
type Prepared = { statement: StatementSync; givesRows: boolean };

class Connection implements DatabaseConnection {
  readonly #file: DatabaseSync;
  readonly #onHopeless: (error: unknown) => void;
  readonly #written: (rows: number) => void;
  readonly #statements = new Map<string, Prepared>();

  constructor(file: DatabaseSync, on: Watched) {
    this.#file = file;
    this.#onHopeless = on.hopeless;
    this.#written = on.written;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return this.#run<R>(query);
      } catch (error) {
        // Only a statement that opens or is a whole transaction can find the file busy, so repeating it repeats nothing.
        if (sqliteCode(error) === BUSY && attempt < BUSY_TRIES) {
          await new Promise<void>((resolve) => setImmediate(resolve));
          continue;
        }
        if (isHopeless(error)) this.#onHopeless(error);
        throw error;
      }
    }
  }

  // biome-ignore lint/correctness/useYield: Kysely asks for the method; nothing here streams.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error("streaming is not offered on SQLite");
  }

  #run<R>(query: CompiledQuery): QueryResult<R> {
    const { statement, givesRows } = this.#prepare(query.sql);
    const values = query.parameters as SQLInputValue[];
    if (givesRows) return { rows: statement.all(...values) as R[] };
    const { changes, lastInsertRowid } = statement.run(...values);
    this.#written(Number(changes));
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql);
    if (known) {
      this.#statements.delete(sql);
      this.#statements.set(sql, known);
      return known;
    }
    const statement = this.#file.prepare(sql);
    const prepared = { statement, givesRows: statement.columns().length > 0 };
    this.#statements.set(sql, prepared);
    for (const oldest of this.#statements.keys()) {
      if (this.#statements.size <= STATEMENTS_KEPT) break;
      this.#statements.delete(oldest);
    }
    return prepared;
  }
}

/** Kysely over node:sqlite: one connection, which Kysely itself hands to one transaction at a time. */
export function sqliteDialect(file: DatabaseSync, on: Watched): Dialect {
  const driver = (): Driver => {
    const connection = new Connection(file, on);
    const run = async (sql: string) => void (await connection.executeQuery(CompiledQuery.raw(sql)));
    return {
      init: async () => {},
      acquireConnection: async () => connection,
      // "immediate" takes the write lock at once: a transaction that reads first and writes later cannot be refused half-way.
      beginTransaction: () => run("begin immediate"),
      commitTransaction: () => run("commit"),
      // After some errors SQLite has rolled back by itself; asking again would hide the error that matters.
      rollbackTransaction: async () => {
        if (file.isTransaction) await run("rollback");
      },
      releaseConnection: async () => {},
      destroy: async () => {
        if (file.isOpen) file.close();
      },
    };
  };
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: driver,
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}
