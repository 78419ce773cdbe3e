import type { Selectable } from "kysely";
import type { Evidence, KeptPlay, PlayRow } from "../../../contracts/plays.ts";
import type { Tables } from "../tables.ts";
import { flag, orNull, present } from "../values.ts";
import type { Dictionary } from "./dictionary.ts";
import { agreements, exacts, kinds, namedBys, nameOf } from "./numbers.ts";

export const playColumns = [
  "id",
  "listener",
  "track",
  "kind",
  "started_at",
  "ended_at",
  "listened_ms",
  "counts",
  "source",
  "exact",
  "skipped",
  "device",
  "context",
  "hidden",
] as const;
export const evidenceColumns = [
  "play",
  "source",
  "key",
  "named_by",
  "started_at",
  "ended_at",
  "exact",
  "listened_ms",
  "duration_ms",
  "skipped",
  "device",
  "context",
  "agreed",
] as const;

type Cell = number | string | null;

function seen<T extends { skipped: number | null; device: number | null; context: number | null }>(
  { skipped, device, context }: T,
  words: Dictionary,
) {
  return {
    ...present("skipped", skipped === null ? null : skipped === 1),
    ...present("device", orNull(words.labelOf(device))),
    ...present("context", orNull(words.labelOf(context))),
  };
}
const seenCells = ({ skipped, device, context }: Pick<Evidence, "skipped" | "device" | "context">, words: Dictionary) =>
  [skipped === undefined ? null : flag(skipped), words.labelId(device), words.labelId(context)] as const;

export function toPlay(row: Selectable<Tables["plays"]>, words: Dictionary): KeptPlay {
  return {
    id: row.id,
    trackId: row.track,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    listenedMs: row.listened_ms,
    counts: row.counts === 1,
    source: words.sourceOf(row.source),
    exact: nameOf(exacts, row.exact),
    ...seen(row, words),
    ...present("hiddenBy", row.hidden),
    evidence: [],
  };
}

export function playCells(
  play: PlayRow & { id: number },
  { listener, kind, words }: { listener: number; kind: (typeof kinds)[number]; words: Dictionary },
): Cell[] {
  return [
    play.id,
    listener,
    play.trackId,
    kinds.indexOf(kind),
    play.startedAt,
    play.endedAt,
    play.listenedMs,
    flag(play.counts),
    words.sourceId(play.source),
    exacts.indexOf(play.exact),
    ...seenCells(play, words),
    orNull(play.hiddenBy),
  ];
}

export function toEvidence(row: Selectable<Tables["play_evidence"]>, trackId: number, words: Dictionary): Evidence {
  return {
    trackId,
    source: words.sourceOf(row.source),
    key: row.key,
    namedBy: nameOf(namedBys, row.named_by),
    startedAt: row.started_at,
    endedAt: row.ended_at,
    exact: nameOf(exacts, row.exact),
    ...present("listenedMs", row.listened_ms),
    ...present("durationMs", row.duration_ms),
    ...seen(row, words),
    ...present("agreed", row.agreed === null ? null : nameOf(agreements, row.agreed)),
  };
}

export function evidenceCells(playId: number, evidence: Evidence, words: Dictionary): Cell[] {
  return [
    playId,
    words.sourceId(evidence.source),
    evidence.key,
    namedBys.indexOf(evidence.namedBy),
    evidence.startedAt,
    evidence.endedAt,
    exacts.indexOf(evidence.exact),
    orNull(evidence.listenedMs),
    orNull(evidence.durationMs),
    ...seenCells(evidence, words),
    evidence.agreed === undefined ? null : agreements.indexOf(evidence.agreed),
  ];
}

/** Labels of rows, to be looked up at once. */
export function* labelIdsOf(rows: readonly { device: number | null; context: number | null }[]): Iterable<number> {
  for (const { device, context } of rows) {
    if (device !== null) yield device;
    if (context !== null) yield context;
  }
}
