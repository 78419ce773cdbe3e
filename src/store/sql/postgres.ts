import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from "kysely";
import pg from "pg";

const INT8 = 20;
const CONNECT_WITHIN_MS = 5_000;
const STATEMENT_WITHIN_MS = 15_000;
const CONNECTIONS = 8;

/** BIGINT comes as a string by default (https://node-postgres.com/features/types); ours are times and counts below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === INT8 && format !== "binary"
      ? Number
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/**
 * https://www.postgresql.org/docs/current/errcodes-appendix.html: class 08 connection exception, 57P0x the server goes
 * down or comes up, 53xxx out of disk, memory or connections.
 */
function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (/^(08|57P0|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|EHOST|ENET|ETIMEDOUT)/.test(code)) return true;
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(
    error.message,
  );
}

/** A text column refuses NUL, which a hostile message may hold; it becomes the replacement character as in HTML. */
function withoutNul(value: unknown): unknown {
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\uFFFD") : value;
}

export function openPool(url: string, onIdleError: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    statement_timeout: STATEMENT_WITHIN_MS,
    idle_in_transaction_session_timeout: STATEMENT_WITHIN_MS,
    application_name: "segue",
    keepAlive: true,
  });
  pool.on("error", onIdleError);
  return pool;
}

class Connection implements DatabaseConnection {
  readonly client: pg.PoolClient;
  readonly #onLoss: (error: unknown) => void;
  /** The connection is in an unknown state and must not go back into the pool. */
  broken = false;

  constructor(client: pg.PoolClient, onLoss: (error: unknown) => void) {
    this.client = client;
    this.#onLoss = onLoss;
    client.on("error", this.#lost);
  }

  /** A connection that dies between two statements tells nobody else: unheard, that would end the process. */
  readonly #lost = (error: unknown): void => {
    this.broken = true;
    this.#onLoss(error);
  };

  release(): void {
    this.client.off("error", this.#lost);
    this.client.release(this.broken);
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const { command, rowCount, rows } = await this.client.query(query.sql, query.parameters.map(withoutNul));
      // COMMIT answers ROLLBACK when an earlier statement had failed: nothing was written.
      if (query.sql === "commit" && command === "ROLLBACK") throw new Error("the transaction was rolled back");
      return { rows: rows as R[], numAffectedRows: BigInt(rowCount ?? 0) };
    } catch (error) {
      if (isConnectionLoss(error)) this.#lost(error);
      throw error;
    }
  }

  // biome-ignore lint/correctness/useYield: Kysely asks for the method; nothing here streams.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error("streaming is not offered on PostgreSQL");
  }
}

/** Kysely over the pool. Every lost connection is told to `onLoss` besides being thrown. */
export function postgresDialect(pool: pg.Pool, onLoss: (error: unknown) => void): Dialect {
  const driver = (): Driver => {
    const held = new Map<DatabaseConnection, Connection>();
    const run = async (connection: DatabaseConnection, sql: string) =>
      void (await connection.executeQuery(CompiledQuery.raw(sql)));
    return {
      init: async () => {},
      acquireConnection: async () => {
        try {
          const connection = new Connection(await pool.connect(), onLoss);
          held.set(connection, connection);
          return connection;
        } catch (error) {
          if (isConnectionLoss(error)) onLoss(error);
          throw error;
        }
      },
      beginTransaction: (connection) => run(connection, "begin"),
      commitTransaction: (connection) => run(connection, "commit"),
      rollbackTransaction: async (connection) => {
        const ours = held.get(connection);
        try {
          await run(connection, "rollback");
        } catch {
          // The error that led here is the one to tell; the server ends the transaction with its connection.
          if (ours) ours.broken = true;
        }
      },
      releaseConnection: async (connection) => {
        const ours = held.get(connection);
        held.delete(connection);
        ours?.release();
      },
      destroy: () => pool.end(),
    };
  };
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: driver,
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}
