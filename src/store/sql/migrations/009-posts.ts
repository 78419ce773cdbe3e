import type { Kysely } from "kysely";
import type { Migration } from "../migrate.ts";

/** When a post was last given to its platform, views that belong to a place alone, and the cards that places are shown. */
export const posts: Migration = {
  name: "009-posts",
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("outbox").addColumn("begun_at", "bigint").execute();
    await db.schema
      .createTable("announce_cards")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("listener", "text", (column) => column.notNull())
      .addColumn("platform", "text", (column) => column.notNull())
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("place", "text", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("session", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("changed_at", "bigint", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("announce_cards_listener").on("announce_cards").column("listener").execute();
    await db.schema
      .createIndex("announce_cards_place")
      .on("announce_cards")
      .columns(["platform", "tenant", "place", "created_at"])
      .execute();
    await db.schema.createIndex("announce_cards_status").on("announce_cards").column("status").execute();
  },
};
