import type { AuditRow, AuditStore } from "../../contracts/people-store.ts";
import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";
import { decode, encode, newId, orNull, present } from "./values.ts";

const toAct = (row: Tables["audit"]): AuditRow => ({
  at: row.at,
  act: row.act,
  detail: decode(row.detail),
  ...present("personId", row.person_id),
});

export function auditStore({ db }: Database): AuditStore {
  return {
    async add(row) {
      await db
        .insertInto("audit")
        .values({
          id: newId(),
          at: row.at,
          person_id: orNull(row.personId),
          act: row.act,
          detail: encode(row.detail),
        })
        .execute();
    },

    async recent(limit) {
      const rows = await db.selectFrom("audit").selectAll().orderBy("at", "desc").limit(limit).execute();
      return rows.map(toAct);
    },

    async ofPerson(personId) {
      const rows = await db.selectFrom("audit").selectAll().where("person_id", "=", personId).orderBy("at").execute();
      return rows.map(toAct);
    },
  };
}
