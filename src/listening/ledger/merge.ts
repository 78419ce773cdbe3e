import { type MergeReason, type PlaySource, playWays } from "../../contracts/listening.ts";
import type { Evidence, Tombstone } from "../../contracts/plays.ts";

/**
 * When two sightings are one play. This is the only place that decides it, by this rule:
 *
 * 1. They are of one listener and one track. (Which names mean one track is decided where tracks are kept: the service's own
 *    name, else the recording's ISRC, else title and first artist as folded words with durations that do not differ by more
 *    than 5 s where both are known.)
 * 2. Their ranges agree: they overlap by at least half of the shorter one. Clocks differ, so 10 s are forgiven; where neither end
 *    of a range was seen (files that know minutes) 60 s; never more than a quarter of the shorter one.
 * 3. A list of the latest plays, and a diary's entries, give one time, of which nobody knows whether it is the end or the start:
 *    services changed what they mean (https://github.com/spotify/web-api/issues/613, /issues/1083, /issues/1186), and diaries
 *    pass it on. Both readings are tried, for all that such a source says of a track in a row together, and the one that
 *    finds more of its plays holds.
 * 4. One source tells of one play once. Two keys of a source are one play only where their ranges are the same but for the
 *    forgiven difference, so that a song on repeat stays as many plays as there were.
 * 5. Who saw how it began and not how it ended, and who saw its end and reckoned its beginning, tell of one play where nothing else
 *    can be: the end lies within what the first one takes for its range, or after it by no more than a pause. So a pause that
 *    nobody saw, or a skip, makes no second play. What the one did not see is then taken from the other; and an end that was only
 *    reckoned from what a look showed gives way to one that a service saw.
 * 6. The best agreement wins. The better witness founds the play; the worse ones join it.
 *
 * A deleted play takes part as the best witness of all: what joins it is gone too.
 *
 * The rule looks at all evidence near by, anew each time, in an order that comes from the evidence itself. So the ledger is the
 * same in whatever order, and however often, the sources came.
 */

/** Plays of the same track that are further apart have nothing to do with each other; nothing lasts longer. */
export const LONGEST_MS = 24 * 60 * 60_000;

const FORGIVEN_MS = 10_000;
const FORGIVEN_UNSEEN_MS = 60_000;
/** The share of the longer one that two ranges have in common that are the same. */
const SAME = 0.9;
/** Ends that are further apart are not near at all. */
const NEAR_END_MS = 60_000;
const NEAR = 8;
/** By how much the unexpected reading of each time has to agree better, where it finds no more plays. */
const CLEARLY = 0.3;

/** A pause that nobody saw is taken to have been no longer. */
const PAUSE_MS = 15 * 60_000;
/** How well an end goes with a beginning: where it lies within the range that was expected, with one that was found to stand, and later. */
const COMPLETED = { within: 0.75, found: 0.75, later: 0.1 };

type Range = { startedAt: number; endedAt: number; exact: Evidence["exact"] };
export type Witness = { evidence: Evidence; agreed: MergeReason["range"] };
/** The founder first. A deleted play has no witnesses of its own. */
export type Cluster = { range: Range; witnesses: Witness[]; deleted: boolean };

const lengthOf = ({ startedAt, endedAt }: Range): number => endedAt - startedAt;

function overlapOf(a: Range, b: Range): { overlap: number; shorter: number; longer: number } {
  const [shorter, longer] = [Math.min(lengthOf(a), lengthOf(b)), Math.max(lengthOf(a), lengthOf(b))];
  const unseen = a.exact === "neither" || b.exact === "neither";
  const forgiven = Math.min(unseen ? FORGIVEN_UNSEEN_MS : FORGIVEN_MS, shorter / 4);
  return { overlap: Math.min(a.endedAt, b.endedAt) - Math.max(a.startedAt, b.startedAt) + forgiven, shorter, longer };
}

/**
 * How well two ranges agree, above 0 and at most 1; 0 where they do not. Half of it is how much they have in common; the other
 * half how near those ends are that both of them saw, as a skipped song has half of its range from its length alone.
 */
