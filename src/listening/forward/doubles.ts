import type { DiaryEntry, ForwardRow } from "../../contracts/diaries.ts";
import type { Sighting } from "../../contracts/listening.ts";
import { sameWords } from "../diaries/entry.ts";

const NEAR_MS = 90_000;
const USUAL_MS = 210_000;

const namesOf = ({ heard }: Sighting) => ({ title: heard.title, artists: heard.artists.map(({ name }) => name) });

/**
 * Whether a diary's listen is this play, written by somebody else: at its start, or, as some write it, at its end
 * (ListenBrainz's own reader of a service takes the service's moment of a play, which is its end).
 */
export function isSame(entry: DiaryEntry, listen: Sighting): boolean {
  const { startedAt } = listen;
  return startedAt >= entry.at - NEAR_MS && startedAt <= latestOf(entry) && sameWords(entry, namesOf(listen));
}

const latestOf = ({ at, durationMs = USUAL_MS }: DiaryEntry): number => at + durationMs + NEAR_MS;

/** Those of our plays that somebody else has written there, too. What we sent ourselves is known by its very second. */
export function doubled(rows: readonly ForwardRow[], listens: readonly Sighting[]): Set<number> {
  const sent = new Map<number, DiaryEntry[]>();
  for (const { status, entry } of rows)
    if (status === "sent" || status === "sending") sent.set(entry.at, [...(sent.get(entry.at) ?? []), entry]);
  const ours = (listen: Sighting) => sent.get(listen.startedAt)?.some((entry) => sameWords(entry, namesOf(listen)));
  // In their order, so that each play is compared with its neighbours alone: a batch and its listens are thousands.
  const others = listens.filter((listen) => !ours(listen)).sort((a, b) => a.startedAt - b.startedAt);
  const found = new Set<number>();
  let first = 0;
  for (const { playId, entry } of [...rows].sort((a, b) => a.entry.at - b.entry.at)) {
    const isBefore = (listen: Sighting | undefined) => listen !== undefined && listen.startedAt < entry.at - NEAR_MS;
    while (isBefore(others[first])) first++;
    for (let at = first; at < others.length; at++) {
      const listen = others[at];
      if (!listen || listen.startedAt > latestOf(entry)) break;
      if (isSame(entry, listen)) found.add(playId);
    }
  }
  return found;
}
