import type { HideRule } from "../../contracts/listening.ts";
import type { Evidence, KeptPlay, Near, PlayRow, Revision, TrackFacts } from "../../contracts/plays.ts";
import { agreement, type Cluster, clustersOf } from "./merge.ts";

/** A play counts from half of what was played, or from four minutes, as diaries of listening have it (https://www.last.fm/api/scrobbling). */
const SHARE = 0.5;
const ENOUGH_MS = 4 * 60_000;
/** Where nobody knows how long it is: what streaming services themselves count as a play. */
const ENOUGH_OF_UNKNOWN_MS = 30_000;

export function counts(listenedMs: number, durationMs: number | undefined): boolean {
  if (listenedMs >= ENOUGH_MS) return true;
  return listenedMs >= (durationMs === undefined ? ENOUGH_OF_UNKNOWN_MS : durationMs * SHARE);
}

/** What is known is taken from the best witness that knows it. */
function known<K extends keyof Evidence>(evidence: readonly Evidence[], what: K): Evidence[K] | undefined {
  return evidence.find((each) => each[what] !== undefined)?.[what];
}

function playOf({ range, witnesses }: Cluster): PlayRow | undefined {
  const evidence = witnesses.map((witness) => witness.evidence);
  const [founder] = evidence;
  if (!founder) return undefined;
  const durationMs = known(evidence, "durationMs");
  const spanMs = range.endedAt - range.startedAt;
  const listenedMs = known(evidence, "listenedMs") ?? Math.min(spanMs, durationMs ?? spanMs);
  const skipped = known(evidence, "skipped");
  const device = known(evidence, "device");
  const context = known(evidence, "context");
  return {
    trackId: founder.trackId,
    startedAt: range.startedAt,
    endedAt: range.endedAt,
    listenedMs,
    counts: counts(listenedMs, durationMs),
    source: founder.source,
    exact: range.exact,
    ...(skipped !== undefined && { skipped }),
    ...(device !== undefined && { device }),
    ...(context !== undefined && { context }),
    evidence: witnesses.map(({ evidence: { agreed: _, ...each }, agreed }, at) =>
      at === 0 ? each : { ...each, agreed },
    ),
  };
}

/** Whether the rule hides the play. A session hides what started in it; one play, whatever agrees with it. */
export function isOfPart(
  part: HideRule["part"],
  play: Omit<PlayRow, "evidence">,
  track: TrackFacts | undefined,
): boolean {
  switch (part.what) {
    case "track":
      return part.id === play.trackId;
    case "artist":
      return track?.artists.includes(part.id) === true;
    case "album":
      return track?.album === part.id;
    case "context":
      return part.context === play.context;
    case "span":
      return play.startedAt >= part.fromAt && play.startedAt < part.untilAt;
    case "play": {
      if (part.trackId !== play.trackId) return false;
      return agreement(play, { startedAt: part.fromAt, endedAt: part.untilAt, exact: "both" }) > 0;
    }
  }
}

/** One source's name of one piece of evidence. */
export const evidenceKey = ({ source, key }: Pick<Evidence, "source" | "key">): string =>
  `${source.way} ${source.origin}\n${key}`;

/**
 * What the plays of these tracks are, given all that is near, the evidence that has come, and whether what was there stays.
 * Plays keep their ids as far as they stay themselves.
 */
export function decide(
  near: Near,
  fresh: readonly Evidence[],
  trackIds: ReadonlySet<number>,
  stays: (evidence: Evidence) => boolean = () => true,
): Revision {
  const keptBy = new Map<string, number>();
  const evidence = new Map<string, Evidence>();
  // The same evidence may be found to be of another track by now: then it leaves the play that it was of.
  const freshKeys = new Set(fresh.map(evidenceKey));
  const concerned = ({ trackId, evidence: of }: KeptPlay) =>
    trackIds.has(trackId) || of.some((each) => freshKeys.has(evidenceKey(each)));
  const touched = new Set([...trackIds, ...near.plays.filter(concerned).map(({ trackId }) => trackId)]);
  const before: KeptPlay[] = near.plays.filter(({ trackId }) => touched.has(trackId));
  for (const play of before)
    for (const each of play.evidence.filter(stays)) {
      keptBy.set(evidenceKey(each), play.id);
      evidence.set(evidenceKey(each), each);
    }
  for (const each of fresh) {
    const old = evidence.get(evidenceKey(each));
    evidence.set(evidenceKey(each), old ? later(old, each) : each);
  }

  const clusters = clustersOf([...evidence.values()], near.tombstones);
  clusters.sort((a, b) => a.range.startedAt - b.range.startedAt);
  const claimed = new Set<number>();
  const put = clusters.flatMap((cluster) => {
    const play = playOf(cluster);
    if (!play) return [];
    const ids = play.evidence.flatMap((each) => keptBy.get(evidenceKey(each)) ?? []).filter((id) => !claimed.has(id));
    const id = ids.length === 0 ? undefined : Math.min(...ids);
    if (id !== undefined) claimed.add(id);
    const rule = near.rules.find(({ part }) => isOfPart(part, play, near.tracks.get(play.trackId)));
    return { ...play, ...(id !== undefined && { id }), ...(rule && { hiddenBy: rule.id }) };
  });
  return { put, gone: before.filter(({ id }) => !claimed.has(id)).map(({ id }) => id) };
}

/** The plays that rules hide from now on, or no longer. */
export function decideHidden({ plays, rules, tracks }: Near): Revision {
  const put = plays.flatMap((play) => {
    const { hiddenBy: before, ...bare } = play;
    const rule = rules.find(({ part }) => isOfPart(part, play, tracks.get(play.trackId)));
    return rule?.id === before ? [] : { ...bare, ...(rule && { hiddenBy: rule.id }) };
  });
  return { put, gone: [] };
}

/** The same evidence said again: a play that went on has a later end. */
function later(a: Evidence, b: Evidence): Evidence {
  const order =
    a.endedAt - b.endedAt ||
    (a.listenedMs ?? -1) - (b.listenedMs ?? -1) ||
    b.startedAt - a.startedAt ||
    b.trackId - a.trackId;
  const [most, less] = order >= 0 ? [a, b] : [b, a];
  return { ...less, ...most };
}