export function agreement(a: Range, b: Range): number {
  const { overlap, shorter } = overlapOf(a, b);
  if (overlap < shorter / 2) return 0;
  const whole = Math.max(a.endedAt, b.endedAt) - Math.min(a.startedAt, b.startedAt);
  const common = whole <= 0 ? 1 : Math.min(1, overlap / whole);
  const near = (x: number, y: number) => 1 - Math.min(1, Math.abs(x - y) / NEAR_END_MS);
  const ends = [
    ...(saw(a, "start") && saw(b, "start") ? [near(a.startedAt, b.startedAt)] : []),
    ...(saw(a, "end") && saw(b, "end") ? [near(a.endedAt, b.endedAt)] : []),
  ];
  if (ends.length === 0) return common;
  return (common + ends.reduce((sum, end) => sum + end, 0) / ends.length) / 2;
}

const saw = ({ exact }: Range, end: "start" | "end"): boolean => exact === "both" || exact === end;

function isSame(a: Range, b: Range): boolean {
  const { overlap, longer } = overlapOf(a, b);
  return overlap >= SAME * longer;
}

/** The other meaning of a time that a source reported. */
function otherReading({ startedAt, endedAt, exact }: Evidence): Range {
  const length = endedAt - startedAt;
  return exact === "start"
    ? { startedAt: startedAt - length, endedAt: startedAt, exact: "end" }
    : { startedAt: endedAt, endedAt: endedAt + length, exact: exact === "end" ? "start" : exact };
}
const isReported = ({ source, exact }: Evidence): boolean =>
  (source.way === "recent" || source.way === "history") && exact !== "both";

const rank = ({ way }: PlaySource): number => playWays.indexOf(way);
const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const bySource = (a: PlaySource, b: PlaySource): number => rank(a) - rank(b) || text(a.origin, b.origin);
const byTime = (a: Evidence, b: Evidence): number =>
  a.startedAt - b.startedAt || a.endedAt - b.endedAt || text(a.key, b.key);

/** What one source says of one play: more than one piece where it said it twice. */
type Saying = Evidence[];

function sayingsOf(evidence: readonly Evidence[]): Saying[] {
  const sayings: Saying[] = [];
  for (const each of evidence.toSorted(byTime)) {
    // In order of time, so what is the same stands near: a song that is repeated for days is not compared with all of it.
    const twice = sayings.slice(-NEAR).findLast(([first]) => first && isSame(first, each));
    if (twice) twice.push(each);
    else sayings.push([each]);
  }
  return sayings;
}

/** How well the end that was seen goes with a beginning that was seen; 0 where it does not. */
function completion(end: Range, { range, witnesses: [founder], deleted }: Cluster): number {
  if (deleted || !founder || end.exact !== "end" || saw(range, "end")) return 0;
  const into = end.endedAt - range.startedAt;
  if (end.endedAt <= range.endedAt && saw(range, "start")) return into > FORGIVEN_MS ? COMPLETED.within : 0;
  if (end.endedAt <= range.endedAt) {
    const before = Math.max(0, -into);
    const stood = founder.evidence.listenedMs !== undefined && before < PAUSE_MS;
    return stood ? COMPLETED.found * (1 - before / (2 * PAUSE_MS)) : 0;
  }
  const apart = Math.max(0, end.startedAt - range.endedAt);
  // Something else was seen in its place.
  return founder.evidence.skipped || apart > PAUSE_MS ? 0 : COMPLETED.later * (1 - apart / (2 * PAUSE_MS));
}

