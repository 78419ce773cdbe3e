import type { SlotRow, SlotState, SlotStore } from "../../contracts/slots.ts";
import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";
import { newId, orNull, present } from "./values.ts";

const toSlot = (row: Tables["slots"]): SlotRow => ({
  id: row.id,
  personId: row.person_id,
  provider: row.provider,
  state: row.state as SlotState,
  askedAt: row.asked_at,
  ...present("toldAt", row.told_at),
});

export function slotStore({ db }: Database): SlotStore {
  return {
    async of(provider) {
      const rows = await db
        .selectFrom("slots")
        .selectAll()
        .where("provider", "=", provider)
        .orderBy("asked_at")
        .orderBy("id")
        .execute();
      return rows.map(toSlot);
    },
    async get(id) {
      const row = await db.selectFrom("slots").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toSlot(row);
    },
    async put({ personId, provider, askedAt }) {
      await db
        .insertInto("slots")
        .values({ id: newId(), person_id: personId, provider, state: "waiting", asked_at: askedAt, told_at: null })
        .onConflict((conflict) => conflict.columns(["person_id", "provider"]).doNothing())
        .execute();
      const row = await db
        .selectFrom("slots")
        .selectAll()
        .where("person_id", "=", personId)
        .where("provider", "=", provider)
        .executeTakeFirstOrThrow();
      return toSlot(row);
    },
    async setState(id, state) {
      const { numUpdatedRows } = await db
        .updateTable("slots")
        .set({ state })
        .where("id", "=", id)
        .where("state", "!=", state)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },
    async setTold(id, at) {
      await db
        .updateTable("slots")
        .set({ told_at: orNull(at) })
        .where("id", "=", id)
        .execute();
    },
    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom("slots").where("id", "=", id).executeTakeFirstOrThrow();
      return numDeletedRows === 1n;
    },
  };
}
