import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { joinCode } from "../../../src/accounts/random.ts";
import type { UserRef } from "../../../src/contracts/incoming.ts";
import type { JoinParty } from "../../../src/contracts/people-store.ts";
import { ada, createWorld, eve, of, type World } from "./world.ts";

const MINUTE = 60_000;
const elsewhere: UserRef = { platform: "slack", tenant: "T1", id: "U7" };

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

async function party(user: UserRef): Promise<JoinParty> {
  const place = { platform: user.platform, tenant: user.tenant, id: `dm-${user.id}` };
  return { personId: await world.personOf(user), user, userName: "somebody", place, direct: true, locale: "en" };
}
async function redeem(user: UserRef, code: string) {
  const result = await world.accounts.joins.redeem(await party(user), code);
  if ("refused" in result) throw new Error(result.refused);
  return result;
}
const codeOf = async (user: UserRef) => (await world.accounts.joins.code(await party(user))).code;
const job = async () => {
  await world.part.jobs.find(({ name }) => name === "accounts.joins")?.run(new AbortController().signal);
};
const status = (user: UserRef) => world.personOf(user).then((id) => world.accounts.status(id));

describe("a code for joining", () => {
  it("is kept as its hash alone", async () => {
    const code = await codeOf(ada);
    const row = await redeem(elsewhere, code.toLowerCase().replace("-", " "));
    const stored = await world.store.joins.get(row.id);
    expect(stored?.codeHash).toMatch(/^[A-Za-z0-9_-]{43}$/);
    for (const text of [code, code.replace("-", "")]) {
      expect(JSON.stringify(stored)).not.toContain(text);
      expect(world.logLines.join()).not.toContain(text);
    }
    expect(row).not.toHaveProperty("codeHash");
  });

  it("has the form of no other code, and a digit", () => {
    const codes = Array.from({ length: 500 }, joinCode);
    for (const code of codes) expect(code).toMatch(/^(?=.*\d)[A-HJKMNP-Z2-9]{5}-[A-HJKMNP-Z2-9]{5}$/);
    expect(new Set(codes).size).toBe(500);
  });

  it("is limited in how often it is made and tried, each person for themself", async () => {
    for (let count = 0; count < 5; count++) await codeOf(ada);
    await expect(codeOf(ada)).rejects.toMatchObject({ code: "RateLimited", retryAt: world.clock.now() + 10 * MINUTE });
    const guest = await party(eve);
    const wrong = () => world.accounts.joins.redeem(guest, "AAAA2-AAAAA");
    for (let count = 0; count < 10; count++) expect(await wrong()).toEqual({ refused: "unknown" });
    await expect(wrong()).rejects.toMatchObject({ code: "RateLimited" });
    expect(await world.accounts.joins.redeem(await party(elsewhere), "AAAA2-AAAAA")).toEqual({ refused: "unknown" });
    await world.clock.advance(10 * MINUTE);
    await codeOf(ada);
    expect(await wrong()).toEqual({ refused: "unknown" });
  });

  it("joins one of two who type it at once in two processes", async () => {
    const other = await world.another();
    const code = await codeOf(ada);
    const [one, two] = [await party(elsewhere), await party(eve)];
    const results = await Promise.all([
      world.accounts.joins.redeem(one, code),
      other.part.accounts.joins.redeem(two, code),
    ]);
    expect(results.filter((each) => "refused" in each)).toEqual([{ refused: "used" }]);
    expect(await world.accounts.joins.identities(await world.personOf(ada))).toHaveLength(2);
  });

  it("that was interrupted is known by what it came to, for a while", async () => {
    expect(await world.accounts.joins.resume(elsewhere)).toBeUndefined();
    await redeem(elsewhere, await codeOf(ada));
    await world.restart();
    expect(await world.accounts.joins.resume(elsewhere)).toMatchObject({ status: "done" });
    await world.clock.advance(20 * MINUTE);
    expect(await world.accounts.joins.resume(elsewhere)).toBeUndefined();
  });
});

