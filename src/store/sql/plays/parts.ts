import type { HideRule, Period } from "../../../contracts/listening.ts";
import type { Tombstone } from "../../../contracts/plays.ts";
import type { Database } from "../database.ts";
import { decode, present } from "../values.ts";

/** Rules that hide and tombstones: both are looked at whenever plays are decided. */

export async function readRules({ trx }: { trx: Database["db"] }, listener: number): Promise<HideRule[]> {
  const rows = await trx.selectFrom("play_rules").selectAll().where("listener", "=", listener).orderBy("id").execute();
  return rows.map(({ id, part, created_at }) => ({ id, part: decode<HideRule["part"]>(part), createdAt: created_at }));
}

/** Those that reach into one of the periods; among many periods, into the time from the first to the last. */
export async function readTombstones(
  { trx }: { trx: Database["db"] },
  listener: number,
  periods: readonly Period[],
): Promise<Tombstone[]> {
  const fromAt = Math.min(...periods.map((period) => period.fromAt));
  const untilAt = Math.max(...periods.map((period) => period.untilAt));
  if (periods.length === 0) return [];
  const rows = await trx
    .selectFrom("play_tombstones")
    .selectAll()
    .where("listener", "=", listener)
    .where("until_at", ">", fromAt)
    .where("from_at", "<", untilAt)
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    fromAt: row.from_at,
    untilAt: row.until_at,
    only: row.only === 1,
    ...present("trackId", row.track),
  }));
}
