import type { Selectable } from "kysely";
import { LRUCache } from "lru-cache";
import type { HeardRow, NamedBy } from "../../../contracts/plays.ts";
import type { Tables } from "../tables.ts";

export type TrackRow = Selectable<Tables["tracks"]>;
export type KnownTrack = { row: TrackRow; namedBy: NamedBy };

/**
 * Tracks by their services' names, as they were last read. They are never deleted and their names never change hands, and what
 * stands in a row stays there; only what is empty may have been filled since. So a row is good for whatever tells nothing that it
 * lacks: a file of years names the same few thousand tracks again and again.
 */
export interface KnownTracks {
  of(heard: HeardRow): KnownTrack | undefined;
  /** A row as it was read, before anything of this transaction was written. */
  keep(uri: string, known: KnownTrack): void;
}

const MOST = 10_000;

export function createKnownTracks(): KnownTracks {
  const byUri = new LRUCache<string, KnownTrack>({ max: MOST });
  return {
    of(heard) {
      const known = heard.uri === undefined ? undefined : byUri.get(heard.uri);
      return known && !teaches(heard, known.row) ? known : undefined;
    },
    keep: (uri, known) => void byUri.set(uri, known),
  };
}

/** Whether something is told that the row does not have. */
function teaches(heard: HeardRow, { album, duration_ms, isrc, url, art }: TrackRow): boolean {
  return (
    (album === null && heard.album !== undefined) ||
    (duration_ms === null && heard.durationMs !== undefined) ||
    (isrc === null && heard.isrc !== undefined) ||
    (url === null && heard.url !== undefined) ||
    (art === null && heard.art !== undefined && heard.art.length > 0)
  );
}
