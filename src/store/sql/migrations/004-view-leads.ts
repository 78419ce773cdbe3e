import type { Migration } from "../migrate.ts";

/** What a message says above the view it shows, and the zone in which it says times. */
export const viewLeads: Migration = {
  name: "004-view-leads",
  async up(db) {
    await db.schema.alterTable("views").addColumn("lead", "text").execute();
    await db.schema.alterTable("views").addColumn("time_zone", "text").execute();
  },
};
