import type { Transaction } from "kysely";
import { lists, turn } from "../bulk.ts";
import type { Database } from "../database.ts";
import type { Tables } from "../tables.ts";
import { holdListener } from "./listener.ts";
import { sums } from "./numbers.ts";
import { summedSpans } from "./sums.ts";

/** Plays that go in one transaction: years of them in one would keep everybody waiting when it is written to the file. */
const AT_ONCE = 96;
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
  await eraseParts(db, listener, async (_, part) => {
    for (const [what, count] of Object.entries(part)) gone[what] = (gone[what] ?? 0) + count;
  });
  return gone;
}

/** Everything of a listener whom nobody finds any more. `note` is told of each part inside of its transaction. */
export async function eraseParts(
  db: Database["db"],
  listener: number,
  note: (trx: Transaction<Tables>, gone: Record<string, number>) => Promise<void>,
): Promise<void> {
  for (;;) {
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
    const gone: Record<string, number> = {};
    await trx.deleteFrom("play_reviews").where("listener", "=", listener).execute();
    for (const [kind, table] of [
      ["rules", "play_rules"],
      ["tombstones", "play_tombstones"],
      ["gaps", "play_gaps"],
      ["imports", "play_imports"],
    ] as const)
      gone[kind] = deleted(await trx.deleteFrom(table).where("listener", "=", listener).executeTakeFirstOrThrow());
    await trx.deleteFrom("listeners").where("id", "=", listener).execute();
    await note(trx, gone);
  });
}

const deleted = ({ numDeletedRows }: { numDeletedRows: bigint }): number => Number(numDeletedRows);
