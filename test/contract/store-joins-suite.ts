import { describe, expect, it } from "vitest";
import type { UserRef } from "../../src/contracts/incoming.ts";
import { type JoinParty, type JoinRow, type JoinStatus, personSettings } from "../../src/contracts/people-store.ts";
import { DAY, grant, link, type Stores, song, unique, user, wish } from "./store-rows.ts";

const at = (id: string) => ({ platform: "web", tenant: "", id });

/** Two chat identities becoming one person, and one becoming a person of its own again. */
export function joinSuite(stores: Stores): void {
  async function party(who: UserRef = user()): Promise<JoinParty> {
    const { id } = await stores.store.people.ensure(who, "Ada", 1);
    return { personId: id, user: who, userName: "Ada", place: at(`dm-${who.id}`), direct: true, locale: "en" };
  }
  async function invite(host: JoinParty, change: Partial<JoinRow> = {}): Promise<JoinRow> {
    const row: JoinRow = {
      id: unique("join"),
      codeHash: unique("code"),
      status: "code",
      host,
      createdAt: 10,
      expiresAt: 100,
      ...change,
    };
    await stores.store.joins.create(row);
    return row;
  }
  const redeem = (row: JoinRow, guest: JoinParty, now = 20) =>
    stores.other.joins.redeem(row.codeHash, guest, now, 1_000);
  const account = async ({ personId }: JoinParty, provider = "memory", displayName?: string) =>
    (
      await stores.store.accounts.putGrant(
        { ...grant(personId, unique("subject")), provider, ...(displayName && { displayName }) },
        5,
      )
    ).row;
  const personOf = async (who: JoinParty) => (await stores.store.people.find(who.user))?.id;
  const audited = async (act: string) => (await stores.store.audit.recent(500)).filter((row) => row.act === act);
  const refusals = (results: Awaited<ReturnType<typeof redeem>>[]) =>
    results.flatMap((each) => ("refused" in each ? [each.refused] : []));

  /** Both have said what they say before `settle`. */
  async function agreed(host: JoinParty, guest: JoinParty): Promise<JoinRow> {
    const row = await invite(host);
    await redeem(row, guest);
    const moved = await stores.store.joins.move(row.id, ["guest_asked"], { status: "host_asked", owes: "host" }, 30);
    if (!moved) throw new Error("not asked");
    return moved;
  }

  describe("joins", () => {
    it("joins an identity without anything at once, keeps what it wished, and tells the host", async () => {
      const [host, guest] = [await party(), await party()];
      const waiting = wish(guest.personId, { expiresAt: 5_000 });
      await stores.store.wishes.put(waiting);
      await stores.store.settings.put(personSettings.owner(guest.personId), personSettings.reach, { user: guest.user });
      const row = await invite(host);
      const before = await stores.store.people.count();
      expect(await redeem(row, guest)).toMatchObject({
        row: {
          status: "done",
          owes: { side: "host", since: 20 },
          guest: { personId: guest.personId },
          expiresAt: 1_000,
        },
      });
      expect(await personOf(guest)).toBe(host.personId);
      expect(await stores.other.people.identities(host.personId)).toMatchObject([host.user, guest.user]);
      expect(await stores.store.people.get(guest.personId)).toBeUndefined();
      expect(await stores.store.people.count()).toBe(before - 1);
      expect(await stores.store.wishes.get(waiting.id)).toEqual({ ...waiting, personId: host.personId });
      expect(await stores.store.joins.owing(20)).toContainEqual(await stores.store.joins.get(row.id));
      expect((await audited("people.joined"))[0]).toMatchObject({
        at: 20,
        personId: host.personId,
        detail: { from: guest.personId, moved: [], dropped: [] },
      });
    });

    it("lets one of many use a code, and tells the others that it is used", async () => {
      const host = await party();
      const row = await invite(host);
      const guests = await Promise.all(Array.from({ length: 6 }, () => party()));
      const results = await Promise.all(
        guests.map((guest, index) =>
          (index % 2 ? stores.store : stores.other).joins.redeem(row.codeHash, guest, 20, 1_000),
        ),
      );
      expect(refusals(results)).toEqual(Array(5).fill("used"));
      expect(await stores.store.people.identities(host.personId)).toHaveLength(2);
    });

    it("refuses what no code can do", async () => {
      const [host, guest] = [await party(), await party()];
      const first = await invite(host);
      const second = await invite(host);
      expect(refusals([await redeem(first, guest)])).toEqual(["replaced"]);
      expect(refusals([await redeem({ ...second, codeHash: "other" }, guest)])).toEqual(["unknown"]);
      expect(refusals([await redeem(second, host), await redeem(second, guest, 100)])).toEqual(["self", "expired"]);
      expect(await stores.store.joins.spoil(second.codeHash, 20)).toBe(true);
      expect(await stores.store.joins.spoil(second.codeHash, 20)).toBe(false);
      expect(refusals([await redeem(second, guest)])).toEqual(["void"]);
      expect(await stores.store.joins.spoil("other", 20)).toBe(false);
      expect(await personOf(guest)).toBe(guest.personId);
    });

    it.each(["account", "setting", "operator", "identity"])("asks a guest who has an own %s", async (what) => {
      const [host, guest] = [await party(), await party()];
      if (what === "account") await account(guest);
      if (what === "setting") await stores.store.settings.put(personSettings.owner(guest.personId), "x", 1);
      if (what === "operator") await stores.store.people.setOperator(guest.personId);
      if (what === "identity") await redeem(await invite(guest), await party());
      const row = await invite(host);
      expect(await redeem(row, guest)).toMatchObject({ row: { status: "guest_asked", expiresAt: 1_000 } });
      expect(await personOf(guest)).toBe(guest.personId);
      expect(await stores.store.joins.ofGuest(guest.user)).toMatchObject({ id: row.id });
      expect(await stores.store.joins.settle(row.id, "R", 30)).toBeUndefined();
    });

    it("asks a guest whose zone is another than the host's, who would lose it", async () => {
      const [host, guest, other] = [await party(), await party(), await party()];
      await stores.store.people.setTimeZone(guest.personId, "Asia/Tokyo");
      expect(await redeem(await invite(host), guest)).toMatchObject({ row: { status: "done" } });
      expect(await stores.store.people.get(host.personId)).toMatchObject({ timeZone: "Asia/Tokyo" });
      await stores.store.people.setTimeZone(other.personId, "Europe/Rome");
      const asked = await redeem(await invite(host), other);
      expect(asked).toMatchObject({ row: { status: "guest_asked", plan: { settings: true } } });
    });

    it("moves what the host lacks, ends what the host has, and leaves nothing of the guest's person", async () => {
      const [host, guest, sister] = [await party(), await party(), await party()];
      await redeem(await invite(guest), sister);
      const [kept, moved, dropped] = [await account(host), await account(guest, "radio"), await account(guest)];
      for (const { id } of [kept, moved, dropped]) {
        await stores.store.queue.append(id, [song("a")], "last");
        await stores.store.settings.put(id, "device", "kitchen");
        const data = { holder: { provider: "radio", personId: guest.personId }, looks: 1 };
        await stores.store.timers.put({ name: "queue", owner: id, dueAt: 20 * DAY, data });
      }
      await stores.store.queue.append("shared", [{ ...song("b"), addedBy: guest.personId }], "last");
      const of = personSettings.owner;
      await stores.store.settings.put(of(host.personId), "both", "host");
      await stores.store.settings.put(of(guest.personId), "both", "guest");
      await stores.store.settings.put(of(guest.personId), "guest's", "guest");
      await stores.store.people.setOperator(guest.personId);
      const attempt = link(guest.personId, { provider: "radio" });
      await stores.store.links.create(attempt);
      const view = (key: string) => ({
        id: unique("view"),
        kind: "card",
        key,
        personId: guest.personId,
        locale: "en",
        sent: { platform: "web", place: guest.place, id: unique("m") },
        createdAt: 1,
        expiresAt: 9_000,
      });
      const [own, ofMoved, ofDropped] = [view(guest.personId), view(moved.id), view(dropped.id)];
      for (const each of [own, ofMoved, ofDropped]) await stores.store.views.put(each);
      const elsewhere = await invite(guest);

      const row = await agreed(host, guest);
      expect(row.plan).toMatchObject({
        moves: [{ id: moved.id, provider: "radio" }],
        drops: [{ id: dropped.id, provider: "memory" }],
        identities: [sister.user],
        settings: true,
        operator: true,
      });
      expect(await stores.other.joins.settle(row.id, "RCPT", 40)).toMatchObject({
        status: "done",
        owes: { side: "guest", since: 40 },
        receipt: "RCPT",
      });

      expect(await stores.store.accounts.ofPerson(host.personId)).toEqual([
        kept,
        { ...moved, personId: host.personId },
      ]);
      expect(await stores.store.accounts.get(dropped.id)).toBeUndefined();
      expect(await stores.store.queue.list(dropped.id)).toEqual([]);
      expect(await stores.store.queue.list(moved.id)).toHaveLength(1);
      expect(await stores.store.settings.get(moved.id, "device")).toBe("kitchen");
      expect(await stores.store.timers.get("queue", dropped.id)).toBeUndefined();
      expect((await stores.store.timers.get("queue", moved.id))?.data).toEqual({
        holder: { provider: "radio", personId: host.personId },
        looks: 1,
      });
      expect((await stores.store.queue.list("shared")).at(-1)?.addedBy).toBe(host.personId);
      expect(await stores.store.settings.get(of(host.personId), "both")).toBe("host");
      expect(await stores.store.settings.get(of(host.personId), "guest's")).toBe("guest");
      expect(await stores.store.settings.get(of(guest.personId), "both")).toBeUndefined();
      expect(await stores.store.people.get(host.personId)).toMatchObject({ operator: true });
      expect(await stores.store.links.get(attempt.id)).toMatchObject({ personId: host.personId, status: "waiting" });
      expect(await stores.store.views.of("card", host.personId, 2)).toMatchObject([
        { id: own.id, personId: host.personId },
      ]);
      expect(await stores.store.views.of("card", moved.id, 2)).toMatchObject([{ personId: host.personId }]);
      expect(await stores.store.views.of("card", dropped.id, 2)).toEqual([]);
      expect(await stores.store.joins.get(elsewhere.id)).toMatchObject({ status: "replaced" });
      for (const each of [guest, sister]) expect(await personOf(each)).toBe(host.personId);
      expect(await stores.store.people.get(guest.personId)).toBeUndefined();
      expect((await audited("people.joined"))[0]).toMatchObject({
        at: 40,
        detail: { moved: ["radio"], dropped: ["memory"], receipt: "RCPT", operator: true },
      });
      // A second yes, or the same one after a crash, finds nothing left to do.
      expect(await stores.store.joins.settle(row.id, "AGAIN", 41)).toBeUndefined();
      for (const owner of [kept.id, moved.id]) await stores.store.timers.remove("queue", owner);
    });

    it("does nothing but what the guest agreed to: what changed is asked anew", async () => {
      const [host, guest] = [await party(), await party()];
      await account(guest, "memory", "Mine");
      const row = await agreed(host, guest);
      expect(row.plan?.moves).toMatchObject([{ displayName: "Mine" }]);
      await account(host);
      expect(await stores.store.joins.settle(row.id, "R", 40)).toMatchObject({
        status: "guest_asked",
        owes: { side: "guest", since: 40 },
        plan: { moves: [], drops: [{ displayName: "Mine" }] },
      });
      expect(await stores.store.accounts.ofPerson(guest.personId)).toHaveLength(1);
      expect(await personOf(guest)).toBe(guest.personId);
    });

    it("joins once when both sides' halves, two hosts or two directions race", async () => {
      const [a, b, c] = [await party(), await party(), await party()];
      for (const each of [a, b, c]) await stores.store.settings.put(personSettings.owner(each.personId), "x", each);
      const rows = [await agreed(a, b), await agreed(b, a), await agreed(c, b)];
      const ended = await Promise.all(
        [...rows, ...rows].map(({ id }, index) => (index % 2 ? stores.store : stores.other).joins.settle(id, "R", 40)),
      );
      const done = ended.filter((row) => row?.status === "done");
      expect(done.length).toBe(1);
      const [one] = done;
      const people = new Set([await personOf(a), await personOf(b), await personOf(c)]);
      expect(people.size).toBe(2);
      expect(one && (await stores.store.people.identities(one.host.personId))).toHaveLength(2);
    });

    it("never takes with it an account that is linked at the same moment", async () => {
      for (let round = 0; round < 40; round++) {
        const [host, guest] = [await party(), await party()];
        const row = await invite(host);
        const subject = unique("subject");
        const joining = redeem(row, guest);
        // At every point of the joining, as near as can be.
        for (let turn = 0; turn < round; turn++) await new Promise((resolve) => setImmediate(resolve));
        const [linked, joined] = await Promise.allSettled([
          stores.store.accounts.putGrant(grant(guest.personId, subject), 5),
          joining,
        ]);
        // Either the link came first and the guest is asked, or it found nobody to belong to and has failed.
        const there = await stores.store.accounts.bySubject("memory", subject);
        const asked = joined.status === "fulfilled" && "row" in joined.value && joined.value.row.status;
        expect([linked.status, there !== undefined, asked]).toEqual(
          linked.status === "fulfilled" ? ["fulfilled", true, "guest_asked"] : ["rejected", false, "done"],
        );
      }
    });

    it("changes only from an expected status and in time, and ends what nobody answered", async () => {
      const [host, guest] = [await party(), await party()];
      await account(guest);
      const row = await invite(host);
      await redeem(row, guest);
      const yes = (now: number, from: JoinStatus = "guest_asked") =>
        stores.store.joins.move(row.id, [from], { status: "host_asked", owes: "host" }, now);
      expect(await yes(1_000)).toBeUndefined();
      expect(await yes(999, "host_asked")).toBeUndefined();
      const results = await Promise.all([yes(999), yes(999)]);
      expect(results.filter(Boolean)).toHaveLength(1);
      await stores.store.joins.told(row.id, 998);
      expect((await stores.store.joins.get(row.id))?.owes).toEqual({ side: "host", since: 999 });
      await stores.store.joins.told(row.id, 999);
      expect((await stores.store.joins.get(row.id))?.owes).toBeUndefined();
      expect(await stores.store.joins.settle(row.id, "R", 1_000)).toBeUndefined();
      expect((await stores.store.joins.expire(999)).map(({ id }) => id)).not.toContain(row.id);
      expect(await stores.store.joins.expire(1_000)).toContainEqual(
        expect.objectContaining({ id: row.id, status: "expired" }),
      );
      expect((await stores.store.joins.expire(1_000)).map(({ id }) => id)).not.toContain(row.id);
      await stores.store.sweep(1_000 + DAY);
      expect(await stores.store.joins.get(row.id)).toBeUndefined();
    });

    it("sweeps settings of people who are no more, and nobody else's", async () => {
      const { personId } = await party();
      const [alive, gone] = [personSettings.owner(personId), personSettings.owner("nobody")];
      for (const owner of [alive, gone, "persona"]) await stores.store.settings.put(owner, "x", 1);
      await stores.store.sweep(1);
      expect(await stores.store.settings.get(alive, "x")).toBe(1);
      expect(await stores.store.settings.get(gone, "x")).toBeUndefined();
      expect(await stores.store.settings.get("persona", "x")).toBe(1);
    });
  });

  describe("leaving", () => {
    it("makes a person without anything, and what showed there shows no more", async () => {
      const [host, guest] = [
        await party({ platform: "here", tenant: "", id: unique("h") }),
        await party({ platform: "there", tenant: "", id: unique("g") }),
      ];
      await redeem(await invite(host), guest);
      const { personId } = host;
      const kept = await account(host);
      await stores.store.people.setOperator(personId);
      await stores.store.settings.put(personSettings.owner(personId), "x", 1);
      await stores.store.settings.put(personSettings.owner(personId), personSettings.reach, {
        place: guest.place,
        user: guest.user,
      });
      const of = (who: JoinParty) => ({ user: who.user, place: { ...who.place, platform: who.user.platform } });
      const [mine, theirs] = [of(host), of(guest)].map(({ user: by, place }) => ({
        wish: wish(personId, { user: by, place }),
        link: link(personId, { user: by, place, provider: by.platform }),
        view: {
          id: unique("view"),
          kind: "home",
          key: personId,
          personId,
          locale: "en",
          sent: { platform: place.platform, place, id: "m" },
          createdAt: 1,
          expiresAt: 9_000,
        },
      }));
      for (const each of [mine, theirs]) {
        if (!each) throw new Error("no row");
        await stores.store.wishes.put(each.wish);
        await stores.store.links.create(each.link);
        await stores.store.views.put(each.view);
      }
      const open = await invite({ ...guest, personId });

      expect(await stores.other.people.leave(personId, guest.user, 50)).toEqual([]);
      const alone = await personOf(guest);
      expect(alone).not.toBe(personId);
      expect(await stores.store.people.get(alone ?? "")).toEqual({ id: alone, createdAt: 50, operator: false });
      expect(await stores.store.accounts.ofPerson(alone ?? "")).toEqual([]);
      expect(await stores.store.people.identities(personId)).toMatchObject([host.user]);
      expect(await stores.store.people.get(personId)).toMatchObject({ operator: true });
      expect(await stores.store.accounts.ofPerson(personId)).toEqual([kept]);
      expect(await stores.store.settings.get(personSettings.owner(personId), "x")).toBe(1);
      expect(await stores.store.settings.get(personSettings.owner(personId), personSettings.reach)).toBeUndefined();
      expect(await stores.store.views.of("home", personId, 2)).toEqual([mine?.view]);
      expect(await stores.store.wishes.get(mine?.wish.id ?? "")).toBeDefined();
      expect(await stores.store.wishes.get(theirs?.wish.id ?? "")).toBeUndefined();
      expect((await stores.store.links.openOf(personId)).map(({ id }) => id)).toEqual([mine?.link.id]);
      expect(await stores.store.joins.get(open.id)).toMatchObject({ status: "replaced" });
      expect((await audited("people.left"))[0]).toMatchObject({ at: 50, personId });
    });

    it("is not for the only identity, for somebody else's, or twice", async () => {
      const [host, guest, stranger] = [await party(), await party(), await party()];
      expect(await stores.store.people.leave(host.personId, host.user, 5)).toBeUndefined();
      await redeem(await invite(host), guest);
      expect(await stores.store.people.leave(host.personId, stranger.user, 5)).toBeUndefined();
      expect(await stores.store.people.leave(stranger.personId, guest.user, 5)).toBeUndefined();
      const tries = await Promise.all([
        stores.store.people.leave(host.personId, guest.user, 5),
        stores.other.people.leave(host.personId, host.user, 5),
      ]);
      expect(tries.filter(Boolean)).toHaveLength(1);
    });
  });
}
