import { z } from "zod";
import { SegueError } from "../../../contracts/errors.ts";
import type {
  Album,
  Art,
  Artist,
  Audiobook,
  Episode,
  Item,
  ItemType,
  Playable,
  Playlist,
  Show,
  Track,
} from "../../../contracts/music.ts";
import { isLocal, parseUri, webUrl } from "./uris.ts";

/*
 * The catalogue's JSON as domain models. Pure functions. What is missing or of the wrong type in one thing costs at most
 * that thing: fields vanish from this API without notice (https://developer.spotify.com/documentation/web-api/references/changes/february-2026),
 * and a list with one odd item is still a list. Only an answer that is no answer at all raises, always Unavailable("malformed").
 */

export const SERVICE = "spotify";

export function malformed(what: string, cause?: unknown): SegueError {
  return new SegueError("Unavailable", { service: SERVICE, why: "malformed" }, { cause: cause ?? new Error(what) });
}

/** Absent when null, missing or of the wrong type. */
export const maybe = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);
/** The good ones of a list; none when it is no list. */
export function goodOnes<T extends z.ZodType>(schema: T, raws: unknown): z.output<T>[] {
  if (!Array.isArray(raws)) return [];
  return raws.flatMap((raw: unknown): z.output<T>[] => {
    const result = schema.safeParse(raw);
    return result.success ? [result.data] : [];
  });
}
const many = <T extends z.ZodType>(schema: T) =>
  z
    .unknown()
    .optional()
    .transform((raws) => goodOnes(schema, raws));

