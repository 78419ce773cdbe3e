import { sql } from "kysely";
import type { SettingStore } from "../../contracts/store.ts";
import { lists } from "./bulk.ts";
import type { Database } from "./database.ts";
import { fixed } from "./fixed.ts";
import { decode, encode } from "./values.ts";

export function settingStore({ db }: Database): SettingStore {
  const readValue = fixed(db, db.selectFrom("settings").select("value").where("owner", "=", "").where("name", "=", ""));
  const putValue = fixed(
    db,
    db
      .insertInto("settings")
      .values({ owner: "", name: "", value: "" })
      .onConflict((conflict) => conflict.columns(["owner", "name"]).doUpdateSet({ value: "" })),
  );
  return {
    async get(owner, name) {
      const [row] = await readValue(owner, name);
      return row && decode<unknown>(row.value);
    },

    async each(owners, name) {
      const found = new Map<string, unknown>();
      for (const some of lists(owners)) {
        const rows = await db
          .selectFrom("settings")
          .select(["owner", "value"])
          .where("name", "=", name)
          .where("owner", "in", some)
          .execute();
        for (const { owner, value } of rows) found.set(owner, decode<unknown>(value));
      }
      return found;
    },

    async of(owner) {
      const rows = await db
        .selectFrom("settings")
        .select(["name", "value"])
        .where("owner", "=", owner)
        .orderBy("name")
        .execute();
      return Object.fromEntries(rows.map(({ name, value }) => [name, decode<unknown>(value)]));
    },

    async put(owner, name, value) {
      const written = encode(value);
      await putValue(owner, name, written, written);
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
