import type { Transaction } from "kysely";
import type { HideRule, ListenerKey, Period } from "../../../contracts/listening.ts";
import type { PlayStore, Review } from "../../../contracts/plays.ts";
import { type Inside, turn } from "../bulk.ts";
import type { Database } from "../database.ts";
import type { Tables } from "../tables.ts";
import { decode, encode, flag, orNull } from "../values.ts";
import { lackingTracks, learnTrack } from "./details.ts";
import { dictionary } from "./dictionary.ts";
import { eraseListener } from "./erase.ts";
import { addGap, closeGaps, readGaps } from "./gaps.ts";
import { createKnownTracks } from "./known-tracks.ts";
import { always, holdListener, listenerId, toReview } from "./listener.ts";
import { readRules } from "./parts.ts";
import { readNear } from "./read.ts";
import { labelIdsOf, toPlay } from "./rows.ts";
import { writeRevision } from "./write.ts";

const REVIEWS = 100;
const LISTENERS = 1_000;

/** When the plays that a rule may hide started: one play's own start is near what the rule says of it. */
function periodOf(part: HideRule["part"]): Period {
  if (part.what === "span") return part;
  return part.what === "play"
    ? { fromAt: part.fromAt - LONGEST_PLAY_MS, untilAt: part.untilAt + LONGEST_PLAY_MS }
    : always;
}
const LONGEST_PLAY_MS = 24 * 60 * 60_000;

