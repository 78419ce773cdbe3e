import { describe, expect, it } from "vitest";
import { DAY, grant, link, person, type Stores, song, unique, user, wish } from "./store-rows.ts";

/** People, their accounts and their attempts to link one. */
export function peopleSuite(stores: Stores): void {
  describe("people", () => {
    it("makes one person per identity, however many meet it at once", async () => {
      const who = user();
      const rows = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 ? stores.store : stores.other).people.ensure(who, "Ada", 7),
        ),
      );
      expect(new Set(rows.map((row) => row.id)).size).toBe(1);
      expect(rows[0]).toMatchObject({ createdAt: 7, operator: false });
      expect(await stores.store.people.ensure(who, "Ada L.", 8)).toEqual(rows[0]);
      expect(await stores.store.people.identities(rows[0]?.id ?? "")).toEqual([{ ...who, name: "Ada L." }]);
      expect(await stores.store.people.find(who)).toEqual(rows[0]);
    });

    it("keeps platform, tenant and id apart", async () => {
      const id = unique("same");
      const all = [
        { platform: "a", tenant: "", id },
        { platform: "b", tenant: "", id },
        { platform: "a", tenant: "t", id },
      ];
      const before = await stores.store.people.count();
      const ids = new Set<string>();
      for (const each of all) ids.add((await stores.store.people.ensure(each, "x", 1)).id);
      expect(ids.size).toBe(3);
      expect(await stores.other.people.count()).toBe(before + 3);
      expect(await stores.store.people.find({ platform: "b", tenant: "t", id })).toBeUndefined();
    });

    it("knows its operators", async () => {
      const id = await person(stores);
      await stores.store.people.setOperator(id);
      expect((await stores.store.people.operators()).map((row) => row.id)).toContain(id);
      expect(await stores.store.people.get(id)).toMatchObject({ id, operator: true });
      expect(await stores.store.people.get("nobody")).toBeUndefined();
    });
  });

  it("tells of many at once what they are called, and what they have set", async () => {
    const { people, settings } = stores.store;
    const users = Array.from({ length: 3 }, (_, at) => ({ platform: "many", tenant: "", id: `u${at}` }));
    const ids: string[] = [];
    for (const [at, user] of users.entries()) ids.push((await people.ensure(user, `Name ${at}`, at)).id);
    const [one = "", two = "", three = ""] = ids;
    expect(await people.namesOf([one, three, "nobody"])).toEqual(
      new Map([
        [one, "Name 0"],
        [three, "Name 2"],
      ]),
    );
    expect(await people.namesOf([])).toEqual(new Map());
    await settings.put(one, "device", "kitchen");
    await settings.put(two, "device", { id: 2 });
    await settings.put(three, "other", true);
    const found = await stores.other.settings.each([one, two, three, "nobody"], "device");
    expect(found).toEqual(
      new Map<string, unknown>([
        [one, "kitchen"],
        [two, { id: 2 }],
      ]),
    );
    expect(await settings.each([], "device")).toEqual(new Map());
  });

  it("keeps a person's zone until it is taken back", async () => {
    const id = await person(stores);
    const other = await person(stores);
    await stores.store.people.setTimeZone(id, "Asia/Tokyo");
    expect(await stores.other.people.get(id)).toMatchObject({ timeZone: "Asia/Tokyo" });
    expect(await stores.store.people.get(other)).not.toHaveProperty("timeZone");
    await stores.store.people.setTimeZone(id, undefined);
    expect(await stores.other.people.get(id)).not.toHaveProperty("timeZone");
  });

  describe("accounts", () => {
    it("replaces a grant of the same person under the same id with a higher version", async () => {
      const id = await person(stores);
      const subject = unique("subject");
      const first = await stores.store.accounts.putGrant({ ...grant(id, subject), displayName: "Ada" }, 5);
      expect(first.previousOwner).toBeUndefined();
      expect(first.row).toMatchObject({ version: 1, createdAt: 5, displayName: "Ada" });
      const second = await stores.store.accounts.putGrant({ ...grant(id, subject), scopes: ["a", "b"] }, 6);
      expect(second.row).toEqual({
        ...grant(id, subject),
        id: first.row.id,
        version: 2,
        createdAt: 5,
        scopes: ["a", "b"],
      });
      expect(await stores.other.accounts.bySubject("memory", subject)).toEqual(second.row);
      expect(await stores.store.accounts.ofPerson(id)).toEqual([second.row]);
      expect(await stores.store.accounts.all("memory")).toContainEqual(second.row);
    });

    it("moves to a new owner as a new account and leaves nothing of the old one's behind", async () => {
      const [old, heir] = [await person(stores), await person(stores)];
      const subject = unique("subject");
      const before = (await stores.store.accounts.putGrant(grant(old, subject), 5)).row;
      await stores.store.queue.append(before.id, [song("private")], "last");
      await stores.store.settings.put(before.id, "device", "kitchen");
      const { row, previousOwner } = await stores.store.accounts.putGrant(grant(heir, subject), 6);
      expect(previousOwner).toBe(old);
      expect(row.id).not.toBe(before.id);
      expect(await stores.store.accounts.get(before.id)).toBeUndefined();
      expect(await stores.store.queue.list(before.id)).toEqual([]);
      expect(await stores.store.settings.get(before.id, "device")).toBeUndefined();
    });

    it("never lets a slow refresh overwrite a newer grant, nor park it", async () => {
      const id = await person(stores);
      const subject = unique("subject");
      const stale = (await stores.store.accounts.putGrant(grant(id, subject), 5)).row;
      const fresh = (await stores.store.accounts.putGrant({ ...grant(id, subject), accessToken: "v1.new" }, 6)).row;
      const tokens = { accessToken: "v1.slow", accessExpiresAt: 9, refreshToken: "v1.slow", scopes: ["a"] };
      expect(await stores.other.accounts.putTokens(stale.id, stale.version, tokens)).toBe(false);
      const refusal = { error: "invalid_grant", refusedAt: 70, lookAt: 75 };
      expect(await stores.other.accounts.park(stale.id, stale.version, refusal)).toBe(false);
      expect(await stores.store.accounts.get(stale.id)).toEqual(fresh);
      expect(await stores.other.accounts.putTokens(fresh.id, fresh.version, tokens)).toBe(true);
      expect(await stores.store.accounts.get(fresh.id)).toMatchObject({ ...tokens, version: 3 });
      expect(await stores.store.accounts.park(fresh.id, 3, refusal)).toBe(true);
      expect(await stores.store.accounts.get(fresh.id)).toMatchObject({
        status: "needs_relink",
        lastError: "invalid_grant",
        refusedAt: 70,
        lookAt: 75,
      });
      expect(await stores.store.accounts.putTokens(fresh.id, 3, tokens)).toBe(false);
      expect((await stores.store.accounts.parked()).filter((row) => row.id === fresh.id)).toHaveLength(1);
      expect(await stores.store.accounts.othersRefused({ ...fresh, provider: unique("none") })).toBe(false);
      expect(await stores.store.accounts.othersRefused({ ...fresh, id: "another" })).toBe(true);
      // It lives after all, and dies again later.
      expect(await stores.store.accounts.putTokens(fresh.id, 4, tokens)).toBe(true);
      const alive = await stores.store.accounts.get(fresh.id);
      expect(alive).toEqual({ ...fresh, ...tokens, version: 5 });
      expect(await stores.store.accounts.park(fresh.id, 5, { ...refusal, lookAt: undefined })).toBe(true);
      await stores.store.accounts.markTold(fresh.id, 77);
      await stores.store.accounts.setFree(fresh.id, true);
      expect(await stores.store.accounts.get(fresh.id)).toMatchObject({ toldLapsedAt: 77, free: true });
      expect((await stores.store.accounts.parked()).filter((row) => row.id === fresh.id)).toEqual([]);
      expect(await stores.store.accounts.park(fresh.id, 6, refusal)).toBe(true);
      expect((await stores.store.accounts.parked()).filter((row) => row.id === fresh.id)).toHaveLength(1);
      const healed = (await stores.store.accounts.putGrant(grant(id, subject), 8)).row;
      expect(healed).toMatchObject({ status: "ok", free: false });
      expect(healed.toldLapsedAt).toBeUndefined();
      expect(healed.lastError).toBeUndefined();
    });

    it("gives the refresh lease to one of many, and to another once it is over or given back", async () => {
      const { id } = (await stores.store.accounts.putGrant(grant(await person(stores), unique("subject")), 5)).row;
      const tries = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 ? stores.store : stores.other).accounts.leaseRefresh(id, `o${index}`, 100, 200),
        ),
      );
      expect(tries.filter(Boolean)).toHaveLength(1);
      const winner = `o${tries.indexOf(true)}`;
      expect(await stores.store.accounts.leaseRefresh(id, "late", 199, 300)).toBe(false);
      expect(await stores.store.accounts.leaseRefresh(id, "late", 200, 300)).toBe(true);
      await stores.store.accounts.releaseRefresh(id, winner);
      expect(await stores.store.accounts.leaseRefresh(id, "third", 201, 300)).toBe(false);
      await stores.store.accounts.releaseRefresh(id, "late");
      expect(await stores.other.accounts.leaseRefresh(id, "third", 201, 300)).toBe(true);
      expect(await stores.store.accounts.leaseRefresh("no such account", "x", 1, 2)).toBe(false);
    });

    it("does not hold to a refresh lease that was taken before the clock was put back", async () => {
      const { id } = (await stores.store.accounts.putGrant(grant(await person(stores), unique("subject")), 5)).row;
      const [noon, day] = [50 * DAY, DAY];
      expect(await stores.store.accounts.leaseRefresh(id, "killed", noon + day, noon + day + 100)).toBe(true);
      expect(await stores.other.accounts.leaseRefresh(id, "next", noon, noon + 100)).toBe(true);
      // Of two machines, one clock is a little ahead.
      expect(await stores.store.accounts.leaseRefresh(id, "behind", noon - 500, noon - 400)).toBe(false);
    });

    it("erases the account and what hangs on it, and nobody else's", async () => {
      const [id, neighbour] = [await person(stores), await person(stores)];
      const account = (await stores.store.accounts.putGrant(grant(id, unique("subject")), 5)).row;
      const theirs = (await stores.store.accounts.putGrant(grant(neighbour, unique("subject")), 5)).row;
      for (const each of [account, theirs]) {
        await stores.store.queue.append(each.id, [song("a"), song("b")], "last");
        await stores.store.timers.put({ name: "sleep", owner: each.id, dueAt: 10 * DAY, data: 1 });
        await stores.store.settings.put(each.id, "device", "kitchen");
        await stores.store.links.create(link(each.personId));
        await stores.store.wishes.put(wish(each.personId));
      }
      expect(await stores.store.accounts.erase(account.id)).toEqual({
        aliases: 0,
        queue: 2,
        timers: 1,
        settings: 1,
        links: 1,
        wishes: 1,
        accounts: 1,
      });
      expect(await stores.store.accounts.ofPerson(id)).toEqual([]);
      expect(await stores.store.people.get(id)).toBeDefined();
      expect(await stores.store.accounts.get(theirs.id)).toEqual(theirs);
      expect(await stores.store.queue.list(theirs.id)).toHaveLength(2);
      expect(await stores.store.timers.get("sleep", theirs.id)).toBeDefined();
      expect(await stores.store.links.openOf(neighbour)).toHaveLength(1);
      expect(await stores.store.accounts.erase(account.id)).toEqual({});
      await stores.store.timers.remove("sleep", theirs.id);
    });
  });

  describe("links", () => {
    it("ends earlier open attempts of the person for the provider", async () => {
      const [id, neighbour] = [await person(stores), await person(stores)];
      const first = link(id, { verifier: "v1.secret" });
      const elsewhere = link(id, { provider: "another" });
      const theirs = link(neighbour);
      for (const each of [first, elsewhere, theirs]) expect(await stores.store.links.create(each)).toEqual([]);
      const second = link(id, { sent: { platform: "web", place: first.place, id: "m1" } });
      const replaced = await stores.other.links.create(second);
      expect(replaced).toMatchObject([{ id: first.id, status: "replaced" }]);
      expect(replaced[0]?.verifier).toBeUndefined();
      expect((await stores.store.links.openOf(id)).map((row) => row.id).sort()).toEqual(
        [elsewhere.id, second.id].sort(),
      );
      expect(await stores.store.links.get(second.id)).toEqual(second);
      expect(await stores.store.links.byToken(theirs.tokenHash)).toEqual(theirs);
      expect(await stores.store.links.byState(theirs.stateHash ?? "")).toEqual(theirs);
    });

    it("leaves one attempt open when many begin at once", async () => {
      const id = await person(stores);
      await Promise.all(
        Array.from({ length: 6 }, (_, index) => (index % 2 ? stores.store : stores.other).links.create(link(id))),
      );
      expect(await stores.store.links.openOf(id)).toHaveLength(1);
    });

    it("moves only from an expected state, once", async () => {
      const row = link(await person(stores), { verifier: "v1.secret" });
      await stores.store.links.create(row);
      const tries = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 ? stores.store : stores.other).links.move(row.id, ["waiting"], {
            status: "authorizing",
            browserHash: `b${index}`,
          }),
        ),
      );
      const won = tries.filter((each) => each !== undefined);
      expect(won).toHaveLength(1);
      expect(await stores.store.links.get(row.id)).toEqual(won[0]);
      const done = await stores.store.links.move(row.id, ["authorizing"], {
        status: "done",
        verifier: undefined,
        confirmTries: 2,
      });
      expect(done).toMatchObject({ status: "done", confirmTries: 2 });
      expect(done && "verifier" in done).toBe(false);
      expect(await stores.store.links.move(row.id, [], { status: "failed" })).toBeUndefined();
    });

    it("finds open attempts that are over", async () => {
      const row = link(await person(stores), { expiresAt: 500 });
      const ended = link(await person(stores), { expiresAt: 500, status: "done" });
      await stores.store.links.create(row);
      await stores.store.links.create(ended);
      expect((await stores.store.links.expired(499)).map((each) => each.id)).not.toContain(row.id);
      const over = (await stores.store.links.expired(500)).map((each) => each.id);
      expect(over).toContain(row.id);
      expect(over).not.toContain(ended.id);
    });
  });
}
