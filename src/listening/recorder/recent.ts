import type { PlaySource, Sighting } from "../../contracts/listening.ts";
import type { Track } from "../../contracts/music.ts";
import { heardOf } from "./observe.ts";
import type { Doubt, LookSeen } from "./trace.ts";

/** As the service lists it; `playedAt` is the play's end in current practice. */
export type Listed = { track: Track; playedAt: number };

/** What a service keeps of latest plays. It cannot be asked for more. */
export const windowSize = 50;

/**
 * The list as sightings, oldest first. The service names one moment of each play, which it has called its end for years and its
 * start before; the ledger tries both. A play did not begin before the one ahead of it had ended, nor before the player was seen
 * without it.
 */
export function sightingsOf(list: readonly Listed[], origin: string, looks: readonly LookSeen[] = []): Sighting[] {
  const source: PlaySource = { origin, way: "recent" };
  const ordered = [...list].sort((a, b) => a.playedAt - b.playedAt);
  return ordered.map(({ track, playedAt }, index) => {
    const before = Math.max(
      ordered[index - 1]?.playedAt ?? Number.NEGATIVE_INFINITY,
      seenWithout(track, playedAt, looks),
    );
    return {
      source,
      key: `${playedAt} ${track.uri}`.slice(0, 200),
      heard: heardOf(track),
      startedAt: Math.max(playedAt - track.durationMs, Math.min(before, playedAt)),
      endedAt: playedAt,
      exact: "end",
    };
  });
}

function seenWithout(track: Track, before: number, looks: readonly LookSeen[]): number {
  const without = looks.findLast(({ at, uri, title }) => at < before && uri !== track.uri && title !== track.title);
  return without?.at ?? Number.NEGATIVE_INFINITY;
}

/**
 * The parts of what was not seen that the list cannot tell of any more, because it is full and begins later. Nothing seen is among
 * them: however many plays were watched since the last reading, only what was missed can be lost.
 */
export function outOfReach(doubts: readonly Doubt[], list: readonly Listed[]): Doubt[] {
  if (list.length < windowSize) return [];
  const oldest = list.reduce((least, { playedAt, track }) => Math.min(least, playedAt - track.durationMs), Infinity);
  return doubts
    .filter(({ fromAt }) => fromAt < oldest)
    .map((doubt) => ({ ...doubt, untilAt: Math.min(doubt.untilAt, oldest) }));
}
