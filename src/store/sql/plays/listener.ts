import { sql } from "kysely";
import type { ListenerKey, Period } from "../../../contracts/listening.ts";
import type { Review } from "../../../contracts/plays.ts";
import { type Inside, turn } from "../bulk.ts";
import { type Database, serialise } from "../database.ts";
import { addGap, readGaps } from "./gaps.ts";
import { sums } from "./numbers.ts";
import { summedSpans } from "./sums.ts";

/** Before anything was recorded, and after everything will be. */
export const always: Period = { fromAt: 0, untilAt: Number.MAX_SAFE_INTEGER };
/** Plays that are moved at one time, before others have a turn. */
const AT_ONCE = 1_000;

export async function listenerId(db: Database["db"], key: ListenerKey): Promise<number | undefined> {
  const row = await db.selectFrom("listeners").select("id").where("key", "=", key).executeTakeFirst();
  return row?.id;
}

/** Until the end of the transaction nobody else changes what is kept of the listener. */
export async function holdListener({ kind, trx }: Inside, key: ListenerKey): Promise<void> {
  await serialise(kind, trx, `listener ${key}`);
}

/** Keeps that the plays of the period are to be decided anew. */
export async function toReview(
  { trx }: Inside,
  listener: number,
  { fromAt, untilAt }: Period,
  what: Review["what"] = "all",
): Promise<void> {
  await trx
    .insertInto("play_reviews")
    .values({ listener, what, from_at: fromAt, until_at: untilAt })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function hasPlays(trx: Database["db"], key: ListenerKey): Promise<boolean> {
  const listener = await listenerId(trx, key);
  if (listener === undefined) return false;
  return (
    (await trx.selectFrom("plays").select("id").where("listener", "=", listener).limit(1).executeTakeFirst()) !==
    undefined
  );
}

/** Everything of one listener becomes another's. What both recorded is two plays until the review that is kept to be done. */
export async function moveListener(inside: Inside, from: ListenerKey, to: ListenerKey): Promise<void> {
  const { trx } = inside;
  for (const key of [from, to].toSorted()) await holdListener(inside, key);
  const [old, kept] = [await listenerId(trx, from), await listenerId(trx, to)];
  if (old === undefined) return;
  if (kept === undefined) {
    await trx.updateTable("listeners").set({ key: to }).where("id", "=", old).execute();
    return;
  }
  for (;;) {
    const some = trx.selectFrom("plays").select("id").where("listener", "=", old).limit(AT_ONCE);
    const { numUpdatedRows } = await trx
      .updateTable("plays")
      .set({ listener: kept })
      .where("id", "in", (eb) => eb.selectFrom(some.as("some")).select("some.id"))
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) break;
    await turn();
  }
  for (const span of await summedSpans(trx, old)) {
    // "and true" tells SQLite that "on" begins no join (https://www.sqlite.org/lang_upsert.html#parsing_ambiguity).
    await sql`insert into play_sums (listener, what, span, ref, plays, ms)
      select ${kept}, what, span, ref, plays, ms from play_sums
      where listener = ${old} and what in (${sql.join(Object.values(sums))}) and span = ${span} and true
      on conflict (listener, what, span, ref) do update
      set plays = play_sums.plays + excluded.plays, ms = play_sums.ms + excluded.ms`.execute(trx);
    await trx
      .deleteFrom("play_sums")
      .where("listener", "=", old)
      .where("what", "in", Object.values(sums))
      .where("span", "=", span)
      .execute();
    await turn();
  }
  await trx.updateTable("play_rules").set({ listener: kept }).where("listener", "=", old).execute();
  await trx.updateTable("play_tombstones").set({ listener: kept }).where("listener", "=", old).execute();
  for (const gap of await readGaps(inside, old, always)) await addGap(inside, kept, gap);
  await trx.deleteFrom("play_gaps").where("listener", "=", old).execute();
  await trx.deleteFrom("play_reviews").where("listener", "=", old).execute();
  await trx.deleteFrom("play_imports").where("listener", "=", old).execute();
  await toReview(inside, kept, always);
  await trx.deleteFrom("listeners").where("id", "=", old).execute();
}
