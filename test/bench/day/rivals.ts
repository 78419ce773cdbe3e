import type { Announced, Written } from "./score.ts";
import type { Segment } from "./truth.ts";

/** Another way of watching, on the same listening: when it looks next, given what the last look saw. */
export type Rival = {
  name: string;
  /** Of the list of recent plays instead of the player. */
  recent?: true;
  waitMs(seen: { playing: boolean; leftMs: number } | undefined): number;
};

const SECOND = 1_000;
export const rivals: readonly Rival[] = [
  { name: "every_1s", waitMs: () => SECOND },
  { name: "3s_15s", waitMs: (seen) => (seen?.playing ? 3 * SECOND : 15 * SECOND) },
  { name: "every_10s", waitMs: () => 10 * SECOND },
  {
    name: "30s_or_end",
    waitMs: (seen) => (seen?.playing ? Math.min(30 * SECOND, seen.leftMs + SECOND) : 30 * SECOND),
  },
  { name: "recent_120s", recent: true, waitMs: () => 120 * SECOND },
];

/** What such a way would have cost and known, were nobody to lock it out; and when it would have been. */
export function runRival(
  rival: Rival,
  segments: readonly Segment[],
  span: { startAt: number; endAt: number },
  people: readonly string[],
) {
  const announced: Announced[] = [];
  const written: Written[] = [];
  const times: number[] = [];
  for (const person of people) {
    const own = segments.filter((each) => each.person === person);
    const result = rival.recent ? readRecent(rival, own, span) : poll(rival, own, span);
    announced.push(...result.announced.map((each) => ({ ...each, person })));
    written.push(...result.written.map((each) => ({ ...each, person })));
    times.push(...result.times);
  }
  return { announced, written, calls: times.length, times };
}

type Result = { announced: Omit<Announced, "person">[]; written: Omit<Written, "person">[]; times: number[] };

function poll(rival: Rival, own: readonly Segment[], { startAt, endAt }: { startAt: number; endAt: number }): Result {
  const result: Result = { announced: [], written: [], times: [] };
  let index = 0;
  let last: Segment | undefined;
  for (let at = startAt; at < endAt; ) {
    result.times.push(at);
    while (index < own.length && (own[index]?.endedAt ?? 0) <= at) index++;
    const segment = own[index];
    const sound = segment?.sound.find(({ from, to }) => from <= at && at < to);
    let seen: { playing: boolean; leftMs: number } | undefined;
    if (segment && segment.startedAt <= at) {
      const heard = segment.sound.reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, at) - from), 0);
      seen = { playing: sound !== undefined, leftMs: segment.durationMs - heard };
      if (segment !== last && sound) {
        // A repeat of the same track looks like the same track to whoever compares names alone.
        if (segment.uri !== last?.uri || heard < 2 * SECOND) result.announced.push({ uri: segment.uri, at });
        const { uri, startedAt, endedAt, heardMs, durationMs } = segment;
        result.written.push({ uri, startedAt, endedAt, counts: heardMs >= Math.min(durationMs / 2, 240 * SECOND) });
        last = segment;
      }
    }
    at += rival.waitMs(seen);
  }
  return result;
}

/** The list shows what was heard for half a minute, once it has ended; the same track within half a minute is taken for one play. */
function readRecent(
  rival: Rival,
  own: readonly Segment[],
  { startAt, endAt }: { startAt: number; endAt: number },
): Result {
  const result: Result = { announced: [], written: [], times: [] };
  const listed = own.filter(({ heardMs }) => heardMs >= 30 * SECOND).sort((a, b) => a.endedAt - b.endedAt);
  let next = 0;
  for (let at = startAt; at < endAt; at += rival.waitMs(undefined)) {
    result.times.push(at);
    for (; next < listed.length && (listed[next]?.endedAt ?? 0) <= at; next++) {
      const segment = listed[next];
      const before = listed[next - 1];
      if (!segment) continue;
      result.announced.push({ uri: segment.uri, at });
      const twice = before?.uri === segment.uri && segment.startedAt - before.startedAt < 30 * SECOND;
      if (twice) continue;
      const { uri, startedAt, endedAt, heardMs, durationMs } = segment;
      result.written.push({ uri, startedAt, endedAt, counts: heardMs >= Math.min(durationMs / 2, 240 * SECOND) });
    }
  }
  return result;
}
