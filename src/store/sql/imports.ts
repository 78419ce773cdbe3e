import type { Selectable } from "kysely";
import type { ImportCounts, ImportRow, ImportStatus, ImportStore } from "../../contracts/imports.ts";
import type { ListenerKey } from "../../contracts/listening.ts";
import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";
import { decode, encode, newId } from "./values.ts";

const SHOWN = 50;

export function importStore({ db }: Database): ImportStore {
  const toImport = (row: Selectable<Tables["play_imports"]>, listener: ListenerKey): ImportRow => ({
    id: row.id,
    listener,
    hash: row.hash,
    name: row.name,
    status: row.status as ImportStatus,
    position: decode(row.position),
    counts: decode(row.counts),
    files: decode(row.files),
    startedAt: row.started_at,
    updatedAt: row.updated_at,
  });
  const state = ({ status, position, counts, files }: Pick<ImportRow, "status" | "position" | "counts" | "files">) => ({
    status,
    position: encode(position),
    counts: encode(counts),
    files: encode(files),
  });

  return {
    async begin(key, { hash, name }, now) {
      return db.transaction().execute(async (trx) => {
        await trx
          .insertInto("listeners")
          .values({ key })
          .onConflict((conflict) => conflict.column("key").doNothing())
          .execute();
        const { id: listener } = await trx
          .selectFrom("listeners")
          .select("id")
          .where("key", "=", key)
          .executeTakeFirstOrThrow();
        const known = await trx
          .selectFrom("play_imports")
          .selectAll()
          .where("listener", "=", listener)
          .where("hash", "=", hash)
          .executeTakeFirst();
        if (known?.status === "running" || known?.status === "cancelled")
          return { ...toImport(known, key), status: "running" };
        if (known) await trx.deleteFrom("play_imports").where("id", "=", known.id).execute();
        const counts: ImportCounts = { read: 0, kept: 0, below: 0, duplicate: 0, failed: 0, skipped: {} };
        const fresh = { status: "running", position: { file: 0, row: 0 }, counts, files: [] } as const;
        const row = await trx
          .insertInto("play_imports")
          .values({
            id: newId(),
            listener,
            hash,
            name,
            ...state({ ...fresh, files: [] }),
            started_at: now,
            updated_at: now,
          })
          .returningAll()
          .executeTakeFirstOrThrow();
        return toImport(row, key);
      });
    },

    async advance(row, now) {
      const { numUpdatedRows } = await db
        .updateTable("play_imports")
        .set({ ...state(row), updated_at: now })
        .where("id", "=", row.id)
        .where("listener", "in", (eb) =>
          eb.selectFrom("listeners").select("listeners.id").where("listeners.key", "=", row.listener),
        )
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

    async of(key) {
      const rows = await db
        .selectFrom("play_imports")
        .innerJoin("listeners", "listeners.id", "play_imports.listener")
        .selectAll("play_imports")
        .where("listeners.key", "=", key)
        .orderBy("play_imports.updated_at", "desc")
        .limit(SHOWN)
        .execute();
      return rows.map((row) => toImport(row, key));
    },
  };
}
