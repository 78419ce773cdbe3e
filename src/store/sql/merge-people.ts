import type { Transaction } from "kysely";
import type { UserRef } from "../../contracts/incoming.ts";
import { listenerOf } from "../../contracts/listening.ts";
import { type JoinParty, type JoinPlan, type JoinStatus, personSettings } from "../../contracts/people-store.ts";
import type { Share } from "../../contracts/sharing.ts";
import { eraseAccount } from "./accounts.ts";
import type { Database } from "./database.ts";
import { moveDiaries } from "./diaries.ts";
import { moveDigests } from "./digests.ts";
import { hasPlays, moveListener } from "./plays/listener.ts";
import { moveShares, removeSharesOn } from "./shares.ts";
import type { Tables } from "./tables.ts";
import { decode, encode, present } from "./values.ts";

/** Parts of one transaction about two people. */
export type Inside = { kind: Database["kind"]; trx: Transaction<Tables> };

const openJoins: readonly JoinStatus[] = ["code", "guest_asked", "host_asked"];

/** One identity as a column of its own holds it. */
export const userKey = ({ platform, tenant, id }: UserRef): string => encode([platform, tenant, id]);
const isUser = (a: UserRef, b: UserRef): boolean => userKey(a) === userKey(b);

export async function personBehind(trx: Inside["trx"], user: UserRef): Promise<string | undefined> {
  const row = await trx
    .selectFrom("identities")
    .select("person_id")
    .where("platform", "=", user.platform)
    .where("tenant", "=", user.tenant)
    .where("user_id", "=", user.id)
    .executeTakeFirst();
  return row?.person_id;
}

/** Until the end of the transaction nobody links an account to them: it would go with a person who is no more. */
export async function holdPeople({ kind, trx }: Inside, ids: readonly string[]): Promise<void> {
  // SQLite has one writer at a time, and no row locks.
  if (kind !== "postgres") return;
  await trx.selectFrom("people").select("id").where("id", "in", ids).orderBy("id").forUpdate().execute();
}

const identitiesOf = (trx: Inside["trx"], personId: string) =>
  trx.selectFrom("identities").selectAll().where("person_id", "=", personId).orderBy("created_at").orderBy("user_id");

export async function planOf({ trx }: Inside, guest: JoinParty, hostId: string): Promise<JoinPlan> {
  const accounts = await trx
    .selectFrom("accounts")
    .select(["id", "person_id", "provider", "display_name"])
    .where("person_id", "in", [guest.personId, hostId])
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  const taken = new Set(accounts.flatMap((row) => (row.person_id === hostId ? [row.provider] : [])));
  const theirs = accounts
    .filter((row) => row.person_id === guest.personId)
    .map(({ id, provider, display_name }) => ({ id, provider, ...present("displayName", display_name) }));
  const others = (await identitiesOf(trx, guest.personId).execute()).map((row) => ({
    platform: row.platform,
    tenant: row.tenant,
    id: row.user_id,
    name: row.name,
  }));
  const setting = await trx
    .selectFrom("settings")
    .select("name")
    .where("owner", "=", personSettings.owner(guest.personId))
    .where("name", "!=", personSettings.reach)
    .where("name", "not like", personSettings.locale("%"))
    .executeTakeFirst();
  const people = await trx
    .selectFrom("people")
    .select(["id", "operator", "time_zone"])
    .where("id", "in", [guest.personId, hostId])
    .execute();
  const [person, host] = [guest.personId, hostId].map((id) => people.find((each) => each.id === id));
  const share = await trx
    .selectFrom("shares")
    .select("place")
    .where("person_id", "=", guest.personId)
    .executeTakeFirst();
  const order = await trx
    .selectFrom("digest_orders")
    .select("kind")
    .where("person_id", "=", guest.personId)
    .executeTakeFirst();
  // One of the two zones is given up; the only one comes along.
  const zones = new Set([person, host].flatMap((each) => each?.time_zone ?? []));
  const diary = await trx.selectFrom("diaries").select("id").where("person_id", "=", guest.personId).executeTakeFirst();
  return {
    moves: theirs.filter(({ provider }) => !taken.has(provider)),
    drops: theirs.filter(({ provider }) => taken.has(provider)),
    identities: others.filter((each) => !isUser(each, guest.user)),
    settings:
      setting !== undefined || order !== undefined || share !== undefined || diary !== undefined || zones.size > 1,
    operator: person?.operator === 1,
    ...((await hasPlays(trx, listenerOf.person(guest.personId))) && { history: true }),
  };
}

