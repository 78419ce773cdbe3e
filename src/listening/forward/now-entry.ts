import type { DiaryEntry } from "../../contracts/diaries.ts";
import type { PlayerState } from "../../contracts/music.ts";

/** What plays, as a diary shows it; undefined for what is no song, or stands still. */
export function nowEntry(state: PlayerState | undefined): Omit<DiaryEntry, "at"> | undefined {
  const item = state?.playing ? state.item : undefined;
  if (item?.type !== "track" || item.artists.length === 0) return undefined;
  const { title, artists, album, durationMs, isrc, url } = item;
  return {
    title,
    artists: artists.map(({ name }) => name),
    ...(album === undefined ? {} : { album: album.name }),
    ...(durationMs > 0 ? { durationMs } : {}),
    ...(isrc === undefined ? {} : { isrc }),
    ...(url === undefined ? {} : { url }),
  };
}
