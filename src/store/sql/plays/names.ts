import { type Kysely, sql } from "kysely";
import type { Chart, ChartRow, Played, PlayWay } from "../../../contracts/listening.ts";
import type { Art } from "../../../contracts/music.ts";
import { lists } from "../bulk.ts";
import type { Tables } from "../tables.ts";
import { decode, present } from "../values.ts";
import { kinds, nameOf } from "./numbers.ts";

type Named = Pick<ChartRow, "name" | "by" | "uri" | "url" | "art">;
type NameRow = { name: string; by: string | null; uri: string | null; url: string | null; art: string | null };

const toNamed = ({ name, by, uri, url, art }: NameRow): Named => ({
  name,
  ...present("by", by),
  ...present("uri", uri),
  ...present("url", url),
  ...(art !== null && { art: decode<Art[]>(art) }),
});

function artists(db: Kysely<Tables>, ids: readonly number[]) {
  const none = sql<string | null>`null`;
  return db
    .selectFrom("artists")
    .select(["id", "name", "uri", "url", none.as("by"), none.as("art")])
    .where("id", "in", ids);
}

function albums(db: Kysely<Tables>, ids: readonly number[]) {
  return db
    .selectFrom("albums")
    .leftJoin("artists", "artists.id", "albums.artist")
    .select(["albums.id", "albums.title as name", "albums.uri", "albums.url", "albums.art", "artists.name as by"])
    .where("albums.id", "in", ids);
}

function tracks(db: Kysely<Tables>, ids: readonly number[]) {
  return db
    .selectFrom("tracks")
    .leftJoin("artists", "artists.id", "tracks.artist")
    .leftJoin("albums", "albums.id", "tracks.album")
    .select(["tracks.id", "tracks.title as name", "tracks.uri", "tracks.url", "artists.name as by"])
    .select((eb) => eb.fn.coalesce("albums.art", "tracks.art").as("art"))
    .where("tracks.id", "in", ids);
}

/** What things of a chart are called, by id. */
export async function namesOf(db: Kysely<Tables>, chart: Chart, refs: readonly number[]): Promise<Map<number, Named>> {
  const query = (ids: number[]): Promise<(NameRow & { id: number })[]> => {
    if (chart === "artists") return artists(db, ids).execute();
    return chart === "albums" ? albums(db, ids).execute() : tracks(db, ids).execute();
  };
  const names = new Map<number, Named>();
  for (const ids of lists(refs)) for (const { id, ...row } of await query(ids)) names.set(id, toNamed(row));
  return names;
}

/** Plays as they are told to people. */
export function playedQuery(db: Kysely<Tables>) {
  return db
    .selectFrom("plays")
    .innerJoin("tracks", "tracks.id", "plays.track")
    .innerJoin("play_sources", "play_sources.id", "plays.source")
    .leftJoin("artists", "artists.id", "tracks.artist")
    .select(["plays.id", "plays.track", "plays.kind", "plays.started_at", "plays.ended_at", "plays.listened_ms"])
    .select(["plays.counts", "tracks.title", "tracks.uri", "tracks.url", "artists.name as by"])
    .select(["play_sources.origin", "play_sources.way"]);
}
type PlayedRow = Awaited<ReturnType<ReturnType<typeof playedQuery>["execute"]>>[number];

export function toPlayed(row: PlayedRow): Played {
  return {
    playId: row.id,
    trackId: row.track,
    kind: nameOf(kinds, row.kind),
    title: row.title,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    listenedMs: row.listened_ms,
    counts: row.counts === 1,
    source: { origin: row.origin, way: row.way as PlayWay },
    ...present("by", row.by),
    ...present("uri", row.uri),
    ...present("url", row.url),
  };
}
