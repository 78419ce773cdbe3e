import type { Clock } from "../../contracts/clock.ts";
import type { EventRow, EventStore } from "../../contracts/message-store.ts";
import { type Database, skipTaken } from "./database.ts";
import { fixed, fixedIn } from "./fixed.ts";
import type { Tables } from "./tables.ts";
import { decode, encode, newId } from "./values.ts";

/** Inbound events. What a step writes goes into rows of its own, so that no step rewrites what earlier ones said. */
export function eventStore({ db, kind }: Database, clock: Clock): EventStore {
  async function complete(row: Tables["events"]): Promise<EventRow> {
    const replies = await db
      .selectFrom("event_replies")
      .select("reply")
      .where("event_id", "=", row.id)
      .orderBy("step")
      .execute();
    const notes = await db.selectFrom("event_notes").select(["key", "value"]).where("event_id", "=", row.id).execute();
    return {
      id: row.id,
      event: decode(row.event),
      commands: decode(row.commands),
      done: row.done,
      begun: row.begun === 1,
      notes: Object.fromEntries(notes.map((note) => [note.key, decode<unknown>(note.value)])),
      replies: replies.map((each) => decode(each.reply)),
      attempts: row.attempts,
    };
  }

  const insert = fixed(
    db,
    db
      .insertInto("events")
      .values({
        id: "",
        platform: "",
        key: "",
        event: "",
        commands: "",
        done: 0,
        begun: 0,
        attempts: 0,
        lease_owner: "",
        lease_until: 0,
        accepted_at: 0,
      })
      .onConflict((conflict) => conflict.columns(["platform", "key"]).doNothing())
      .returning("id"),
  );
  const update = (values: Partial<Tables["events"]>) =>
    fixed(db, db.updateTable("events").set(values).where("id", "=", ""));
  const [setPlan, setBegun, setLease] = [update({ commands: "" }), update({ begun: 1 }), update({ lease_until: 0 })];
  const setAdvanced = fixedIn(
    db
      .updateTable("events")
      .set((eb) => ({ done: eb("done", "+", 1), begun: 0 }))
      .where("id", "=", "")
      .where("begun", "=", 1)
      .returning("done"),
  );
  const putReply = fixedIn(db.insertInto("event_replies").values({ event_id: "", step: 0, reply: "" }));
  const setFinished = update({ finished_at: 0, begun: 0 });
  const putNote = fixed(
    db,
    db
      .insertInto("event_notes")
      .values({ event_id: "", key: "", value: "" })
      .onConflict((conflict) => conflict.columns(["event_id", "key"]).doUpdateSet({ value: "" })),
  );

  return {
    async accept(event, lease) {
      const id = newId();
      const { platform } = event.place;
      const held = [lease.owner, lease.untilAt] as const;
      const inserted = await insert(id, platform, event.key, encode(event), "[]", 0, 0, 1, ...held, clock.now());
      if (inserted.length === 0) return undefined;
      return { id, event, commands: [], done: 0, begun: false, notes: {}, replies: [], attempts: 1 };
    },

    plan: async (id, commands) => void (await setPlan(encode(commands), id)),
    begin: async (id) => void (await setBegun(1, id)),
    extend: async (id, untilAt) => void (await setLease(untilAt, id)),
    finish: async (id, at) => void (await setFinished(at, 0, id)),

    async note(id, key, value) {
      const noted = encode(value);
      await putNote(id, key, noted, noted);
    },

    async advance(id, reply) {
      await db.transaction().execute(async (trx) => {
        const [moved] = await setAdvanced(trx, 1, 0, id, 1);
        if (!moved) throw new Error(`event ${id} has no begun command`);
        if (reply) await putReply(trx, id, moved.done, encode(reply));
      });
    },

    async find(platform, key) {
      const row = await db
        .selectFrom("events")
        .selectAll()
        .where("platform", "=", platform)
        .where("key", "=", key)
        .executeTakeFirst();
      return row && { ...(await complete(row)), finished: row.finished_at !== null };
    },

    async takeAbandoned(now, lease, limit) {
      const rows = await db
        .with("due", (cte) =>
          skipTaken(
            kind,
            cte
              .selectFrom("events")
              .select("id")
              .where("finished_at", "is", null)
              .where("lease_until", "<=", now)
              .orderBy("accepted_at")
              .orderBy("id")
              .limit(limit),
          ),
        )
        .updateTable("events")
        .set((eb) => ({ lease_owner: lease.owner, lease_until: lease.untilAt, attempts: eb("attempts", "+", 1) }))
        .where("id", "in", (eb) => eb.selectFrom("due").select("due.id"))
        .returningAll()
        .execute();
      rows.sort((a, b) => a.accepted_at - b.accepted_at);
      const taken: EventRow[] = [];
      for (const row of rows) taken.push(await complete(row));
      return taken;
    },
  };
}
