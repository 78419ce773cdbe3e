import type { TimerRow, TimerStore } from "../../contracts/call-store.ts";
import { type Database, skipTaken } from "./database.ts";
import { fixed } from "./fixed.ts";
import { believedUntil } from "./leases.ts";
import type { Tables } from "./tables.ts";
import { decode, encode } from "./values.ts";

function toTimer(row: Tables["timers"]): TimerRow {
  return { name: row.name, owner: row.owner, dueAt: row.due_at, data: decode(row.data) };
}

/** `lease_until` is 0 while nobody has taken the timer. */
export function timerStore({ db, kind }: Database): TimerStore {
  const readOne = fixed(db, db.selectFrom("timers").selectAll().where("name", "=", "").where("owner", "=", ""));
  return {
    async put({ name, owner, dueAt, data }) {
      const values = { due_at: dueAt, data: encode(data), lease_until: 0 };
      await db
        .insertInto("timers")
        .values({ name, owner, ...values })
        .onConflict((conflict) => conflict.columns(["name", "owner"]).doUpdateSet(values))
        .execute();
    },

    async get(name, owner) {
      const [row] = await readOne(name, owner);
      return row && toTimer(row);
    },

    async remove(name, owner) {
      const result = await db
        .deleteFrom("timers")
        .where("name", "=", name)
        .where("owner", "=", owner)
        .executeTakeFirstOrThrow();
      return result.numDeletedRows > 0n;
    },

    async takeDue(now, untilAt, limit) {
      const rows = await db
        .with("due", (cte) =>
          skipTaken(
            kind,
            cte
              .selectFrom("timers")
              .select(["name", "owner"])
              .where("due_at", "<=", now)
              .where((eb) => eb.or([eb("lease_until", "<=", now), eb("lease_until", ">", believedUntil(now, untilAt))]))
              .orderBy("due_at")
              .limit(limit),
          ),
        )
        .updateTable("timers")
        .set({ lease_until: untilAt })
        .where((eb) =>
          eb.exists(
            eb
              .selectFrom("due")
              .select("due.name")
              .whereRef("due.name", "=", "timers.name")
              .whereRef("due.owner", "=", "timers.owner"),
          ),
        )
        .returningAll()
        .execute();
      return rows.sort((a, b) => a.due_at - b.due_at).map(toTimer);
    },

    async finish(name, owner, untilAt) {
      const result = await db
        .deleteFrom("timers")
        .where("name", "=", name)
        .where("owner", "=", owner)
        .where("lease_until", "=", untilAt)
        .executeTakeFirstOrThrow();
      return result.numDeletedRows > 0n;
    },

    async nextDueAt() {
      const next = await db
        .selectFrom("timers")
        .select((eb) =>
          eb.fn
            .min(
              eb
                .case()
                .when("lease_until", ">", eb.ref("due_at"))
                .then(eb.ref("lease_until"))
                .else(eb.ref("due_at"))
                .end(),
            )
            .as("at"),
        )
        .executeTakeFirst();
      return next?.at ?? undefined;
    },
  };
}
