import { type RawBuilder, sql } from "kysely";
import { digestView } from "../../contracts/digests.ts";
import { listenerOf } from "../../contracts/listening.ts";
import { personSettings } from "../../contracts/people-store.ts";
import type { Share } from "../../contracts/sharing.ts";
import { eraseAccount } from "./accounts.ts";
import { eraseDigests } from "./digests.ts";
import { holdPeople, type Inside } from "./merge-people.ts";
import { listenerId } from "./plays/listener.ts";
import { removeShares } from "./shares.ts";

/** Whose plays are being deleted by the erasure of this key: neither found by anybody, nor swept. */
export const erasedListener = (key: string): string => `erasing:${key}`;

export type Emptied = {
  counts: Record<string, number>;
  shares: Share[];
  shown: { kind: string; key: string }[];
  accounts: { id: string; provider: string }[];
  stays: boolean;
};

type Deleted = { numDeletedRows: bigint };

/**
 * Takes all that is little of a person, and puts their plays out of everybody's reach. An operator stays known as one: nobody
 * else could become it but by the machine.
 */
export async function emptyPerson(inside: Inside, personId: string, key: string): Promise<Emptied> {
  const { trx } = inside;
  await holdPeople(inside, [personId]);
  const counts: Record<string, number> = {};
  const add = (what: string, count: number) => {
    if (count > 0) counts[what] = (counts[what] ?? 0) + count;
  };
  const gone = (what: string, { numDeletedRows }: Deleted) => add(what, Number(numDeletedRows));

  const accounts = await trx
    .selectFrom("accounts")
    .select(["id", "provider"])
    .where("person_id", "=", personId)
    .execute();
  const shown = await shownOf(inside, personId, accounts);
  for (const { id } of accounts)
    for (const [what, count] of Object.entries(await eraseAccount(trx, id))) add(what, count);

  for (const table of ["aliases", "wishes", "links", "slots"] as const)
    gone(table, await trx.deleteFrom(table).where("person_id", "=", personId).executeTakeFirstOrThrow());
  const mine = trx.selectFrom("diaries").select("id").where("person_id", "=", personId);
  gone("forwards", await trx.deleteFrom("forwards").where("connection", "in", mine).executeTakeFirstOrThrow());
  gone("diaries", await trx.deleteFrom("diaries").where("person_id", "=", personId).executeTakeFirstOrThrow());
  gone(
    "cards",
    await trx
      .deleteFrom("announce_cards")
      .where("listener", "=", listenerOf.person(personId))
      .executeTakeFirstOrThrow(),
  );
  const digests = await eraseDigests(trx, personId);
  add("digests", digests.digests);
  shown.push(...digests.shown.map((digest) => ({ kind: digestView, key: digest })));
  const shares = await removeShares(trx, { personId });
  add("shares", shares.length);
  gone(
    "joins",
    await trx
      .deleteFrom("joins")
      .where((eb) => eb.or([eb("host_person", "=", personId), eb("guest_person", "=", personId)]))
      .executeTakeFirstOrThrow(),
  );
  gone(
    "settings",
    await trx.deleteFrom("settings").where("owner", "=", personSettings.owner(personId)).executeTakeFirstOrThrow(),
  );
  gone(
    "timers",
    await trx
      .deleteFrom("timers")
      .where((eb) => eb.or([names("owner", personId), names("data", personId)]))
      .executeTakeFirstOrThrow(),
  );
  gone("posts", await trx.deleteFrom("outbox").where(names("body", personId)).executeTakeFirstOrThrow());
  // What they put into a queue that others hear is the others' by now; who it was is nobody's business.
  await trx.updateTable("queue").set({ added_by: "" }).where("added_by", "=", personId).execute();
  await trx
    .updateTable("audit")
    .set({ person_id: null, detail: "{}" })
    .where((eb) => eb.or([eb("person_id", "=", personId), names("detail", personId)]))
    .execute();

  const stays = await endPerson(inside, personId, gone);
  const listener = await listenerId(trx, listenerOf.person(personId));
  if (listener !== undefined)
    await trx
      .updateTable("listeners")
      .set({ key: erasedListener(key) })
      .where("id", "=", listener)
      .execute();
  return { counts, shares, shown, accounts, stays };
}

/** What messages show of the person, of their accounts and on their cards. */
async function shownOf(
  { trx }: Inside,
  personId: string,
  accounts: readonly { id: string }[],
): Promise<{ kind: string; key: string }[]> {
  const cards = await trx
    .selectFrom("announce_cards")
    .select("id")
    .where("listener", "=", listenerOf.person(personId))
    .execute();
  const keys = [personId, listenerOf.person(personId), ...[...accounts, ...cards].map(({ id }) => id)];
  const rows = await trx
    .selectFrom("views")
    .select(["kind", "key", "person_id"])
    .distinct()
    .where((eb) => eb.or([eb("person_id", "=", personId), eb("key", "in", keys), names("key", personId)]))
    .execute();
  return rows.map(({ kind, key }) => ({ kind, key }));
}

async function endPerson(
  { trx }: Inside,
  personId: string,
  gone: (what: string, result: Deleted) => void,
): Promise<boolean> {
  const person = await trx.selectFrom("people").select("operator").where("id", "=", personId).executeTakeFirst();
  if (person?.operator === 1) {
    await trx.updateTable("people").set({ locale: null, time_zone: null }).where("id", "=", personId).execute();
    return true;
  }
  gone("identities", await trx.deleteFrom("identities").where("person_id", "=", personId).executeTakeFirstOrThrow());
  await trx.deleteFrom("people").where("id", "=", personId).execute();
  return false;
}

/** Ids are random, so that nothing else holds one; LIKE would take their "_" for anything. */
const names = (column: "owner" | "data" | "body" | "detail" | "key", id: string): RawBuilder<boolean> =>
  sql<boolean>`replace(${sql.ref(column)}, ${id}, '') <> ${sql.ref(column)}`;
