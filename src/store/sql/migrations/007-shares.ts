import type { Kysely } from "kysely";
import type { Migration } from "../migrate.ts";

/** What people let places see of what they hear, and deletions of everything that is kept of somebody. */
export const shares: Migration = {
  name: "007-shares",
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    await schema
      .createTable("shares")
      .addColumn("person_id", "text", (column) => column.notNull())
      .addColumn("used_for", "text", (column) => column.notNull())
      .addColumn("platform", "text", (column) => column.notNull())
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("place", "text", (column) => column.notNull())
      .addColumn("since_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("shares_key", ["person_id", "platform", "tenant", "place", "used_for"])
      .execute();
    await schema
      .createIndex("shares_place")
      .on("shares")
      .columns(["platform", "tenant", "place", "used_for", "since_at"])
      .execute();
    await schema
      .createTable("erasures")
      .addColumn("key", "text", (column) => column.primaryKey())
      .addColumn("receipt", "text", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("person_id", "text")
      .addColumn("asker", "text")
      .addColumn("counts", "text", (column) => column.notNull())
      .addColumn("shown", "text", (column) => column.notNull())
      .addColumn("accounts", "text", (column) => column.notNull())
      .addColumn("stays", "smallint", (column) => column.notNull())
      .addColumn("begun_at", "bigint", (column) => column.notNull())
      .addColumn("done_at", "bigint")
      .execute();
  },
};
