import { z } from "zod";
import type { Heard } from "../../../contracts/listening.ts";
import { cleanName, type Format, isNameless, type RowRead, utcOf } from "./format.ts";
import { localFile, serviceOrigin, serviceUri } from "./service-names.ts";

/**
 * Spotify's extended streaming history: `Streaming_History_Audio_*.json`, its video sibling, and `endsong_*.json` of before.
 * `ts` is when it stopped, in UTC (https://support.spotify.com/article/understanding-my-data/). Of what the files tell of
 * addresses, countries and user agents, nothing is read.
 */
const text = z.string().nullish();
const rowSchema = z.object({
  ts: z.string(),
  ms_played: z.number(),
  platform: text,
  master_metadata_track_name: text,
  master_metadata_album_artist_name: text,
  master_metadata_album_album_name: text,
  spotify_track_uri: text,
  episode_name: text,
  episode_show_name: text,
  spotify_episode_uri: text,
  audiobook_title: text,
  audiobook_chapter_uri: text,
  audiobook_chapter_title: text,
  skipped: z.unknown().optional(),
  incognito_mode: z.unknown().optional(),
});
type Row = z.infer<typeof rowSchema>;

const source = { origin: serviceOrigin, way: "import" } as const;

const platforms: [RegExp, string][] = [
  [/web/i, "Web"],
  [/android/i, "Android"],
  [/\bios|iphone|ipad/i, "iOS"],
  [/windows/i, "Windows"],
  [/os ?x|macos/i, "macOS"],
  [/linux/i, "Linux"],
  [/cast/i, "Chromecast"],
  [/playstation|\bps[345]/i, "PlayStation"],
  [/xbox/i, "Xbox"],
  [/sonos/i, "Sonos"],
  [/echo|alexa|amazon/i, "Echo"],
  [/tv/i, "TV"],
  [/car/i, "Car"],
];
const platformNames = new Map<string, string>();
/** A word of what it says, which may name the very model of a phone. */
function deviceOf(platform: string | null | undefined): string | undefined {
  if (!platform) return undefined;
  const known = platformNames.get(platform);
  if (known !== undefined) return known || undefined;
  const name = platforms.find(([form]) => form.test(platform.slice(0, 200)))?.[1] ?? "";
  if (platformNames.size < 1_000) platformNames.set(platform, name);
  return name || undefined;
}

function heardOf(row: Row): Heard | undefined {
  if (row.episode_name || row.spotify_episode_uri)
    return told("episode", row.episode_name, row.episode_show_name, row.spotify_episode_uri);
  if (row.audiobook_title || row.audiobook_chapter_title)
    return told(
      "episode",
      row.audiobook_chapter_title || row.audiobook_title,
      row.audiobook_title,
      row.audiobook_chapter_uri,
    );
  const local = localFile(row.spotify_track_uri);
  const album = cleanName(row.master_metadata_album_album_name || local?.album);
  const track = told(
    "track",
    row.master_metadata_track_name || local?.title,
    row.master_metadata_album_artist_name || local?.artist,
    row.spotify_track_uri,
  );
  return (
    track && {
      ...track,
      ...(album !== "" && { album: { name: album } }),
      ...(local?.durationMs !== undefined && { durationMs: local.durationMs }),
    }
  );
}

function told(
  kind: Heard["kind"],
  name: Row["platform"],
  by: Row["platform"],
  uri: Row["platform"],
): Heard | undefined {
  const title = cleanName(name);
  if (isNameless(title)) return undefined;
  const artist = cleanName(by);
  const known = serviceUri(uri);
  return { kind, title, artists: artist === "" ? [] : [{ name: artist }], ...(known !== undefined && { uri: known }) };
}

function read(value: unknown): RowRead {
  const parsed = rowSchema.safeParse(value);
  if (!parsed.success) return "failed";
  const row = parsed.data;
  if (row.incognito_mode === true) return "private";
  const endedAt = utcOf(row.ts);
  if (endedAt === undefined) return "time";
  if (!(row.ms_played > 0)) return "empty";
  const heard = heardOf(row);
  if (!heard) return "nameless";
  const device = deviceOf(row.platform);
  return [
    {
      source,
      key: `${row.ts} ${row.ms_played} ${heard.uri ?? `${heard.title} ${heard.artists[0]?.name}`}`,
      heard,
      startedAt: endedAt - row.ms_played,
      endedAt,
      exact: "end",
      listenedMs: row.ms_played,
      ...(typeof row.skipped === "boolean" && { skipped: row.skipped }),
      ...(device !== undefined && { device }),
    },
  ];
}

export const extendedHistory: Format = {
  name: "spotify-extended",
  complete: true,
  claims: (row) => "ts" in row && "ms_played" in row && ("master_metadata_track_name" in row || "episode_name" in row),
  read,
};
