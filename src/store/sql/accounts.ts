import type { AccountRow, AccountStore } from "../../contracts/people-store.ts";
import { type Database, serialise } from "./database.ts";
import { fixed } from "./fixed.ts";
import { believedUntil } from "./leases.ts";
import type { Tables } from "./tables.ts";
import { decode, encode, flag, newId, orNull, present } from "./values.ts";

function toAccount(row: Tables["accounts"]): AccountRow {
  return {
    id: row.id,
    personId: row.person_id,
    provider: row.provider,
    subject: row.subject,
    status: row.status === "ok" ? "ok" : "needs_relink",
    scopes: decode(row.scopes),
    consentedAt: row.consented_at,
    accessToken: row.access_token,
    accessExpiresAt: row.access_expires_at,
    refreshToken: row.refresh_token,
    version: row.version,
    free: row.free === 1,
    createdAt: row.created_at,
    ...present("displayName", row.display_name),
    ...present("refusedAt", row.refused_at),
    ...present("lookAt", row.look_at),
    ...present("toldLapsedAt", row.told_lapsed_at),
    ...present("lastError", row.last_error),
  };
}

/** Nothing is held against a grant that has just worked. */
const alive = { status: "ok", refused_at: null, look_at: null, told_lapsed_at: null, last_error: null };

/** What a grant writes, over whatever was there. A lease on the old tokens ends with them. */
function grantColumns(row: Omit<AccountRow, "id" | "version" | "createdAt">) {
  return {
    person_id: row.personId,
    provider: row.provider,
    subject: row.subject,
    display_name: orNull(row.displayName),
    scopes: encode(row.scopes),
    consented_at: row.consentedAt,
    access_token: row.accessToken,
    access_expires_at: row.accessExpiresAt,
    refresh_token: row.refreshToken,
    free: flag(row.free),
    ...alive,
    refresh_owner: null,
    refresh_until: null,
  };
}

/** Deletes the account and what hangs on it; resolves with how much of each kind. */
export async function eraseAccount(trx: Database["db"], id: string): Promise<Record<string, number>> {
  const account = await trx.selectFrom("accounts").selectAll().where("id", "=", id).executeTakeFirst();
  if (!account) return {};
  const gone = {
    queue: await trx.deleteFrom("queue").where("player_key", "=", id).executeTakeFirst(),
    timers: await trx.deleteFrom("timers").where("owner", "=", id).executeTakeFirst(),
    settings: await trx.deleteFrom("settings").where("owner", "=", id).executeTakeFirst(),
    links: await trx
      .deleteFrom("links")
      .where("person_id", "=", account.person_id)
      .where("provider", "=", account.provider)
      .executeTakeFirst(),
    aliases: await trx
      .deleteFrom("aliases")
      .where("person_id", "=", account.person_id)
      .where("provider", "=", account.provider)
      .executeTakeFirst(),
    wishes: await trx.deleteFrom("wishes").where("person_id", "=", account.person_id).executeTakeFirst(),
    accounts: await trx.deleteFrom("accounts").where("id", "=", id).executeTakeFirst(),
  };
  return Object.fromEntries(Object.entries(gone).map(([name, { numDeletedRows }]) => [name, Number(numDeletedRows)]));
}

