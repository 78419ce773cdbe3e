import { sql } from "kysely";
import type { HeardRow, NamedBy, TrackFacts } from "../../../contracts/plays.ts";
import { type Inside, inserter, lists, takeIds } from "../bulk.ts";
import { serialise } from "../database.ts";
import { encode, orNull } from "../values.ts";
import type { KnownTracks, TrackRow } from "./known-tracks.ts";
import { nameAlbums, nameArtists } from "./makers.ts";
import { kinds, namedBys, nameOf, whats } from "./numbers.ts";

/** Two sources that know how long a thing is mean different recordings when they differ by more. */
const SAME_DURATION_MS = 5_000;

type Known = { row: TrackRow; isNew: boolean; patched: boolean };
type Found = { track: Known; namedBy: NamedBy };

/** What is known of the things that are named, and what becomes known of them now. */
type Book = {
  byUri: Map<string, Found>;
  byIsrc: Map<string, Known>;
  /** Lowest id first. */
  byWords: Map<string, Known[]>;
  newNames: { uri: string; track: Known; namedBy: NamedBy }[];
};

const insertTracks = inserter("tracks", [
  "id",
  "kind",
  "words",
  "title",
  "artist",
  "album",
  "duration_ms",
  "isrc",
  "uri",
  "url",
  "art",
]);
const insertTrackArtists = inserter("track_artists", ["track", "position", "artist"]);
const insertNames = inserter("heard_names", ["uri", "what", "ref", "named_by"], "on conflict do nothing");

async function read({ trx }: Inside, heard: readonly HeardRow[], knownTracks: KnownTracks): Promise<Book> {
  const book: Book = { byUri: new Map(), byIsrc: new Map(), byWords: new Map(), newNames: [] };
  const known = new Map<number, Known>();
  const knownAs = (row: TrackRow): Known => {
    const track = known.get(row.id) ?? { row, isNew: false, patched: false };
    known.set(row.id, track);
    return track;
  };
  const wanted = new Set<string>();
  for (const each of heard) {
    if (each.uri === undefined) continue;
    const before = knownTracks.of(each);
    if (before) book.byUri.set(each.uri, { track: knownAs(before.row), namedBy: before.namedBy });
    else wanted.add(each.uri);
  }
  for (const uris of lists(wanted)) {
    const rows = await trx
      .selectFrom("heard_names")
      .innerJoin("tracks", "tracks.id", "heard_names.ref")
      .selectAll("tracks")
      .select(["heard_names.uri as named", "heard_names.named_by"])
      .where("heard_names.uri", "in", uris)
      .where("heard_names.what", "=", whats.track)
      .execute();
    for (const { named, named_by, ...row } of rows) {
      const namedBy = nameOf(namedBys, named_by);
      knownTracks.keep(named, { row, namedBy });
      book.byUri.set(named, { track: knownAs(row), namedBy });
    }
  }
  const others = heard.filter(({ uri }) => uri === undefined || !book.byUri.has(uri));
  for (const isrcs of lists(others.flatMap(({ isrc }) => isrc ?? []))) {
    const rows = await trx.selectFrom("tracks").selectAll().where("isrc", "in", isrcs).orderBy("id", "desc").execute();
    for (const row of rows) if (row.isrc) book.byIsrc.set(row.isrc, knownAs(row));
  }
  for (const words of lists(others.map((each) => each.words))) {
    const rows = await trx.selectFrom("tracks").selectAll().where("words", "in", words).orderBy("id").execute();
    for (const row of rows) book.byWords.set(row.words, [...(book.byWords.get(row.words) ?? []), knownAs(row)]);
  }
  return book;
}

function agree({ row }: Known, heard: HeardRow): boolean {
  if (row.kind !== kinds.indexOf(heard.kind)) return false;
  if (row.isrc !== null && heard.isrc !== undefined && row.isrc !== heard.isrc) return false;
  if (row.duration_ms === null || heard.durationMs === undefined) return true;
  return Math.abs(row.duration_ms - heard.durationMs) <= SAME_DURATION_MS;
}

/** By the service's name, else by the recording's, else by words; what nothing is known of is new. */
function findOrMake(book: Book, heard: HeardRow): Found {
  const byUri = heard.uri === undefined ? undefined : book.byUri.get(heard.uri);
  if (byUri) return byUri;
  const byIsrc = heard.isrc === undefined ? undefined : book.byIsrc.get(heard.isrc);
  const sameWords = book.byWords.get(heard.words) ?? [];
  const track = byIsrc ?? sameWords.find((each) => agree(each, heard)) ?? makeTrack(heard);
  if (track.isNew && !sameWords.includes(track)) book.byWords.set(heard.words, [...sameWords, track]);
  const found: Found = {
    track,
    // The first name of a thing, or of one that had none, is its own.
    namedBy: track.row.uri === null && heard.uri !== undefined ? "uri" : byIsrc ? "isrc" : "words",
  };
  if (heard.uri !== undefined) {
    book.byUri.set(heard.uri, found);
    book.newNames.push({ uri: heard.uri, ...found });
  }
  return found;
}

function makeTrack({ kind, words, title }: HeardRow): Known {
  const nothing = { artist: null, album: null, duration_ms: null, isrc: null, uri: null, url: null, art: null };
  return { row: { id: 0, kind: kinds.indexOf(kind), words, title, ...nothing }, isNew: true, patched: false };
}