export function isNothing({ moves, drops, identities, settings, operator, history }: JoinPlan): boolean {
  return moves.length + drops.length + identities.length === 0 && !settings && !operator && !history;
}

/** Everything of `from` becomes that of `to`, or ends; `from` is no more. Resolves with what was deleted, by kind. */
export async function mergePeople(
  inside: Inside,
  { from, to, plan, joinId }: { from: string; to: string; plan: JoinPlan; joinId: string },
): Promise<Record<string, number>> {
  const { trx } = inside;
  const deleted: Record<string, number> = {};
  for (const { id } of plan.drops) {
    for (const [kind, count] of Object.entries(await eraseAccount(trx, id)))
      deleted[kind] = (deleted[kind] ?? 0) + count;
    await trx.deleteFrom("views").where("key", "=", id).execute();
  }
  await trx.updateTable("accounts").set({ person_id: to }).where("person_id", "=", from).execute();
  await trx.updateTable("links").set({ person_id: to }).where("person_id", "=", from).execute();
  await trx.updateTable("wishes").set({ person_id: to }).where("person_id", "=", from).execute();
  await moveAliases(inside, from, to);
  await moveShares(trx, from, to);
  await moveDigests(trx, from, to);
  await moveDiaries(trx, from, to);
  await trx.updateTable("queue").set({ added_by: to }).where("added_by", "=", from).execute();
  await trx.updateTable("views").set({ person_id: to }).where("person_id", "=", from).execute();
  // What shows the person themself.
  await trx.updateTable("views").set({ key: to }).where("key", "=", from).execute();
  await moveListener(inside, listenerOf.person(from), listenerOf.person(to));
  await moveCards(trx, from, to);
  await repointTimers(inside, from, to);
  await moveSettings(inside, from, to);
  await trx
    .updateTable("joins")
    .set({ status: "replaced", owes: null })
    .where((eb) => eb.or([eb("host_person", "=", from), eb("guest_person", "=", from)]))
    .where("status", "in", openJoins)
    .where("id", "!=", joinId)
    .execute();
  await trx.updateTable("identities").set({ person_id: to }).where("person_id", "=", from).execute();
  const kept = await trx.selectFrom("people").selectAll().where("id", "=", to).executeTakeFirstOrThrow();
  const gone = await trx.selectFrom("people").selectAll().where("id", "=", from).executeTakeFirstOrThrow();
  await trx
    .updateTable("people")
    .set({
      operator: Math.max(kept.operator, gone.operator),
      locale: kept.locale ?? gone.locale,
      time_zone: kept.time_zone ?? gone.time_zone,
    })
    .where("id", "=", to)
    .execute();
  await trx.deleteFrom("people").where("id", "=", from).execute();
  return deleted;
}

/** What places were shown. A card that follows the one ends with them: the other may have one there already. */
async function moveCards(trx: Inside["trx"], from: string, to: string): Promise<void> {
  const theirs = trx.updateTable("announce_cards").where("listener", "=", listenerOf.person(from));
  await theirs.set({ status: "over" }).where("status", "in", ["live", "moved"]).execute();
  await theirs.set({ listener: listenerOf.person(to) }).execute();
}

/** Timers name the person for whom they ring; ids are random, so nothing else is equal to one. */
async function repointTimers({ trx }: Inside, from: string, to: string): Promise<void> {
  const timers = await trx
    .selectFrom("timers")
    .select(["name", "owner", "data"])
    .where("data", "like", `%${from}%`)
    .execute();
  for (const { name, owner, data } of timers)
    await trx
      .updateTable("timers")
      .set({ data: encode(renamed(decode(data), from, to)) })
      .where("name", "=", name)
      .where("owner", "=", owner)
      .execute();
}