describe("joined people", () => {
  it("have the account at once, and its wishes are told that it is there", async () => {
    const accountId = await world.link(ada);
    expect(await status(elsewhere)).toEqual([]);
    world.happenings.length = 0;
    await redeem(elsewhere, await codeOf(ada));
    expect(await status(elsewhere)).toMatchObject([{ accountId, status: "ok" }]);
    expect(of(world, "link.created")).toEqual([
      {
        type: "link.created",
        personId: await world.personOf(ada),
        accountId,
        provider: "tunes",
        granted: ["state", "playback"],
      },
    ]);
  });

  it("keep tokens that work when the account goes to the other, in every process", async () => {
    const accountId = await world.link(elsewhere);
    const other = await world.another();
    await other.part.accounts.accountOf(await world.personOf(elsewhere), "tunes");
    const before = await other.part.accounts.tokens(accountId).token();
    const { id } = await redeem(elsewhere, await codeOf(ada));
    await world.accounts.joins.answer(await world.personOf(elsewhere), id, true);
    await world.accounts.joins.answer(await world.personOf(ada), id, true);
    expect(await world.accounts.tokens(accountId).token()).toBe(before);
    expect(await status(ada)).toMatchObject([{ accountId }]);
    await world.clock.advance(31_000);
    expect(await other.part.accounts.tokens(accountId).token()).toBe(before);
    // Renewing goes on under the new person, too.
    await world.clock.advance(60 * MINUTE);
    expect(await world.accounts.tokens(accountId).token()).not.toBe(before);
  });

  it("do not have what was given up: it is unlinked with a receipt", async () => {
    const kept = await world.link(ada);
    const given = await world.link(elsewhere, { as: "eve" });
    const { id, plan } = await redeem(elsewhere, await codeOf(ada));
    expect(plan).toMatchObject({ moves: [], drops: [{ id: given, provider: "tunes" }] });
    await world.accounts.joins.answer(await world.personOf(elsewhere), id, true);
    const done = await world.accounts.joins.answer(await world.personOf(ada), id, true);
    expect(done).toMatchObject({ status: "done", receipt: expect.stringMatching(/^[A-Z2-9]{4}-[A-Z2-9]{4}$/) });
    expect(await status(elsewhere)).toMatchObject([{ accountId: kept }]);
    await expect(world.accounts.tokens(given).token()).rejects.toMatchObject({ code: "NotLinked" });
    const [audit] = (await world.store.audit.recent(10)).filter(({ act }) => act === "people.joined");
    expect(audit?.detail).toMatchObject({ receipt: done.receipt, dropped: ["tunes"], deleted: { accounts: 1 } });
    expect(of(world, "view.changed")).toContainEqual({ type: "view.changed", kind: "account", key: given });
  });

  it("a link that was under way ends as the joined person's", async () => {
    const { url } = await world.invite(elsewhere);
    await redeem(elsewhere, await codeOf(ada));
    const progress = await world.accounts.finishByPaste(elsewhere, world.tunes.consent(url));
    expect(progress).toMatchObject({ status: "done", personId: await world.personOf(ada) });
    expect(await status(ada)).toHaveLength(1);
  });
});

describe("who has yet to be told", () => {
  it("is named again and again until that was done, after a restart too", async () => {
    await world.link(elsewhere);
    const { id } = await redeem(elsewhere, await codeOf(ada));
    expect(of(world, "join.owed")).toEqual([]);
    await world.accounts.joins.answer(await world.personOf(elsewhere), id, true);
    const since = world.clock.now();
    const owed = { type: "join.owed", joinId: id, side: "host", since, to: await party(ada) };
    expect(of(world, "join.owed")).toEqual([owed]);
    await world.restart();
    world.happenings.length = 0;
    await job();
    await job();
    expect(of(world, "join.owed")).toEqual([owed, owed]);
    await world.accounts.joins.told(id, since);
    world.happenings.length = 0;
    await job();
    expect(of(world, "join.owed")).toEqual([]);
  });

  it("is nobody once the day is over: what nobody answered ends", async () => {
    await world.link(elsewhere);
    const { id, expiresAt } = await redeem(elsewhere, await codeOf(ada));
    await world.accounts.joins.answer(await world.personOf(elsewhere), id, true);
    await world.clock.advance(expiresAt - world.clock.now());
    world.happenings.length = 0;
    await job();
    expect(of(world, "join.owed")).toEqual([]);
    expect(of(world, "view.changed").map(({ key }) => key)).toEqual([`${id}:host`, `${id}:guest`]);
    expect(await world.accounts.joins.answer(await world.personOf(ada), id, true)).toMatchObject({ status: "expired" });
    expect(await world.accounts.joins.identities(await world.personOf(ada))).toHaveLength(1);
  });
});
