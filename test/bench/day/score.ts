import { round } from "../figures.ts";
import type { Segment } from "./truth.ts";

/** Something that was said of somebody: what they hear, and when that was known. */
export type Announced = { person: string; uri: string; at: number };
/** A play as it was written down in the end. */
export type Written = {
  person: string;
  uri: string;
  startedAt: number;
  endedAt: number;
  counts: boolean;
  /** Who told of it, the best witness first: way, and the range that it gave. */
  witnesses?: string[];
};
export type Window = { fromAt: number; untilAt: number };

/** A silence after which listening is another session. */
const SESSION_MS = 20 * 60_000;
const SECOND = 1_000;

export type Spread = { n: number; median_s?: number; p95_s?: number; max_s?: number };
function spread(lags: readonly number[]): Spread {
  const sorted = [...lags].sort((a, b) => a - b);
  const at = (share: number) => round((sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0) / SECOND, 1);
  return sorted.length === 0 ? { n: 0 } : { n: sorted.length, median_s: at(0.5), p95_s: at(0.95), max_s: at(1) };
}

/**
 * How early each change was known. `natural`, `unseen_skips` and `commands`: of tracks that followed one which was known itself; `session_starts`:
 * from the session's beginning to the first that was known of it. Changes within `blind` windows (the service or the program was
 * down) can be seen by nobody and are left out; they count among the never announced, apart.
 */
export function announcements(segments: readonly Segment[], announced: readonly Announced[], blind: readonly Window[]) {
  const natural: number[] = [];
  const skips: number[] = [];
  const afterOldEnd: number[] = [];
  const commands: number[] = [];
  const starts: number[] = [];
  const never = { short: 0, before_found: 0, while_blind: 0, session_missed: 0, passed_over: 0 };
  const isBlind = (at: number) => blind.some(({ fromAt, untilAt }) => at >= fromAt && at < untilAt);

  for (const person of new Set(segments.map((each) => each.person))) {
    const own = segments.filter((each) => each.person === person);
    const said = announced.filter((each) => each.person === person).sort((a, b) => a.at - b.at);
    const knownAt = own.map(
      ({ uri, startedAt, endedAt }) =>
        said.find((each) => each.uri === uri && each.at >= startedAt && each.at < endedAt)?.at,
    );
    let sessionFrom = 0;
    own.forEach((segment, index) => {
      const before = own[index - 1];
      const first = !before || segment.startedAt - before.endedAt > SESSION_MS;
      if (first) sessionFrom = index;
      const at = knownAt[index];
      const found = knownAt.slice(sessionFrom, index).some((each) => each !== undefined);
      if (at === undefined) {
        const end = own.findIndex(
          (each, later) => later > index && each.startedAt - (own[later - 1]?.endedAt ?? 0) > SESSION_MS,
        );
        const later = knownAt.slice(index, end < 0 ? undefined : end).some((each) => each !== undefined);
        if (isBlind(segment.startedAt)) never.while_blind += 1;
        else if (segment.heardMs < 30 * SECOND) never.short += 1;
        else if (found) never.passed_over += 1;
        else if (later) never.before_found += 1;
        else never.session_missed += 1;
        return;
      }
      if (isBlind(segment.startedAt)) return;
      if (!found) starts.push(at - (own[sessionFrom]?.startedAt ?? at));
      else if (segment.cause === "command") commands.push(at - segment.startedAt);
      else if (knownAt[index - 1] === undefined) return;
      else if (segment.cause === "skip" || segment.cause === "start") {
        skips.push(at - segment.startedAt);
        if (segment.oldEndAt !== undefined && !isBlind(segment.oldEndAt)) afterOldEnd.push(at - segment.oldEndAt);
      } else natural.push(at - segment.startedAt);
    });
  }
  return {
    lag: {
      natural: spread(natural),
      unseen_skips: spread(skips),
      unseen_skips_after_old_end: spread(afterOldEnd),
      session_starts: spread(starts),
      commands: spread(commands),
    },
    tracks: segments.length,
    never_announced: { all: Object.values(never).reduce((sum, each) => sum + each, 0), ...never },
  };
}

/** A track counts when half of it or four minutes of it were heard. */
const counts = ({ heardMs, durationMs }: Segment) => heardMs >= Math.min(durationMs / 2, 240 * SECOND);

