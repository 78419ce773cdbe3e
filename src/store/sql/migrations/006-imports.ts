import type { Kysely } from "kysely";
import type { Migration } from "../migrate.ts";

/** Files of listening that people brought, and how far they were read. */
export const imports: Migration = {
  name: "006-imports",
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("play_imports")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("listener", "integer", (column) => column.notNull())
      .addColumn("hash", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("position", "text", (column) => column.notNull())
      .addColumn("counts", "text", (column) => column.notNull())
      .addColumn("files", "text", (column) => column.notNull())
      .addColumn("started_at", "bigint", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .addUniqueConstraint("play_imports_content", ["listener", "hash"])
      .execute();
  },
};
