import { type Kysely, sql } from "kysely";
import type { Clock } from "../../contracts/clock.ts";
import type { Log } from "../../contracts/log.ts";
import { StoreError } from "../errors.ts";
import { type Database, serialise } from "./database.ts";
import type { Tables } from "./tables.ts";

export type Migration = { name: string; up(db: Kysely<unknown>): Promise<void> };

export type MigrateOptions = {
  migrations: readonly Migration[];
  clock: Clock;
  log: Log;
  /** Called before anything is changed, first of all. */
  admit?: () => Promise<void>;
  /** Called before an existing database is changed. */
  backup?: () => Promise<void>;
};

async function applied(db: Kysely<Tables>): Promise<string[]> {
  const rows = await db.selectFrom("migrations").select("name").orderBy("name").execute();
  return rows.map((row) => row.name);
}

export function refuseNewer(names: readonly string[], known: readonly Migration[]): void {
  const strange = names.find((name) => !known.some((migration) => migration.name === name));
  if (strange) {
    throw new StoreError(
      "newer",
      `The database was written by a newer version of Segue (it has "${strange}"). Run that version, or restore a backup from before it.`,
    );
  }
}

/**
 * Brings the database up to this program's schema: all pending migrations in one transaction, which others who start at
 * the same time wait for. Either all of it happened or nothing.
 */
export async function migrate({ db, kind }: Database, options: MigrateOptions): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await serialise(kind, trx, "migrations");
    await trx.schema
      .createTable("migrations")
      .ifNotExists()
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("applied_at", "bigint", (column) => column.notNull())
      .execute();
  });
  const before = await applied(db);
  refuseNewer(before, options.migrations);
  await options.admit?.();
  if (before.length === options.migrations.length) return;
  if (before.length > 0) await options.backup?.();

  const done = await db.transaction().execute(async (trx) => {
    await serialise(kind, trx, "migrations");
    const names = await applied(trx);
    refuseNewer(names, options.migrations);
    const pending = options.migrations.filter((migration) => !names.includes(migration.name));
    for (const migration of pending) {
      await migration.up(trx as unknown as Kysely<unknown>);
      await trx.insertInto("migrations").values({ name: migration.name, applied_at: options.clock.now() }).execute();
    }
    if (kind === "sqlite") {
      const broken = await sql`pragma foreign_key_check`.execute(trx);
      if (broken.rows.length > 0)
        throw new StoreError("corrupt", "A migration left rows that point nowhere; nothing was changed.");
    }
    return pending.map((migration) => migration.name);
  });
  options.log.info({ migrations: done }, "database migrated");
}

/** Raises where the schema is not this program's, whichever of the two is newer. Changes nothing. */
export async function requireCurrent({ db }: Database, migrations: readonly Migration[]): Promise<void> {
  const tables = await db.introspection.getTables();
  const names = tables.some(({ name }) => name === "migrations") ? await applied(db) : [];
  refuseNewer(names, migrations);
  if (names.length < migrations.length)
    throw new StoreError(
      "older",
      "The database is of an older version of Segue. Start this one once, which brings it along.",
    );
}
