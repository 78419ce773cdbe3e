import type { Kysely } from "kysely";
import {
  type DeadReason,
  type DiaryRow,
  type DiaryStore,
  type ForwardCounts,
  type ForwardedState,
  type ForwardRow,
  type ForwardState,
  forwardedStates,
} from "../../contracts/diaries.ts";
import { inserter, lists } from "./bulk.ts";
import type { Database } from "./database.ts";
import { fixed } from "./fixed.ts";
import type { Tables } from "./tables.ts";
import { decode, encode, flag, newId, orNull, present } from "./values.ts";

const underWay = ["waiting", "sending"] as const satisfies readonly ForwardedState[];
const insertForwards = inserter(
  "forwards",
  ["connection", "play_id", "status", "entry", "started_at", "due_at", "updated_at"],
  "on conflict do nothing",
);

type Change = Parameters<DiaryStore["change"]>[1];

function toDiary(row: Tables["diaries"]): DiaryRow {
  return {
    id: row.id,
    personId: row.person_id,
    diary: row.diary,
    userName: row.user_name,
    reads: row.reads === 1,
    forwards: row.forwards as ForwardState,
    playingNow: row.playing_now === 1,
    doublesAgreed: row.doubles_agreed === 1,
    fromAt: row.from_at,
    failures: row.failures,
    createdAt: row.created_at,
    ...present("secret", row.secret),
    ...present("pending", row.pending),
    ...present("scanAt", row.scan_at),
    ...present("scanUntilAt", row.scan_until_at),
    ...present("readAt", row.read_at),
    ...present("retryAt", row.retry_at),
    ...present("owes", row.owes as NonNullable<DiaryRow["owes"]> | null),
  };
}

/** The columns of what is named; undefined takes a value away. */
function columnsOf(change: Change): Partial<Tables["diaries"]> {
  const set: Partial<Tables["diaries"]> = {};
  if (change.userName !== undefined) set.user_name = change.userName;
  if (change.reads !== undefined) set.reads = flag(change.reads);
  if (change.forwards !== undefined) set.forwards = change.forwards;
  if (change.playingNow !== undefined) set.playing_now = flag(change.playingNow);
  if (change.doublesAgreed !== undefined) set.doubles_agreed = flag(change.doublesAgreed);
  if (change.fromAt !== undefined) set.from_at = change.fromAt;
  if (change.failures !== undefined) set.failures = change.failures;
  if ("secret" in change) set.secret = orNull(change.secret);
  if ("pending" in change) set.pending = orNull(change.pending);
  if ("scanAt" in change) set.scan_at = orNull(change.scanAt);
  if ("scanUntilAt" in change) set.scan_until_at = orNull(change.scanUntilAt);
  if ("readAt" in change) set.read_at = orNull(change.readAt);
  if ("retryAt" in change) set.retry_at = orNull(change.retryAt);
  if ("owes" in change) set.owes = orNull(change.owes);
  return set;
}

function toForward(row: Tables["forwards"]): ForwardRow {
  return {
    connection: row.connection,
    playId: row.play_id,
    status: row.status as ForwardedState,
    entry: decode(row.entry),
    dueAt: row.due_at,
    ...present("why", row.why as DeadReason | null),
    updatedAt: row.updated_at,
  };
}

