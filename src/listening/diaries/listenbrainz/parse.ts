import { z } from "zod";
import { SegueError } from "../../../contracts/errors.ts";
import type { Heard, Sighting } from "../../../contracts/listening.ts";
import { listenBrainz } from "../../import/formats/listenbrainz.ts";

/** https://listenbrainz.readthedocs.io/en/latest/users/api/core.html#get--1-user-(mb_username-user_name)-listens */
const listensSchema = z.object({
  payload: z.object({ user_id: z.string().optional(), listens: z.array(z.record(z.string(), z.unknown())).max(1_000) }),
});
const mappingSchema = z.object({
  track_metadata: z.object({
    mbid_mapping: z.object({ caa_id: z.union([z.number(), z.string()]), caa_release_mbid: z.uuid() }),
  }),
});
const tokenSchema = z.object({ valid: z.boolean(), user_name: z.string().min(1).max(200).optional() });

function checked<T>(schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new SegueError("Unavailable", { service: "ListenBrainz", why: "malformed" }, { cause: parsed.error });
}

/** https://musicbrainz.org/doc/Cover_Art_Archive/API */
function artOf(row: unknown): Heard["art"] {
  const parsed = mappingSchema.safeParse(row);
  if (!parsed.success) return undefined;
  const { caa_id, caa_release_mbid } = parsed.data.track_metadata.mbid_mapping;
  if (!/^\d+$/.test(String(caa_id))) return undefined;
  return [
    { url: `https://coverartarchive.org/release/${caa_release_mbid}/${caa_id}-500.jpg`, width: 500, height: 500 },
  ];
}

function sightingOf(row: Record<string, unknown>): Sighting[] {
  const read = listenBrainz.read(row);
  if (typeof read === "string") return [];
  const art = artOf(row);
  return read.map((sighting) => ({ ...sighting, heard: { ...sighting.heard, ...(art && { art }) } }));
}

export function parseListens(json: unknown): { userName?: string; sightings: Sighting[] } {
  const { payload } = checked(listensSchema, json);
  return {
    sightings: payload.listens.flatMap(sightingOf),
    ...(payload.user_id === undefined ? {} : { userName: payload.user_id }),
  };
}

/** What plays has no time: it is read as one that began now. */
export function parsePlaying(json: unknown, now: number): Heard | undefined {
  const [first] = checked(listensSchema, json).payload.listens;
  return first && sightingOf({ ...first, listened_at: Math.floor(now / 1_000) })[0]?.heard;
}

/** Undefined for a token of nobody. */
export function parseToken(json: unknown): string | undefined {
  const { valid, user_name } = checked(tokenSchema, json);
  return valid ? user_name : undefined;
}
