import { sql } from "kysely";
import type { SettingStore } from "../../contracts/store.ts";
import type { Database } from "./database.ts";
import { fixed } from "./fixed.ts";
import { decode, encode } from "./values.ts";

export function settingStore({ db }: Database): SettingStore {
  const readValue = fixed(db, db.selectFrom("settings").select("value").where("owner", "=", "").where("name", "=", ""));
  return {
    async get(owner, name) {
      const [row] = await readValue(owner, name);
      return row && decode<unknown>(row.value);
    },

    async put(owner, name, value) {
      await db
        .insertInto("settings")
        .values({ owner, name, value: encode(value) })
        .onConflict((conflict) => conflict.columns(["owner", "name"]).doUpdateSet({ value: encode(value) }))
        .execute();
    },

    async remove(owner, name) {
      await db.deleteFrom("settings").where("owner", "=", owner).where("name", "=", name).execute();
    },

    async removeOwners(prefix) {
      // Neither LIKE (its wildcards) nor a range (its collation) means the same in both databases.
      const begins = sql<boolean>`substr(owner, 1, ${prefix.length}) = ${prefix}`;
      const { numDeletedRows } = await db.deleteFrom("settings").where(begins).executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}
