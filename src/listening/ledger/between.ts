import type { Period } from "../../contracts/listening.ts";
import type { Evidence, Near, PlayRow } from "../../contracts/plays.ts";

/**
 * Nobody hears two things at once. Of a play that only readings of the player tell, the end is reckoned from what a later reading
 * showed; where a service lists something else that was heard in between, it was over by then.
 */

type Heard = Pick<PlayRow, "trackId" | "startedAt" | "endedAt" | "listenedMs" | "evidence">;

const isReckoned = ({ evidence }: Pick<PlayRow, "evidence">): boolean =>
  evidence.every(({ source }) => source.way === "observed");
const isListed = ({ evidence }: Pick<PlayRow, "evidence">): boolean =>
  evidence.some(({ source }) => source.way === "recent" || source.way === "import");

/** How far the start of what is listed may move by what else is learnt of it. */
const REACH_MS = 30 * 60_000;

/** Tracks whose plays may end elsewhere because of this evidence of other tracks. */
export function concernedBy(fresh: readonly Evidence[], { plays }: Pick<Near, "plays">): number[] {
  const reckoned = plays.filter(isReckoned);
  if (reckoned.length === 0) return [];
  return reckoned.flatMap(({ trackId, evidence }) =>
    evidence.some((own) =>
      fresh.some(
        (other) =>
          other.trackId !== trackId &&
          other.startedAt < own.endedAt + REACH_MS &&
          other.endedAt > own.startedAt - REACH_MS,
      ),
    )
      ? [trackId]
      : [],
  );
}

/** The times at which something was heard according to a service: what else ended within them can have begun no earlier. */
export function listedTimes(
  plays: readonly Heard[],
  tombstones: Near["tombstones"],
): (Period & { trackId?: number })[] {
  const listed = plays
    .filter(isListed)
    .map(({ trackId, startedAt, endedAt }) => ({ trackId, fromAt: startedAt, untilAt: endedAt }));
  // What was deleted was heard all the same.
  return [...listed, ...tombstones.filter(({ only }) => only)].sort((a, b) => a.fromAt - b.fromAt);
}

/** When the play was over at the latest; undefined where nothing else was heard within its range. */
export function overAt(play: Heard, listed: readonly (Period & { trackId?: number })[]): number | undefined {
  if (!isReckoned(play)) return undefined;
  const { trackId, startedAt, endedAt } = play;
  return listed.find(
    (other) =>
      other.trackId !== trackId &&
      other.fromAt > startedAt &&
      other.fromAt < endedAt &&
      other.untilAt <= endedAt + NEAR_MS,
  )?.fromAt;
}
/** Services and readings differ by a moment in what they say. */
const NEAR_MS = 10_000;
