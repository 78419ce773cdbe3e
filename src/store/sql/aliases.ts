import type { AliasRow, AliasStore } from "../../contracts/people-store.ts";
import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";
import { present } from "./values.ts";

const MOST = 200;

function toAlias(row: Tables["aliases"]): AliasRow {
  return {
    personId: row.person_id,
    provider: row.provider,
    folded: row.folded,
    said: row.said,
    uri: row.uri,
    title: row.title,
    ...present("by", row.by),
    createdAt: row.created_at,
  };
}

export function aliasStore({ db }: Database): AliasStore {
  return {
    async put(alias) {
      const key = { person_id: alias.personId, provider: alias.provider, folded: alias.folded };
      const { said, uri, title } = alias;
      const rest = { said, uri, title, by: alias.by ?? null, created_at: alias.createdAt };
      await db.transaction().execute(async (trx) => {
        await trx
          .insertInto("aliases")
          .values({ ...key, ...rest })
          .onConflict((conflict) => conflict.columns(["person_id", "provider", "folded"]).doUpdateSet(rest))
          .execute();
        const old = await trx
          .selectFrom("aliases")
          .select(["provider", "folded"])
          .where("person_id", "=", alias.personId)
          .orderBy("created_at", "desc")
          .orderBy("folded")
          // SQLite takes an offset only with a limit; one at a time is put, so few are ever over.
          .limit(MOST)
          .offset(MOST)
          .execute();
        for (const { provider, folded } of old)
          await trx
            .deleteFrom("aliases")
            .where("person_id", "=", alias.personId)
            .where("provider", "=", provider)
            .where("folded", "=", folded)
            .execute();
      });
    },

    async of(personId, provider) {
      const theirs = db.selectFrom("aliases").selectAll().where("person_id", "=", personId);
      const asked = provider === undefined ? theirs : theirs.where("provider", "=", provider);
      return (await asked.orderBy("created_at", "desc").orderBy("folded").execute()).map(toAlias);
    },

    async remove(personId, provider, folded) {
      const { numDeletedRows } = await db
        .deleteFrom("aliases")
        .where("person_id", "=", personId)
        .where("provider", "=", provider)
        .where("folded", "=", folded)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}
