import type { HeardRow } from "../../../contracts/plays.ts";
import { type Inside, inserter, lists, takeIds } from "../bulk.ts";
import { encode, orNull } from "../values.ts";
import { namedBys, whats } from "./numbers.ts";

type Artist = HeardRow["artists"][number];
type Album = NonNullable<HeardRow["album"]>;
type Kept = { id: number; uri: string | null };

const insertArtists = inserter("artists", ["id", "folded", "name", "uri", "url"]);
const insertAlbums = inserter("albums", ["id", "words", "title", "artist", "year", "uri", "url", "art"]);
const insertNames = inserter("heard_names", ["uri", "what", "ref", "named_by"], "on conflict do nothing");

const service = (uri: string): string => uri.slice(0, uri.indexOf(":") + 1);

/** One name, two of the same service's ids: two bands. Of another service, or of none, it is the same one. */
const mayBe = (kept: Kept, artist: Artist): boolean =>
  kept.uri === null || artist.uri === undefined || service(kept.uri) !== service(artist.uri);

async function namesOf({ trx }: Inside, what: number, uris: readonly string[]): Promise<Map<string, number>> {
  const refs = new Map<string, number>();
  for (const part of lists(uris)) {
    const rows = await trx
      .selectFrom("heard_names")
      .select(["uri", "ref"])
      .where("uri", "in", part)
      .where("what", "=", what)
      .execute();
    for (const { uri, ref } of rows) refs.set(uri, ref);
  }
  return refs;
}

/** Finds or makes the artists of all these; answers for each of them. The caller holds what is heard against others. */
export async function nameArtists(
  inside: Inside,
  heard: readonly HeardRow[],
): Promise<(artist: Artist) => number | undefined> {
  const { trx } = inside;
  const artists = heard.flatMap((each) => each.artists);
  const byUri = await namesOf(
    inside,
    whats.artist,
    artists.flatMap(({ uri }) => uri ?? []),
  );
  const byName = new Map<string, Kept[]>();
  for (const names of lists(artists.map(({ folded }) => folded))) {
    const rows = await trx
      .selectFrom("artists")
      .select(["id", "folded", "uri"])
      .where("folded", "in", names)
      .orderBy("id")
      .execute();
    for (const { folded, ...kept } of rows) byName.set(folded, [...(byName.get(folded) ?? []), kept]);
  }
  const find = (artist: Artist): number | undefined =>
    (artist.uri === undefined ? undefined : byUri.get(artist.uri)) ??
    byName.get(artist.folded)?.find((kept) => mayBe(kept, artist))?.id;

  const fresh: { kept: Kept; artist: Artist }[] = [];
  const named = new Map<string, Kept>();
  for (const artist of artists) {
    if (artist.uri !== undefined && byUri.has(artist.uri)) continue;
    const same = byName.get(artist.folded) ?? [];
    let kept = same.find((each) => mayBe(each, artist));
    if (!kept) {
      kept = { id: 0, uri: orNull(artist.uri) };
      fresh.push({ kept, artist });
      byName.set(artist.folded, [...same, kept]);
    }
    if (artist.uri === undefined || named.has(artist.uri)) continue;
    named.set(artist.uri, kept);
    if (kept.uri === null) {
      kept.uri = artist.uri;
      if (kept.id === 0) continue;
      await trx
        .updateTable("artists")
        .set({ uri: artist.uri, url: orNull(artist.url) })
        .where("id", "=", kept.id)
        .execute();
    }
  }
  const ids = await takeIds(inside, "artists", fresh.length);
  fresh.forEach(({ kept }, index) => {
    kept.id = ids[index] ?? 0;
  });
  await insertArtists(
    inside,
    fresh.map(({ kept, artist }) => [kept.id, artist.folded, artist.name, kept.uri, orNull(artist.url)]),
  );
  await insertNames(
    inside,
    [...named].map(([uri, { id }]) => [uri, whats.artist, id, namedBys.indexOf("uri")]),
  );
  for (const [uri, { id }] of named) byUri.set(uri, id);
  return find;
}

/** As `nameArtists`, of albums: one title by one artist is one album, whatever releases a service has of it. */
export async function nameAlbums(
  inside: Inside,
  heard: readonly HeardRow[],
  artistOf: (artist: Artist) => number | undefined,
): Promise<(album: Album) => number | undefined> {
  const { trx } = inside;
  const albums = new Map<string, { album: Album; by: Artist | undefined }>();
  for (const { album, artists } of heard)
    if (album && !albums.has(album.words)) albums.set(album.words, { album, by: artists[0] });
  const ids = new Map<string, number>();
  for (const words of lists(albums.keys())) {
    const rows = await trx
      .selectFrom("albums")
      .select(["id", "words", "art"])
      .where("words", "in", words)
      .orderBy("id", "desc")
      .execute();
    for (const { id, words: each, art } of rows) {
      ids.set(each, id);
      const given = albums.get(each)?.album.art;
      if (art === null && given)
        await trx
          .updateTable("albums")
          .set({ art: encode(given) })
          .where("id", "=", id)
          .execute();
    }
  }
  const fresh = [...albums.values()].filter(({ album }) => !ids.has(album.words));
  const taken = await takeIds(inside, "albums", fresh.length);
  fresh.forEach(({ album }, index) => {
    ids.set(album.words, taken[index] ?? 0);
  });
  await insertAlbums(
    inside,
    fresh.map(({ album, by }) => [
      ids.get(album.words) ?? 0,
      album.words,
      album.title,
      orNull(by && artistOf(by)),
      orNull(album.year),
      orNull(album.uri),
      orNull(album.url),
      album.art ? encode(album.art) : null,
    ]),
  );
  return ({ words }) => ids.get(words);
}