const words = z.string().min(1);
export const count = z.number().finite().nonnegative().transform(Math.round);
const webAddress = z.string().regex(/^https?:\/\//i);
const catalogueUri = (type: ItemType) =>
  z.string().transform((text, context) => {
    const uri = parseUri(text);
    if (uri?.type === type) return uri;
    context.addIssue({ code: "custom", message: `no ${type} uri` });
    return z.NEVER;
  });

const links = maybe(z.object({ spotify: maybe(webAddress) }));
/** Widest first as the platform sends them, unaltered: its design guidelines allow no cropping. */
const images = many(
  z
    .object({ url: webAddress, width: maybe(count), height: maybe(count) })
    .transform(({ url, width, height }): Art => ({ url, ...present({ width, height }) })),
);
const named = z
  .object({ name: words, uri: maybe(z.string()), external_urls: links })
  .transform(({ name, uri, external_urls }) => {
    const known = uri === undefined ? undefined : parseUri(uri);
    return { name, ...present({ uri: known?.uri, url: external_urls?.spotify ?? (known && webUrl(known)) }) };
  });
const albumKind = maybe(z.enum(["album", "single", "compilation"]));
const releaseYear = maybe(
  z
    .string()
    .regex(/^\d{4}/)
    .transform((date) => Number(date.slice(0, 4)))
    .refine((year) => year > 0),
);

const albumOfTrack = z
  .object({
    name: words,
    uri: maybe(z.string()),
    external_urls: links,
    release_date: releaseYear,
    album_type: albumKind,
    artists: many(named),
    images,
  })
  .transform(({ images: art, artists, release_date, album_type, ...rest }) => ({
    album: {
      ...named.parse(rest),
      ...present({ releaseYear: release_date, kind: album_type }),
      ...(artists.length > 0 ? { artists } : {}),
    },
    art,
  }));

const trackUri = z.union([catalogueUri("track"), z.string().refine(isLocal, "neither a track nor a local file")]);

export const trackSchema = z
  .object({
    uri: trackUri,
    name: words,
    artists: many(named),
    album: maybe(albumOfTrack),
    duration_ms: count.catch(0),
    explicit: maybe(z.boolean()),
    external_ids: maybe(z.object({ isrc: maybe(words) })),
    external_urls: links,
    is_local: maybe(z.boolean()),
  })
  .transform(({ uri, name, artists, album, duration_ms, ...rest }): Track => {
    const local = typeof uri === "string" || rest.is_local === true;
    return {
      type: "track",
      uri: typeof uri === "string" ? uri : uri.uri,
      title: name,
      artists,
      ...present({ album: album?.album, explicit: rest.explicit, isrc: rest.external_ids?.isrc }),
      durationMs: duration_ms,
      ...present({ url: rest.external_urls?.spotify ?? (typeof uri === "string" ? undefined : webUrl(uri)) }),
      art: album?.art ?? [],
      ...(local ? { local } : {}),
    };
  });

export const albumSchema = z
  .object({
    uri: catalogueUri("album"),
    name: words,
    artists: many(named),
    album_type: albumKind,
    release_date: releaseYear,
    total_tracks: maybe(count),
    external_urls: links,
    images,
  })
  .transform(
    ({ uri, name, artists, ...rest }): Album => ({
      type: "album",
      uri: uri.uri,
      title: name,
      artists,
      ...present({ kind: rest.album_type, releaseYear: rest.release_date, trackCount: rest.total_tracks }),
      url: rest.external_urls?.spotify ?? webUrl(uri),
      art: rest.images,
    }),
  );

export const artistSchema = z
  .object({ uri: catalogueUri("artist"), name: words, external_urls: links, images })
  .transform(
    ({ uri, name, external_urls, images: art }): Artist => ({
      type: "artist",
      uri: uri.uri,
      name,
      url: external_urls?.spotify ?? webUrl(uri),
      art,
    }),
  );

export const showSchema = z
  .object({ uri: catalogueUri("show"), name: words, publisher: maybe(words), external_urls: links, images })
  .transform(
    ({ uri, name, publisher, external_urls, images: art }): Show => ({
      type: "show",
      uri: uri.uri,
      title: name,
      ...present({ publisher }),
      url: external_urls?.spotify ?? webUrl(uri),
      art,
    }),
  );

export const episodeSchema = z
  .object({
    uri: catalogueUri("episode"),
    name: words,
    show: maybe(named),
    duration_ms: count.catch(0),
    release_date: maybe(words),
    external_urls: links,
    images,
  })
  .transform(
    ({ uri, name, show, duration_ms, release_date, external_urls, images: art }): Episode => ({
      type: "episode",
      uri: uri.uri,
      title: name,
      ...present({ show }),
      durationMs: duration_ms,
      ...present({ releaseDate: release_date }),
      url: external_urls?.spotify ?? webUrl(uri),
      art,
    }),
  );

export const audiobookSchema = z
  .object({
    // Some answers name an audiobook by the show that it is stored as.
    uri: z.union([catalogueUri("audiobook"), catalogueUri("show")]),
    name: words,
    authors: many(z.object({ name: words }).transform(({ name }) => ({ name }))),
    external_urls: links,
    images,
  })
  .transform(
    ({ uri, name, authors, external_urls, images: art }): Audiobook => ({
      type: "audiobook",
      uri: uri.uri,
      title: name,
      authors,
      url: external_urls?.spotify ?? webUrl(uri),
      art,
    }),
  );

/** `ownerId` stays beside the model: only with the listener's own id can `own` be told (`ownedBy`). */
export const playlistSchema = z
  .object({
    uri: catalogueUri("playlist"),
    name: z.string(),
    owner: maybe(z.object({ id: maybe(words), display_name: maybe(words) })),
    collaborative: maybe(z.boolean()),
    public: maybe(z.boolean()),
    // `tracks` became `items` in February 2026; both have been seen since (music-assistant/server#3436).
    items: maybe(z.object({ total: maybe(count) })),
    tracks: maybe(z.object({ total: maybe(count) })),
    external_urls: links,
    images,
    snapshot_id: maybe(words),
  })
  .transform(({ uri, name, owner, ...rest }): { playlist: Playlist; ownerId?: string } => ({
    playlist: {
      type: "playlist",
      uri: uri.uri,
      name,
      ...present({ owner: owner?.display_name ?? owner?.id }),
      own: false,
      ...present({
        collaborative: rest.collaborative,
        public: rest.public,
        trackCount: rest.items?.total ?? rest.tracks?.total,
      }),
      url: rest.external_urls?.spotify ?? webUrl(uri),
      art: rest.images,
      ...present({ snapshot: rest.snapshot_id }),
    },
    ...present({ ownerId: owner?.id }),
  }));

export function ownedBy(
  listener: string | undefined,
  { playlist, ownerId }: z.output<typeof playlistSchema>,
): Playlist {
  return { ...playlist, own: listener !== undefined && ownerId === listener };
}

export const playableSchema: z.ZodType<Playable> = z.union([trackSchema, episodeSchema]);

const itemSchemas = {
  track: trackSchema,
  album: albumSchema,
  artist: artistSchema,
  show: showSchema,
  episode: episodeSchema,
  audiobook: audiobookSchema,
} satisfies Record<Exclude<ItemType, "playlist">, z.ZodType<Item>>;

/** Raises Unavailable("malformed") when `raw` is no such thing. `listener` is the platform's id of who asks. */
export function parseItem(type: ItemType, raw: unknown, listener?: string): Item {
  return type === "playlist" ? ownedBy(listener, read(playlistSchema, raw, type)) : read(itemSchemas[type], raw, type);
}

/** One answer of the platform, or Unavailable("malformed"). */
export function read<T extends z.ZodType>(schema: T, raw: unknown, what: string): z.output<T> {
  const result = schema.safeParse(raw);
  if (!result.success) throw malformed(`not readable as ${what}`, result.error);
  return result.data;
}

export const profileSchema = z.object({
  /** Immutable and made for linking accounts. https://developer.spotify.com/documentation/web-api/references/changes/may-2026 */
  account_id: words,
  id: maybe(words),
  display_name: maybe(words),
});

/** Drops what is undefined, so that a model carries only what is known. */
export function present<T extends Record<string, unknown>>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const known: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined) known[key] = value as Exclude<T[typeof key], undefined>;
  }
  return known;
}
