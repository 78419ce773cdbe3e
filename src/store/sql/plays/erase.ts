import { sql, type Transaction } from "kysely";
import { lists, turn } from "../bulk.ts";
import type { Database } from "../database.ts";
import type { Tables } from "../tables.ts";
import { holdListener } from "./listener.ts";
import { sums } from "./numbers.ts";
import { summedSpans } from "./sums.ts";

/** Plays that go in one transaction: years of them in one would keep everybody waiting when it is written to the file. */
const AT_ONCE = 100;
/** Rows of what is small beside them. */
const SMALL_AT_ONCE = 500;
/**
 * Rows after which the disk is waited for. Nobody waits with it; but what is written ahead of it is waited for by whoever
 * writes next when SQLite begins its log anew.
 */
const FLUSHED_EVERY = 2_000;
/** Whose key begins so has nothing any more, and is being deleted. */
export const FORGOTTEN = "forgotten:";

/** What hangs on a listener beside the plays, how it is counted, and what tells its rows apart. */
const small = [
  { table: "play_reviews", column: "from_at" },
  { table: "play_rules", column: "id", kind: "rules" },
  { table: "play_tombstones", column: "id", kind: "tombstones" },
  { table: "play_gaps", column: "from_at", kind: "gaps" },
  { table: "play_imports", column: "id", kind: "imports" },
] as const;

/**
 * Deletes everything of the listener, a part at a time; resolves with how much of each kind. Nobody finds the listener any
 * more from the first moment; what a crash leaves of it goes with the next sweep.
 */
export async function eraseListener(database: Database, listener: number): Promise<Record<string, number>> {
  const { db, kind } = database;
  await db.transaction().execute(async (trx) => {
    const row = await trx.selectFrom("listeners").select("key").where("id", "=", listener).executeTakeFirst();
    // Who is just writing finishes first; who comes after finds no such listener.
    if (row) await holdListener({ kind, trx }, row.key);
    await trx
      .updateTable("listeners")
      .set({ key: `${FORGOTTEN}${listener}` })
      .where("id", "=", listener)
      .execute();
  });
  const gone: Record<string, number> = { plays: 0, evidence: 0, rules: 0, tombstones: 0, gaps: 0, imports: 0 };
  await eraseParts(database, listener, async (_, part) => {
    for (const [what, count] of Object.entries(part)) gone[what] = (gone[what] ?? 0) + count;
  });
  return gone;
}

/**
 * Everything of a listener whom nobody finds any more, a part at a time. `note` is told of each part inside of its transaction;
 * the listener goes last, so that what a crash leaves is found again.
 */
export async function eraseParts(
  database: Database,
  listener: number,
  note: (trx: Transaction<Tables>, gone: Record<string, number>) => Promise<void>,
): Promise<void> {
  const { db } = database;
  for (let done = AT_ONCE; ; done += AT_ONCE) {
    const rows = await db.selectFrom("plays").select("id").where("listener", "=", listener).limit(AT_ONCE).execute();
    if (rows.length === 0) break;
    await db.transaction().execute(async (trx) => {
      const gone = { plays: 0, evidence: 0 };
      for (const ids of lists(rows.map(({ id }) => id))) {
        gone.evidence += deleted(
          await trx.deleteFrom("play_evidence").where("play", "in", ids).executeTakeFirstOrThrow(),
        );
        gone.plays += deleted(await trx.deleteFrom("plays").where("id", "in", ids).executeTakeFirstOrThrow());
      }
      await note(trx, gone);
    });
    if (done % FLUSHED_EVERY === 0) await database.toDisk();
    await turn();
  }
  for (const span of await summedSpans(db, listener)) {
    await db
      .deleteFrom("play_sums")
      .where("listener", "=", listener)
      .where("what", "in", Object.values(sums))
      .where("span", "=", span)
      .execute();
    await turn();
  }
  for (const each of small) await eraseSmall(database, listener, each, note);
  await db.transaction().execute(async (trx) => {
    await trx.deleteFrom("listeners").where("id", "=", listener).execute();
    await note(trx, {});
  });
}

async function eraseSmall(
  { db, toDisk }: Database,
  listener: number,
  { table, column, ...counted }: (typeof small)[number],
  note: (trx: Transaction<Tables>, gone: Record<string, number>) => Promise<void>,
): Promise<void> {
  const some = sql`select ${sql.ref(column)} from ${sql.table(table)} where listener = ${listener} limit ${SMALL_AT_ONCE}`;
  const part = (trx: Transaction<Tables>) =>
    sql`delete from ${sql.table(table)} where listener = ${listener} and ${sql.ref(column)} in (${some})`.execute(trx);
  for (let done = SMALL_AT_ONCE; ; done += SMALL_AT_ONCE) {
    const rows = await db.transaction().execute(async (trx) => {
      const { numAffectedRows = 0n } = await part(trx);
      if ("kind" in counted && numAffectedRows > 0n) await note(trx, { [counted.kind]: Number(numAffectedRows) });
      return numAffectedRows;
    });
    if (rows < SMALL_AT_ONCE) return;
    if (done % FLUSHED_EVERY === 0) await toDisk();
    await turn();
  }
}

const deleted = ({ numDeletedRows }: { numDeletedRows: bigint }): number => Number(numDeletedRows);
