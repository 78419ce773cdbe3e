import { type Kysely, sql } from "kysely";
import type { ShareStore } from "../../contracts/people-store.ts";
import type { Share, ShareGround, ShareSpot, ShareUse } from "../../contracts/sharing.ts";
import type { Database } from "./database.ts";
import { fixed } from "./fixed.ts";
import type { Tables } from "./tables.ts";

type Match = Parameters<ShareStore["remove"]>[0];

export function shareStore({ db }: Database): ShareStore {
  const readOfPerson = fixed(
    db,
    matching(db, { personId: "" }).orderBy("platform").orderBy("tenant").orderBy("place").orderBy("used_for"),
  );
  return {
    async put(share) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("shares")
        .values(toRow(share))
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },

    async inPlace(use, place) {
      const rows = await matching(db, { use, ground: place }).orderBy("since_at").orderBy("person_id").execute();
      return rows.map(toShare);
    },

    async of(personId) {
      return (await readOfPerson(personId)).map(toShare);
    },

    async pairs(after, limit) {
      const columns = ["person_id", "platform", "tenant", "place"] as const;
      let query = db.selectFrom("shares").select(columns).distinct();
      if (after) {
        const { platform, tenant, id } = after.place;
        const key = sql`(${after.personId}, ${platform}, ${tenant}, ${id})`;
        query = query.where(sql<boolean>`(person_id, platform, tenant, place) > ${key}`);
      }
      for (const column of columns) query = query.orderBy(column);
      const rows = await query.limit(limit).execute();
      return rows.map(({ person_id, platform, tenant, place }) => ({
        personId: person_id,
        place: { platform, tenant, id: place },
      }));
    },

    remove: (match) => db.transaction().execute((trx) => removeShares(trx, match)),

    move: (before, after) =>
      db.transaction().execute(async (trx) => {
        const moved = await removeShares(trx, { ground: before });
        for (const share of moved)
          await trx
            .insertInto("shares")
            .values(toRow({ ...share, place: after }))
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        return moved;
      }),
  };
}

/** What a person let be seen on one platform; resolves with it. */
export async function removeSharesOn(trx: Kysely<Tables>, personId: string, platform: string): Promise<Share[]> {
  const rows = await trx
    .deleteFrom("shares")
    .where("person_id", "=", personId)
    .where("platform", "=", platform)
    .returningAll()
    .execute();
  return rows.map(toShare);
}

/** Raises where nothing is named: everything of everybody is never meant. */
export async function removeShares(trx: Kysely<Tables>, match: Match): Promise<Share[]> {
  if (match.personId === undefined && match.ground === undefined) throw new RangeError("nobody's shares are named");
  const found = (await matching(trx, match).execute()).map(toShare);
  if (found.length > 0) {
    let query = trx.deleteFrom("shares");
    for (const [column, value] of columnsOf(match)) query = query.where(column, "=", value);
    await query.execute();
  }
  return found;
}

/** Everything of one becomes the other's; what both allowed was allowed when the first of them did. */
export async function moveShares(trx: Kysely<Tables>, from: string, to: string): Promise<void> {
  const theirs = await removeShares(trx, { personId: from });
  for (const share of theirs)
    await trx
      .insertInto("shares")
      .values(toRow({ ...share, personId: to }))
      .onConflict((conflict) =>
        conflict
          .columns(["person_id", "platform", "tenant", "place", "used_for"])
          .doUpdateSet({ since_at: share.sinceAt })
          .where("shares.since_at", ">", share.sinceAt),
      )
      .execute();
}

function matching(db: Kysely<Tables>, match: Match) {
  let query = db.selectFrom("shares").selectAll();
  for (const [column, value] of columnsOf(match)) query = query.where(column, "=", value);
  return query;
}

function columnsOf({
  personId,
  use,
  ground,
}: Match): ["person_id" | "used_for" | "platform" | "tenant" | "place", string][] {
  return [
    ...(personId === undefined ? [] : [["person_id", personId] as ["person_id", string]]),
    ...(use === undefined ? [] : [["used_for", use] as ["used_for", string]]),
    ...(ground ? groundColumns(ground) : []),
  ];
}

function groundColumns({ platform, tenant, id }: ShareGround): ["platform" | "tenant" | "place", string][] {
  return [
    ["platform", platform],
    ["tenant", tenant],
    ...(id === undefined ? [] : [["place", id] as ["place", string]]),
  ];
}

function toRow({ personId, use, place: { platform, tenant, id }, sinceAt }: Share): Tables["shares"] {
  return { person_id: personId, used_for: use, platform, tenant, place: id, since_at: sinceAt };
}

function toShare(row: Tables["shares"]): Share {
  const place: ShareSpot = { platform: row.platform, tenant: row.tenant, id: row.place };
  return { personId: row.person_id, use: row.used_for as ShareUse, place, sinceAt: row.since_at };
}
