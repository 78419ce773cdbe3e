import { type Selectable, sql } from "kysely";
import type { CardStatus } from "../../contracts/announce.ts";
import type { CardRow, CardStore } from "../../contracts/message-store.ts";
import type { ShareSpot } from "../../contracts/sharing.ts";
import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";
import { decode, encode, present } from "./values.ts";

function toCard(row: Selectable<Tables["announce_cards"]>): CardRow {
  return {
    id: row.id,
    listener: row.listener,
    place: { platform: row.platform, tenant: row.tenant, id: row.place },
    status: row.status as CardStatus,
    ...present("session", row.session === null ? null : decode<NonNullable<CardRow["session"]>>(row.session)),
    createdAt: row.created_at,
    changedAt: row.changed_at,
  };
}

export function cardStore({ db }: Database): CardStore {
  const inPlace = ({ platform, tenant, id }: ShareSpot) =>
    db
      .selectFrom("announce_cards")
      .where("platform", "=", platform)
      .where("tenant", "=", tenant)
      .where("place", "=", id);

  return {
    async put(rows) {
      if (rows.length === 0) return;
      await db
        .insertInto("announce_cards")
        .values(
          rows.map((row) => ({
            id: row.id,
            listener: row.listener,
            platform: row.place.platform,
            tenant: row.place.tenant,
            place: row.place.id,
            status: row.status,
            session: row.session === undefined ? null : encode(row.session),
            created_at: row.createdAt,
            changed_at: row.changedAt,
          })),
        )
        .onConflict((conflict) =>
          conflict
            .column("id")
            .doUpdateSet({
              status: (eb) => eb.ref("excluded.status"),
              session: (eb) => eb.ref("excluded.session"),
              changed_at: (eb) => eb.ref("excluded.changed_at"),
            })
            // What was taken back meanwhile stays so.
            .where("announce_cards.status", "!=", "gone"),
        )
        .execute();
    },

    async get(id) {
      const row = await db.selectFrom("announce_cards").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toCard(row);
    },

    async list(status, after, limit) {
      let query = db.selectFrom("announce_cards").selectAll().where("status", "=", status);
      if (after !== undefined) query = query.where("id", ">", after);
      return (await query.orderBy("id").limit(limit).execute()).map(toCard);
    },

    async last(listener, place) {
      const row = await inPlace(place)
        .selectAll()
        .where("listener", "=", listener)
        .orderBy("created_at", "desc")
        .limit(1)
        .executeTakeFirst();
      return row && toCard(row);
    },

    async madeIn(place, sinceAt, limit) {
      const rows = await inPlace(place)
        .select("created_at")
        .where("created_at", ">", sinceAt)
        .orderBy("created_at")
        .limit(limit)
        .execute();
      return rows.map(({ created_at }) => created_at);
    },

    async removeIn({ platform, tenant, id }) {
      let query = db.deleteFrom("announce_cards").where("platform", "=", platform).where("tenant", "=", tenant);
      if (id !== undefined) query = query.where("place", "=", id);
      return Number((await query.executeTakeFirstOrThrow()).numDeletedRows);
    },

    async wipe(match, at) {
      let query = db
        .updateTable("announce_cards")
        .set({ status: "gone", listener: "", session: sql`null`, changed_at: at })
        .where("status", "!=", "gone");
      if ("ids" in match) {
        if (match.ids.length === 0) return [];
        query = query.where("id", "in", match.ids);
      } else {
        query = query.where("listener", "=", match.listener);
        if (match.place) {
          const { platform, tenant, id } = match.place;
          query = query.where("platform", "=", platform).where("tenant", "=", tenant).where("place", "=", id);
        }
      }
      return (await query.returning("id").execute()).map(({ id }) => id);
    },
  };
}
