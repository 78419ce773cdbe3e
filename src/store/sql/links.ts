import type { LinkRow, LinkStatus, LinkStore } from "../../contracts/people-store.ts";
import { type Database, serialise } from "./database.ts";
import type { Tables } from "./tables.ts";
import { decode, encode, orNull, present } from "./values.ts";

/** An attempt that can still come to something. */
const open = ["waiting", "opened", "authorizing", "needs_code", "exchanging"] as const satisfies readonly LinkStatus[];

function toLink(row: Tables["links"]): LinkRow {
  return {
    id: row.id,
    tokenHash: row.token_hash,
    personId: row.person_id,
    user: decode(row.user),
    userName: row.user_name,
    place: decode(row.place),
    provider: row.provider,
    needs: decode(row.needs),
    mode: row.mode === "paste" ? "paste" : "page",
    status: row.status as LinkStatus,
    confirmTries: row.confirm_tries,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...present("stateHash", row.state_hash),
    ...present("browserHash", row.browser_hash),
    ...present("verifier", row.verifier),
    ...present("failure", row.failure),
    ...present("pendingCode", row.pending_code),
    ...present("confirmHash", row.confirm_hash),
    ...present("sent", row.sent === null ? null : decode<NonNullable<LinkRow["sent"]>>(row.sent)),
  };
}

type Columns = Omit<Tables["links"], "id">;

/** How each field is written. A key that a change names with undefined empties the column. */
const write: { [F in keyof Omit<LinkRow, "id">]-?: (value: LinkRow[F]) => Partial<Columns> } = {
  tokenHash: (value) => ({ token_hash: value }),
  stateHash: (value) => ({ state_hash: orNull(value) }),
  browserHash: (value) => ({ browser_hash: orNull(value) }),
  verifier: (value) => ({ verifier: orNull(value) }),
  personId: (value) => ({ person_id: value }),
  user: (value) => ({ user: encode(value) }),
  userName: (value) => ({ user_name: value }),
  place: (value) => ({ place: encode(value) }),
  provider: (value) => ({ provider: value }),
  needs: (value) => ({ needs: encode(value) }),
  mode: (value) => ({ mode: value }),
  status: (value) => ({ status: value }),
  failure: (value) => ({ failure: orNull(value) }),
  pendingCode: (value) => ({ pending_code: orNull(value) }),
  confirmHash: (value) => ({ confirm_hash: orNull(value) }),
  confirmTries: (value) => ({ confirm_tries: value }),
  sent: (value) => ({ sent: value === undefined ? null : encode(value) }),
  createdAt: (value) => ({ created_at: value }),
  expiresAt: (value) => ({ expires_at: value }),
};

function columns(change: Partial<Omit<LinkRow, "id">>): Partial<Columns> {
  const set: Partial<Columns> = {};
  for (const [field, column] of Object.entries(write) as [keyof typeof write, (value: unknown) => Partial<Columns>][]) {
    if (field in change) Object.assign(set, column(change[field]));
  }
  return set;
}

export function linkStore({ db, kind }: Database): LinkStore {
  const links = () => db.selectFrom("links").selectAll();
  const one = (row: Tables["links"] | undefined) => row && toLink(row);

  return {
    create(row) {
      return db.transaction().execute(async (trx) => {
        await serialise(kind, trx, `link ${row.provider} ${row.personId}`);
        const replaced = await trx
          .updateTable("links")
          .set({ status: "replaced", verifier: null, pending_code: null })
          .where("person_id", "=", row.personId)
          .where("provider", "=", row.provider)
          .where("status", "in", open)
          .returningAll()
          .execute();
        const { id, ...rest } = row;
        await trx
          .insertInto("links")
          .values({ id, ...columns(rest) } as Tables["links"])
          .execute();
        return replaced.map(toLink);
      });
    },

    byToken: async (hash) => one(await links().where("token_hash", "=", hash).executeTakeFirst()),
    byState: async (hash) => one(await links().where("state_hash", "=", hash).executeTakeFirst()),
    get: async (id) => one(await links().where("id", "=", id).executeTakeFirst()),

    async openOf(personId) {
      const rows = await links()
        .where("person_id", "=", personId)
        .where("status", "in", open)
        .orderBy("created_at")
        .execute();
      return rows.map(toLink);
    },

    async move(id, from, change) {
      const values = columns(change);
      if (from.length === 0 || Object.keys(values).length === 0) return undefined;
      return one(
        await db
          .updateTable("links")
          .set(values)
          .where("id", "=", id)
          .where("status", "in", from)
          .returningAll()
          .executeTakeFirst(),
      );
    },

    async expired(now) {
      const rows = await links()
        .where("status", "in", open)
        .where("expires_at", "<=", now)
        .orderBy("expires_at")
        .limit(100)
        .execute();
      return rows.map(toLink);
    },
  };
}
