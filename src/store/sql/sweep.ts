import { sql } from "kysely";
import { cardsKeptDays } from "../../contracts/announce.ts";
import { personSettings } from "../../contracts/people-store.ts";
import type { Database } from "./database.ts";
import { sweepDiaries } from "./diaries.ts";
import { sweepDigests } from "./digests.ts";
import { eraseListener, FORGOTTEN } from "./plays/erase.ts";

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/**
 * How long a row stays after it has served. Done events are kept as long as a platform may deliver one again (Telegram
 * holds updates for 24 h, https://core.telegram.org/bots/api#getting-updates); call buckets a week beyond the rolling day,
 * for the operator's figures.
 */
const keepMs = {
  doneEvent: 2 * DAY_MS,
  endedLink: DAY_MS,
  endedJoin: DAY_MS,
  callBucket: 8 * DAY_MS,
  sentPost: 7 * DAY_MS,
  deadPost: 30 * DAY_MS,
  /** Owed to a platform that is started no more, or has been down for as long. */
  owedPost: 30 * DAY_MS,
  card: cardsKeptDays * DAY_MS,
  miss: 90 * DAY_MS,
  /** Nobody asks for its answer again; the audit keeps the receipt. */
  doneErasure: 7 * DAY_MS,
  audit: 400 * DAY_MS,
};
const AUDIT_ROWS = 50_000;
const ofPeople = personSettings.owner("");

/** Plays that were in hand for a person who was joined to another meanwhile, and what a crash left of the forgotten. */
async function sweepListeners(database: Database): Promise<number> {
  const begins = (prefix: string) => sql<boolean>`substr(key, 1, ${prefix.length}) = ${prefix}`;
  const isPerson = sql<boolean>`people.id = substr(key, ${ofPeople.length + 1})`;
  const strays = await database.db
    .selectFrom("listeners")
    .select("id")
    .where((eb) =>
      eb.or([
        begins(FORGOTTEN),
        eb.and([begins(ofPeople), eb.not(eb.exists(eb.selectFrom("people").select("created_at").where(isPerson)))]),
      ]),
    )
    .execute();
  let rows = 0;
  for (const { id } of strays) for (const count of Object.values(await eraseListener(database, id))) rows += count;
  return rows;
}

export async function sweep(database: Database, now: number): Promise<number> {
  const { db } = database;
  const gone = [
    await db
      .deleteFrom("events")
      .where("finished_at", "<=", now - keepMs.doneEvent)
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom("links")
      .where("expires_at", "<=", now - keepMs.endedLink)
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom("joins")
      .where("expires_at", "<=", now - keepMs.endedJoin)
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom("settings")
      // Written by what was in hand for a person who was joined to another meanwhile.
      .where(sql<boolean>`substr(owner, 1, ${ofPeople.length}) = ${ofPeople}`)
      .where(sql<string>`substr(owner, ${ofPeople.length + 1})`, "not in", (eb) => eb.selectFrom("people").select("id"))
      .executeTakeFirstOrThrow(),
    await db.deleteFrom("wishes").where("expires_at", "<=", now).executeTakeFirstOrThrow(),
    await db.deleteFrom("views").where("expires_at", "<=", now).executeTakeFirstOrThrow(),
    await db.deleteFrom("buttons").where("expires_at", "<=", now).executeTakeFirstOrThrow(),
    await db
      .deleteFrom("calls")
      // Ahead of now by more than a day: written while the clock was wrong, and in the way of the budget for as long as it was.
      .where((eb) => eb.or([eb("hour_at", "<=", now - keepMs.callBucket), eb("hour_at", ">", now + DAY_MS)]))
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom("misses")
      .where("last_at", "<=", now - keepMs.miss)
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom("aliases")
      // Put by what was in hand for a person who was joined to another meanwhile.
      .where("person_id", "not in", (eb) => eb.selectFrom("people").select("id"))
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom("erasures")
      .where("done_at", "<=", now - keepMs.doneErasure)
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom("shares")
      .where("person_id", "not in", (eb) => eb.selectFrom("people").select("id"))
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom("announce_cards")
      .where("changed_at", "<=", now - keepMs.card)
      .executeTakeFirstOrThrow(),
    await db.deleteFrom("gates").where("until_at", "<=", now).executeTakeFirstOrThrow(),
    await db
      .deleteFrom("outbox")
      .where("status", "in", ["sent", "unconfirmed"])
      .where("updated_at", "<=", now - keepMs.sentPost)
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom("outbox")
      .where("status", "=", "dead")
      .where("updated_at", "<=", now - keepMs.deadPost)
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom("outbox")
      .where("status", "in", ["waiting", "sending"])
      .where("due_at", "<=", now - keepMs.owedPost)
      .where("lease_until", "<=", now)
      .executeTakeFirstOrThrow(),
    await db
      .deleteFrom("audit")
      .where((eb) =>
        eb.or([
          eb("at", "<=", now - keepMs.audit),
          eb("at", "<", (over) =>
            over
              .selectFrom("audit as newest")
              .select("newest.at")
              .orderBy("newest.at", "desc")
              .offset(AUDIT_ROWS)
              .limit(1),
          ),
        ]),
      )
      .executeTakeFirstOrThrow(),
  ];
  const rows = gone.reduce((sum, each) => sum + Number(each.numDeletedRows), 0);
  return rows + (await sweepDiaries(db)) + (await sweepDigests(db, now)) + (await sweepListeners(database));
}
