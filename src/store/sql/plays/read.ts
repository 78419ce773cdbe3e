import type { Selectable } from "kysely";
import type { Period } from "../../../contracts/listening.ts";
import type { KeptPlay, Near, PlayStore } from "../../../contracts/plays.ts";
import { type Inside, lists } from "../bulk.ts";
import type { Tables } from "../tables.ts";
import { dictionary } from "./dictionary.ts";
import { factsOf, resolveHeard } from "./heard.ts";
import type { KnownTracks } from "./known-tracks.ts";
import { readRules, readTombstones } from "./parts.ts";
import { labelIdsOf, toEvidence, toPlay } from "./rows.ts";

async function readPlays(
  inside: Inside,
  listener: number,
  periods: readonly Period[],
  withEvidence: boolean,
): Promise<KeptPlay[]> {
  const { trx } = inside;
  const rows: Selectable<Tables["plays"]>[] = [];
  for (const { fromAt, untilAt } of periods) {
    const within = await trx
      .selectFrom("plays")
      .selectAll()
      .where("listener", "=", listener)
      .where("started_at", ">=", fromAt)
      .where("started_at", "<", untilAt)
      .orderBy("started_at")
      .orderBy("id")
      .execute();
    for (const row of within) rows.push(row);
  }
  if (rows.length === 0) return [];
  const evidence: Selectable<Tables["play_evidence"]>[] = [];
  for (const ids of lists(withEvidence ? rows.map(({ id }) => id) : []))
    for (const row of await trx.selectFrom("play_evidence").selectAll().where("play", "in", ids).execute())
      evidence.push(row);
  const words = await dictionary(inside, { labelIds: [...labelIdsOf(rows), ...labelIdsOf(evidence)] });
  const plays = new Map(rows.map((row) => [row.id, toPlay(row, words)]));
  for (const row of evidence) {
    const play = plays.get(row.play);
    play?.evidence.push(toEvidence(row, play.trackId, words));
  }
  return [...plays.values()];
}

/** What a revision is decided on. */
export async function readNear(
  inside: Inside,
  listener: number,
  { heard = [], periods, evidence = true }: Parameters<PlayStore["revise"]>[1],
  knownTracks: KnownTracks,
): Promise<Near> {
  const resolved = await resolveHeard(inside, heard, knownTracks);
  const named = resolved.map(({ row, namedBy }) => ({ trackId: row.id, namedBy }));
  const plays = await readPlays(inside, listener, periods, evidence);
  const tombstones = await readTombstones(inside, listener, periods);
  const rules = await readRules(inside, listener);
  const tracks = await factsOf(
    inside,
    resolved.map(({ row }) => row),
    new Set(plays.map(({ trackId }) => trackId)),
    rules.some(({ part }) => part.what === "artist"),
  );
  return { plays, tombstones, rules, heard: named, tracks };
}
