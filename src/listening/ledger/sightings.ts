import { hash } from "node:crypto";
import type { Period, Sighting } from "../../contracts/listening.ts";
import type { Evidence } from "../../contracts/plays.ts";
import { LONGEST_MS } from "./merge.ts";
import { durationOf, keepable } from "./words.ts";

const DAY_MS = 24 * 60 * 60_000;
/** Nothing that records listening is older (https://en.wikipedia.org/wiki/Last.fm); what is earlier comes of a clock that was not set. */
const EARLIEST_AT = Date.UTC(2002, 0, 1);
/** Three hundred thousand million million million names: two of one listener never get the same one. */
const KEY_LETTERS = 12;
/** Evidence that was exported comes back under the key that it was kept under, and so is the same evidence. */
const keptKey = /^kept:([\w-]{12})$/;

type Refusal = "time" | "empty" | "private";

/** Why a sighting cannot be taken, or undefined. */
export function refusal(sighting: Sighting, now: number, privateTimes: readonly Period[]): Refusal | undefined {
  const { startedAt, endedAt, listenedMs, heard } = sighting;
  if (!Number.isFinite(startedAt) || !Number.isFinite(endedAt)) return "time";
  if (startedAt < EARLIEST_AT || endedAt > now + DAY_MS || endedAt < startedAt) return "time";
  if (endedAt - startedAt > LONGEST_MS) return "time";
  if (Math.round(endedAt) === Math.round(startedAt)) return "empty";
  if (listenedMs !== undefined && !(listenedMs > 0)) return "empty";
  if (heard.title.trim() === "") return "empty";
  const isPrivate = privateTimes.some(({ fromAt, untilAt }) => startedAt < untilAt && endedAt > fromAt);
  return isPrivate ? "private" : undefined;
}

/** What a sighting says, but for the track that it means. */
export function toEvidence(sighting: Sighting): Omit<Evidence, "trackId" | "namedBy"> {
  const { source, key, exact, skipped, device, context, heard } = sighting;
  const startedAt = Math.round(sighting.startedAt);
  const endedAt = Math.round(sighting.endedAt);
  const durationMs = durationOf(heard);
  return {
    source: { origin: source.origin, way: source.way },
    key: keptKey.exec(key)?.[1] ?? hash("sha256", key, "base64url").slice(0, KEY_LETTERS),
    startedAt,
    endedAt,
    exact,
    ...(sighting.listenedMs !== undefined && {
      listenedMs: Math.max(1, Math.round(Math.min(sighting.listenedMs, endedAt - startedAt))),
    }),
    ...(durationMs !== undefined && { durationMs }),
    ...(skipped !== undefined && { skipped }),
    ...(device && { device: keepable(device) }),
    ...(context && { context: keepable(context) }),
  };
}

/** The times in which plays may have to do with one of these, in order and apart. */
export function reachOf(evidence: readonly Pick<Evidence, "startedAt" | "endedAt">[]): Period[] {
  const reach: Period[] = [];
  for (const { startedAt, endedAt } of evidence.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const fromAt = startedAt - LONGEST_MS;
    const untilAt = endedAt + LONGEST_MS;
    const last = reach.at(-1);
    if (last && fromAt <= last.untilAt) last.untilAt = Math.max(last.untilAt, untilAt);
    else reach.push({ fromAt, untilAt });
  }
  return reach;
}
