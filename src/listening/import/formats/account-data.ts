import { z } from "zod";
import { cleanName, type Format, isNameless, type RowRead, utcOf } from "./format.ts";
import { serviceOrigin } from "./service-names.ts";

/**
 * The last year in Spotify's account data: `StreamingHistory*.json`, `StreamingHistory_music_*.json` and its siblings for
 * podcasts and audiobooks. No names but words, and the end to the minute, in UTC.
 */
const text = z.string().nullish();
const rowSchema = z.object({
  endTime: z.string(),
  msPlayed: z.number(),
  trackName: text,
  artistName: text,
  episodeName: text,
  podcastName: text,
  audiobookName: text,
  chapterName: text,
});

const source = { origin: serviceOrigin, way: "import" } as const;

function read(value: unknown): RowRead {
  const parsed = rowSchema.safeParse(value);
  if (!parsed.success) return "failed";
  const { endTime, msPlayed, trackName, artistName, episodeName, podcastName, audiobookName, chapterName } =
    parsed.data;
  const endedAt = utcOf(endTime);
  if (endedAt === undefined) return "time";
  if (!(msPlayed > 0)) return "empty";
  const title = cleanName(trackName || episodeName || chapterName || audiobookName);
  if (isNameless(title)) return "nameless";
  const by = cleanName(artistName || podcastName || audiobookName);
  return [
    {
      source,
      key: `${endTime} ${msPlayed} ${title} ${by}`,
      heard: { kind: trackName ? "track" : "episode", title, artists: by === "" ? [] : [{ name: by }] },
      startedAt: endedAt - msPlayed,
      endedAt,
      exact: "neither",
      listenedMs: msPlayed,
    },
  ];
}

export const accountData: Format = {
  name: "spotify-account",
  claims: (row) => "endTime" in row && "msPlayed" in row,
  read,
};
