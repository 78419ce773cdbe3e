import type { Kysely } from "kysely";
import type { Migration } from "../migrate.ts";

/** Since when a service calls a grant dead, and when it is asked once more before that is believed. */
export const refusals: Migration = {
  name: "012-refusals",
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("accounts").addColumn("refused_at", "bigint").execute();
    await db.schema.alterTable("accounts").addColumn("look_at", "bigint").execute();
  },
};
