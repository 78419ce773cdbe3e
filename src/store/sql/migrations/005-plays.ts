import { type ColumnBuilderCallback, type CreateTableBuilder, type Kysely, SqliteAdapter, sql } from "kysely";
import type { Migration } from "../migrate.ts";

/**
 * What was heard. Ten million plays and what hangs on them: rows are narrow, words stand once, and nothing points by foreign
 * key, as plays are written through one door (`plays.ts`) that leaves nothing behind.
 */
export const plays: Migration = {
  name: "005-plays",
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    const sqlite = db.getExecutor().adapter instanceof SqliteAdapter;
    /** Small ids, never given twice, as buttons in old messages name them. */
    const numbered: ColumnBuilderCallback = (column) =>
      sqlite ? column.primaryKey().autoIncrement() : column.primaryKey().generatedByDefaultAsIdentity();
    const needed: ColumnBuilderCallback = (column) => column.notNull();
    /** The table is its key's tree: found by it, and half as large, on SQLite. */
    const clustered = <T extends string>(table: CreateTableBuilder<T, never>) =>
      sqlite ? table.modifyEnd(sql`without rowid`) : table;

    await schema
      .createTable("listeners")
      .addColumn("id", "integer", numbered)
      .addColumn("key", "text", (column) => column.notNull().unique())
      .addColumn("read_at", "bigint")
      .execute();

    await schema
      .createTable("artists")
      .addColumn("id", "integer", numbered)
      .addColumn("folded", "text", needed)
      .addColumn("name", "text", needed)
      .addColumn("uri", "text")
      .addColumn("url", "text")
      .execute();
    await schema.createIndex("artists_folded").on("artists").column("folded").execute();
    await schema
      .createTable("albums")
      .addColumn("id", "integer", numbered)
      .addColumn("words", "text", needed)
      .addColumn("title", "text", needed)
      .addColumn("artist", "integer")
      .addColumn("year", "integer")
      .addColumn("uri", "text")
      .addColumn("url", "text")
      .addColumn("art", "text")
      .execute();
    await schema.createIndex("albums_words").on("albums").column("words").execute();
    await schema
      .createTable("tracks")
      .addColumn("id", "integer", numbered)
      .addColumn("kind", "smallint", needed)
      .addColumn("words", "text", needed)
      .addColumn("title", "text", needed)
      .addColumn("artist", "integer")
      .addColumn("album", "integer")
      .addColumn("duration_ms", "integer")
      .addColumn("isrc", "text")
      .addColumn("uri", "text")
      .addColumn("url", "text")
      .addColumn("art", "text")
      .execute();
    await schema.createIndex("tracks_words").on("tracks").column("words").execute();
    await schema.createIndex("tracks_isrc").on("tracks").column("isrc").where("isrc", "is not", null).execute();
    await clustered(
      schema
        .createTable("track_artists")
        .addColumn("track", "integer", needed)
        .addColumn("position", "smallint", needed)
        .addColumn("artist", "integer", needed)
        .addPrimaryKeyConstraint("track_artists_pk", ["track", "position"]),
    ).execute();
    // All the names under which services know a thing: one recording has several, by market and by release.
    await clustered(
      schema
        .createTable("heard_names")
        .addColumn("uri", "text", needed)
        .addColumn("what", "smallint", needed)
        .addColumn("ref", "integer", needed)
        .addColumn("named_by", "smallint", needed)
        .addPrimaryKeyConstraint("heard_names_pk", ["uri", "what"]),
    ).execute();
    await schema
      .createTable("play_sources")
      .addColumn("id", "integer", numbered)
      .addColumn("origin", "text", needed)
      .addColumn("way", "text", needed)
      .addUniqueConstraint("play_sources_named", ["origin", "way"])
      .execute();
    await schema
      .createTable("play_labels")
      .addColumn("id", "integer", numbered)
      .addColumn("text", "text", (column) => column.notNull().unique())
      .execute();

    await schema
      .createTable("plays")
      .addColumn("id", "integer", numbered)
      .addColumn("listener", "integer", needed)
      .addColumn("track", "integer", needed)
      .addColumn("kind", "smallint", needed)
      .addColumn("started_at", "bigint", needed)
      .addColumn("ended_at", "bigint", needed)
      .addColumn("listened_ms", "integer", needed)
      .addColumn("counts", "smallint", needed)
      .addColumn("source", "integer", needed)
      .addColumn("exact", "smallint", needed)
      .addColumn("skipped", "smallint")
      .addColumn("device", "integer")
      .addColumn("context", "integer")
      .addColumn("hidden", "integer")
      .execute();
    await schema.createIndex("plays_started").on("plays").columns(["listener", "started_at"]).execute();
    await clustered(
      schema
        .createTable("play_evidence")
        .addColumn("play", "integer", needed)
        .addColumn("source", "integer", needed)
        .addColumn("key", "text", needed)
        .addColumn("named_by", "smallint", needed)
        .addColumn("started_at", "bigint", needed)
        .addColumn("ended_at", "bigint", needed)
        .addColumn("exact", "smallint", needed)
        .addColumn("listened_ms", "integer")
        .addColumn("duration_ms", "integer")
        .addColumn("skipped", "smallint")
        .addColumn("device", "integer")
        .addColumn("context", "integer")
        .addColumn("agreed", "smallint")
        .addPrimaryKeyConstraint("play_evidence_pk", ["play", "source", "key"]),
    ).execute();
    // Sums of what counts and is not hidden, by month, by year and of all time (UTC): charts of long periods add these up.
    await clustered(
      schema
        .createTable("play_sums")
        .addColumn("listener", "integer", needed)
        .addColumn("what", "smallint", needed)
        .addColumn("span", "integer", needed)
        .addColumn("ref", "integer", needed)
        .addColumn("plays", "integer", needed)
        .addColumn("ms", "bigint", needed)
        .addPrimaryKeyConstraint("play_sums_pk", ["listener", "what", "span", "ref"]),
    ).execute();

    await schema
      .createTable("play_rules")
      .addColumn("id", "integer", numbered)
      .addColumn("listener", "integer", needed)
      .addColumn("part", "text", needed)
      .addColumn("created_at", "bigint", needed)
      .execute();
    await schema.createIndex("play_rules_listener").on("play_rules").column("listener").execute();
    await schema
      .createTable("play_tombstones")
      .addColumn("id", "integer", numbered)
      .addColumn("listener", "integer", needed)
      .addColumn("track", "integer")
      .addColumn("from_at", "bigint", needed)
      .addColumn("until_at", "bigint", needed)
      .addColumn("only", "smallint", needed)
      .execute();
    await schema
      .createIndex("play_tombstones_listener")
      .on("play_tombstones")
      .columns(["listener", "until_at"])
      .execute();
    await clustered(
      schema
        .createTable("play_gaps")
        .addColumn("listener", "integer", needed)
        .addColumn("from_at", "bigint", needed)
        .addColumn("until_at", "bigint", needed)
        .addColumn("why", "text", needed)
        .addPrimaryKeyConstraint("play_gaps_pk", ["listener", "from_at"]),
    ).execute();
    await clustered(
      schema
        .createTable("play_reviews")
        .addColumn("listener", "integer", needed)
        .addColumn("what", "text", needed)
        .addColumn("from_at", "bigint", needed)
        .addColumn("until_at", "bigint", needed)
        .addPrimaryKeyConstraint("play_reviews_pk", ["listener", "what", "from_at", "until_at"]),
    ).execute();
  },
};
