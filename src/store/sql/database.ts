import { type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "./tables.ts";

/** One database, whichever kind, as the repositories use it. */
export type Database = {
  readonly kind: "sqlite" | "postgres";
  readonly db: Kysely<Tables>;
  /** Resolves when all that is committed would survive a power cut. */
  toDisk(): Promise<void>;
};

/**
 * Makes transactions that name the same key run one after the other. SQLite runs all of them one after the other anyway
 * ("begin immediate"); PostgreSQL needs to be told, as rows that do not exist yet cannot be locked.
 */
export async function serialise(kind: Database["kind"], trx: Transaction<Tables>, key: string): Promise<void> {
  if (kind === "postgres") await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(trx);
}

type Lockable = { forUpdate(): { skipLocked(): unknown } };

/** Rows that another transaction is just taking are passed over instead of waited for. SQLite has only one at a time. */
export function skipTaken<Q extends Lockable>(kind: Database["kind"], query: Q): Q {
  return kind === "postgres" ? (query.forUpdate().skipLocked() as Q) : query;
}
