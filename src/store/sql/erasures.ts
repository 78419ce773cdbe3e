import type { Transaction } from "kysely";
import type { ErasureAsker, ErasureRow, ErasureStore } from "../../contracts/erasing.ts";
import type { Incoming, UserRef } from "../../contracts/incoming.ts";
import { turn } from "./bulk.ts";
import type { Database } from "./database.ts";
import { emptyPerson, erasedListener } from "./erase-person.ts";
import { eraseParts } from "./plays/erase.ts";
import { holdListener, listenerId } from "./plays/listener.ts";
import type { Tables } from "./tables.ts";
import { decode, encode, flag, newId, present } from "./values.ts";

/** Events that are looked through in one go. */
const AT_ONCE = 500;

/** Whom it is for, under all their names, as long as that is needed. */
type Kept = ErasureAsker & { users: UserRef[] };

function toErasure(row: Tables["erasures"]): ErasureRow {
  const { users: _, ...asker } = row.asker === null ? { users: [] } : decode<Kept>(row.asker);
  return {
    key: row.key,
    receipt: row.receipt,
    status: row.status as ErasureRow["status"],
    ...("personId" in asker ? { asker } : {}),
    counts: decode(row.counts),
    shown: decode(row.shown),
    accounts: decode(row.accounts),
    stays: row.stays === 1,
    begunAt: row.begun_at,
    ...present("doneAt", row.done_at),
  };
}