export function accountStore({ db, kind, toDisk }: Database): AccountStore {
  const accounts = (from = db) => from.selectFrom("accounts").selectAll();
  const readOne = fixed(db, accounts().where("id", "=", ""));
  const changed = (result: { numUpdatedRows: bigint }) => result.numUpdatedRows > 0n;

  return {
    async ofPerson(personId) {
      return (await accounts().where("person_id", "=", personId).orderBy("created_at").execute()).map(toAccount);
    },

    async get(id) {
      const [row] = await readOne(id);
      return row && toAccount(row);
    },

    async bySubject(provider, subject) {
      const row = await accounts().where("provider", "=", provider).where("subject", "=", subject).executeTakeFirst();
      return row && toAccount(row);
    },

    async putGrant(grant, now) {
      const put = await db.transaction().execute(async (trx) => {
        await serialise(kind, trx, `account ${grant.provider} ${grant.subject}`);
        const old = await accounts(trx)
          .where("provider", "=", grant.provider)
          .where("subject", "=", grant.subject)
          .executeTakeFirst();
        if (old?.person_id === grant.personId) {
          const row = await trx
            .updateTable("accounts")
            .set((eb) => ({ ...grantColumns(grant), version: eb("version", "+", 1) }))
            .where("id", "=", old.id)
            .returningAll()
            .executeTakeFirstOrThrow();
          return { row: toAccount(row) };
        }
        // Another person's queue, timers and settings are not handed over with the account: it starts anew under a new id.
        if (old) await eraseAccount(trx, old.id);
        const row = await trx
          .insertInto("accounts")
          .values({ ...grantColumns(grant), id: newId(), version: 1, created_at: now })
          .returningAll()
          .executeTakeFirstOrThrow();
        return { row: toAccount(row), ...(old && { previousOwner: old.person_id }) };
      });
      await toDisk();
      return put;
    },

    async putTokens(id, version, tokens) {
      const result = await db
        .updateTable("accounts")
        .set({
          access_token: tokens.accessToken,
          access_expires_at: tokens.accessExpiresAt,
          refresh_token: tokens.refreshToken,
          scopes: encode(tokens.scopes),
          version: version + 1,
          ...alive,
        })
        .where("id", "=", id)
        .where("version", "=", version)
        .executeTakeFirstOrThrow();
      await toDisk();
      return changed(result);
    },

    async leaseRefresh(id, owner, now, untilAt) {
      const result = await db
        .updateTable("accounts")
        .set({ refresh_owner: owner, refresh_until: untilAt })
        .where("id", "=", id)
        .where((eb) =>
          eb.or([
            eb("refresh_owner", "is", null),
            eb("refresh_owner", "=", owner),
            eb("refresh_until", "<=", now),
            eb("refresh_until", ">", believedUntil(now, untilAt)),
          ]),
        )
        .executeTakeFirstOrThrow();
      return changed(result);
    },

    async releaseRefresh(id, owner) {
      await db
        .updateTable("accounts")
        .set({ refresh_owner: null, refresh_until: null })
        .where("id", "=", id)
        .where("refresh_owner", "=", owner)
        .execute();
    },

    async park(id, version, { error, refusedAt, lookAt }) {
      const result = await db
        .updateTable("accounts")
        .set({
          status: "needs_relink",
          last_error: error,
          told_lapsed_at: null,
          refused_at: refusedAt,
          look_at: orNull(lookAt),
          version: version + 1,
        })
        .where("id", "=", id)
        .where("version", "=", version)
        .executeTakeFirstOrThrow();
      await toDisk();
      return changed(result);
    },

    async parked() {
      const rows = await accounts().where("status", "=", "needs_relink").where("told_lapsed_at", "is", null).execute();
      return rows.map(toAccount);
    },

    async othersRefused({ id, provider }) {
      const other = await db
        .selectFrom("accounts")
        .select("id")
        .where("provider", "=", provider)
        .where("look_at", "is not", null)
        .where("id", "!=", id)
        .limit(1)
        .executeTakeFirst();
      return other !== undefined;
    },

    async markTold(id, at) {
      await db.updateTable("accounts").set({ told_lapsed_at: at }).where("id", "=", id).execute();
    },

    async setFree(id, free) {
      await db
        .updateTable("accounts")
        .set({ free: flag(free) })
        .where("id", "=", id)
        .execute();
    },

    async erase(id) {
      const gone = await db.transaction().execute((trx) => eraseAccount(trx, id));
      await toDisk();
      return gone;
    },

    async all(provider) {
      return (await accounts().where("provider", "=", provider).orderBy("created_at").execute()).map(toAccount);
    },
  };
}
