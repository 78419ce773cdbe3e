import type { WishRow, WishStore } from "../../contracts/message-store.ts";
import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";
import { decode, encode } from "./values.ts";

const MOST_WAITING = 1_000;

function toWish(row: Tables["wishes"]): WishRow {
  return {
    id: row.id,
    personId: row.person_id,
    place: decode(row.place),
    user: decode(row.user),
    userName: row.user_name,
    locale: row.locale,
    direct: row.direct === 1,
    local: row.local === 1,
    waitsFor: row.waits_for as WishRow["waitsFor"],
    commands: decode(row.commands),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

export function wishStore({ db }: Database): WishStore {
  const one = (row: Tables["wishes"] | undefined) => row && toWish(row);
  return {
    async put(wish) {
      const { id, ...rest } = {
        id: wish.id,
        person_id: wish.personId,
        place: encode(wish.place),
        user: encode(wish.user),
        user_name: wish.userName,
        locale: wish.locale,
        direct: wish.direct ? 1 : 0,
        local: wish.local ? 1 : 0,
        waits_for: wish.waitsFor,
        commands: encode(wish.commands),
        created_at: wish.createdAt,
        expires_at: wish.expiresAt,
      };
      await db
        .insertInto("wishes")
        .values({ id, ...rest })
        .onConflict((conflict) => conflict.column("id").doUpdateSet(rest))
        .execute();
    },

    get: async (id) => one(await db.selectFrom("wishes").selectAll().where("id", "=", id).executeTakeFirst()),

    take: async (id) => one(await db.deleteFrom("wishes").where("id", "=", id).returningAll().executeTakeFirst()),

    async waiting(personId, waitsFor, now) {
      const all = db.selectFrom("wishes").selectAll().where("waits_for", "=", waitsFor).where("expires_at", ">", now);
      const asked = personId === undefined ? all : all.where("person_id", "=", personId);
      return (await asked.orderBy("created_at").limit(MOST_WAITING).execute()).map(toWish);
    },
  };
}
