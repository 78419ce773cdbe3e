import { type Kysely, type Selectable, sql } from "kysely";
import type {
  DigestKind,
  DigestOrder,
  DigestOutcome,
  DigestOwner,
  DigestRecord,
  DigestStore,
} from "../../contracts/digests.ts";
import { digestOwnerOf } from "../../contracts/digests.ts";
import { type ListenerKey, listenerOf } from "../../contracts/listening.ts";
import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";
import { decode, encode } from "./values.ts";

type Ground = Parameters<DigestStore["removeIn"]>[0];
const DAY_MS = 24 * 60 * 60_000;
/** The message can be taken back for a month; the list of what was told goes a little further back. */
const KEPT_MS = 100 * DAY_MS;
const SWEPT_AT_ONCE = 1_000;

export function digestStore({ db }: Database): DigestStore {
  async function records(rows: readonly Selectable<Tables["digests"]>[]): Promise<DigestRecord[]> {
    const keys = rows.map(({ key }) => key);
    const heard =
      keys.length === 0
        ? []
        : await db.selectFrom("digest_listeners").selectAll().where("digest", "in", keys).orderBy("listener").execute();
    return rows.map((row) => ({
      key: row.key,
      owner: ownerIn(row),
      kind: row.kind as DigestKind,
      fromAt: row.from_at,
      untilAt: row.until_at,
      zone: row.zone,
      outcome: row.outcome as DigestOutcome,
      listeners: heard.flatMap(({ digest, listener }) => (digest === row.key ? [listener] : [])),
      ...(row.content === null ? {} : { content: decode(row.content) }),
      madeAt: row.made_at,
    }));
  }

  return {
    async orders(owner) {
      const rows = await db.selectFrom("digest_orders").selectAll().where("owner", "=", digestOwnerOf(owner)).execute();
      return rows.map(toOrder);
    },

    async putOrder(order) {
      const { owner, kind, hour, at, sinceAt, doneUntilAt, nextAt } = order;
      const change = { hour, told_at: encode(at), since_at: sinceAt, done_until_at: doneUntilAt, next_at: nextAt };
      await db
        .insertInto("digest_orders")
        .values({ owner: digestOwnerOf(owner), kind, ...columnsOf(owner), ...change })
        .onConflict((conflict) => conflict.columns(["owner", "kind"]).doUpdateSet(change))
        .execute();
    },

    async removeOrder(owner, kind) {
      const { numDeletedRows } = await db
        .deleteFrom("digest_orders")
        .where("owner", "=", digestOwnerOf(owner))
        .where("kind", "=", kind)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },

    async due(now, limit) {
      const rows = await db
        .selectFrom("digest_orders")
        .selectAll()
        .where("next_at", "<=", now)
        .orderBy("next_at")
        .orderBy("owner")
        .limit(limit)
        .execute();
      return rows.map(toOrder);
    },

    async nextDueAt() {
      const row = await db
        .selectFrom("digest_orders")
        .select((eb) => eb.fn.min("next_at").as("at"))
        .executeTakeFirst();
      return row?.at ?? undefined;
    },

    async setDue({ owner, kind, doneUntilAt, nextAt }) {
      await db
        .updateTable("digest_orders")
        .set({ done_until_at: doneUntilAt, next_at: nextAt })
        .where("owner", "=", digestOwnerOf(owner))
        .where("kind", "=", kind)
        .execute();
    },

    keep: (record) =>
      db.transaction().execute(async (trx) => {
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto("digests")
          .values({
            key: record.key,
            owner: digestOwnerOf(record.owner),
            ...columnsOf(record.owner),
            kind: record.kind,
            from_at: record.fromAt,
            until_at: record.untilAt,
            zone: record.zone,
            outcome: record.outcome,
            content: record.content === undefined ? null : encode(record.content),
            made_at: record.madeAt,
          })
          .onConflict((conflict) => conflict.column("key").doNothing())
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows !== 1n) return false;
        await putListeners(trx, record.key, record.listeners);
        return true;
      }),

    async get(key) {
      const rows = await db.selectFrom("digests").selectAll().where("key", "=", key).execute();
      return (await records(rows))[0];
    },

    async past(owner, limit) {
      const rows = await db
        .selectFrom("digests")
        .selectAll()
        .where("owner", "=", digestOwnerOf(owner))
        .orderBy("until_at", "desc")
        .orderBy("kind")
        .limit(limit)
        .execute();
      return records(rows);
    },

    async withListener(listener) {
      const rows = await db
        .selectFrom("digests")
        .selectAll()
        .where("key", "in", (eb) => eb.selectFrom("digest_listeners").select("digest").where("listener", "=", listener))
        .execute();
      return records(rows);
    },

    async unshared(limit) {
      const prefix = listenerOf.person("");
      const person = sql<string>`substr(digest_listeners.listener, ${prefix.length + 1})`;
      return db
        .selectFrom("digest_listeners")
        .innerJoin("digests", "digests.key", "digest_listeners.digest")
        .select(["digests.key", "digest_listeners.listener"])
        .where("digests.person_id", "is", null)
        .where(sql<string>`substr(digest_listeners.listener, 1, ${prefix.length})`, "=", prefix)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom("shares")
                .select("shares.since_at")
                .where("shares.person_id", "=", person)
                .where("shares.used_for", "=", "digest")
                .whereRef("shares.platform", "=", "digests.platform")
                .whereRef("shares.tenant", "=", "digests.tenant")
                .whereRef("shares.place", "=", "digests.place"),
            ),
          ),
        )
        .limit(limit)
        .execute();
    },

    async unmade(limit) {
      const rows = await db
        .selectFrom("digests")
        .select("key")
        .where("outcome", "=", "owed")
        .where("content", "is", null)
        .where((eb) =>
          eb.exists(eb.selectFrom("digest_listeners").select("listener").whereRef("digest", "=", "digests.key")),
        )
        .limit(limit)
        .execute();
      return rows.map(({ key }) => key);
    },

    setContent: (key, { content, listeners }) =>
      db.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable("digests")
          .set({ content: content === undefined ? null : encode(content) })
          .where("key", "=", key)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows === 0n) return;
        await trx.deleteFrom("digest_listeners").where("digest", "=", key).execute();
        await putListeners(trx, key, listeners);
      }),

    removeIn: (ground) =>
      db.transaction().execute(async (trx) => {
        const { orders, made } = await removeDigests(trx, ground);
        return orders + made;
      }),

    async move(before, after) {
      await db.transaction().execute(async (trx) => {
        const rows = await trx
          .selectFrom("digest_orders")
          .selectAll()
          .where("owner", "=", digestOwnerOf({ place: before }))
          .execute();
        for (const row of rows) {
          const { platform, tenant, id } = after;
          const told = { ...decode<DigestOrder["at"]>(row.told_at), id };
          await trx
            .insertInto("digest_orders")
            .values({
              ...row,
              owner: digestOwnerOf({ place: after }),
              platform,
              tenant,
              place: id,
              told_at: encode(told),
            })
            .onConflict((conflict) => conflict.columns(["owner", "kind"]).doNothing())
            .execute();
        }
        await removeDigests(trx, before);
      });
    },
  };
}