/** Keeps what was not known yet. */
function learn(book: Book, track: Known, heard: HeardRow): void {
  const before = track.row;
  track.row = {
    ...before,
    duration_ms: before.duration_ms ?? orNull(heard.durationMs),
    isrc: before.isrc ?? orNull(heard.isrc),
    uri: before.uri ?? orNull(heard.uri),
    url: before.url ?? orNull(heard.url),
    art: before.art ?? (heard.art && heard.art.length > 0 ? encode(heard.art) : null),
  };
  const { duration_ms, isrc, uri, url, art } = before;
  const now = track.row;
  if (duration_ms !== now.duration_ms || isrc !== now.isrc || uri !== now.uri || url !== now.url || art !== now.art)
    track.patched = true;
  if (now.isrc !== null && !book.byIsrc.has(now.isrc)) book.byIsrc.set(now.isrc, track);
}

async function write(inside: Inside, found: readonly Found[], heard: readonly HeardRow[], book: Book): Promise<void> {
  const { trx } = inside;
  const first = new Map<Known, HeardRow>();
  const withAlbum = new Map<Known, HeardRow>();
  found.forEach(({ track }, index) => {
    const row = heard[index];
    if (!row) return;
    if (track.isNew && !first.has(track)) first.set(track, row);
    if (track.row.album === null && row.album && !withAlbum.has(track)) withAlbum.set(track, row);
  });
  const fresh = [...first.keys()];
  const ids = await takeIds(inside, "tracks", fresh.length);
  fresh.forEach((track, index) => {
    track.row.id = ids[index] ?? 0;
  });
  const artists = await nameArtists(inside, [...first.values(), ...withAlbum.values()]);
  const albums = await nameAlbums(inside, [...withAlbum.values()], artists);
  for (const [track, { artists: by }] of first) track.row.artist = by[0] ? orNull(artists(by[0])) : null;
  for (const [track, { album }] of withAlbum) {
    track.row.album = album ? orNull(albums(album)) : null;
    track.patched = true;
  }
  await insertTracks(
    inside,
    fresh.map(({ row }) => [
      row.id,
      row.kind,
      row.words,
      row.title,
      row.artist,
      row.album,
      row.duration_ms,
      row.isrc,
      row.uri,
      row.url,
      row.art,
    ]),
  );
  await insertTrackArtists(
    inside,
    [...first].flatMap(([track, { artists: by }]) =>
      [...new Set(by.flatMap((each) => artists(each) ?? []))].map((artist, position) => [
        track.row.id,
        position,
        artist,
      ]),
    ),
  );
  for (const { row, isNew, patched } of new Set(found.map(({ track }) => track))) {
    if (isNew || !patched) continue;
    const { id, album, duration_ms, isrc, uri, url, art } = row;
    await trx.updateTable("tracks").set({ album, duration_ms, isrc, uri, url, art }).where("id", "=", id).execute();
  }
  await insertNames(
    inside,
    book.newNames.map(({ uri, track, namedBy }) => [uri, whats.track, track.row.id, namedBys.indexOf(namedBy)]),
  );
}

/** Finds each thing, or makes it, and keeps what is learnt of it. The same order. */
export async function resolveHeard(
  inside: Inside,
  heard: readonly HeardRow[],
  knownTracks: KnownTracks,
): Promise<{ row: TrackRow; namedBy: NamedBy }[]> {
  if (heard.length === 0) return [];
  const plan = async () => {
    const book = await read(inside, heard, knownTracks);
    const found = heard.map((each) => {
      const one = findOrMake(book, each);
      learn(book, one.track, each);
      return one;
    });
    const changes = found.some(
      ({ track }, index) => track.isNew || track.patched || (track.row.album === null && heard[index]?.album),
    );
    return { book, found, changes: changes || book.newNames.length > 0 };
  };
  let planned = await plan();
  if (planned.changes) {
    // Two listeners who are the first to hear something make it once: whoever comes second sees it.
    await serialise(inside.kind, inside.trx, "heard");
    if (inside.kind === "postgres") planned = await plan();
    await write(inside, planned.found, heard, planned.book);
  }
  return planned.found.map(({ track, namedBy }) => ({ row: track.row, namedBy }));
}

type FactRow = Pick<TrackRow, "id" | "kind" | "artist" | "album">;

/** All artists of a track are read only where somebody asks for them; the first stands with the track. */
export async function factsOf(
  { trx }: Inside,
  /** Rows that were read already. */
  known: Iterable<FactRow>,
  trackIds: Iterable<number>,
  allArtists: boolean,
): Promise<Map<number, TrackFacts>> {
  const facts = new Map<number, TrackFacts & { artists: number[] }>();
  const note = ({ id, kind, artist, album }: FactRow): void => {
    if (facts.has(id)) return;
    facts.set(id, {
      id,
      kind: nameOf(kinds, kind),
      artists: artist === null ? [] : [artist],
      ...(album !== null && { album }),
    });
  };
  for (const row of known) note(row);
  const unknown = [...trackIds].filter((id) => !facts.has(id));
  for (const ids of lists(unknown)) {
    const rows = await trx
      .selectFrom("tracks")
      .select(["id", "kind", "artist", "album"])
      .where("id", "in", ids)
      .execute();
    for (const row of rows) note(row);
  }
  for (const ids of lists(allArtists ? facts.keys() : [])) {
    const others = await trx
      .selectFrom("track_artists")
      .select(["track", "artist"])
      .where("track", "in", ids)
      .where("position", ">", sql<number>`0`)
      .orderBy("track")
      .orderBy("position")
      .execute();
    for (const { track, artist } of others) facts.get(track)?.artists.push(artist);
  }
  return facts;
}
