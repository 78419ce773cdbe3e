import { z } from "zod";
import { SegueError } from "../../../contracts/errors.ts";
import type { PlayerState, Track } from "../../../contracts/music.ts";

// What the jukebox sends, as domain models. Pure functions: a test feeds them recorded answers.

const songSchema = z
  .object({ id: z.string().min(1), title: z.string().min(1), artist: z.string(), seconds: z.number().nonnegative() })
  .transform(
    ({ id, title, artist, seconds }): Track => ({
      type: "track",
      uri: `jukebox:track:${id}`,
      title,
      artists: [{ name: artist }],
      durationMs: Math.round(seconds * 1000),
      art: [],
    }),
  );

const stateSchema = z.object({
  song: songSchema.nullable(),
  list: z.string().nullable(),
  playing: z.boolean(),
  position: z.number().nonnegative(),
});

function read<T extends z.ZodType>(schema: T, raw: unknown): z.output<T> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  throw new SegueError("Unavailable", { service: "jukebox", why: "malformed" }, { cause: result.error });
}

/** One odd song must not cost the others. */
export function parseSongs(raw: unknown): Track[] {
  return read(z.array(z.unknown()), raw).flatMap((each) => {
    const song = songSchema.safeParse(each);
    return song.success ? [song.data] : [];
  });
}

/** `at` is when the answer came, in Unix ms: `progressMs` was true then. */
export function parseState(raw: unknown, at: number): PlayerState | undefined {
  const { song, list, playing, position } = read(stateSchema, raw);
  if (song === null) return undefined;
  return {
    at,
    playing,
    progressMs: Math.min(Math.round(position * 1000), song.durationMs),
    item: song,
    ...(list === null ? {} : { context: { uri: `jukebox:album:${list}`, type: "album" as const } }),
    device: { name: "Jukebox", kind: "speaker", active: true, restricted: false, hasVolume: false },
    shuffle: false,
    repeat: "off",
    refused: playing ? ["resume"] : ["pause"],
  };
}

const refusalSchema = z.object({
  error: z.enum(["already_paused", "already_playing", "no_next", "no_previous", "nothing_playing", "no_such_song"]),
});

/** Every refusal of the jukebox as one of the coded errors; undefined for what it never said. */
export function parseRefusal(raw: unknown): SegueError | undefined {
  const refusal = refusalSchema.safeParse(raw);
  if (!refusal.success) return undefined;
  const { error } = refusal.data;
  return error === "no_such_song"
    ? new SegueError("NotFound", { what: "track" })
    : new SegueError("Restricted", { reason: error });
}