function ownerIn(row: {
  person_id: string | null;
  platform: string | null;
  tenant: string | null;
  place: string | null;
}): DigestOwner {
  if (row.person_id !== null) return { personId: row.person_id };
  return { place: { platform: row.platform ?? "", tenant: row.tenant ?? "", id: row.place ?? "" } };
}

function columnsOf(owner: DigestOwner) {
  if ("personId" in owner) return { person_id: owner.personId, platform: null, tenant: null, place: null };
  const { platform, tenant, id } = owner.place;
  return { person_id: null, platform, tenant, place: id };
}

function toOrder(row: Selectable<Tables["digest_orders"]>): DigestOrder {
  return {
    owner: ownerIn(row),
    kind: row.kind as DigestKind,
    hour: row.hour,
    at: decode(row.told_at),
    sinceAt: row.since_at,
    doneUntilAt: row.done_until_at,
    nextAt: row.next_at,
  };
}

async function putListeners(trx: Kysely<Tables>, digest: string, listeners: readonly ListenerKey[]): Promise<void> {
  if (listeners.length === 0) return;
  await trx
    .insertInto("digest_listeners")
    .values([...new Set(listeners)].map((listener) => ({ digest, listener })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function removeDigests(
  trx: Kysely<Tables>,
  of: Ground | { personId: string },
): Promise<{ orders: number; made: number }> {
  const matches: ["person_id" | "platform" | "tenant" | "place", string][] =
    "personId" in of
      ? [["person_id", of.personId]]
      : [
          ["platform", of.platform],
          ["tenant", of.tenant],
          ...(of.id === undefined ? [] : [["place", of.id] as ["place", string]]),
        ];
  let chosen = trx.selectFrom("digests").select("key");
  let made = trx.deleteFrom("digests");
  let orders = trx.deleteFrom("digest_orders");
  for (const [column, value] of matches) {
    chosen = chosen.where(column, "=", value);
    made = made.where(column, "=", value);
    orders = orders.where(column, "=", value);
  }
  await trx.deleteFrom("digest_listeners").where("digest", "in", chosen).execute();
  const gone = await made.executeTakeFirstOrThrow();
  const ended = await orders.executeTakeFirstOrThrow();
  return { orders: Number(ended.numDeletedRows), made: Number(gone.numDeletedRows) };
}

/**
 * Everything that digests keep of one person, for the transaction that deletes them: their own ones, and their part in those of
 * places, which are made anew of what is left when they are drawn next. Resolves with how many, and with those that are to be.
 */
export async function eraseDigests(
  trx: Kysely<Tables>,
  personId: string,
): Promise<{ digests: number; shown: string[] }> {
  const own = await trx.selectFrom("digests").select("key").where("person_id", "=", personId).execute();
  const { orders, made } = await removeDigests(trx, { personId });
  const listener = listenerOf.person(personId);
  const rows = await trx.selectFrom("digest_listeners").select("digest").where("listener", "=", listener).execute();
  const shown = rows.map(({ digest }) => digest);
  if (shown.length > 0) {
    await trx.updateTable("digests").set({ content: null }).where("key", "in", shown).execute();
    await trx.deleteFrom("digest_listeners").where("listener", "=", listener).execute();
  }
  return { digests: orders + made, shown: [...shown, ...own.map(({ key }) => key)] };
}

/** Everything of one becomes the other's; of two orders of a kind the other's own stays. */
export async function moveDigests(trx: Kysely<Tables>, from: string, to: string): Promise<void> {
  const rows = await trx.selectFrom("digest_orders").selectAll().where("person_id", "=", from).execute();
  for (const row of rows)
    await trx
      .insertInto("digest_orders")
      .values({ ...row, owner: digestOwnerOf({ personId: to }), person_id: to })
      .onConflict((conflict) => conflict.columns(["owner", "kind"]).doNothing())
      .execute();
  await removeDigests(trx, { personId: from });
  const [before, after] = [listenerOf.person(from), listenerOf.person(to)];
  const parts = await trx.selectFrom("digest_listeners").select("digest").where("listener", "=", before).execute();
  for (const { digest } of parts) await putListeners(trx, digest, [after]);
  await trx.deleteFrom("digest_listeners").where("listener", "=", before).execute();
}

/** What has had its time, and what was put by what was in hand for people who are no more. */
export async function sweepDigests(db: Kysely<Tables>, now: number): Promise<number> {
  const people = db.selectFrom("people").select("id");
  const gone = db
    .selectFrom("digests")
    .select("key")
    .where((eb) => eb.or([eb("made_at", "<=", now - KEPT_MS), eb("person_id", "not in", people)]));
  await db.deleteFrom("digest_listeners").where("digest", "in", gone).execute();
  const made = await db.deleteFrom("digests").where("key", "in", gone).executeTakeFirstOrThrow();
  const orders = await db.deleteFrom("digest_orders").where("person_id", "not in", people).executeTakeFirstOrThrow();
  const prefix = listenerOf.person("");
  const strays = await db
    .selectFrom("digest_listeners")
    .select(["digest", "listener"])
    .where(sql<string>`substr(listener, 1, ${prefix.length})`, "=", prefix)
    .where(sql<string>`substr(listener, ${prefix.length + 1})`, "not in", people)
    .limit(SWEPT_AT_ONCE)
    .execute();
  for (const { digest, listener } of strays) {
    await db.updateTable("digests").set({ content: null }).where("key", "=", digest).execute();
    await db.deleteFrom("digest_listeners").where("digest", "=", digest).where("listener", "=", listener).execute();
  }
  return Number(made.numDeletedRows) + Number(orders.numDeletedRows) + strays.length;
}