/** The range of a play as all of its witnesses know it. */
export function tightened({ range, witnesses: [founder, ...others] }: Cluster): Range {
  const heardMs = founder?.evidence.listenedMs ?? 0;
  const ranges = others.map(({ evidence, agreed }) =>
    agreed === "reported" && isReported(evidence) ? otherReading(evidence) : evidence,
  );
  const start = saw(range, "start")
    ? undefined
    : ranges.find((each) => saw(each, "start") && each.startedAt < range.endedAt);
  const startedAt = start?.startedAt ?? range.startedAt;
  const reckoned = founder?.evidence.source.way === "observed";
  const end = ranges.find(
    (each) =>
      saw(each, "end") &&
      (each.endedAt > startedAt || !saw(range, "start")) &&
      (!saw(range, "end") || (reckoned && each.endedAt < range.endedAt - FORGIVEN_MS)),
  );
  const [began, ended] = [start !== undefined || saw(range, "start"), end !== undefined || saw(range, "end")];
  const exact = began && ended ? "both" : began ? "start" : ended ? "end" : "neither";
  const endedAt = end?.endedAt ?? range.endedAt;
  // What was heard of it by then takes its time.
  return { startedAt: began ? startedAt : Math.min(startedAt, endedAt - heardMs), endedAt, exact };
}

type Pair = { saying: number; cluster: number; score: number; apart: number };

/** Who belongs to whom, the best agreement first, each once. `clusters` are in order of their start. */
function assign(ranges: readonly Range[], clusters: readonly Cluster[]): Map<number, Pair> {
  const longest = clusters.reduce((most, { range }) => Math.max(most, lengthOf(range)), 0) + PAUSE_MS;
  const pairs: Pair[] = [];
  let low = 0;
  for (const [saying, range] of ranges.entries()) {
    while ((clusters[low]?.range.startedAt ?? Number.POSITIVE_INFINITY) < range.startedAt - longest) low++;
    for (let at = low; at < clusters.length; at++) {
      const cluster = clusters[at];
      if (!cluster || cluster.range.startedAt > range.endedAt + FORGIVEN_UNSEEN_MS) break;
      const score = agreement(range, cluster.range) || completion(range, cluster);
      if (score > 0)
        pairs.push({ saying, cluster: at, score, apart: Math.abs(range.startedAt - cluster.range.startedAt) });
    }
  }
  pairs.sort((a, b) => b.score - a.score || a.apart - b.apart || a.saying - b.saying || a.cluster - b.cluster);
  const taken = new Set<number>();
  const assigned = new Map<number, Pair>();
  for (const pair of pairs) {
    if (taken.has(pair.cluster) || assigned.has(pair.saying)) continue;
    taken.add(pair.cluster);
    assigned.set(pair.saying, pair);
  }
  return assigned;
}

const worth = (assigned: Map<number, Pair>): number =>
  [...assigned.values()].reduce((sum, { score }) => sum + score, 0);

/** Sayings that have nothing to do with each other in either reading of their times stand in different runs. */
function runsOf(sayings: readonly Saying[]): Saying[][] {
  const runs: { sayings: Saying[]; untilAt: number }[] = [];
  for (const saying of sayings) {
    const [first] = saying;
    if (!first) continue;
    const reach = lengthOf(first) + FORGIVEN_UNSEEN_MS;
    const last = runs.at(-1);
    if (last && first.startedAt - reach <= last.untilAt) {
      last.sayings.push(saying);
      last.untilAt = Math.max(last.untilAt, first.endedAt + reach);
    } else runs.push({ sayings: [saying], untilAt: first.endedAt + reach });
  }
  return runs.map((run) => run.sayings);
}

type Reading = { ranges: readonly Range[]; assigned: Map<number, Pair>; reported: boolean };

function readingOf(ranges: readonly Range[], clusters: readonly Cluster[], reported: boolean): Reading {
  const order = [...ranges.keys()].sort((a, b) => (ranges[a]?.startedAt ?? 0) - (ranges[b]?.startedAt ?? 0));
  const inOrder = order.flatMap((index) => ranges[index] ?? []);
  const pairs = [...assign(inOrder, clusters).values()];
  return { ranges, assigned: new Map(pairs.map((pair) => [order[pair.saying] ?? 0, pair])), reported };
}