function renamed(value: unknown, from: string, to: string): unknown {
  if (value === from) return to;
  if (Array.isArray(value)) return value.map((each) => renamed(each, from, to));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, renamed(each, from, to)]));
}

async function moveSettings({ trx }: Inside, from: string, to: string): Promise<void> {
  const [old, owner] = [personSettings.owner(from), personSettings.owner(to)];
  await joinLists({ trx }, personSettings.privateTimes, old, owner);
  const made = trx.selectFrom("settings as made").select("made.name").where("made.owner", "=", owner);
  await trx.updateTable("settings").set({ owner }).where("owner", "=", old).where("name", "not in", made).execute();
  await trx.deleteFrom("settings").where("owner", "=", old).execute();
}

/** Where both have the list, the second one gets what is in the first. */
async function joinLists({ trx }: Pick<Inside, "trx">, name: string, old: string, owner: string): Promise<void> {
  const rows = await trx
    .selectFrom("settings")
    .selectAll()
    .where("name", "=", name)
    .where("owner", "in", [old, owner])
    .execute();
  if (rows.length < 2) return;
  const value = encode(rows.flatMap((row) => decode<unknown[]>(row.value)));
  await trx.updateTable("settings").set({ value }).where("owner", "=", owner).where("name", "=", name).execute();
}

async function moveAliases({ trx }: Inside, from: string, to: string): Promise<void> {
  const theirs = await trx.selectFrom("aliases").selectAll().where("person_id", "=", from).execute();
  for (const alias of theirs)
    await trx
      .insertInto("aliases")
      .values({ ...alias, person_id: to })
      .onConflict((conflict) => conflict.columns(["person_id", "provider", "folded"]).doNothing())
      .execute();
  await trx.deleteFrom("aliases").where("person_id", "=", from).execute();
}

/** What the person shows, wishes or awaits where this identity speaks: none of it may go on there for somebody else. */
export async function forgetIdentity({ trx }: Inside, personId: string, user: UserRef): Promise<Share[]> {
  const views = await trx.selectFrom("views").select(["id", "sent"]).where("person_id", "=", personId).execute();
  for (const { id, sent } of views) {
    // A view does not know for whom of the platform it was made: the person's others there ask anew.
    if (decode<{ platform: string }>(sent).platform !== user.platform) continue;
    await trx.deleteFrom("views").where("id", "=", id).execute();
  }
  // Nor does what the person lets be seen there.
  const shares = await removeSharesOn(trx, personId, user.platform);
  const wishes = await trx.selectFrom("wishes").select(["id", "user"]).where("person_id", "=", personId).execute();
  for (const { id, user: theirs } of wishes)
    if (isUser(decode(theirs), user)) await trx.deleteFrom("wishes").where("id", "=", id).execute();
  const links = await trx.selectFrom("links").select(["id", "user"]).where("person_id", "=", personId).execute();
  for (const { id, user: theirs } of links)
    if (isUser(decode(theirs), user)) await trx.deleteFrom("links").where("id", "=", id).execute();
  const joins = await trx
    .selectFrom("joins")
    .select(["id", "host", "guest_user"])
    .where((eb) => eb.or([eb("host_person", "=", personId), eb("guest_person", "=", personId)]))
    .where("status", "in", openJoins)
    .execute();
  for (const { id, host, guest_user } of joins)
    if (guest_user === userKey(user) || isUser(decode<JoinParty>(host).user, user))
      await trx.updateTable("joins").set({ status: "replaced", owes: null }).where("id", "=", id).execute();
  const owner = personSettings.owner(personId);
  const reach = await trx
    .selectFrom("settings")
    .select("value")
    .where("owner", "=", owner)
    .where("name", "=", personSettings.reach)
    .executeTakeFirst();
  if (reach && isUser(decode<{ user: UserRef }>(reach.value).user, user))
    await trx.deleteFrom("settings").where("owner", "=", owner).where("name", "=", personSettings.reach).execute();
  return shares;
}
