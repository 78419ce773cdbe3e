import type { MissStore } from "../../contracts/message-store.ts";
import type { Database } from "./database.ts";

const MOST = 500;

export function missStore({ db }: Database): MissStore {
  return {
    async add({ text, locale, at }) {
      await db.transaction().execute(async (trx) => {
        await trx
          .insertInto("misses")
          .values({ text, locale, times: 1, first_at: at, last_at: at })
          .onConflict((conflict) =>
            conflict.columns(["text", "locale"]).doUpdateSet((eb) => ({
              times: eb("misses.times", "+", 1),
              last_at: at,
            })),
          )
          .execute();
        const oldest = await trx
          .selectFrom("misses")
          .select(["text", "locale"])
          .orderBy("last_at", "desc")
          .orderBy("text")
          .limit(MOST)
          .offset(MOST)
          .execute();
        for (const row of oldest)
          await trx.deleteFrom("misses").where("text", "=", row.text).where("locale", "=", row.locale).execute();
      });
    },

    async list(limit) {
      const rows = await db
        .selectFrom("misses")
        .selectAll()
        .orderBy("times", "desc")
        .orderBy("last_at", "desc")
        .orderBy("text")
        .limit(limit)
        .execute();
      return rows.map(({ text, locale, times, first_at, last_at }) => ({
        text,
        locale,
        times,
        firstAt: first_at,
        lastAt: last_at,
      }));
    },

    async clear() {
      const { numDeletedRows } = await db.deleteFrom("misses").executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}