/** What went wrong with one play, for whoever looks for the reason. Times as ISO. */
export type Case = {
  what: "lost" | "doubled" | "short";
  person: string;
  uri: string;
  from: string;
  to: string;
  heard_s?: number;
  length_s?: number;
  /** Lost, and a gap says so. */
  told?: true;
  /** Short, and no source showed when it began: a list of recent plays alone knows of it. */
  unseen?: true;
  written?: { from: string; to: string; witnesses?: string[] }[];
};
const MOST_CASES = 20;
const iso = (at: number) => new Date(at).toISOString();

/**
 * What of it was written down. Each play that counts is looked for among those written, by track and by the time they share; what
 * is left over on either side is lost or doubled. `lost_and_unsaid` are those that lie in no gap either.
 */
export function record(
  segments: readonly Segment[],
  written: readonly Written[],
  gaps: readonly (Window & { person: string })[],
  /** The same recording has several names. */
  same: (a: string, b: string) => boolean,
) {
  const left = written.filter((play) => play.counts);
  const isOf = (play: Written, segment: Segment) =>
    play.person === segment.person &&
    same(play.uri, segment.uri) &&
    Math.min(play.endedAt, segment.endedAt) > Math.max(play.startedAt, segment.startedAt);
  const missing: Segment[] = [];
  for (const segment of segments.filter(counts)) {
    const shared = left.map((play) =>
      isOf(play, segment)
        ? Math.min(play.endedAt, segment.endedAt) - Math.max(play.startedAt, segment.startedAt)
        : Number.NEGATIVE_INFINITY,
    );
    const best = Math.max(Number.NEGATIVE_INFINITY, ...shared);
    if (best > 0) left.splice(shared.indexOf(best), 1);
    else missing.push(segment);
  }
  const told = ({ person, startedAt, endedAt }: Segment) =>
    gaps.some((gap) => gap.person === person && gap.fromAt < endedAt && gap.untilAt > startedAt);
  // Somebody may have heard a little less than half of what was written down as heard to half: that is no second play of it.
  const shortOf = (play: Written) => segments.find((segment) => !counts(segment) && isOf(play, segment));
  const doubled = left.filter((play) => shortOf(play) === undefined);
  const isUnseen = ({ witnesses = [] }: Written) =>
    witnesses.length > 0 && witnesses.every((witness) => witness.startsWith("recent "));
  const asCase = (what: Case["what"], of: Segment | Written, plays: readonly Written[]): Case => ({
    what,
    person: of.person,
    uri: of.uri,
    from: iso(of.startedAt),
    to: iso(of.endedAt),
    ...("heardMs" in of
      ? {
          heard_s: round(of.heardMs / SECOND, 1),
          length_s: round(of.durationMs / SECOND, 1),
          ...(told(of) && what === "lost" ? { told: true } : {}),
        }
      : {}),
    written: plays.map(({ startedAt, endedAt, witnesses }) => ({
      from: iso(startedAt),
      to: iso(endedAt),
      ...(witnesses ? { witnesses } : {}),
    })),
  });
  const near = (of: Segment | Written) =>
    written.filter(
      (play) =>
        play.person === of.person &&
        same(play.uri, of.uri) &&
        play.startedAt < of.endedAt + SESSION_MS &&
        play.endedAt > of.startedAt - SESSION_MS,
    );
  const short = left.filter((play) => shortOf(play)?.cut === undefined && !doubled.includes(play));
  const cases = [
    ...missing.map((segment) => asCase("lost", segment, near(segment))),
    ...doubled.map((play) => asCase("doubled", play, near(play))),
    ...short.flatMap((play) => {
      const segment = shortOf(play);
      return segment
        ? [{ ...asCase("short", segment, [play]), ...(isUnseen(play) ? { unseen: true as const } : {}) }]
        : [];
    }),
  ];
  return {
    plays: segments.filter(counts).length,
    lost: missing.length,
    lost_and_unsaid: missing.filter((segment) => !told(segment)).length,
    doubled: doubled.length,
    counted_though_short: short.filter((play) => !isUnseen(play)).length,
    short_and_unseen: short.filter(isUnseen).length,
    gaps: gaps.length,
    cases: cases.slice(0, MOST_CASES),
  };
}
