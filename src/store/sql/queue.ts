import type { Transaction } from "kysely";
import type { QueueRow, QueueStore } from "../../contracts/call-store.ts";
import { SegueError } from "../../contracts/errors.ts";
import { type Database, serialise } from "./database.ts";
import { fixed } from "./fixed.ts";
import type { Tables } from "./tables.ts";
import { newId, orNull, present } from "./values.ts";

/** Longest queue of one player. */
const QUEUE_ROWS = 1_000;

function toItem(row: Tables["queue"]): QueueRow {
  return {
    id: row.id,
    playerKey: row.player_key,
    position: row.position,
    uri: row.uri,
    title: row.title,
    artist: row.artist,
    durationMs: row.duration_ms,
    addedBy: row.added_by,
    ...present("handedAt", row.handed_at),
  };
}

/** Positions of one player are always 0, 1, 2 … without a gap; whoever changes them holds the player's queue. */
export function queueStore({ db, kind }: Database): QueueStore {
  function holding<T>(playerKey: string, work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return db.transaction().execute(async (trx) => {
      await serialise(kind, trx, `queue ${playerKey}`);
      return work(trx);
    });
  }

  const place = (trx: Transaction<Tables>, playerKey: string, id: string) =>
    trx
      .selectFrom("queue")
      .select("position")
      .where("player_key", "=", playerKey)
      .where("id", "=", id)
      .executeTakeFirst();

  /** Moves every row from `from` up to and including `to` by `by` places. */
  async function shift(trx: Transaction<Tables>, playerKey: string, from: number, to: number, by: number) {
    await trx
      .updateTable("queue")
      .set((eb) => ({ position: eb("position", "+", by) }))
      .where("player_key", "=", playerKey)
      .where("position", ">=", from)
      .where("position", "<=", to)
      .execute();
  }

  async function length(trx: Transaction<Tables>, playerKey: string): Promise<number> {
    const { rows } = await trx
      .selectFrom("queue")
      .select((eb) => eb.fn.countAll<number>().as("rows"))
      .where("player_key", "=", playerKey)
      .executeTakeFirstOrThrow();
    return rows;
  }

  const rowsOf = fixed(db, db.selectFrom("queue").selectAll().where("player_key", "=", "").orderBy("position"));

  return {
    async list(playerKey) {
      return (await rowsOf(playerKey)).map(toItem);
    },

    append(playerKey, items, where) {
      return holding(playerKey, async (trx) => {
        if (items.length === 0) return [];
        const before = await length(trx, playerKey);
        if (before + items.length > QUEUE_ROWS) {
          throw new SegueError("InvalidInput", { field: "queue", why: "full", max: QUEUE_ROWS });
        }
        let at = before;
        if (where === "next") {
          const first = await trx
            .selectFrom("queue")
            .select((eb) => eb.fn.min("position").as("position"))
            .where("player_key", "=", playerKey)
            .where("handed_at", "is", null)
            .executeTakeFirst();
          at = first?.position ?? before;
          await shift(trx, playerKey, at, before, items.length);
        }
        const rows = items.map((item, index) => ({
          id: newId(),
          player_key: playerKey,
          position: at + index,
          uri: item.uri,
          title: item.title,
          artist: item.artist,
          duration_ms: item.durationMs,
          added_by: item.addedBy,
          handed_at: orNull(item.handedAt),
        }));
        await trx.insertInto("queue").values(rows).execute();
        return rows.map(toItem);
      });
    },

    move(playerKey, id, toIndex) {
      return holding(playerKey, async (trx) => {
        const row = await place(trx, playerKey, id);
        if (!row) return false;
        const from = row.position;
        const to = Math.min(Math.max(0, Math.trunc(toIndex)), (await length(trx, playerKey)) - 1);
        if (to > from) await shift(trx, playerKey, from + 1, to, -1);
        if (to < from) await shift(trx, playerKey, to, from - 1, 1);
        await trx.updateTable("queue").set({ position: to }).where("id", "=", id).execute();
        return true;
      });
    },

    remove(playerKey, id) {
      return holding(playerKey, async (trx) => {
        const row = await place(trx, playerKey, id);
        if (!row) return false;
        await trx.deleteFrom("queue").where("id", "=", id).execute();
        await shift(trx, playerKey, row.position + 1, QUEUE_ROWS, -1);
        return true;
      });
    },

    clear(playerKey) {
      return holding(playerKey, async (trx) => {
        const { numDeletedRows } = await trx
          .deleteFrom("queue")
          .where("player_key", "=", playerKey)
          .executeTakeFirstOrThrow();
        return Number(numDeletedRows);
      });
    },

    async markHanded(id, at) {
      await db.updateTable("queue").set({ handed_at: at }).where("id", "=", id).execute();
    },

    async players() {
      const rows = await db.selectFrom("queue").select("player_key").distinct().orderBy("player_key").execute();
      return rows.map((row) => row.player_key);
    },
  };
}
