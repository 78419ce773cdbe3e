import { sql } from "kysely";
import type { PlayStore } from "../../../contracts/plays.ts";
import type { Inside } from "../bulk.ts";
import type { Database } from "../database.ts";
import { encode, orNull } from "../values.ts";
import { resolveHeard } from "./heard.ts";
import type { KnownTracks } from "./known-tracks.ts";

/** Rows that one step looks at: a few ms of the main thread, however many tracks there are. */
const SLICE = 2_000;
const FOUND = 20;

export async function lackingTracks(db: Database["db"], afterId: number): ReturnType<PlayStore["lacking"]> {
  const untilId = afterId + SLICE;
  const rows = await db
    .selectFrom("tracks")
    .leftJoin("albums", "albums.id", "tracks.album")
    .select(["tracks.id", "tracks.uri"])
    .where("tracks.id", ">", afterId)
    .where("tracks.id", "<=", untilId)
    .where("tracks.uri", "is not", null)
    .where((eb) =>
      eb.or([
        eb("tracks.duration_ms", "is", null),
        eb.and([eb("tracks.art", "is", null), eb("albums.art", "is", null)]),
      ]),
    )
    .orderBy("tracks.id")
    .limit(FOUND)
    .execute();
  const tracks = rows.flatMap(({ id, uri }) => (uri === null ? [] : [{ id, uri }]));
  const last = await db
    .selectFrom("tracks")
    .select(sql<number>`coalesce(max(id), 0)`.as("id"))
    .executeTakeFirstOrThrow();
  const end = untilId >= last.id;
  return { tracks, throughId: end ? last.id : untilId, end };
}

/** Fills what is empty of the track that goes by this name, and of its album; nothing that is known changes. */
export async function learnTrack(
  inside: Inside,
  knownTracks: KnownTracks,
  [uri, heard]: Parameters<PlayStore["learn"]>,
): Promise<void> {
  const { trx } = inside;
  // By the name that was asked for: the service may answer with another one of the same recording.
  const [found] = await resolveHeard(inside, [{ ...heard, uri }], knownTracks);
  const { album } = heard;
  if (!found || found.row.album === null || !album) return;
  const { art, year, uri: albumUri, url } = album;
  await trx
    .updateTable("albums")
    .set((eb) => ({
      art: eb.fn.coalesce("art", eb.val(art && art.length > 0 ? encode(art) : null)),
      year: eb.fn.coalesce("year", eb.val(orNull(year))),
      uri: eb.fn.coalesce("uri", eb.val(orNull(albumUri))),
      url: eb.fn.coalesce("url", eb.val(orNull(url))),
    }))
    .where("id", "=", found.row.album)
    .execute();
}