export function diaryStore({ db, kind }: Database): DiaryStore {
  const readOfPerson = fixed(
    db,
    db.selectFrom("diaries").selectAll().where("person_id", "=", "").orderBy("created_at").orderBy("diary"),
  );
  const forwards = (connection: string) => db.selectFrom("forwards").where("connection", "=", connection);

  return {
    async get(id) {
      const row = await db.selectFrom("diaries").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toDiary(row);
    },

    async ofPerson(personId) {
      return (await readOfPerson(personId)).map(toDiary);
    },

    async all() {
      return (await db.selectFrom("diaries").selectAll().orderBy("created_at").orderBy("id").execute()).map(toDiary);
    },

    async put(personId, diary, change, now) {
      const set = columnsOf(change);
      const fresh: Tables["diaries"] = {
        id: newId(),
        person_id: personId,
        diary,
        user_name: change.userName,
        reads: 0,
        forwards: "off",
        playing_now: 0,
        doubles_agreed: 0,
        secret: null,
        pending: null,
        from_at: now,
        scan_at: null,
        scan_until_at: null,
        read_at: null,
        retry_at: null,
        failures: 0,
        owes: null,
        created_at: now,
        ...set,
      };
      const row = await db
        .insertInto("diaries")
        .values(fresh)
        .onConflict((conflict) => conflict.columns(["person_id", "diary"]).doUpdateSet(set))
        .returningAll()
        .executeTakeFirstOrThrow();
      return toDiary(row);
    },

    async change(id, change) {
      const set = columnsOf(change);
      if (Object.keys(set).length === 0) return (await this.get(id)) !== undefined;
      const { numUpdatedRows } = await db
        .updateTable("diaries")
        .set(set)
        .where("id", "=", id)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },

    remove: (id) => db.transaction().execute((trx) => removeDiaries(trx, [id])),

    async addForwards(connection, rows) {
      if (rows.length === 0) return 0;
      return db.transaction().execute(async (trx) => {
        // Whoever took back their leave meanwhile has no row any more, and nothing of theirs may be on its way.
        const there = await trx.selectFrom("diaries").select("id").where("id", "=", connection).executeTakeFirst();
        if (!there) return 0;
        const before = await countOf(trx, connection);
        await insertForwards(
          { kind, trx },
          rows.map(({ playId, entry, dueAt }) => [
            connection,
            playId,
            "waiting",
            encode(entry),
            entry.at,
            dueAt,
            entry.at,
          ]),
        );
        return (await countOf(trx, connection)) - before;
      });
    },

    async dueForwards(connection, now, limit) {
      const rows = await forwards(connection)
        .selectAll()
        .where("status", "in", underWay)
        .where("due_at", "<=", now)
        .orderBy("started_at")
        .orderBy("play_id")
        .limit(limit)
        .execute();
      return rows.map(toForward);
    },

    async nextForwardAt(connection) {
      const row = await forwards(connection)
        .select((eb) => eb.fn.min("due_at").as("at"))
        .where("status", "in", underWay)
        .executeTakeFirst();
      return row?.at ?? undefined;
    },

    async forwardsBetween(connection, fromAt, untilAt) {
      const rows = await forwards(connection)
        .selectAll()
        .where("started_at", ">=", fromAt)
        .where("started_at", "<", untilAt)
        .orderBy("started_at")
        .execute();
      return rows.map(toForward);
    },

    async settleForwards(connection, settled, now) {
      if (settled.length === 0) return;
      // What becomes of a batch is mostly one thing: a statement for each of those, not for each play.
      const alike = new Map<string, { set: Partial<Tables["forwards"]>; ids: number[] }>();
      for (const { playId, status, dueAt, why } of settled) {
        const set = { status, why: orNull(why), updated_at: now, ...(dueAt === undefined ? {} : { due_at: dueAt }) };
        const key = encode(set);
        const group = alike.get(key) ?? { set, ids: [] as number[] };
        alike.set(key, group);
        group.ids.push(playId);
      }
      await db.transaction().execute(async (trx) => {
        for (const { set, ids } of alike.values())
          for (const part of lists(ids))
            await trx
              .updateTable("forwards")
              .set(set)
              .where("connection", "=", connection)
              .where("play_id", "in", part)
              .execute();
      });
    },

    async dropForwards(connection, playIds) {
      for (const part of lists(playIds))
        await db.deleteFrom("forwards").where("connection", "=", connection).where("play_id", "in", part).execute();
    },

    async deadForwards(connection, limit) {
      const rows = await forwards(connection)
        .selectAll()
        .where("status", "=", "dead")
        .orderBy("started_at", "desc")
        .limit(limit)
        .execute();
      return rows.map(toForward);
    },

    async retryForwards(connection, now) {
      const { numUpdatedRows } = await db
        .updateTable("forwards")
        .set({ status: "sending", why: null, due_at: now, updated_at: now })
        .where("connection", "=", connection)
        .where("status", "=", "dead")
        .where((eb) => eb.or([eb("why", "is", null), eb("why", "!=", "too_old")]))
        .executeTakeFirstOrThrow();
      return Number(numUpdatedRows);
    },

    async countForwards(connection) {
      const rows = await forwards(connection)
        .select(["status", (eb) => eb.fn.countAll<number>().as("count")])
        .groupBy("status")
        .execute();
      const counts = Object.fromEntries(forwardedStates.map((state) => [state, 0])) as ForwardCounts;
      for (const { status, count } of rows) counts[status as ForwardedState] = Number(count);
      return counts;
    },

    async purgeForwards(connection, beforeAt) {
      const { numDeletedRows } = await db
        .deleteFrom("forwards")
        .where("connection", "=", connection)
        .where("status", "in", ["sent", "there"])
        .where("started_at", "<", beforeAt)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}

async function countOf(db: Kysely<Tables>, connection: string): Promise<number> {
  const { rows } = await db
    .selectFrom("forwards")
    .select((eb) => eb.fn.countAll<number>().as("rows"))
    .where("connection", "=", connection)
    .executeTakeFirstOrThrow();
  return Number(rows);
}

async function removeDiaries(
  trx: Kysely<Tables>,
  ids: readonly string[],
): Promise<{ diaries: number; forwards: number }> {
  if (ids.length === 0) return { diaries: 0, forwards: 0 };
  const rows = await trx.deleteFrom("diaries").where("id", "in", ids).executeTakeFirstOrThrow();
  const plays = await trx.deleteFrom("forwards").where("connection", "in", ids).executeTakeFirstOrThrow();
  return { diaries: Number(rows.numDeletedRows), forwards: Number(plays.numDeletedRows) };
}

const idsOf = async (trx: Kysely<Tables>, personId: string, diaries?: readonly string[]): Promise<string[]> => {
  let query = trx.selectFrom("diaries").select("id").where("person_id", "=", personId);
  if (diaries) query = query.where("diary", "in", diaries);
  return (await query.execute()).map(({ id }) => id);
};

/** Everything of one becomes the other's, but for diaries that both have: there the other's stays. */
export async function moveDiaries(trx: Kysely<Tables>, from: string, to: string): Promise<void> {
  const kept = await trx.selectFrom("diaries").select("diary").where("person_id", "=", to).execute();
  const both = kept.map(({ diary }) => diary);
  if (both.length > 0) await removeDiaries(trx, await idsOf(trx, from, both));
  await trx.updateTable("diaries").set({ person_id: to }).where("person_id", "=", from).execute();
  const waits = await trx.selectFrom("slots").select("provider").where("person_id", "=", to).execute();
  if (waits.length > 0)
    await trx
      .deleteFrom("slots")
      .where("person_id", "=", from)
      .where(
        "provider",
        "in",
        waits.map(({ provider }) => provider),
      )
      .execute();
  await trx.updateTable("slots").set({ person_id: to }).where("person_id", "=", from).execute();
}

/** Those of people who are no more: put by what was in hand for a person who was joined to another meanwhile. */
export async function sweepDiaries(db: Database["db"]): Promise<number> {
  const gone = await db
    .selectFrom("diaries")
    .select("id")
    .where("person_id", "not in", (eb) => eb.selectFrom("people").select("id"))
    .execute();
  const removed = await removeDiaries(
    db,
    gone.map(({ id }) => id),
  );
  const slots = await db
    .deleteFrom("slots")
    .where("person_id", "not in", (eb) => eb.selectFrom("people").select("id"))
    .executeTakeFirstOrThrow();
  return removed.diaries + removed.forwards + Number(slots.numDeletedRows);
}
