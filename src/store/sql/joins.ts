import type { JoinParty, JoinPlan, JoinRow, JoinSide, JoinStatus, JoinStore } from "../../contracts/people-store.ts";
import { auditStore } from "./audit.ts";
import { type Database, serialise } from "./database.ts";
import { holdPeople, type Inside, isNothing, mergePeople, personBehind, planOf, userKey } from "./merge-people.ts";
import type { Tables } from "./tables.ts";
import { decode, encode, orNull, present } from "./values.ts";

const asked: readonly JoinStatus[] = ["guest_asked", "host_asked"];
const AT_ONCE = 100;

function toJoin(row: Tables["joins"]): JoinRow {
  return {
    id: row.id,
    codeHash: row.code_hash,
    status: row.status as JoinStatus,
    host: decode(row.host),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...present("guest", row.guest === null ? null : decode<JoinParty>(row.guest)),
    ...present("plan", row.plan === null ? null : decode<JoinPlan>(row.plan)),
    ...(row.owes !== null &&
      row.owes_since !== null && { owes: { side: row.owes as JoinSide, since: row.owes_since } }),
    ...present("receipt", row.receipt),
  };
}

/** Joins are rare, so all of them take turns: whoever reads two people in here reads what nobody else is just changing. */
export function joinStore(database: Database): JoinStore {
  const { db, kind, toDisk } = database;
  const one = (row: Tables["joins"] | undefined) => row && toJoin(row);

  async function inTurn<T>(work: (inside: Inside) => Promise<T>): Promise<T> {
    const result = await db.transaction().execute(async (trx) => {
      await serialise(kind, trx, "joins");
      return work({ kind, trx });
    });
    await toDisk();
    return result;
  }

  const change = ({ trx }: Inside, id: string, values: Partial<Tables["joins"]>) =>
    trx.updateTable("joins").set(values).where("id", "=", id).returningAll().executeTakeFirstOrThrow();

  /** The two become one person, and the row says so. */
  async function join(
    inside: Inside,
    { row, guest, plan, now }: { row: JoinRow; guest: JoinParty; plan: JoinPlan; now: number },
    end: Partial<Tables["joins"]>,
  ): Promise<JoinRow> {
    const deleted = await mergePeople(inside, { from: guest.personId, to: row.host.personId, plan, joinId: row.id });
    const { trx } = inside;
    await auditStore({ ...database, db: trx }).add({
      at: now,
      personId: row.host.personId,
      act: "people.joined",
      detail: {
        joinId: row.id,
        from: guest.personId,
        identity: guest.user,
        moved: plan.moves.map(({ provider }) => provider),
        dropped: plan.drops.map(({ provider }) => provider),
        deleted,
        operator: plan.operator,
        ...present("receipt", end.receipt ?? null),
      },
    });
    return toJoin(await change(inside, row.id, { status: "done", plan: encode(plan), ...end }));
  }

  return {
    create: (row) =>
      inTurn(async ({ trx }) => {
        await trx
          .updateTable("joins")
          .set({ status: "replaced" })
          .where("host_person", "=", row.host.personId)
          .where("status", "=", "code")
          .execute();
        await trx
          .insertInto("joins")
          .values({
            id: row.id,
            code_hash: row.codeHash,
            status: row.status,
            host_person: row.host.personId,
            host: encode(row.host),
            guest_person: null,
            guest_user: null,
            guest: null,
            plan: null,
            owes: null,
            owes_since: null,
            receipt: null,
            created_at: row.createdAt,
            expires_at: row.expiresAt,
          })
          .execute();
      }),

    get: async (id) => one(await db.selectFrom("joins").selectAll().where("id", "=", id).executeTakeFirst()),

    async ofGuest(user) {
      const mine = db.selectFrom("joins").selectAll().where("guest_user", "=", userKey(user));
      return one(await mine.orderBy("created_at", "desc").executeTakeFirst());
    },

    redeem: (codeHash, typed, now, answerBy) =>
      inTurn(async (inside) => {
        const { trx } = inside;
        const row = one(await trx.selectFrom("joins").selectAll().where("code_hash", "=", codeHash).executeTakeFirst());
        if (!row) return { refused: "unknown" } as const;
        if (row.status === "void" || row.status === "replaced") return { refused: row.status };
        if (row.status !== "code") return { refused: "used" } as const;
        if (row.expiresAt <= now) return { refused: "expired" } as const;
        const personId = await personBehind(trx, typed.user);
        if (personId === undefined) return { refused: "unknown" } as const;
        if (personId === row.host.personId) return { refused: "self" } as const;
        const guest: JoinParty = { ...typed, personId };
        await holdPeople(inside, [personId, row.host.personId]);
        const plan = await planOf(inside, guest, row.host.personId);
        const who = { guest_person: personId, guest_user: userKey(typed.user), guest: encode(guest) };
        const until = { ...who, expires_at: answerBy };
        if (isNothing(plan)) {
          return { row: await join(inside, { row, guest, plan, now }, { ...until, owes: "host", owes_since: now }) };
        }
        const values = { ...until, status: "guest_asked", plan: encode(plan) };
        return { row: toJoin(await change(inside, row.id, values)) };
      }),

    spoil: (codeHash, now) =>
      inTurn(async ({ trx }) => {
        const { numUpdatedRows } = await trx
          .updateTable("joins")
          .set({ status: "void" })
          .where("code_hash", "=", codeHash)
          .where("status", "=", "code")
          .where("expires_at", ">", now)
          .executeTakeFirstOrThrow();
        return numUpdatedRows > 0n;
      }),

    move: (id, from, to, now) =>
      inTurn(async ({ trx }) =>
        one(
          await trx
            .updateTable("joins")
            .set({ status: to.status, owes: orNull(to.owes), owes_since: now })
            .where("id", "=", id)
            .where("status", "in", from)
            .where("expires_at", ">", now)
            .returningAll()
            .executeTakeFirst(),
        ),
      ),

    settle: (id, receipt, now) =>
      inTurn(async (inside) => {
        const { trx } = inside;
        const row = one(await trx.selectFrom("joins").selectAll().where("id", "=", id).executeTakeFirst());
        if (row?.status !== "host_asked" || row.expiresAt <= now || !row.guest) return undefined;
        const { guest, host } = row;
        await holdPeople(inside, [guest.personId, host.personId]);
        const plan = await planOf(inside, guest, host.personId);
        if (encode(plan) !== encode(row.plan)) {
          return toJoin(
            await change(inside, id, { status: "guest_asked", plan: encode(plan), owes: "guest", owes_since: now }),
          );
        }
        const proof = plan.drops.length > 0 ? { receipt } : {};
        return join(inside, { row, guest, plan, now }, { owes: "guest", owes_since: now, ...proof });
      }),

    async told(id, since) {
      await db.updateTable("joins").set({ owes: null }).where("id", "=", id).where("owes_since", "=", since).execute();
    },

    async owing(now) {
      const owing = db.selectFrom("joins").selectAll().where("owes", "is not", null).where("expires_at", ">", now);
      return (await owing.orderBy("created_at").limit(AT_ONCE).execute()).map(toJoin);
    },

    expire: (now) =>
      inTurn(async ({ trx }) => {
        const over = await trx
          .selectFrom("joins")
          .select("id")
          .where("status", "in", asked)
          .where("expires_at", "<=", now)
          .limit(AT_ONCE)
          .execute();
        if (over.length === 0) return [];
        const ids = over.map(({ id }) => id);
        const ended = trx.updateTable("joins").set({ status: "expired", owes: null }).where("id", "in", ids);
        return (await ended.returningAll().execute()).map(toJoin);
      }),
  };
}
