import { z } from "zod";
import { SegueError } from "../../../contracts/errors.ts";
import type { Heard, Sighting } from "../../../contracts/listening.ts";
import { lastFm } from "../../import/formats/lastfm.ts";

const imageSchema = z.array(z.object({ "#text": z.string() })).catch([]);
const trackSchema = z.looseObject({
  image: imageSchema.optional(),
  "@attr": z.object({ nowplaying: z.string().optional() }).optional(),
  url: z.string().optional().catch(undefined),
});
/** One track alone is no list. */
const oneOrMany = <T extends z.ZodType>(schema: T) =>
  z.union([z.array(schema), schema.transform((one) => [one])]).optional();
/** https://www.last.fm/api/show/user.getRecentTracks */
const recentSchema = z.object({
  recenttracks: z.object({
    track: oneOrMany(trackSchema),
    "@attr": z.object({ user: z.string().optional(), totalPages: z.coerce.number().catch(1) }).optional(),
  }),
});
/** https://www.last.fm/api/show/track.scrobble */
const scrobblesSchema = z.object({
  scrobbles: z.object({
    scrobble: oneOrMany(
      z.object({ ignoredMessage: z.object({ code: z.coerce.number().catch(0) }).catch({ code: 0 }) }),
    ),
  }),
});
const sessionSchema = z.object({ session: z.object({ name: z.string().min(1).max(200), key: z.string().min(1) }) });
const tokenSchema = z.object({ token: z.string().min(1).max(200) });

function checked<T>(schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new SegueError("Unavailable", { service: "Last.fm", why: "malformed" }, { cause: parsed.error });
}

type Track = z.output<typeof trackSchema>;
/** What stands for "no picture" there, a grey star. */
const noPicture = "2a96cbd8b46e442fc41c2b86b821562f";

function withArt(heard: Heard, { image, url }: Track): Heard {
  // The largest is the last one.
  const art = image?.map((each) => each["#text"]).findLast((each) => URL.canParse(each) && !each.includes(noPicture));
  return {
    ...heard,
    ...(art === undefined ? {} : { art: [{ url: art }] }),
    ...(url !== undefined && URL.canParse(url) ? { url } : {}),
  };
}

function sightingOf(track: Track): Sighting[] {
  const read = lastFm.read(track);
  if (typeof read === "string") return [];
  return read.map((sighting) => ({ ...sighting, heard: withArt(sighting.heard, track) }));
}

const isPlaying = (track: Track): boolean => track["@attr"]?.nowplaying === "true";

/** Undefined where nothing plays. */
export function parsePlaying(json: unknown, now: number): Heard | undefined {
  const playing = checked(recentSchema, json).recenttracks.track?.find(isPlaying);
  return playing && sightingOf({ ...playing, date: { uts: String(Math.floor(now / 1_000)) } })[0]?.heard;
}

export function parseRecent(json: unknown): { userName?: string; pages: number; sightings: Sighting[] } {
  const { track = [], "@attr": about } = checked(recentSchema, json).recenttracks;
  return {
    pages: about?.totalPages ?? 1,
    sightings: track.filter((each) => !isPlaying(each)).flatMap(sightingOf),
    ...(about?.user === undefined ? {} : { userName: about.user }),
  };
}

/** Why each play was not taken, in their order; 0 where it was. */
export function parseScrobbles(json: unknown): number[] {
  return (checked(scrobblesSchema, json).scrobbles.scrobble ?? []).map(({ ignoredMessage }) => ignoredMessage.code);
}

export const parseSession = (json: unknown): { name: string; key: string } => checked(sessionSchema, json).session;
export const parsePageToken = (json: unknown): string => checked(tokenSchema, json).token;
