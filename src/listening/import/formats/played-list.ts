import { z } from "zod";
import type { Heard } from "../../../contracts/listening.ts";
import { cleanName, type Format, isNameless, type RowRead, utcOf } from "./format.ts";
import { serviceOrigin, serviceUri } from "./service-names.ts";

/**
 * The list of latest plays as the service gives it, kept by somebody: what Your Spotify's history says
 * (https://github.com/Yooooomi/your_spotify), its collections as MongoDB exports them, and dumps of the list itself.
 */
const text = z.string().nullish();
const named = z.object({ name: z.string(), uri: text, id: text });
const trackSchema = z.object({
  name: z.string(),
  uri: text,
  id: text,
  duration_ms: z.number().nullish(),
  external_ids: z.object({ isrc: text }).nullish(),
  artists: z.array(z.unknown()).nullish(),
  full_artists: z.array(named).nullish(),
  full_artist: z.union([named, z.array(named)]).nullish(),
  album: z.unknown().optional(),
  full_album: z.unknown().optional(),
});
const moment = z.union([z.string(), z.object({ $date: z.union([z.string(), z.object({ $numberLong: z.string() })]) })]);
const rowSchema = z.object({ played_at: moment, id: text, track: z.unknown().optional() });

function momentOf(value: z.infer<typeof moment>): number | undefined {
  if (typeof value === "string") return utcOf(value);
  if (typeof value.$date === "string") return utcOf(value.$date);
  const at = Number(value.$date.$numberLong);
  return Number.isSafeInteger(at) ? at : undefined;
}

const isNamed = (value: unknown): value is z.infer<typeof named> => named.safeParse(value).success;

function heardOf(value: unknown): Heard | undefined {
  const parsed = trackSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const track = parsed.data;
  const title = cleanName(track.name);
  if (isNameless(title)) return undefined;
  const artists = [track.full_artists, track.full_artist, track.artists].flat().filter(isNamed);
  const album = [track.full_album, track.album].flat().find(isNamed);
  const uri = serviceUri(track.uri ?? (track.id ? `spotify:track:${track.id}` : undefined));
  const isrc = cleanName(track.external_ids?.isrc, 20);
  return {
    kind: uri?.startsWith("spotify:episode:") ? "episode" : "track",
    title,
    artists: [...new Set(artists.map(({ name }) => cleanName(name)))].filter(Boolean).map((name) => ({ name })),
    ...(album && { album: { name: cleanName(album.name) } }),
    ...(uri !== undefined && { uri }),
    ...(isrc !== "" && { isrc }),
    ...(track.duration_ms && track.duration_ms > 0 && { durationMs: track.duration_ms }),
  };
}

function read(value: unknown): RowRead {
  const parsed = rowSchema.safeParse(value);
  if (!parsed.success) return "failed";
  const endedAt = momentOf(parsed.data.played_at);
  if (endedAt === undefined) return "time";
  // What a database exports holds the track's id alone, and to ask the service for each would cost a call a row.
  const heard = heardOf(parsed.data.track);
  if (!heard) return "nameless";
  const { durationMs } = heard;
  if (durationMs === undefined) return "failed";
  return [
    {
      source: { origin: serviceOrigin, way: "recent" },
      key: `${endedAt} ${heard.uri ?? heard.title}`,
      heard,
      startedAt: endedAt - durationMs,
      endedAt,
      exact: "end",
    },
  ];
}

export const playedList: Format = {
  name: "your-spotify",
  claims: (row) =>
    "played_at" in row || (Array.isArray(row.items) && row.items.some((item) => rowSchema.safeParse(item).success)),
  rows: (element) =>
    typeof element === "object" && element !== null && "items" in element && Array.isArray(element.items)
      ? element.items
      : [element],
  read,
};
