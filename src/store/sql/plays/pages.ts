import type { PlayPageStore, WholePlay } from "../../../contracts/imports.ts";
import type { Heard } from "../../../contracts/listening.ts";
import { type Inside, lists } from "../bulk.ts";
import type { Database } from "../database.ts";
import { decode, present } from "../values.ts";
import { dictionary } from "./dictionary.ts";
import { kinds, nameOf } from "./numbers.ts";
import { labelIdsOf, toEvidence, toPlay } from "./rows.ts";

const MOST = 2_000;

/** What the tracks are, in full. */
async function heardOf({ trx }: Inside, trackIds: Iterable<number>): Promise<Map<number, Heard>> {
  const heard = new Map<number, Heard>();
  for (const ids of lists(trackIds)) {
    const tracks = await trx
      .selectFrom("tracks")
      .leftJoin("albums", "albums.id", "tracks.album")
      .selectAll("tracks")
      .select([
        "albums.title as album_title",
        "albums.year as album_year",
        "albums.uri as album_uri",
        "albums.url as album_url",
      ])
      .where("tracks.id", "in", ids)
      .execute();
    for (const row of tracks)
      heard.set(row.id, {
        kind: nameOf(kinds, row.kind),
        title: row.title,
        artists: [],
        ...present("uri", row.uri),
        ...present("isrc", row.isrc),
        ...present("url", row.url),
        ...present("durationMs", row.duration_ms),
        ...(row.art !== null && { art: decode<Heard["art"] & object>(row.art) }),
        ...(row.album_title !== null && {
          album: {
            name: row.album_title,
            ...present("releaseYear", row.album_year),
            ...present("uri", row.album_uri),
            ...present("url", row.album_url),
          },
        }),
      });
    const artists = await trx
      .selectFrom("track_artists")
      .innerJoin("artists", "artists.id", "track_artists.artist")
      .select(["track_artists.track", "artists.name", "artists.uri", "artists.url"])
      .where("track_artists.track", "in", ids)
      .orderBy("track_artists.track")
      .orderBy("track_artists.position")
      .execute();
    for (const { track, name, uri, url } of artists)
      heard.get(track)?.artists.push({ name, ...present("uri", uri), ...present("url", url) });
  }
  return heard;
}

/** Pages of whole plays, each read in one look, so that a page never holds half of a change. */
export function playPageStore({ db, kind }: Database): PlayPageStore {
  return {
    page: (key, after, limit) =>
      db.transaction().execute(async (trx): Promise<WholePlay[]> => {
        const inside = { kind, trx };
        let query = trx
          .selectFrom("plays")
          .innerJoin("listeners", "listeners.id", "plays.listener")
          .selectAll("plays")
          .where("listeners.key", "=", key)
          .orderBy("plays.started_at")
          .orderBy("plays.id")
          .limit(Math.min(limit, MOST));
        if (after)
          query = query
            .where("plays.started_at", ">=", after.startedAt)
            .where((eb) => eb.or([eb("plays.started_at", ">", after.startedAt), eb("plays.id", ">", after.playId)]));
        const rows = await query.execute();
        const evidence = [];
        for (const ids of lists(rows.map(({ id }) => id)))
          evidence.push(
            ...(await trx
              .selectFrom("play_evidence")
              .selectAll()
              .where("play", "in", ids)
              .orderBy("play")
              .orderBy("source")
              .orderBy("key")
              .execute()),
          );
        const words = await dictionary(inside, { labelIds: [...labelIdsOf(rows), ...labelIdsOf(evidence)] });
        const plays = new Map(rows.map((row) => [row.id, toPlay(row, words)]));
        for (const row of evidence) {
          const play = plays.get(row.play);
          play?.evidence.push(toEvidence(row, play.trackId, words));
        }
        const heard = await heardOf(
          inside,
          rows.map(({ track }) => track),
        );
        return [...plays.values()].flatMap((play) => {
          const what = heard.get(play.trackId);
          return what ? { play, heard: what } : [];
        });
      }),
  };
}
