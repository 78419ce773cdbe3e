import type { Kysely } from "kysely";
import type { Migration } from "../migrate.ts";

/** The schema of the first release. Tables are made with what both databases understand alike. */
export const first: Migration = {
  name: "001-first",
  async up(db: Kysely<unknown>) {
    const { schema } = db;

    await schema
      .createTable("events")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("platform", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("event", "text", (column) => column.notNull())
      .addColumn("commands", "text", (column) => column.notNull())
      .addColumn("done", "integer", (column) => column.notNull())
      .addColumn("begun", "integer", (column) => column.notNull())
      .addColumn("attempts", "integer", (column) => column.notNull())
      .addColumn("lease_owner", "text", (column) => column.notNull())
      .addColumn("lease_until", "bigint", (column) => column.notNull())
      .addColumn("accepted_at", "bigint", (column) => column.notNull())
      .addColumn("finished_at", "bigint")
      .addUniqueConstraint("events_platform_key", ["platform", "key"])
      .execute();
    await schema.createIndex("events_finished").on("events").columns(["finished_at", "lease_until"]).execute();
    for (const [table, part, value] of [
      ["event_replies", "step", "reply"],
      ["event_notes", "key", "value"],
    ] as const) {
      await schema
        .createTable(table)
        .addColumn("event_id", "text", (column) => column.notNull().references("events.id").onDelete("cascade"))
        .addColumn(part, part === "step" ? "integer" : "text", (column) => column.notNull())
        .addColumn(value, "text", (column) => column.notNull())
        .addPrimaryKeyConstraint(`${table}_pk`, ["event_id", part])
        .execute();
    }

    await schema
      .createTable("people")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("locale", "text")
      .addColumn("time_zone", "text")
      .addColumn("operator", "integer", (column) => column.notNull())
      .execute();
    await schema
      .createTable("identities")
      .addColumn("platform", "text", (column) => column.notNull())
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("user_id", "text", (column) => column.notNull())
      .addColumn("person_id", "text", (column) => column.notNull().references("people.id").onDelete("cascade"))
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("identities_pk", ["platform", "tenant", "user_id"])
      .execute();
    await schema.createIndex("identities_person").on("identities").column("person_id").execute();

    await schema
      .createTable("accounts")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("person_id", "text", (column) => column.notNull().references("people.id").onDelete("cascade"))
      .addColumn("provider", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("display_name", "text")
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("scopes", "text", (column) => column.notNull())
      .addColumn("consented_at", "bigint", (column) => column.notNull())
      .addColumn("access_token", "text", (column) => column.notNull())
      .addColumn("access_expires_at", "bigint", (column) => column.notNull())
      .addColumn("refresh_token", "text", (column) => column.notNull())
      .addColumn("version", "integer", (column) => column.notNull())
      .addColumn("free", "integer", (column) => column.notNull())
      .addColumn("told_lapsed_at", "bigint")
      .addColumn("last_error", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("refresh_owner", "text")
      .addColumn("refresh_until", "bigint")
      .addUniqueConstraint("accounts_provider_subject", ["provider", "subject"])
      .execute();
    await schema.createIndex("accounts_person").on("accounts").column("person_id").execute();

    await schema
      .createTable("links")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("token_hash", "text", (column) => column.notNull().unique())
      .addColumn("state_hash", "text", (column) => column.unique())
      .addColumn("browser_hash", "text")
      .addColumn("verifier", "text")
      .addColumn("person_id", "text", (column) => column.notNull())
      .addColumn("user", "text", (column) => column.notNull())
      .addColumn("user_name", "text", (column) => column.notNull())
      .addColumn("place", "text", (column) => column.notNull())
      .addColumn("provider", "text", (column) => column.notNull())
      .addColumn("needs", "text", (column) => column.notNull())
      .addColumn("mode", "text", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("failure", "text")
      .addColumn("pending_code", "text")
      .addColumn("confirm_hash", "text")
      .addColumn("confirm_tries", "integer", (column) => column.notNull())
      .addColumn("sent", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("expires_at", "bigint", (column) => column.notNull())
      .execute();
    await schema.createIndex("links_person").on("links").columns(["person_id", "provider"]).execute();
    await schema.createIndex("links_expires").on("links").column("expires_at").execute();

    await schema
      .createTable("wishes")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("person_id", "text", (column) => column.notNull())
      .addColumn("place", "text", (column) => column.notNull())
      .addColumn("user", "text", (column) => column.notNull())
      .addColumn("user_name", "text", (column) => column.notNull())
      .addColumn("locale", "text", (column) => column.notNull())
      .addColumn("direct", "integer", (column) => column.notNull())
      .addColumn("local", "integer", (column) => column.notNull())
      .addColumn("waits_for", "text", (column) => column.notNull())
      .addColumn("commands", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("expires_at", "bigint", (column) => column.notNull())
      .execute();
    await schema.createIndex("wishes_person").on("wishes").columns(["person_id", "waits_for"]).execute();
    await schema.createIndex("wishes_expires").on("wishes").column("expires_at").execute();

    await schema
      .createTable("views")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("person_id", "text", (column) => column.notNull())
      .addColumn("locale", "text", (column) => column.notNull())
      .addColumn("sent", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("expires_at", "bigint", (column) => column.notNull())
      .execute();
    await schema.createIndex("views_subject").on("views").columns(["kind", "key"]).execute();
    await schema.createIndex("views_expires").on("views").column("expires_at").execute();

    await schema
      .createTable("buttons")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("command", "text", (column) => column.notNull())
      .addColumn("expires_at", "bigint", (column) => column.notNull())
      .execute();
    await schema.createIndex("buttons_expires").on("buttons").column("expires_at").execute();

    await schema
      .createTable("calls")
      .addColumn("budget", "text", (column) => column.notNull())
      .addColumn("call_group", "text", (column) => column.notNull())
      .addColumn("lane", "text", (column) => column.notNull())
      .addColumn("hour_at", "bigint", (column) => column.notNull())
      .addColumn("calls", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("calls_pk", ["budget", "hour_at", "call_group", "lane"])
      .execute();
    await schema
      .createTable("gates")
      .addColumn("budget", "text", (column) => column.notNull())
      .addColumn("call_group", "text", (column) => column.notNull())
      .addColumn("closed_at", "bigint", (column) => column.notNull())
      .addColumn("until_at", "bigint", (column) => column.notNull())
      .addColumn("reason", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("gates_pk", ["budget", "call_group"])
      .execute();

    await schema
      .createTable("queue")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("player_key", "text", (column) => column.notNull())
      .addColumn("position", "integer", (column) => column.notNull())
      .addColumn("uri", "text", (column) => column.notNull())
      .addColumn("title", "text", (column) => column.notNull())
      .addColumn("artist", "text", (column) => column.notNull())
      .addColumn("duration_ms", "bigint", (column) => column.notNull())
      .addColumn("added_by", "text", (column) => column.notNull())
      .addColumn("handed_at", "bigint")
      .execute();
    await schema.createIndex("queue_order").on("queue").columns(["player_key", "position"]).execute();

    await schema
      .createTable("timers")
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("owner", "text", (column) => column.notNull())
      .addColumn("due_at", "bigint", (column) => column.notNull())
      .addColumn("data", "text", (column) => column.notNull())
      .addColumn("lease_until", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("timers_pk", ["name", "owner"])
      .execute();
    await schema.createIndex("timers_due").on("timers").column("due_at").execute();

    await schema
      .createTable("settings")
      .addColumn("owner", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("value", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("settings_pk", ["owner", "name"])
      .execute();

    await schema
      .createTable("audit")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("person_id", "text")
      .addColumn("act", "text", (column) => column.notNull())
      .addColumn("detail", "text", (column) => column.notNull())
      .execute();
    await schema.createIndex("audit_at").on("audit").column("at").execute();

    await schema
      .createTable("outbox")
      .addColumn("key", "text", (column) => column.primaryKey())
      .addColumn("platform", "text", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("attempts", "integer", (column) => column.notNull())
      .addColumn("due_at", "bigint", (column) => column.notNull())
      .addColumn("lease_owner", "text")
      .addColumn("lease_until", "bigint", (column) => column.notNull())
      .addColumn("sent", "text")
      .addColumn("last_error", "text")
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .execute();
    await schema.createIndex("outbox_due").on("outbox").columns(["platform", "status", "due_at"]).execute();
    await schema.createIndex("outbox_status").on("outbox").columns(["status", "updated_at"]).execute();
  },
};
