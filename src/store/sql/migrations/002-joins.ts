import type { Kysely } from "kysely";
import type { Migration } from "../migrate.ts";

/** Joining several chat identities to one person. */
export const joins: Migration = {
  name: "002-joins",
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    await schema
      .createTable("joins")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("code_hash", "text", (column) => column.notNull().unique())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("host_person", "text", (column) => column.notNull())
      .addColumn("host", "text", (column) => column.notNull())
      .addColumn("guest_person", "text")
      .addColumn("guest_user", "text")
      .addColumn("guest", "text")
      .addColumn("plan", "text")
      .addColumn("owes", "text")
      .addColumn("owes_since", "bigint")
      .addColumn("receipt", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("expires_at", "bigint", (column) => column.notNull())
      .execute();
    await schema.createIndex("joins_host").on("joins").column("host_person").execute();
    await schema.createIndex("joins_guest").on("joins").column("guest_person").execute();
    await schema.createIndex("joins_guest_user").on("joins").column("guest_user").execute();
    await schema.createIndex("joins_expires").on("joins").column("expires_at").execute();
  },
};
