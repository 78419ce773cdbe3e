import type { Selectable } from "kysely";
import type { ViewRow, ViewStore } from "../../contracts/message-store.ts";
import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";
import { decode, encode } from "./values.ts";

/** Databases bound how many values one statement takes. */
const atOnce = 500;

function toView(row: Selectable<Tables["views"]>): ViewRow {
  return {
    id: row.id,
    kind: row.kind,
    key: row.key,
    ...(row.person_id === "" ? {} : { personId: row.person_id }),
    locale: row.locale,
    sent: decode(row.sent),
    ...(row.time_zone === null ? {} : { timeZone: row.time_zone }),
    ...(row.lead === null ? {} : { lead: decode(row.lead) }),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

export function viewStore({ db }: Database): ViewStore {
  return {
    async put(view) {
      const { id, ...rest } = {
        id: view.id,
        kind: view.kind,
        key: view.key,
        // Nobody's own: the column was there before such views were.
        person_id: view.personId ?? "",
        locale: view.locale,
        sent: encode(view.sent),
        time_zone: view.timeZone ?? null,
        lead: view.lead ? encode(view.lead) : null,
        created_at: view.createdAt,
        expires_at: view.expiresAt,
      };
      await db
        .insertInto("views")
        .values({ id, ...rest })
        .onConflict((conflict) => conflict.column("id").doUpdateSet(rest))
        .execute();
    },

    async of(kind, key, now) {
      const rows = await db
        .selectFrom("views")
        .selectAll()
        .where("kind", "=", kind)
        .where("key", "=", key)
        .where("expires_at", ">", now)
        .orderBy("created_at")
        .execute();
      return rows.map(toView);
    },

    async ofPerson(personId) {
      return (await db.selectFrom("views").selectAll().where("person_id", "=", personId).execute()).map(toView);
    },

    async keys(kind, now) {
      const rows = await db
        .selectFrom("views")
        .select("key")
        .distinct()
        .where("kind", "=", kind)
        .where("expires_at", ">", now)
        .execute();
      return rows.map(({ key }) => key);
    },

    async remove(id) {
      await db.deleteFrom("views").where("id", "=", id).execute();
    },

    async removeIn({ platform, tenant, id }) {
      // Views live for a day and places are left rarely: looking at each costs less than a column for it.
      const rows = await db.selectFrom("views").select(["id", "sent"]).execute();
      const ids = rows.flatMap((row) => {
        const { place } = decode<ViewRow["sent"]>(row.sent);
        const inside = place.platform === platform && place.tenant === tenant && (id === undefined || place.id === id);
        return inside ? [row.id] : [];
      });
      for (let at = 0; at < ids.length; at += atOnce)
        await db
          .deleteFrom("views")
          .where("id", "in", ids.slice(at, at + atOnce))
          .execute();
      return ids.length;
    },
  };
}
