import type { Selectable } from "kysely";
import type { ViewRow, ViewStore } from "../../contracts/message-store.ts";
import type { Database } from "./database.ts";
import { fixed } from "./fixed.ts";
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

const blank: Tables["views"] = {
  id: "",
  kind: "",
  key: "",
  person_id: "",
  locale: "",
  sent: "",
  time_zone: "",
  lead: "",
  created_at: 0,
  expires_at: 0,
};

export function viewStore({ db }: Database): ViewStore {
  const { id: _, ...changing } = blank;
  const put = fixed(
    db,
    db
      .insertInto("views")
      .values(blank)
      .onConflict((conflict) => conflict.column("id").doUpdateSet(changing)),
  );
  const ofSubject = fixed(
    db,
    db
      .selectFrom("views")
      .selectAll()
      .where("kind", "=", "")
      .where("key", "=", "")
      .where("expires_at", ">", 0)
      .orderBy("created_at"),
  );
  const removeOne = fixed(db, db.deleteFrom("views").where("id", "=", ""));

  return {
    async put({ id, kind, key, personId, locale, sent, timeZone, lead, createdAt, expiresAt }) {
      const rest = [
        kind,
        key,
        // Nobody's own: the column was there before such views were.
        personId ?? "",
        locale,
        encode(sent),
        timeZone ?? null,
        lead ? encode(lead) : null,
        createdAt,
        expiresAt,
      ];
      await put(id, ...rest, ...rest);
    },

    of: async (kind, key, now) => (await ofSubject(kind, key, now)).map(toView),

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

    remove: async (id) => void (await removeOne(id)),

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
