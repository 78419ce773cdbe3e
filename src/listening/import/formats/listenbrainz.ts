import { z } from "zod";
import { cleanLabel, cleanName, type Format, isNameless, numberOf, type RowRead, USUAL_MS } from "./format.ts";
import { serviceUri } from "./service-names.ts";

/**
 * ListenBrainz: its own export (a zip with lines of JSON by year and month), the older array, and what its API answers with
 * (https://listenbrainz.readthedocs.io/en/latest/users/json.html). `listened_at` is the start, in whole seconds.
 */
const text = z.string().nullish();
const infoSchema = z
  .object({
    duration_ms: z.unknown().optional(),
    duration: z.unknown().optional(),
    duration_played: z.unknown().optional(),
    isrc: z.unknown().optional(),
    spotify_id: z.unknown().optional(),
    origin_url: z.unknown().optional(),
    media_player: z.unknown().optional(),
  })
  .nullish()
  .catch(undefined);
const rowSchema = z.object({
  listened_at: z.number().nullish(),
  track_metadata: z.object({ artist_name: text, track_name: text, release_name: text, additional_info: infoSchema }),
});

const source = { origin: "listenbrainz", way: "history" } as const;
const stringOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const isrcForm = /^[A-Z]{2}[A-Z0-9]{3}\d{7}$/i;

function read(value: unknown): RowRead {
  const parsed = rowSchema.safeParse(value);
  if (!parsed.success) return "failed";
  const { listened_at, track_metadata: track } = parsed.data;
  const info = track.additional_info ?? undefined;
  if (!listened_at) return "time";
  const title = cleanName(track.track_name);
  const by = cleanName(track.artist_name);
  if (isNameless(title)) return "nameless";
  const seconds = numberOf(info?.duration);
  const durationMs = numberOf(info?.duration_ms) ?? (seconds === undefined ? undefined : seconds * 1_000);
  const known = durationMs !== undefined && durationMs > 0 ? Math.round(durationMs) : undefined;
  const played = numberOf(info?.duration_played);
  const album = cleanName(track.release_name);
  const uri = serviceUri(stringOf(info?.spotify_id)) ?? serviceUri(stringOf(info?.origin_url));
  const isrc = stringOf(Array.isArray(info?.isrc) ? info.isrc[0] : info?.isrc);
  const device = cleanLabel(stringOf(info?.media_player));
  const startedAt = listened_at * 1_000;
  const lengthMs = played !== undefined && played > 0 ? played * 1_000 : (known ?? USUAL_MS);
  return [
    {
      source,
      key: `${listened_at} ${title} ${by}`,
      heard: {
        kind: "track",
        title,
        artists: by === "" ? [] : [{ name: by }],
        ...(album !== "" && { album: { name: album } }),
        ...(known !== undefined && { durationMs: known }),
        ...(uri !== undefined && { uri }),
        ...(isrc !== undefined && isrcForm.test(isrc) && { isrc }),
      },
      startedAt,
      endedAt: startedAt + lengthMs,
      exact: "start",
      ...(played !== undefined && played > 0 && { listenedMs: lengthMs }),
      ...(device !== "" && { device }),
    },
  ];
}

export const listenBrainz: Format = {
  name: "listenbrainz",
  claims: (row) => "track_metadata" in row,
  read,
};
