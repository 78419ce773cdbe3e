import { sql } from "kysely";
import type { CallStore } from "../../contracts/call-store.ts";
import type { Lane } from "../../contracts/music.ts";
import type { Database } from "./database.ts";
import { fixed } from "./fixed.ts";

const HOUR_MS = 60 * 60 * 1000;

export function callStore({ db }: Database): CallStore {
  const countOne = fixed(
    db,
    db
      .insertInto("calls")
      .values({ budget: "", call_group: "", lane: "", hour_at: 0, calls: 1 })
      .onConflict((conflict) =>
        conflict.columns(["budget", "call_group", "lane", "hour_at"]).doUpdateSet({ calls: sql`calls.calls + 1` }),
      ),
  );
  return {
    count: async ({ budget, group, lane, at }) =>
      void (await countOne(budget, group, lane, Math.floor(at / HOUR_MS) * HOUR_MS, 1)),

    async since(budget, sinceAt) {
      const rows = await db
        .selectFrom("calls")
        .selectAll()
        .where("budget", "=", budget)
        .where("hour_at", ">", sinceAt - HOUR_MS)
        .orderBy("hour_at")
        .execute();
      return rows.map((row) => ({
        budget: row.budget,
        group: row.call_group,
        lane: row.lane as Lane,
        hourAt: row.hour_at,
        calls: row.calls,
      }));
    },
  };
}
