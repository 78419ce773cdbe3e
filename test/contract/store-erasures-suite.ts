import { describe, expect, it } from "vitest";
import type { ErasureAsker } from "../../src/contracts/erasing.ts";
import { listenerOf } from "../../src/contracts/listening.ts";
import { personSettings } from "../../src/contracts/people-store.ts";
import type { HeardRow, Revision } from "../../src/contracts/plays.ts";
import { DAY, grant, incoming, link, person, reply, type Stores, song, unique, user, wish } from "./store-rows.ts";

/** Everything that is kept of one person, deleted. */
export function erasuresSuite(stores: Stores): void {
  const place = { platform: "web", tenant: "", id: "room" };
  const askerOf = (personId: string, who = user()): ErasureAsker => ({
    personId,
    user: who,
    place,
    direct: true,
    locale: "en",
  });
  const begin = (asker: ErasureAsker, key = unique("erasure")) =>
    stores.store.erasures.begin({ key, receipt: "ABCD-EFGH", asker, begunAt: 5, counts: {} });
  const now = () => 50;

  async function heard(personId: string, count: number): Promise<void> {
    const listener = listenerOf.person(personId);
    const rows: HeardRow[] = [{ kind: "track", words: "song", title: "Song", artists: [{ folded: "x", name: "X" }] }];
    await stores.store.plays.revise(
      listener,
      { heard: rows, periods: [{ fromAt: 0, untilAt: DAY }] },
      (near): Revision => {
        const trackId = near.heard[0]?.trackId ?? 0;
        const source = { origin: "memory", way: "observed" } as const;
        const put = Array.from({ length: count }, (_, at) => {
          const [startedAt, endedAt] = [at * 1_000, at * 1_000 + 900];
          const common = { trackId, startedAt, endedAt, source, exact: "both" as const, listenedMs: 900 };
          return { ...common, counts: true, evidence: [{ ...common, key: `k${at}`, namedBy: "words" as const }] };
        });
        return { put, gone: [] };
      },
    );
  }

  /** One of every kind of row. */
  async function somebody(name = unique("user")) {
    const { store } = stores;
    const who = user(name);
    const { id } = await store.people.ensure(who, "Ada", 1);
    const { row: account } = await store.accounts.putGrant(grant(id, unique("subject")), 5);
    await store.queue.append(account.id, [song("a")], "last");
    await store.queue.append(unique("shared"), [{ ...song("b"), addedBy: id }], "last");
    await store.settings.put(account.id, "device", "kitchen");
    await store.settings.put(personSettings.owner(id), personSettings.reach, { place, user: who });
    await store.settings.put(personSettings.owner(id), personSettings.recording, 5);
    await store.timers.put({ name: unique("timer"), owner: unique("place"), dueAt: 1, data: { personId: id } });
    await store.links.create(link(id));
    await store.wishes.put(wish(id));
    const meaning = { provider: "other", folded: "a", said: "A", uri: "x:a", title: "A", createdAt: 1 };
    await store.aliases.put({ personId: id, ...meaning });
    await store.shares.put({ personId: id, use: "compare", place, sinceAt: 1 });
    await store.diaries.put(id, "diary", { userName: "ada" }, 1);
    await store.slots.put({ personId: id, provider: "memory", askedAt: 1 });
    const sent = { platform: "web", place, id: unique("message") };
    for (const [kind, key] of [
      ["now", account.id],
      ["link", unique("link")],
    ] as const)
      await store.views.put({
        id: unique("view"),
        kind,
        key,
        personId: id,
        locale: "en",
        sent,
        createdAt: 1,
        expiresAt: 9 * DAY,
      });
    await store.outbox.put({ key: unique("post"), platform: "web", body: { personId: id }, dueAt: 1 });
    await store.audit.add({ at: 1, personId: id, act: "link", detail: { name: "Ada" } });
    const event = { ...incoming(), user: who, text: "my secret wish" };
    const lease = { untilAt: 10, owner: "me" };
    const accepted = await store.events.accept(event, lease);
    if (!accepted) throw new Error("not accepted");
    await store.events.begin(accepted.id);
    await store.events.advance(accepted.id, reply("a secret answer"));
    await store.events.finish(accepted.id, 5);
    await heard(id, 3);
    await store.plays.addGap(listenerOf.person(id), { fromAt: 5 * DAY, untilAt: 6 * DAY, why: "offline" });
    await store.plays.bury(listenerOf.person(id), { fromAt: 5, untilAt: 6, only: false });
    await store.plays.addRule(listenerOf.person(id), { part: { what: "artist", id: 1 }, createdAt: 1 });
    return { id, who, account, event };
  }

  describe("erasures", () => {
    it("leave nothing of a person in any table, count what went, and keep a line without content", async () => {
      const ada = await somebody();
      const ben = await somebody();
      const { key } = await begin(askerOf(ada.id, ada.who));
      const { row, shares } = await stores.other.erasures.empty(key);
      expect(shares).toMatchObject([{ personId: ada.id }]);
      expect(row).toMatchObject({ status: "emptied", accounts: [{ id: ada.account.id }], stays: false });
      expect(row.shown).toHaveLength(2);
      // Nobody finds anything any more, though the plays are still being deleted.
      expect(await stores.store.people.find(ada.who)).toBeUndefined();
      expect(await stores.store.plays.bounds(listenerOf.person(ada.id))).toBeUndefined();
      const done = await stores.store.erasures.finish(key, now);
      expect(done).toMatchObject({ status: "done", doneAt: 50, shown: [], accounts: [], receipt: "ABCD-EFGH" });
      expect(done.counts).toEqual({
        accounts: 1,
        aliases: 1,
        diaries: 1,
        evidence: 3,
        gaps: 1,
        identities: 1,
        links: 1,
        messages: 1,
        plays: 3,
        posts: 1,
        queue: 1,
        rules: 1,
        settings: 3,
        shares: 1,
        slots: 1,
        timers: 1,
        tombstones: 1,
        wishes: 1,
      });
      const audit = await stores.store.audit.recent(500);
      expect(audit.filter((each) => each.personId === ada.id)).toEqual([]);
      expect(audit.find(({ act }) => act === "erase")).toMatchObject({ at: 50, detail: { receipt: "ABCD-EFGH" } });
      // Whoever is told is forgotten with that.
      expect((await stores.store.erasures.open()).map((each) => each.key)).toContain(key);
      await stores.store.erasures.told(key);
      expect(await stores.store.erasures.get(key)).not.toHaveProperty("asker");
      expect((await stores.store.erasures.open()).map((each) => each.key)).not.toContain(key);
      expect(await stores.dump()).not.toContain(ada.id);
      expect(await stores.store.people.find(ben.who)).toMatchObject({ id: ben.id });
      expect(await stores.store.shares.of(ben.id)).toHaveLength(1);
      expect(await stores.store.plays.bounds(listenerOf.person(ben.id))).toBeDefined();
      expect(await stores.store.events.find("web", ben.event.key)).toMatchObject({ event: { text: "my secret wish" } });
    });

    it("keep that a message was dealt with, and nothing of what it said", async () => {
      const ada = await somebody();
      const { key } = await begin(askerOf(ada.id, ada.who));
      await stores.store.erasures.empty(key);
      await stores.store.erasures.finish(key, now);
      const found = await stores.other.events.find("web", ada.event.key);
      expect(found).toMatchObject({ finished: true, replies: [], event: { text: "", userName: "" } });
      expect(JSON.stringify(found)).not.toContain("secret");
      expect(JSON.stringify(found)).not.toContain(ada.who.id);
      expect(await stores.store.events.accept(ada.event, { untilAt: 1, owner: "me" })).toBeUndefined();
    });

    it("are the same when begun, emptied or finished again, and count nothing twice", async () => {
      const ada = await somebody();
      const { key } = await begin(askerOf(ada.id, ada.who));
      expect(await begin(askerOf("somebody else"), key)).toMatchObject({ asker: { personId: ada.id } });
      await stores.store.erasures.empty(key);
      const again = await stores.other.erasures.empty(key);
      expect(again.shares).toEqual([]);
      const done = await stores.store.erasures.finish(key, now);
      expect(await stores.other.erasures.finish(key, () => 99)).toEqual(done);
      const lines = (await stores.store.audit.recent(500)).filter(({ act }) => act === "erase");
      expect(
        lines.filter(
          ({ detail }) => JSON.stringify(detail) === JSON.stringify({ receipt: "ABCD-EFGH", counts: done.counts }),
        ),
      ).not.toHaveLength(0);
    });

    it("are nothing before they were emptied", async () => {
      const ada = await somebody();
      const { key } = await begin(askerOf(ada.id, ada.who));
      expect(await stores.store.erasures.finish(key, now)).toMatchObject({ status: "begun", counts: {} });
      expect(await stores.store.people.find(ada.who)).toMatchObject({ id: ada.id });
    });

    it("leave an operator known as one, and nothing else of them", async () => {
      const ada = await somebody();
      await stores.store.people.setOperator(ada.id);
      await stores.store.people.setTimeZone(ada.id, "Europe/Rome");
      const { key } = await begin(askerOf(ada.id, ada.who));
      expect((await stores.store.erasures.empty(key)).row.stays).toBe(true);
      await stores.store.erasures.finish(key, now);
      const left = await stores.store.people.find(ada.who);
      expect(left).toMatchObject({ id: ada.id, operator: true });
      expect(left).not.toHaveProperty("timeZone");
      expect(await stores.store.accounts.ofPerson(ada.id)).toEqual([]);
    });

    it("of nobody are of nothing, and done ones go after a week", async () => {
      const id = await person(stores);
      const { key } = await begin(askerOf(id));
      await stores.store.erasures.empty(key);
      expect((await stores.store.erasures.finish(key, now)).counts).toEqual({ identities: 1 });
      await stores.store.sweep(50 + 7 * DAY);
      expect(await stores.store.erasures.get(key)).toBeUndefined();
    });
  });
}
