import type { Migration } from "../migrate.ts";

/** What a message says above the view it shows. */
export const viewLeads: Migration = {
  name: "004-view-leads",
  async up(db) {
    await db.schema.alterTable("views").addColumn("lead", "text").execute();
  },
};
