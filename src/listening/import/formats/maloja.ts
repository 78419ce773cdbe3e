import { z } from "zod";
import { cleanLabel, cleanName, type Format, isNameless, type RowRead, USUAL_MS } from "./format.ts";

/**
 * Maloja's own export (https://github.com/krateng/maloja, "maloja export"): since its version 3 `{maloja, scrobbles: […]}` with the track's
 * names in an object of their own, before that without. `time` is the start in whole seconds, `duration` how long was heard.
 */
const seconds = z.number().nullish().catch(undefined);
const names = z.array(z.string()).nullish();
const trackSchema = z.object({
  artists: names,
  title: z.string().nullish(),
  album: z
    .union([z.string(), z.object({ albumtitle: z.string().nullish(), name: z.string().nullish() })])
    .nullish()
    .catch(undefined),
  length: seconds,
});
const rowSchema = z.object({
  time: z.number().nullish(),
  track: trackSchema,
  duration: seconds,
  origin: z.string().nullish().catch(undefined),
});

const source = { origin: "maloja", way: "history" } as const;
/** As Maloja names who told it: "client:Pixel". Other origins say how a play came there. */
const client = /^client:(.+)$/;

function read(value: unknown): RowRead {
  const parsed = rowSchema.safeParse(value);
  if (!parsed.success) return "failed";
  const { time, track, duration, origin } = parsed.data;
  if (!time) return "time";
  const title = cleanName(track.title);
  if (isNameless(title)) return "nameless";
  const artists = (track.artists ?? []).map((name) => cleanName(name)).filter((name) => name !== "");
  const album = cleanName(
    typeof track.album === "object" ? (track.album?.albumtitle ?? track.album?.name) : track.album,
  );
  const known = track.length && track.length > 0 ? Math.round(track.length * 1_000) : undefined;
  const heardMs = duration && duration > 0 ? Math.round(duration * 1_000) : undefined;
  const device = cleanLabel(client.exec(origin ?? "")?.[1]);
  const startedAt = time * 1_000;
  return [
    {
      source,
      key: `${time} ${title} ${artists[0] ?? ""}`,
      heard: {
        kind: "track",
        title,
        artists: artists.map((name) => ({ name })),
        ...(album !== "" && { album: { name: album } }),
        ...(known !== undefined && { durationMs: known }),
      },
      startedAt,
      endedAt: startedAt + (heardMs ?? known ?? USUAL_MS),
      exact: "start",
      ...(heardMs !== undefined && { listenedMs: heardMs }),
      ...(device !== "" && { device }),
    },
  ];
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

export const maloja: Format = {
  name: "maloja",
  claims: (row) =>
    typeof row.time === "number" && ((isObject(row.track) && Array.isArray(row.track.artists)) || isOlder(row)),
  rows: (element) => [isObject(element) && isOlder(element) ? { ...element, track: element } : element],
  read,
};

function isOlder(row: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(row.artists) && typeof row.title === "string";
}
