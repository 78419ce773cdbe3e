import { CompiledQuery } from "kysely";
import type { PlaySource } from "../../../contracts/listening.ts";
import type { Evidence, KeptPlay, Near, PlayRow, Revision } from "../../../contracts/plays.ts";
import { type Inside, inserter, lists, takeIds } from "../bulk.ts";
import { type Dictionary, dictionary } from "./dictionary.ts";
import { closeGaps } from "./gaps.ts";
import { evidenceCells, evidenceColumns, playCells, playColumns } from "./rows.ts";
import { sumChanges } from "./sums.ts";

const fixedColumns = new Set<string>(["id", "listener", "track", "kind"]);
const insertPlays = inserter("plays", playColumns);
const rewritePlays = inserter(
  "plays",
  playColumns,
  `on conflict (id) do update set ${playColumns
    .filter((name) => !fixedColumns.has(name))
    .map((name) => `${name} = excluded.${name}`)
    .join(", ")}`,
);
const insertEvidence = inserter("play_evidence", evidenceColumns);

const sameCells = (a: readonly unknown[], b: readonly unknown[]): boolean => a.every((cell, at) => cell === b[at]);
const evidenceId = ({ source, key }: Evidence): string => `${source.way} ${source.origin} ${key}`;

const evidenceOf = ({ id, evidence }: { id: number; evidence: readonly Evidence[] }) =>
  evidence.map((each): [playId: number, evidence: Evidence] => [id, each]);

/** Evidence that a play has no more, or has otherwise now, goes; what it did not have comes. */
function evidenceChanges(before: KeptPlay, after: readonly Evidence[], words: Dictionary) {
  const was = new Map(before.evidence.map((each) => [evidenceId(each), each]));
  const come: Evidence[] = [];
  for (const each of after) {
    const old = was.get(evidenceId(each));
    if (old && sameCells(evidenceCells(before.id, old, words), evidenceCells(before.id, each, words)))
      was.delete(evidenceId(each));
    else come.push(each);
  }
  return { gone: [...was.values()], come };
}

/** The sources and labels that occur. */
function wordsIn(plays: readonly PlayRow[]): { sources: Iterable<PlaySource>; labels: Set<string> } {
  const sources = new Map<string, PlaySource>();
  const labels = new Set<string>();
  const look = ({ source, device, context }: Pick<PlayRow, "source" | "device" | "context">): void => {
    sources.set(source.way + source.origin, source);
    if (device !== undefined) labels.add(device);
    if (context !== undefined) labels.add(context);
  };
  for (const play of plays) {
    look(play);
    for (const each of play.evidence) look(each);
  }
  return { sources: sources.values(), labels };
}

/** Writes the difference between what was read and what was decided; resolves with the ids of what was put, in its order. */
export async function writeRevision(
  inside: Inside,
  listener: number,
  near: Near,
  { put, gone }: Revision,
): Promise<number[]> {
  const { kind, trx } = inside;
  const before = new Map(near.plays.map((play) => [play.id, play]));
  const fresh = await takeIds(inside, "plays", put.filter(({ id }) => id === undefined).length);
  const after = put.map((play) => ({ ...play, id: play.id ?? fresh.shift() ?? 0 }));
  const leaving = gone.flatMap((id) => before.get(id) ?? []);
  const seen = [...leaving, ...after, ...after.flatMap(({ id }) => before.get(id) ?? [])];
  const words = await dictionary(inside, wordsIn(seen));
  const cellsOf = (play: (typeof after)[number]) =>
    playCells(play, { listener, kind: near.tracks.get(play.trackId)?.kind ?? "track", words });

  const sums = sumChanges(near.tracks);
  const added = after.filter(({ id }) => !before.has(id));
  const changed: typeof after = [];
  const oldEvidence = leaving.flatMap(evidenceOf);
  const newEvidence = added.flatMap(evidenceOf);
  for (const play of leaving) sums.note(play, -1);
  for (const play of added) sums.note(play, 1);
  for (const play of after) {
    const old = before.get(play.id);
    if (!old) continue;
    const { gone: less, come } = evidenceChanges(old, play.evidence, words);
    for (const each of less) oldEvidence.push([play.id, each]);
    for (const each of come) newEvidence.push([play.id, each]);
    if (sameCells(cellsOf(old), cellsOf(play))) continue;
    sums.note(old, -1);
    sums.note(play, 1);
    changed.push(play);
  }

  const mark = (place: number) => (kind === "sqlite" ? "?" : `$${place}`);
  const drop = `delete from play_evidence where play = ${mark(1)} and source = ${mark(2)} and key = ${mark(3)}`;
  for (const [id, { source, key }] of oldEvidence)
    await trx.executeQuery(CompiledQuery.raw(drop, [id, words.sourceId(source), key]));
  for (const ids of lists(leaving.map(({ id }) => id))) await trx.deleteFrom("plays").where("id", "in", ids).execute();
  await insertPlays(inside, added.map(cellsOf));
  await rewritePlays(inside, changed.map(cellsOf));
  await insertEvidence(
    inside,
    newEvidence.map(([id, each]) => evidenceCells(id, each, words)),
  );
  await sums.write(inside, listener);
  await closeGaps(
    inside,
    listener,
    [...added, ...changed].map(({ startedAt, endedAt }) => ({ fromAt: startedAt, untilAt: endedAt })),
  );
  return after.map(({ id }) => id);
}
