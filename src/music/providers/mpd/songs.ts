import type { Named, Track } from "../../../contracts/music.ts";
import { albumUri, artistUri, isLibraryFile, trackUri } from "./uris.ts";

/** What the daemon tells of one song, as it is kept: strings that many songs share are one string. */
export type Song = {
  file: string;
  title: string;
  artists: readonly string[];
  albumArtist: string;
  album: string;
  genres: readonly string[];
  year: number | undefined;
  disc: number;
  track: number;
  durationMs: number;
};

/** Longer tags are no names. */
const LONGEST = 300;
const MOST_ARTISTS = 20;

/** A tag as it may be shown: one line, no control or direction marks, bounded. */
export function clean(text: string | undefined): string {
  if (text === undefined) return "";
  const short = text.slice(0, LONGEST * 4).toWellFormed();
  if (/^[\x20-\x7e]*$/.test(short) && short.length <= LONGEST) return short.trim();
  const plain = short.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\s]+/gu, " ").trim();
  return plain.slice(0, LONGEST).toWellFormed().trim();
}

export const songStarts = ["file", "directory", "playlist"] as const;

/** Undefined for a record that is no song. */
export function parseSong(record: ReadonlyMap<string, readonly string[]>): Song | undefined {
  const file = record.get("file")?.[0];
  if (file === undefined || file === "") return undefined;
  const first = (key: string) => clean(record.get(key)?.[0]);
  const named = (record.get("Artist") ?? []).slice(0, MOST_ARTISTS).map(clean).filter(Boolean);
  const albumArtist = first("AlbumArtist") || (named[0] ?? "");
  const artists = named.length > 0 ? [...new Set(named)] : albumArtist ? [albumArtist] : [];
  const seconds = Number(record.get("duration")?.[0] ?? record.get("Time")?.[0] ?? 0);
  return {
    file,
    // Name is what a radio station calls itself.
    title: first("Title") || first("Name") || titleOfFile(file),
    artists,
    albumArtist,
    album: first("Album"),
    genres: (record.get("Genre") ?? []).slice(0, MOST_ARTISTS).map(clean).filter(Boolean),
    year: yearIn(record.get("OriginalDate")?.[0]) ?? yearIn(record.get("Date")?.[0]),
    disc: leading(record.get("Disc")?.[0]),
    track: leading(record.get("Track")?.[0]),
    durationMs: Number.isFinite(seconds) && seconds > 0 && seconds < 1e7 ? Math.round(seconds * 1000) : 0,
  };
}

function titleOfFile(file: string): string {
  const name = clean(file.slice(file.lastIndexOf("/") + 1).replace(/\.[a-z0-9]{1,5}$/i, ""));
  return name || clean(file) || "?";
}

function yearIn(text: string | undefined): number | undefined {
  const year =
    /(?<!\d)(1[5-9]\d\d|2[01]\d\d)(?!\d)/.exec(text?.slice(0, 40) ?? "")?.[1] ?? /^(\d{4})\d{4}$/.exec(text ?? "")?.[1];
  return year === undefined ? undefined : Number(year);
}

/** "3", "03/12". */
function leading(text: string | undefined): number {
  const number = Number.parseInt(text ?? "", 10);
  return number > 0 && number < 100_000 ? number : 0;
}

export type PictureOf = (song: Song) => string | undefined;

export function trackOf(song: Song, pictureOf: PictureOf): Track {
  const url = pictureOf(song);
  const inLibrary = isLibraryFile(song.file);
  return {
    type: "track",
    uri: trackUri(song.file),
    title: song.title,
    artists: song.artists.map(named),
    ...(song.album === ""
      ? {}
      : {
          album: {
            name: song.album,
            uri: albumUri(song.albumArtist, song.album),
            ...(song.albumArtist === "" ? {} : { artists: [named(song.albumArtist)] }),
            ...(song.year === undefined ? {} : { releaseYear: song.year }),
          },
        }),
    durationMs: song.durationMs,
    art: url === undefined ? [] : [{ url }],
    // A stream that somebody put on at the machine: it can be heard, and is nothing of the library.
    ...(inLibrary ? {} : { local: true }),
  };
}

export const named = (name: string): Named => ({ name, uri: artistUri(name) });
