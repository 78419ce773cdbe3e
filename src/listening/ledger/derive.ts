import type { HideRule } from "../../contracts/listening.ts";
import type { Evidence, KeptPlay, Near, PlayRow, Revision, TrackFacts } from "../../contracts/plays.ts";
import { concernedBy, listedTimes, overAt } from "./between.ts";
import { agreement, type Cluster, clustersOf, tightened } from "./merge.ts";

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

/** What of it was heard; what one witness reckoned of its range holds as far as the range does. */
function heardOf(cluster: Cluster, range: Period, durationMs: number | undefined): number {
  const spanMs = range.endedAt - range.startedAt;
  const whole = Math.min(spanMs, durationMs ?? spanMs);
  const said = known(
    cluster.witnesses.map(({ evidence }) => evidence),
    "listenedMs",
  );
  if (said === undefined) return whole;
  // It went on after it was last seen.
  const more = Math.max(0, range.endedAt - cluster.range.endedAt);
  return Math.max(1, Math.min(said + more, whole));
}
type Period = Pick<PlayRow, "startedAt" | "endedAt">;

function playOf(cluster: Cluster): PlayRow | undefined {
  const { witnesses } = cluster;
  const range = tightened(cluster);
  const evidence = witnesses.map((witness) => witness.evidence);
  const [founder] = evidence;
  if (!founder) return undefined;
  const durationMs = known(evidence, "durationMs");
  const listenedMs = heardOf(cluster, range, durationMs);
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

/** The same play, over by then. */
function endedAt(play: PlayRow, overAt: number | undefined): PlayRow {
  if (overAt === undefined) return play;
  const listenedMs = Math.max(1, Math.min(play.listenedMs, overAt - play.startedAt));
  const durationMs = known(play.evidence, "durationMs");
  return { ...play, endedAt: overAt, listenedMs, counts: counts(listenedMs, durationMs) };
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
  const touched = new Set([
    ...trackIds,
    ...near.plays.filter(concerned).map(({ trackId }) => trackId),
    ...concernedBy(fresh, near),
  ]);
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
  const made = clusters.flatMap((cluster) => playOf(cluster) ?? []);
  const others = near.plays.filter(({ trackId }) => !touched.has(trackId));
  const listed = listedTimes([...made, ...others], near.tombstones);
  const claimed = new Set<number>();
  const put = made.map((whole) => {
    const play = endedAt(whole, overAt(whole, listed));
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
    // A start that was only reckoned is the better known the later it is: at most so much was heard.
    (a.exact === "end" ? a.startedAt - b.startedAt : b.startedAt - a.startedAt) ||
    b.trackId - a.trackId;
  const [most, less] = order >= 0 ? [a, b] : [b, a];
  return { ...less, ...most };
}