export function erasureStore(database: Database): ErasureStore {
  const { db, kind, toDisk } = database;
  const read = (from: Database["db"], key: string) =>
    from.selectFrom("erasures").selectAll().where("key", "=", key).executeTakeFirstOrThrow();

  /** Inside of the transaction that deletes, so that what is said to be gone is what went. */
  async function note(trx: Transaction<Tables>, key: string, gone: Record<string, number>): Promise<void> {
    const counts = summed(decode((await read(trx, key)).counts), gone);
    await trx
      .updateTable("erasures")
      .set({ counts: encode(counts) })
      .where("key", "=", key)
      .execute();
  }

  async function erasePlays(key: string): Promise<void> {
    const listener = await listenerId(db, erasedListener(key));
    if (listener !== undefined) await eraseParts(database, listener, (trx, gone) => note(trx, key, gone));
  }

  /** What they wrote to the bot in the last days, and its answers. That it was dealt with stays known, so that nothing is done twice. */
  async function blankEvents(key: string, users: readonly UserRef[]): Promise<void> {
    for (const platform of new Set(users.map((user) => user.platform))) {
      let after = "";
      for (;;) {
        const rows = await db
          .selectFrom("events")
          .select(["id", "event"])
          .where("platform", "=", platform)
          .where("finished_at", "is not", null)
          .where("id", ">", after)
          .orderBy("id")
          .limit(AT_ONCE)
          .execute();
        const theirs = rows.flatMap(({ id, event }) => {
          const sent = decode<Incoming>(event);
          return users.some((user) => isOf(sent, user)) ? [{ id, sent }] : [];
        });
        if (theirs.length > 0)
          await db.transaction().execute(async (trx) => {
            for (const { id, sent } of theirs) {
              await trx.deleteFrom("event_replies").where("event_id", "=", id).execute();
              await trx.deleteFrom("event_notes").where("event_id", "=", id).execute();
              await trx
                .updateTable("events")
                .set({ event: encode(blank(sent)), commands: "[]" })
                .where("id", "=", id)
                .execute();
            }
            await note(trx, key, { messages: theirs.length });
          });
        const last = rows.at(-1);
        if (!last || rows.length < AT_ONCE) break;
        after = last.id;
        await turn();
      }
    }
  }

  return {
    async begin({ key, receipt, asker, begunAt, counts }) {
      return db.transaction().execute(async (trx) => {
        const known = await trx.selectFrom("erasures").selectAll().where("key", "=", key).executeTakeFirst();
        if (known) return toErasure(known);
        const users = await trx
          .selectFrom("identities")
          .select(["platform", "tenant", "user_id as id"])
          .where("person_id", "=", asker.personId)
          .execute();
        await trx
          .insertInto("erasures")
          .values({
            key,
            receipt,
            status: "begun",
            person_id: asker.personId,
            asker: encode({ ...asker, users } satisfies Kept),
            counts: encode(counts),
            shown: "[]",
            accounts: "[]",
            stays: 0,
            begun_at: begunAt,
            done_at: null,
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        return toErasure(await read(trx, key));
      });
    },

    async get(key) {
      const row = await db.selectFrom("erasures").selectAll().where("key", "=", key).executeTakeFirst();
      return row && toErasure(row);
    },

    async empty(key) {
      const emptied = await db.transaction().execute(async (trx) => {
        const row = await read(trx, key);
        if (row.status !== "begun" || row.person_id === null) return { row: toErasure(row), shares: [] };
        await holdListener({ kind, trx }, `person:${row.person_id}`);
        const { counts, shown, accounts, stays, shares } = await emptyPerson({ kind, trx }, row.person_id, key);
        await trx
          .updateTable("erasures")
          .set({
            status: "emptied",
            counts: encode(summed(decode(row.counts), counts)),
            shown: encode(shown),
            accounts: encode(accounts),
            stays: flag(stays),
          })
          .where("key", "=", key)
          .execute();
        return { row: toErasure(await read(trx, key)), shares };
      });
      await toDisk();
      return emptied;
    },

    async finish(key, now) {
      const row = await read(db, key);
      if (row.status !== "emptied") return toErasure(row);
      await erasePlays(key);
      if (row.asker !== null) await blankEvents(key, decode<Kept>(row.asker).users);
      const views = decode<ErasureRow["shown"]>(row.shown);
      return db.transaction().execute(async (trx) => {
        for (const { kind: what, key: of } of views)
          await trx.deleteFrom("views").where("kind", "=", what).where("key", "=", of).execute();
        if (row.person_id !== null) await trx.deleteFrom("views").where("person_id", "=", row.person_id).execute();
        const at = now();
        const { counts } = await read(trx, key);
        await trx
          .updateTable("erasures")
          .set({ status: "done", person_id: null, shown: "[]", accounts: "[]", done_at: at })
          .where("key", "=", key)
          .where("status", "=", "emptied")
          .execute();
        const detail = encode({ receipt: row.receipt, counts: decode(counts) });
        await trx.insertInto("audit").values({ id: newId(), at, person_id: null, act: "erase", detail }).execute();
        return toErasure(await read(trx, key));
      });
    },

    async open() {
      const rows = await db
        .selectFrom("erasures")
        .selectAll()
        .where((eb) => eb.or([eb("status", "!=", "done"), eb("asker", "is not", null)]))
        .orderBy("begun_at")
        .limit(100)
        .execute();
      return rows.map(toErasure);
    },

    async told(key) {
      await db
        .updateTable("erasures")
        .set({ asker: null })
        .where("key", "=", key)
        .where("status", "=", "done")
        .execute();
    },
  };
}

function summed(before: Record<string, number>, more: Record<string, number>): Record<string, number> {
  const all = { ...before };
  for (const [what, count] of Object.entries(more)) if (count > 0) all[what] = (all[what] ?? 0) + count;
  return all;
}

const isOf = ({ user }: Incoming, { platform, tenant, id }: UserRef): boolean =>
  user.id === id && user.tenant === tenant && user.platform === platform;

/** As much as tells it from others. */
function blank({ key, place, user, addressed, direct, local, at }: Incoming): Incoming {
  const { platform, tenant } = place;
  const nobody = { platform: user.platform, tenant: user.tenant, id: "" };
  const nowhere = { platform, tenant, id: "" };
  return { key, place: nowhere, user: nobody, userName: "", addressed, direct, local, at, type: "text", text: "" };
}
