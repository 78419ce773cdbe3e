import type { Kysely } from "kysely";
import type { Migration } from "../migrate.ts";

/** What people agreed to with diaries, the plays on their way there, and who waits for a place with a provider. */
export const diaries: Migration = {
  name: "008-diaries",
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    await schema
      .createTable("diaries")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("person_id", "text", (column) => column.notNull())
      .addColumn("diary", "text", (column) => column.notNull())
      .addColumn("user_name", "text", (column) => column.notNull())
      .addColumn("reads", "integer", (column) => column.notNull())
      .addColumn("forwards", "text", (column) => column.notNull())
      .addColumn("playing_now", "integer", (column) => column.notNull())
      .addColumn("doubles_agreed", "integer", (column) => column.notNull())
      .addColumn("secret", "text")
      .addColumn("pending", "text")
      .addColumn("from_at", "bigint", (column) => column.notNull())
      .addColumn("scan_at", "bigint")
      .addColumn("scan_until_at", "bigint")
      .addColumn("read_at", "bigint")
      .addColumn("retry_at", "bigint")
      .addColumn("failures", "integer", (column) => column.notNull())
      .addColumn("owes", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addUniqueConstraint("diaries_person", ["person_id", "diary"])
      .execute();
    await schema
      .createTable("forwards")
      .addColumn("connection", "text", (column) => column.notNull())
      .addColumn("play_id", "bigint", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("entry", "text", (column) => column.notNull())
      .addColumn("started_at", "bigint", (column) => column.notNull())
      .addColumn("due_at", "bigint", (column) => column.notNull())
      .addColumn("why", "text")
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("forwards_key", ["connection", "play_id"])
      .execute();
    await schema.createIndex("forwards_due").on("forwards").columns(["connection", "status", "due_at"]).execute();
    await schema.createIndex("forwards_time").on("forwards").columns(["connection", "started_at"]).execute();
    await schema
      .createTable("slots")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("person_id", "text", (column) => column.notNull())
      .addColumn("provider", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("asked_at", "bigint", (column) => column.notNull())
      .addColumn("told_at", "bigint")
      .addUniqueConstraint("slots_person", ["person_id", "provider"])
      .execute();
  },
};
