import type { Kysely } from "kysely";
import type { Migration } from "../migrate.ts";

/** What people's own words mean, and words that meant nothing. */
export const aliasesMisses: Migration = {
  name: "003-aliases-misses",
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    await schema
      .createTable("aliases")
      .addColumn("person_id", "text", (column) => column.notNull())
      .addColumn("provider", "text", (column) => column.notNull())
      .addColumn("folded", "text", (column) => column.notNull())
      .addColumn("said", "text", (column) => column.notNull())
      .addColumn("uri", "text", (column) => column.notNull())
      .addColumn("title", "text", (column) => column.notNull())
      .addColumn("by", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("aliases_key", ["person_id", "provider", "folded"])
      .execute();
    await schema
      .createTable("misses")
      .addColumn("text", "text", (column) => column.notNull())
      .addColumn("locale", "text", (column) => column.notNull())
      .addColumn("times", "bigint", (column) => column.notNull())
      .addColumn("first_at", "bigint", (column) => column.notNull())
      .addColumn("last_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("misses_key", ["text", "locale"])
      .execute();
    await schema.createIndex("misses_last").on("misses").column("last_at").execute();
  },
};
