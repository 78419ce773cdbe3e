import { sql } from "kysely";
import type { Clock } from "../../contracts/clock.ts";
import type { OutboxRow, OutboxStore } from "../../contracts/message-store.ts";
import { type Database, skipTaken } from "./database.ts";
import { believedUntil } from "./leases.ts";
import type { Tables } from "./tables.ts";
import { decode, encode, present } from "./values.ts";

/** As long as a post that failed waits at most where its platform names no time. */
const SOON_MS = 15 * 60_000;

function toPost(row: Tables["outbox"]): OutboxRow {
  return {
    key: row.key,
    platform: row.platform,
    body: decode(row.body),
    status: row.status as OutboxRow["status"],
    attempts: row.attempts,
    dueAt: row.due_at,
    ...present("sent", row.sent === null ? null : decode<NonNullable<OutboxRow["sent"]>>(row.sent)),
    ...present("lastError", row.last_error),
    ...present("begunAt", row.begun_at),
  };
}

export function outboxStore({ db, kind, toDisk }: Database, clock: Clock): OutboxStore {
  return {
    async put({ key, platform, body, dueAt }) {
      const result = await db
        .insertInto("outbox")
        .values({
          key,
          platform,
          body: encode(body),
          status: "waiting",
          attempts: 0,
          due_at: dueAt,
          lease_owner: null,
          lease_until: 0,
          sent: null,
          last_error: null,
          begun_at: null,
          updated_at: clock.now(),
        })
        .onConflict((conflict) => conflict.column("key").doNothing())
        .returning("key")
        .executeTakeFirst();
      await toDisk();
      return result !== undefined;
    },

    /** What is "sending" with its lease over was in hand when its process died: it comes back with its attempts counted. */
    async take(platform, now, lease, limit) {
      const rows = await db
        .with("due", (cte) =>
          skipTaken(
            kind,
            cte
              .selectFrom("outbox")
              .select("key")
              .where("platform", "=", platform)
              .where("status", "in", ["waiting", "sending"])
              .where((eb) =>
                eb.or([
                  eb("due_at", "<=", now),
                  // Written by a clock that has been put back since, which must not hold back what was due soon.
                  eb.and([
                    eb("updated_at", ">", now),
                    eb("due_at", ">=", eb.ref("updated_at")),
                    eb("due_at", "<=", eb("updated_at", "+", SOON_MS)),
                  ]),
                ]),
              )
              .where((eb) =>
                eb.or([eb("lease_until", "<=", now), eb("lease_until", ">", believedUntil(now, lease.untilAt))]),
              )
              .orderBy("due_at")
              .orderBy("key")
              .limit(limit),
          ),
        )
        .updateTable("outbox")
        .set((eb) => ({
          status: "sending",
          attempts: eb("attempts", "+", 1),
          lease_owner: lease.owner,
          lease_until: lease.untilAt,
          updated_at: now,
        }))
        .where("key", "in", (eb) => eb.selectFrom("due").select("due.key"))
        .returningAll()
        .execute();
      return rows.sort((a, b) => a.due_at - b.due_at || (a.key < b.key ? -1 : 1)).map(toPost);
    },

    async begin(key, at) {
      await db.updateTable("outbox").set({ begun_at: at }).where("key", "=", key).execute();
      await toDisk();
    },

    async free(platform) {
      await db
        .updateTable("outbox")
        .set({ lease_owner: null, lease_until: 0 })
        .where("platform", "=", platform)
        .where("status", "=", "sending")
        .execute();
    },

    async nextDueAt(platform) {
      // Whichever of the two is later is when it can be taken.
      const row = await db
        .selectFrom("outbox")
        .select(sql<number | null>`min(case when lease_until > due_at then lease_until else due_at end)`.as("at"))
        .where("platform", "=", platform)
        .where("status", "in", ["waiting", "sending"])
        .executeTakeFirst();
      return row?.at ?? undefined;
    },

    async settle(key, result) {
      const free = { lease_owner: null, lease_until: 0, updated_at: clock.now() };
      const values =
        "retryAt" in result
          ? {
              status: "waiting",
              due_at: result.retryAt,
              last_error: result.error,
              ...(result.unseen ? {} : { begun_at: null }),
              ...free,
            }
          : {
              status: result.status,
              sent: result.sent === undefined ? null : encode(result.sent),
              last_error: result.error ?? null,
              ...free,
            };
      const untried = "retryAt" in result && result.untried === true;
      await db
        .updateTable("outbox")
        .set(values)
        .$if(untried, (query) => query.set((eb) => ({ attempts: eb("attempts", "-", 1) })))
        .where("key", "=", key)
        .execute();
      await toDisk();
    },

    async get(key) {
      const row = await db.selectFrom("outbox").selectAll().where("key", "=", key).executeTakeFirst();
      return row && toPost(row);
    },

    async count(status) {
      const { rows } = await db
        .selectFrom("outbox")
        .select((eb) => eb.fn.countAll<number>().as("rows"))
        .where("status", "=", status)
        .executeTakeFirstOrThrow();
      return rows;
    },
  };
}