/** The reading of a run's times that finds more plays; as they were given, unless the other one is clearly better. */
function betterReading(firsts: readonly Evidence[], clusters: readonly Cluster[]): Reading {
  const given = readingOf(firsts, clusters, false);
  if (clusters.length === 0 || !firsts.some(isReported)) return given;
  const others = firsts.map((each) => (isReported(each) ? otherReading(each) : each));
  const other = readingOf(others, clusters, true);
  if (other.assigned.size !== given.assigned.size) return other.assigned.size > given.assigned.size ? other : given;
  return worth(other.assigned) > worth(given.assigned) + CLEARLY * firsts.length ? other : given;
}

/** What one source says joins the plays that better ones founded; resolves with the plays that it founds itself. */
function join(sayings: readonly Saying[], clusters: readonly Cluster[]): Cluster[] {
  const founded: Cluster[] = [];
  const taken = new Set<Cluster>();
  for (const run of runsOf(sayings)) {
    const free = taken.size === 0 ? clusters : clusters.filter((cluster) => !taken.has(cluster));
    const { ranges, assigned, reported } = betterReading(
      run.flatMap(([first]) => first ?? []),
      free,
    );
    for (const [index, saying] of run.entries()) {
      const [range, pair] = [ranges[index], assigned.get(index)];
      const [first] = saying;
      if (!range || !first) continue;
      const cluster = pair && free[pair.cluster];
      const otherwise = reported && isReported(first);
      if (cluster) {
        taken.add(cluster);
        for (const evidence of saying) {
          const agreed = isSame(evidence, cluster.range)
            ? "same"
            : agreement(evidence, cluster.range) > 0
              ? "overlap"
              : "completed";
          cluster.witnesses.push({ evidence, agreed: otherwise ? "reported" : agreed });
        }
      } else {
        const agreed = otherwise ? "reported" : "same";
        founded.push({ range, witnesses: saying.map((evidence) => ({ evidence, agreed })), deleted: false });
      }
    }
  }
  return founded;
}

/** Whether everything of that time was deleted. */
const isBuried = (evidence: Evidence, tombstones: readonly Tombstone[]): boolean =>
  tombstones.some(({ fromAt, untilAt, trackId, only }) => {
    if (only || (trackId !== undefined && trackId !== evidence.trackId)) return false;
    const within = Math.min(untilAt, evidence.endedAt) - Math.max(fromAt, evidence.startedAt);
    return within >= lengthOf(evidence) / 2;
  });

function clustersOfTrack(evidence: readonly Evidence[], deleted: readonly Tombstone[]): Cluster[] {
  let clusters = deleted.map(
    ({ fromAt, untilAt }): Cluster => ({
      range: { startedAt: fromAt, endedAt: untilAt, exact: "both" },
      witnesses: [],
      deleted: true,
    }),
  );
  const inOrder = (all: Cluster[]) =>
    all.sort((a, b) => a.range.startedAt - b.range.startedAt || a.range.endedAt - b.range.endedAt);
  inOrder(clusters);
  const sources = Map.groupBy(evidence, ({ source }) => `${source.way} ${source.origin}`);
  const ranked = [...sources.values()].sort(([a], [b]) => (a && b ? bySource(a.source, b.source) : 0));
  for (const said of ranked) clusters = inOrder([...clusters, ...join(sayingsOf(said), clusters)]);
  return clusters;
}

/** The plays that this evidence tells of, by the rule above; what was deleted is missing. */
export function clustersOf(evidence: readonly Evidence[], tombstones: readonly Tombstone[]): Cluster[] {
  const alive = tombstones.length === 0 ? evidence : evidence.filter((each) => !isBuried(each, tombstones));
  const found: Cluster[] = [];
  for (const [trackId, ofTrack] of Map.groupBy(alive, (each) => each.trackId)) {
    const deleted = tombstones.filter((tombstone) => tombstone.only && tombstone.trackId === trackId);
    for (const cluster of clustersOfTrack(ofTrack, deleted)) if (!cluster.deleted) found.push(cluster);
  }
  return found;
}