export function playStore(database: Database): PlayStore {
  const { db, kind } = database;
  const knownTracks = createKnownTracks();

  function holding<T>(key: ListenerKey, work: (inside: Inside, listener: number) => Promise<T>): Promise<T> {
    return db.transaction().execute(async (trx: Transaction<Tables>) => {
      const inside = { kind, trx };
      await holdListener(inside, key);
      const known = await listenerId(trx, key);
      const made =
        known ?? (await trx.insertInto("listeners").values({ key }).returning("id").executeTakeFirstOrThrow()).id;
      return work(inside, made);
    });
  }

  return {
    revise: (key, about, decide) =>
      holding(key, async (inside, listener) => {
        const near = await readNear(inside, listener, about, knownTracks);
        await turn();
        const revision = decide(near);
        await turn();
        return { revision, ids: await writeRevision(inside, listener, near, revision) };
      }),

    async get(key, playId) {
      const row = await db
        .selectFrom("plays")
        .innerJoin("listeners", "listeners.id", "plays.listener")
        .selectAll("plays")
        .where("listeners.key", "=", key)
        .where("plays.id", "=", playId)
        .executeTakeFirst();
      if (!row) return undefined;
      const { evidence: _, ...play } = toPlay(
        row,
        await db.transaction().execute((trx) => dictionary({ kind, trx }, { labelIds: labelIdsOf([row]) })),
      );
      return play;
    },

    async bounds(key) {
      const listener = await listenerId(db, key);
      if (listener === undefined) return undefined;
      const end = (order: "asc" | "desc") =>
        db
          .selectFrom("plays")
          .select("started_at")
          .where("listener", "=", listener)
          .orderBy("started_at", order)
          .limit(1)
          .executeTakeFirst();
      const [first, last] = [await end("asc"), await end("desc")];
      return first && last && { firstAt: first.started_at, lastAt: last.started_at };
    },

    async heardBefore(at) {
      const rows = await db
        .selectFrom("listeners")
        .select("key")
        .where((eb) =>
          eb.exists(
            eb
              .selectFrom("plays")
              .select("plays.id")
              .whereRef("plays.listener", "=", "listeners.id")
              .where("plays.started_at", "<", at),
          ),
        )
        .limit(LISTENERS)
        .execute();
      return rows.map(({ key }) => key);
    },

    addRule: (key, { part, createdAt }) =>
      holding(key, async (inside, listener) => {
        const { id } = await inside.trx
          .insertInto("play_rules")
          .values({ listener, part: encode(part), created_at: createdAt })
          .returning("id")
          .executeTakeFirstOrThrow();
        await toReview(inside, listener, periodOf(part), "hiding");
        return { id, part, createdAt };
      }),

    removeRule: (key, ruleId) =>
      holding(key, async (inside, listener) => {
        const gone = await inside.trx
          .deleteFrom("play_rules")
          .where("listener", "=", listener)
          .where("id", "=", ruleId)
          .returning("part")
          .executeTakeFirst();
        if (gone) await toReview(inside, listener, periodOf(decode(gone.part)), "hiding");
        return gone !== undefined;
      }),

    async rules(key) {
      const listener = await listenerId(db, key);
      return listener === undefined ? [] : readRules({ trx: db }, listener);
    },

    bury: (key, { trackId, fromAt, untilAt, only }) =>
      holding(key, async (inside, listener) => {
        await inside.trx
          .insertInto("play_tombstones")
          .values({ listener, track: orNull(trackId), from_at: fromAt, until_at: untilAt, only: flag(only) })
          .execute();
        await toReview(inside, listener, { fromAt, untilAt });
      }),

    async reviews(key) {
      let query = db
        .selectFrom("play_reviews")
        .innerJoin("listeners", "listeners.id", "play_reviews.listener")
        .select(["listeners.key", "play_reviews.what", "play_reviews.from_at", "play_reviews.until_at"])
        .orderBy("play_reviews.listener")
        .orderBy("play_reviews.from_at")
        .limit(REVIEWS);
      if (key !== undefined) query = query.where("listeners.key", "=", key);
      const rows = await query.execute();
      return rows.map(
        ({ key: listener, what, from_at, until_at }): Review => ({
          listener,
          what: what === "hiding" ? what : "all",
          fromAt: from_at,
          untilAt: until_at,
        }),
      );
    },

    reviewed: ({ listener: key, what, fromAt, untilAt }, doneUntilAt) =>
      holding(key, async (inside, listener) => {
        const { numDeletedRows } = await inside.trx
          .deleteFrom("play_reviews")
          .where("listener", "=", listener)
          .where("what", "=", what)
          .where("from_at", "=", fromAt)
          .where("until_at", "=", untilAt)
          .executeTakeFirstOrThrow();
        if (numDeletedRows > 0n && doneUntilAt < untilAt)
          await toReview(inside, listener, { fromAt: doneUntilAt, untilAt }, what);
      }),

    lacking: (afterId) => lackingTracks(db, afterId),
    learn: (...what) => db.transaction().execute((trx) => learnTrack({ kind, trx }, knownTracks, what)),
    addGap: (key, gap) =>
      holding(key, async (inside, listener) => {
        await addGap(inside, listener, gap);
        const heard = await inside.trx
          .selectFrom("plays")
          .select(["started_at as fromAt", "ended_at as untilAt"])
          .where("listener", "=", listener)
          .where("started_at", ">=", gap.fromAt - LONGEST_PLAY_MS)
          .where("started_at", "<", gap.untilAt)
          .execute();
        await closeGaps(inside, listener, heard);
      }),
    closeGaps: (key, period) => holding(key, (inside, listener) => closeGaps(inside, listener, [period])),

    async gaps(key, period) {
      const listener = await listenerId(db, key);
      return listener === undefined ? [] : readGaps({ trx: db }, listener, period);
    },

    async readAt(key) {
      const row = await db.selectFrom("listeners").select("read_at").where("key", "=", key).executeTakeFirst();
      return row?.read_at ?? undefined;
    },

    setReadAt: (key, at) =>
      holding(key, async ({ trx }, listener) => {
        await trx
          .updateTable("listeners")
          .set({ read_at: at })
          .where("id", "=", listener)
          .where((eb) => eb.or([eb("read_at", "is", null), eb("read_at", "<", at)]))
          .execute();
      }),

    async erase(key) {
      const listener = await listenerId(db, key);
      const gone = listener === undefined ? {} : await eraseListener(database, listener);
      await database.toDisk();
      return gone;
    },
  };
}
