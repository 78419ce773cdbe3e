import type { DiaryEntry } from "../../contracts/diaries.ts";
import type { WholePlay } from "../../contracts/imports.ts";
import type { Period, PlayWay } from "../../contracts/listening.ts";

/** https://www.last.fm/api/scrobbling, "when is a scrobble a scrobble?"; ListenBrainz asks for the same. */
const LEAST_MS = 30_000;
const SHARE = 0.5;
const ENOUGH_MS = 4 * 60_000;

/** Whether a play of this length is one for a diary: a track of more than 30 s, heard for half of it or four minutes. */
export function isWorth(listenedMs: number, durationMs: number | undefined): boolean {
  if (durationMs === undefined) return listenedMs > LEAST_MS;
  return durationMs > LEAST_MS && listenedMs >= Math.min(durationMs * SHARE, ENOUGH_MS);
}

/**
 * So long after its end a play stays as it is: what a player shows is known at once, a list of latest plays may still be put right by
 * what was in hand. A diary knows a play again by its start, which must not change once it was sent.
 */
const settledMs: Record<PlayWay, number> = {
  push: 60_000,
  observed: 60_000,
  import: 0,
  presence: 15 * 60_000,
  playing: 15 * 60_000,
  recent: 15 * 60_000,
  history: 15 * 60_000,
};

export type Judged = "send" | "never" | "later";

/** Whether the diary is to have the play: never one that it, or whoever writes it there, has told us of. */
export function judge({ play, heard }: WholePlay, diary: string, now: number, privately: readonly Period[]): Judged {
  if (heard.kind !== "track" || play.hiddenBy !== undefined || heard.artists.length === 0) return "never";
  if (play.evidence.some(({ source }) => source.origin === diary)) return "never";
  if (privately.some(({ fromAt, untilAt }) => play.startedAt < untilAt && play.endedAt > fromAt)) return "never";
  if (now < play.endedAt + settledMs[play.source.way]) return "later";
  return play.counts && isWorth(play.listenedMs, heard.durationMs) ? "send" : "never";
}

/** As it is sent, from now on unchanged. */
export function entryOf({ play, heard }: WholePlay): DiaryEntry {
  const { title, artists, album, durationMs, isrc, url } = heard;
  return {
    at: Math.floor(play.startedAt / 1_000) * 1_000,
    title,
    artists: artists.map(({ name }) => name),
    listenedMs: play.listenedMs,
    ...(album === undefined ? {} : { album: album.name }),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(isrc === undefined ? {} : { isrc }),
    ...(url === undefined ? {} : { url }),
  };
}
