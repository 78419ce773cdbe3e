import { z } from "zod";
import type { Album, SearchHits, Track } from "../../../contracts/music.ts";
import {
  albumSchema,
  artistSchema,
  audiobookSchema,
  count,
  episodeSchema,
  goodOnes,
  malformed,
  maybe,
  ownedBy,
  playlistSchema,
  present,
  read,
  showSchema,
  trackSchema,
} from "./parse.ts";

export type Page<T> = { items: T[]; total: number; more: boolean; read: number };

const pageSchema = z.object({ items: z.array(z.unknown()), total: maybe(count), next: maybe(z.string()) });

/**
 * One page of a list. `read` counts what the platform sent, good or not, so that the next offset is right; `more` says
 * whether it has further pages.
 */
export function parsePage<T extends z.ZodType>(schema: T, raw: unknown, what: string): Page<z.output<T>> {
  const page = read(pageSchema, raw, what);
  const items = goodOnes(schema, page.items);
  return { items, total: page.total ?? items.length, more: page.next !== undefined, read: page.items.length };
}

/** A track inside a row of a list: liked songs, playlist items. `track` became `item` in February 2026. */
export const rowSchema = <T extends z.ZodType>(schema: T) =>
  z.object({ item: maybe(schema), track: maybe(schema) }).transform((row, context): z.output<T> => {
    const found = row.item ?? row.track;
    if (found !== undefined) return found;
    context.addIssue({ code: "custom", message: "an empty row" });
    return z.NEVER;
  });

const hitsSchema = z.record(z.string(), z.unknown());
const hitPageSchema = z.object({ items: z.array(z.unknown()) });

/**
 * Search reports playlists that it may not show as null; they are left out. A kind that was not asked for is not there; one
 * that is there and no list is no answer, and must not look like "nothing found".
 */
export function parseSearch(raw: unknown, listener?: string): SearchHits {
  const body = read(hitsSchema, raw, "search");
  const list = <T extends z.ZodType>(key: string, schema: T): z.output<T>[] => {
    const page = body[key];
    return page === undefined || page === null ? [] : goodOnes(schema, read(hitPageSchema, page, key).items);
  };
  return {
    tracks: list("tracks", trackSchema),
    albums: list("albums", albumSchema),
    artists: list("artists", artistSchema),
    playlists: list("playlists", playlistSchema).map((found) => ownedBy(listener, found)),
    shows: list("shows", showSchema),
    episodes: list("episodes", episodeSchema),
    audiobooks: list("audiobooks", audiobookSchema),
  };
}

const playSchema = z
  .object({ track: trackSchema, played_at: z.iso.datetime({ offset: true }) })
  .transform(({ track, played_at }) => ({ track, playedAt: Date.parse(played_at) }));

/** `playedAt` is what the platform says, in ms: the end of the play in current practice, its start in other years. */
export function parseRecentlyPlayed(raw: unknown): { track: Track; playedAt: number }[] {
  const plays = parsePage(playSchema, raw, "recently played").items;
  return plays.sort((a, b) => b.playedAt - a.playedAt);
}

const albumWithTracks = z.object({ tracks: z.unknown() });

/** The first page of an album's tracks as it comes with the album, and the album to complete them with. */
export function parseAlbumTracks(raw: unknown): { album: Album; page: Page<Track> } {
  const { tracks } = read(albumWithTracks, raw, "album");
  return { album: read(albumSchema, raw, "album"), page: parsePage(trackSchema, tracks, "album tracks") };
}

/** A track of an album's own list comes without the album's name and art. */
export function withAlbum(track: Track, album: Album): Track {
  const { title: name, uri, url, kind, releaseYear, artists } = album;
  return { ...track, album: { name, uri, ...present({ url, kind, releaseYear }), artists }, art: album.art };
}

const booleans = z.array(z.boolean());

/** One answer to each question, in their order. */
export function parseBooleans(raw: unknown, length: number): boolean[] {
  const answers = read(booleans, raw, "contains");
  if (answers.length !== length) throw malformed(`${answers.length} answers to ${length} questions`);
  return answers;
}
