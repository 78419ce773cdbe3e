import { lists, turn } from "../bulk.ts";
import type { Database } from "../database.ts";
import { holdListener } from "./listener.ts";
import { sums } from "./numbers.ts";
import { summedSpans } from "./sums.ts";

/** Plays that go in one transaction: years of them in one would keep everybody waiting when it is written to the file. */
const AT_ONCE = 512;
/** Whose key begins so has nothing any more, and is being deleted. */
export const FORGOTTEN = "forgotten:";

/**
 * Deletes everything of the listener, a part at a time; resolves with how much of each kind. Nobody finds the listener any
 * more from the first moment; what a crash leaves of it goes with the next sweep.
 */
export async function eraseListener({ db, kind }: Database, listener: number): Promise<Record<string, number>> {
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
  const gone: Record<string, number> = { plays: 0, evidence: 0 };
  const count = (kind: string, { numDeletedRows }: { numDeletedRows: bigint }): void => {
    gone[kind] = (gone[kind] ?? 0) + Number(numDeletedRows);
  };
  for (;;) {
    const rows = await db.selectFrom("plays").select("id").where("listener", "=", listener).limit(AT_ONCE).execute();
    if (rows.length === 0) break;
    await db.transaction().execute(async (trx) => {
      for (const ids of lists(rows.map(({ id }) => id))) {
        count("evidence", await trx.deleteFrom("play_evidence").where("play", "in", ids).executeTakeFirstOrThrow());
        count("plays", await trx.deleteFrom("plays").where("id", "in", ids).executeTakeFirstOrThrow());
      }
    });
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
  await db.transaction().execute(async (trx) => {
    await trx.deleteFrom("play_reviews").where("listener", "=", listener).execute();
    for (const [kind, table] of [
      ["rules", "play_rules"],
      ["tombstones", "play_tombstones"],
      ["gaps", "play_gaps"],
      ["imports", "play_imports"],
    ] as const)
      count(kind, await trx.deleteFrom(table).where("listener", "=", listener).executeTakeFirstOrThrow());
    await trx.deleteFrom("listeners").where("id", "=", listener).execute();
  });
  return gone;
}
