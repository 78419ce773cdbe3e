import type { Clock } from "../../contracts/clock.ts";
import type { Ledger, ListenerKey, Period, Recorded, Sighting } from "../../contracts/listening.ts";
import {
  type Evidence,
  type KeptPlay,
  type NamedBy,
  namedBys,
  type PlayRow,
  type Revision,
} from "../../contracts/plays.ts";
import type { Store } from "../../contracts/store.ts";
import { decide, evidenceKey } from "./derive.ts";
import { reachOf, refusal, toEvidence } from "./sightings.ts";
import { toHeardRow } from "./words.ts";

const MOST_AT_ONCE = 5_000;

export type LedgerParts = {
  store: Pick<Store, "plays">;
  clock: Clock;
  /** When the listener wanted nothing recorded, as far as it reaches into the period. */
  privateTimes(listener: ListenerKey, period: Period): Promise<readonly Period[]>;
};

/** Writes down what was heard, once: `merge.ts` says when two sightings are one play, `derive.ts` what the play then is. */
export function createLedger({ store: { plays }, clock, privateTimes }: LedgerParts): Ledger {
  async function record(listener: ListenerKey, sightings: readonly Sighting[]): Promise<Recorded[]> {
    if (sightings.length > MOST_AT_ONCE) throw new RangeError(`at most ${MOST_AT_ONCE} sightings at once`);
    if (sightings.length === 0) return [];
    const now = clock.now();
    const hidden = await privateTimes(listener, spanOf(sightings));
    const refused = sightings.map((sighting) => refusal(sighting, now, hidden));
    const taken = sightings.filter((_, at) => refused[at] === undefined);
    const recorded = taken.length === 0 ? [] : await write(listener, taken);
    let next = 0;
    return refused.map((why) => {
      if (why) return { outcome: "refused", why };
      const outcome = recorded[next++];
      if (!outcome) throw new RangeError("a sighting has no outcome");
      return outcome;
    });
  }

  async function write(listener: ListenerKey, sightings: readonly Sighting[]): Promise<Recorded[]> {
    const said = sightings.map(toEvidence);
    const about = { heard: sightings.map(({ heard }) => toHeardRow(heard)), periods: reachOf(said) };
    let knownBefore: ReadonlySet<string> = new Set();
    const { revision, ids } = await plays.revise(listener, about, (near) => {
      const fresh = said.map((each, at): Evidence => {
        const named = near.heard[at];
        if (!named) throw new RangeError("a thing that was heard has no track");
        return { ...each, ...named };
      });
      knownBefore = keysOf(near.plays);
      return decide(near, fresh, new Set(fresh.map(({ trackId }) => trackId)));
    });
    return outcomes(said, revision, ids, knownBefore);
  }

  return {
    record,
    gap: (listener, gap) => (gap.untilAt > gap.fromAt ? plays.addGap(listener, gap) : Promise.resolve()),
    gaps: (listener, period) => plays.gaps(listener, period),
    covered: (listener, period) => plays.closeGaps(listener, period),
    async health(listener) {
      const [bounds, readAt] = [await plays.bounds(listener), await plays.readAt(listener)];
      return { ...bounds, ...(readAt !== undefined && { readAt }) };
    },
    read: (listener, at) => plays.setReadAt(listener, at),
  };
}

/** Times that are no numbers are refused later, each by itself. */
function spanOf(sightings: readonly Sighting[]): Period {
  let [fromAt, untilAt] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { startedAt, endedAt } of sightings) {
    if (startedAt < fromAt) fromAt = startedAt;
    if (endedAt > untilAt) untilAt = endedAt;
  }
  return { fromAt, untilAt };
}

function keysOf(plays: readonly Pick<KeptPlay, "evidence">[]): Set<string> {
  return new Set(plays.flatMap(({ evidence }) => evidence.map(evidenceKey)));
}

const weaker = (a: NamedBy = "uri", b: NamedBy = "uri"): NamedBy => (namedBys.indexOf(a) > namedBys.indexOf(b) ? a : b);

/** What became of each: the first that a play was not known from before is said to have added it. */
function outcomes(
  said: readonly Pick<Evidence, "source" | "key">[],
  { put }: Revision,
  ids: readonly number[],
  knownBefore: ReadonlySet<string>,
): Recorded[] {
  type Placed = { play: PlayRow & { id?: number }; playId: number; at: number };
  const placed = new Map<string, Placed>();
  for (const [index, play] of put.entries())
    for (const [at, each] of play.evidence.entries())
      placed.set(evidenceKey(each), { play, playId: ids[index] ?? 0, at });
  const seen = new Set(knownBefore);
  const begun = new Set<number>();
  return said.map((each): Recorded => {
    const key = evidenceKey(each);
    const here = placed.get(key);
    if (!here) return { outcome: "deleted" };
    const { play, playId, at } = here;
    const again = seen.has(key);
    seen.add(key);
    if (again) return { outcome: "merged", playId, why: { by: "key", range: "same" } };
    if (play.id === undefined && !begun.has(playId)) {
      begun.add(playId);
      return { outcome: play.counts ? "added" : "below", playId };
    }
    // A better witness than all before founds the play anew: how they agree stands with the others.
    const [self, other] = [play.evidence[at], play.evidence[at === 0 ? 1 : 0]];
    const range = self?.agreed ?? other?.agreed ?? "overlap";
    return { outcome: "merged", playId, why: { by: weaker(self?.namedBy, other?.namedBy), range } };
  });
}
