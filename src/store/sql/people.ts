import type { UserRef } from "../../contracts/incoming.ts";
import type { PeopleStore, PersonRow } from "../../contracts/people-store.ts";
import { auditStore } from "./audit.ts";
import { lists } from "./bulk.ts";
import { type Database, serialise } from "./database.ts";
import { fixed } from "./fixed.ts";
import { forgetIdentity, holdPeople, personBehind } from "./merge-people.ts";
import type { Tables } from "./tables.ts";
import { newId, present } from "./values.ts";

function toPerson(row: Tables["people"]): PersonRow {
  return {
    id: row.id,
    createdAt: row.created_at,
    operator: row.operator === 1,
    ...present("locale", row.locale),
    ...present("timeZone", row.time_zone),
  };
}

const MOST_NAMES = 2_000;

export function peopleStore(database: Database): PeopleStore {
  const { db, kind } = database;
  const behind = (user: UserRef, from = db) =>
    from
      .selectFrom("identities")
      .innerJoin("people", "people.id", "identities.person_id")
      .selectAll("people")
      .select("identities.name as identity_name")
      .where("identities.platform", "=", user.platform)
      .where("identities.tenant", "=", user.tenant)
      .where("identities.user_id", "=", user.id)
      .executeTakeFirst();
  const personOf = fixed(db, db.selectFrom("people").selectAll().where("id", "=", ""));
  const identitiesOf = fixed(
    db,
    db.selectFrom("identities").selectAll().where("person_id", "=", "").orderBy("created_at"),
  );

  return {
    async ensure(user, name, now) {
      const known = await behind(user);
      if (known) {
        // A platform that is slow to say how somebody is called names them by their id.
        if (known.identity_name !== name && name !== user.id) {
          await db
            .updateTable("identities")
            .set({ name })
            .where("platform", "=", user.platform)
            .where("tenant", "=", user.tenant)
            .where("user_id", "=", user.id)
            .execute();
        }
        return toPerson(known);
      }
      return db.transaction().execute(async (trx) => {
        await serialise(kind, trx, `identity ${user.platform} ${user.tenant} ${user.id}`);
        const meanwhile = await behind(user, trx);
        if (meanwhile) return toPerson(meanwhile);
        const person = { id: newId(), created_at: now, locale: null, time_zone: null, operator: 0 };
        await trx.insertInto("people").values(person).execute();
        await trx
          .insertInto("identities")
          .values({
            platform: user.platform,
            tenant: user.tenant,
            user_id: user.id,
            person_id: person.id,
            name,
            created_at: now,
          })
          .execute();
        return toPerson(person);
      });
    },

    async find(user) {
      const row = await behind(user);
      return row && toPerson(row);
    },

    async get(personId) {
      const [row] = await personOf(personId);
      return row && toPerson(row);
    },

    async identities(personId) {
      const rows = await identitiesOf(personId);
      return rows.map((row) => ({ platform: row.platform, tenant: row.tenant, id: row.user_id, name: row.name }));
    },

    async namesOf(personIds) {
      const names = new Map<string, string>();
      for (const some of lists(personIds)) {
        const rows = await db
          .selectFrom("identities")
          .select(["person_id", "name"])
          .where("person_id", "in", some)
          .orderBy("created_at", "desc")
          .execute();
        for (const row of rows) names.set(row.person_id, row.name);
      }
      return names;
    },

    async setOperator(personId) {
      await db.updateTable("people").set({ operator: 1 }).where("id", "=", personId).execute();
    },

    async setTimeZone(personId, timeZone) {
      await db
        .updateTable("people")
        .set({ time_zone: timeZone ?? null })
        .where("id", "=", personId)
        .execute();
    },

    async operators() {
      const rows = await db.selectFrom("people").selectAll().where("operator", "=", 1).orderBy("created_at").execute();
      return rows.map(toPerson);
    },

    async count() {
      const { people } = await db
        .selectFrom("people")
        .select((eb) => eb.fn.countAll<number>().as("people"))
        .executeTakeFirstOrThrow();
      return people;
    },

    async names() {
      const rows = await db
        .selectFrom("identities")
        .select("name")
        .orderBy("created_at", "desc")
        .limit(MOST_NAMES)
        .execute();
      return rows.map(({ name }) => name);
    },

    async called(name) {
      const rows = await db
        .selectFrom("people")
        .selectAll()
        .where((eb) =>
          eb.or([
            eb("id", "=", name),
            eb(
              "id",
              "in",
              eb
                .selectFrom("identities")
                .select("identities.person_id")
                .where((of) =>
                  of(of.fn<string>("lower", ["identities.name"]), "=", of.fn<string>("lower", [of.val(name)])),
                ),
            ),
          ]),
        )
        .orderBy("created_at")
        .limit(10)
        .execute();
      return rows.map(toPerson);
    },

    async leave(personId, user, now) {
      const left = await db.transaction().execute(async (trx) => {
        await serialise(kind, trx, "joins");
        await holdPeople({ kind, trx }, [personId]);
        if ((await personBehind(trx, user)) !== personId) return undefined;
        const all = await trx.selectFrom("identities").select("user_id").where("person_id", "=", personId).execute();
        if (all.length < 2) return undefined;
        const person = { id: newId(), created_at: now, locale: null, time_zone: null, operator: 0 };
        await trx.insertInto("people").values(person).execute();
        const shares = await forgetIdentity({ kind, trx }, personId, user);
        await trx
          .updateTable("identities")
          .set({ person_id: person.id })
          .where("platform", "=", user.platform)
          .where("tenant", "=", user.tenant)
          .where("user_id", "=", user.id)
          .execute();
        await auditStore({ ...database, db: trx }).add({
          at: now,
          personId,
          act: "people.left",
          detail: { identity: user, to: person.id },
        });
        return shares;
      });
      await database.toDisk();
      return left;
    },
  };
}
