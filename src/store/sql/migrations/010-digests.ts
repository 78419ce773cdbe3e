import type { Kysely } from "kysely";
import type { Migration } from "../migrate.ts";

/** Which digests are wanted where, and those that were made. */
export const digests: Migration = {
  name: "010-digests",
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("digest_orders")
      .addColumn("owner", "text", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("person_id", "text")
      .addColumn("platform", "text")
      .addColumn("tenant", "text")
      .addColumn("place", "text")
      .addColumn("told_at", "text", (column) => column.notNull())
      .addColumn("hour", "integer", (column) => column.notNull())
      .addColumn("since_at", "bigint", (column) => column.notNull())
      .addColumn("done_until_at", "bigint", (column) => column.notNull())
      .addColumn("next_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("digest_orders_key", ["owner", "kind"])
      .execute();
    await db.schema.createIndex("digest_orders_next").on("digest_orders").column("next_at").execute();
    await db.schema
      .createTable("digests")
      .addColumn("key", "text", (column) => column.primaryKey())
      .addColumn("owner", "text", (column) => column.notNull())
      .addColumn("person_id", "text")
      .addColumn("platform", "text")
      .addColumn("tenant", "text")
      .addColumn("place", "text")
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("from_at", "bigint", (column) => column.notNull())
      .addColumn("until_at", "bigint", (column) => column.notNull())
      .addColumn("zone", "text", (column) => column.notNull())
      .addColumn("outcome", "text", (column) => column.notNull())
      .addColumn("content", "text")
      .addColumn("made_at", "bigint", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("digests_owner").on("digests").columns(["owner", "until_at"]).execute();
    await db.schema
      .createTable("digest_listeners")
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("listener", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("digest_listeners_key", ["digest", "listener"])
      .execute();
    await db.schema.createIndex("digest_listeners_listener").on("digest_listeners").column("listener").execute();
  },
};
