import type { Heard } from "../../contracts/listening.ts";
import type { PlayerState } from "../../contracts/music.ts";
import { wordsUri } from "../../contracts/words-uri.ts";

/** A player of which only what it plays is known, and since when. */
export function stateOf(heard: Heard, startedAt: number | undefined, at: number): PlayerState {
  const { title, artists, album, durationMs = 0, isrc, url, art = [] } = heard;
  const ranMs = startedAt === undefined ? 0 : Math.max(0, at - startedAt);
  return {
    at,
    playing: true,
    progressMs: durationMs > 0 ? Math.min(ranMs, durationMs) : ranMs,
    shuffle: false,
    repeat: "off",
    refused: [],
    item: {
      type: "track",
      uri:
        heard.uri ??
        wordsUri(
          title,
          artists.map(({ name }) => name),
        ),
      title,
      artists,
      durationMs,
      art,
      // Nothing that only words name can be queued, saved or shared.
      ...(heard.uri === undefined ? { local: true } : {}),
      ...(album === undefined ? {} : { album }),
      ...(isrc === undefined ? {} : { isrc }),
      ...(url === undefined ? {} : { url }),
    },
  };
}
