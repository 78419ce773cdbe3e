import type { Gap, GapReason, Period } from "../../../contracts/listening.ts";
import type { Inside } from "../bulk.ts";
import type { Database } from "../database.ts";

/** Gaps that are so near touch: the machine that saw the end of one and the start of the next took a moment. */
const TOUCH_MS = 1_000;
/** A hole of less is no gap: silence between two songs. */
const LEAST_MS = 1_000;

/** The gaps that reach into the period or touch it, in order. */
export async function readGaps(
  { trx }: { trx: Database["db"] },
  listener: number,
  { fromAt, untilAt }: Period,
): Promise<Gap[]> {
  const rows = await trx
    .selectFrom("play_gaps")
    .selectAll()
    .where("listener", "=", listener)
    .where("from_at", "<", untilAt)
    .where("until_at", ">", fromAt)
    .orderBy("from_at")
    .execute();
  return rows.map((row) => ({ fromAt: row.from_at, untilAt: row.until_at, why: row.why as GapReason }));
}

async function replace(
  { trx }: Inside,
  listener: number,
  before: readonly Gap[],
  after: readonly Gap[],
): Promise<void> {
  for (const { fromAt } of before)
    await trx.deleteFrom("play_gaps").where("listener", "=", listener).where("from_at", "=", fromAt).execute();
  for (const { fromAt, untilAt, why } of after)
    await trx.insertInto("play_gaps").values({ listener, from_at: fromAt, until_at: untilAt, why }).execute();
}

/** What is left of a period when these, which are in order and apart, are taken out. */
function without<T extends Period>(whole: T, holes: readonly Period[]): T[] {
  const left: T[] = [];
  let fromAt = whole.fromAt;
  for (const hole of holes) {
    if (hole.untilAt <= fromAt || hole.fromAt >= whole.untilAt) continue;
    left.push({ ...whole, fromAt, untilAt: hole.fromAt });
    fromAt = hole.untilAt;
  }
  left.push({ ...whole, fromAt });
  return left.filter((part) => part.untilAt - part.fromAt >= LEAST_MS);
}

/** In order, and what overlaps or touches in one. */
export function joined(periods: readonly Period[], touchMs = 0): Period[] {
  const all: Period[] = [];
  for (const { fromAt, untilAt } of periods.toSorted((a, b) => a.fromAt - b.fromAt)) {
    const last = all.at(-1);
    if (last && fromAt <= last.untilAt + touchMs) last.untilAt = Math.max(last.untilAt, untilAt);
    else all.push({ fromAt, untilAt });
  }
  return all;
}

/** No time is in two gaps: where one is known already its reason stays. Those of one reason that touch become one. */
export async function addGap(inside: Inside, listener: number, gap: Gap): Promise<void> {
  const near = await readGaps(inside, listener, { fromAt: gap.fromAt - TOUCH_MS, untilAt: gap.untilAt + TOUCH_MS });
  const others = near.filter(({ why }) => why !== gap.why);
  const same = near.filter(({ why }) => why === gap.why);
  const whole = joined([gap, ...same], TOUCH_MS).map((period) => ({ ...period, why: gap.why }));
  await replace(
    inside,
    listener,
    same,
    whole.flatMap((part) => without(part, others)),
  );
}

/** What was heard within is known now. */
export async function closeGaps(inside: Inside, listener: number, known: readonly Period[]): Promise<void> {
  const periods = joined(known, TOUCH_MS);
  const [first, last] = [periods[0], periods.at(-1)];
  if (!first || !last) return;
  const gaps = await readGaps(inside, listener, { fromAt: first.fromAt, untilAt: last.untilAt });
  for (const gap of gaps) {
    const left = without(gap, periods);
    if (left.length === 1 && left[0]?.fromAt === gap.fromAt && left[0].untilAt === gap.untilAt) continue;
    await replace(inside, listener, [gap], left);
  }
}
