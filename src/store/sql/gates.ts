import type { GateStore } from "../../contracts/call-store.ts";
import type { Database } from "./database.ts";

export function gateStore({ db, toDisk }: Database): GateStore {
  return {
    async close({ budget, group, closedAt, untilAt, reason }) {
      const values = { closed_at: closedAt, until_at: untilAt, reason };
      await db
        .insertInto("gates")
        .values({ budget, call_group: group, ...values })
        .onConflict((conflict) =>
          conflict
            .columns(["budget", "call_group"])
            .doUpdateSet(values)
            // Its own end counts only as long as the clock has not been set back behind its beginning.
            .where((eb) => eb.or([eb("gates.until_at", "<", untilAt), eb("gates.closed_at", ">", closedAt)])),
        )
        .execute();
      await toDisk();
    },

    async open(budget, group) {
      await db.deleteFrom("gates").where("budget", "=", budget).where("call_group", "=", group).execute();
    },

    async closed(budget, now) {
      const rows = await db
        .selectFrom("gates")
        .selectAll()
        .where("budget", "=", budget)
        .where("until_at", ">", now)
        .orderBy("call_group")
        .execute();
      return rows.map((row) => ({
        budget: row.budget,
        group: row.call_group,
        closedAt: row.closed_at,
        untilAt: row.until_at,
        reason: row.reason,
      }));
    },
  };
}
