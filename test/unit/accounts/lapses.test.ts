import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import type { UserRef } from "../../../src/contracts/incoming.ts";
import { ada, createWorld, eve, of, type World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const bob: UserRef = { platform: "slack", tenant: "T1", id: "U7" };

let world: World;
let accountId: string;
beforeEach(async () => {
  world = await createWorld();
  accountId = await world.link(ada);
  await world.part.start();
});
afterEach(() => world.close());

const tokenOf = (id: string) => world.clock.until(world.accounts.tokens(id).token());
const token = () => tokenOf(accountId);
const refused = (id = accountId) => expect(tokenOf(id)).rejects.toMatchObject({ code: "NeedsRelink" });
const look = () => world.round("accounts.lapses");
const statusOf = async (user: UserRef) =>
  (await world.accounts.status(await world.personOf(user))).map(({ status }) => status);
/** Rounds, minute by minute. */
async function passes(ms: number): Promise<void> {
  for (let minute = 0; minute < ms / MINUTE; minute++) {
    await world.clock.advance(MINUTE);
    await look();
  }
}
async function spoil(id: string): Promise<void> {
  const database = new DatabaseSync(join(world.dataDir, "segue.sqlite"));
  const spoilt = "refresh_token = substr(refresh_token, 1, length(refresh_token) - 4) || 'AAAA'";
  database.prepare(`update accounts set ${spoilt} where id = ?`).run(id);
  database.close();
}
/** Whom the bot has something to say to; what is said arrives at once. */
async function told(): Promise<string[]> {
  const all = of(world, "person.needed");
  for (const each of all) await each.told?.();
  return all.map(({ personId }) => personId);
}

describe("a grant that died", () => {
  it("parks the link at once, is believed at the second refusal, told once, and heals by a new link", async () => {
    world.tunes.revoke("ada");
    await world.clock.advance(HOUR);
    const personId = await world.personOf(ada);
    for (let count = 0; count < 3; count++) await refused();
    await expect(world.accounts.require(personId, "tunes", ["state"])).rejects.toMatchObject({ code: "NeedsRelink" });
    expect(world.tunes.calls.refresh).toBe(1);
    expect(of(world, "link.lost")).toEqual([{ type: "link.lost", personId, accountId, provider: "tunes" }]);
    expect(await world.accounts.status(personId)).toMatchObject([
      { accountId, status: "needs_relink", displayName: "Ada's Tunes" },
    ]);
    expect(await told()).toEqual([]);

    await passes(15 * MINUTE);
    expect(world.tunes.calls.refresh).toBe(2);
    expect(of(world, "person.needed")).toMatchObject([
      {
        personId,
        words: { skill: "core", key: "error.NeedsRelink", values: { provider: "Tunes" } },
        buttons: [{ intent: "account.link", slots: { provider: "tunes" } }],
      },
    ]);
    expect(await told()).toEqual([personId]);
    world.happenings.length = 0;
    await world.restart();
    await world.part.start();
    await passes(2 * HOUR);
    expect(await told()).toEqual([]);
    expect(world.tunes.calls.refresh).toBe(2);

    expect(await world.link(ada)).toBe(accountId);
    expect(world.tunes.accepts(await token())).toBe(true);
    world.tunes.revoke("ada");
    await world.clock.advance(HOUR);
    await refused();
    await passes(15 * MINUTE);
    expect(of(world, "link.lost")).toHaveLength(1);
    expect(await told()).toEqual([personId]);
  });

  it("is told again, every hour, until it has arrived; after a restart too", async () => {
    world.tunes.revoke("ada");
    await world.clock.advance(HOUR);
    await refused();
    await passes(15 * MINUTE);
    expect(of(world, "person.needed")).toHaveLength(1);
    await passes(HOUR - MINUTE);
    expect(of(world, "person.needed")).toHaveLength(1);
    await passes(2 * MINUTE);
    expect(of(world, "person.needed")).toHaveLength(2);
    await world.restart();
    await look();
    expect(of(world, "person.needed")).toHaveLength(2);
    await world.part.start();
    await look();
    const all = of(world, "person.needed");
    expect(all).toHaveLength(3);
    expect(new Set(all.map(({ key }) => key)).size).toBe(1);
  });

  it("is believed at once when the calendar foretold it", async () => {
    await world.clock.advance(180 * DAY);
    world.tunes.revoke("ada");
    await refused();
    expect(await told()).toEqual([await world.personOf(ada)]);
    await passes(HOUR);
    expect(world.tunes.calls.refresh).toBe(1);
  });

  it("does not park a grant that came meanwhile", async () => {
    await world.clock.advance(HOUR);
    let release = () => {};
    world.tunes.hold.refresh = new Promise((resolve) => {
      release = resolve;
    });
    world.tunes.revoke("ada");
    const waiting = world.accounts.tokens(accountId).token();
    await world.clock.advance(10);
    expect(await world.link(ada)).toBe(accountId);
    release();
    expect(world.tunes.accepts(await world.clock.until(waiting))).toBe(true);
    expect(of(world, "link.lost")).toEqual([]);
  });

  it("whose token does not open is believed, said in the log, and keeps nobody else's from being looked at", async () => {
    const others = [await world.link(bob, { as: "bob" }), await world.link(eve, { as: "eve" })];
    await world.clock.advance(HOUR);
    world.tunes.fail.refresh = new SegueError("NeedsRelink", { provider: "tunes" });
    for (const id of [accountId, ...others]) await refused(id);
    delete world.tunes.fail.refresh;
    const [first] = await world.store.accounts.parked();
    if (!first) throw new Error("nobody is parked");
    await spoil(first.id);
    await passes(15 * MINUTE);
    const statuses = await Promise.all([accountId, ...others].map((id) => world.store.accounts.get(id)));
    expect(statuses.flatMap((row) => (row?.status === "ok" ? [] : [row?.id]))).toEqual([first.id]);
    const faults = () => world.logLines.filter((line) => line.includes(first.id) && line.includes('"level":"error"'));
    expect(faults()).toHaveLength(1);
    expect(await told()).toEqual([first.personId]);
    await passes(HOUR);
    expect(faults()).toHaveLength(1);
  });

  it("is no fault of the person when the app's own credentials are wrong", async () => {
    world.tunes.fail.refresh = new SegueError("InvalidInput", { field: "client", why: "refused" });
    await world.clock.advance(HOUR);
    await expect(token()).rejects.toMatchObject({ code: "InvalidInput" });
    expect(of(world, "link.lost")).toEqual([]);
    expect(of(world, "operator.needed")).toMatchObject([{ problem: "wrong_client" }]);
  });
});

describe("a service that calls living grants dead", () => {
  const dead = new SegueError("NeedsRelink", { provider: "tunes" });
  let others: string[];
  beforeEach(async () => {
    others = [await world.link(bob, { as: "bob" }), await world.link(eve, { as: "eve" })];
    await world.clock.advance(HOUR);
    world.happenings.length = 0;
    world.tunes.fail.refresh = dead;
  });

  it("for ten minutes harms nobody: all links are there again by themselves, and nobody was told of it", async () => {
    for (const id of [accountId, ...others]) await refused(id);
    await passes(10 * MINUTE);
    delete world.tunes.fail.refresh;
    await passes(6 * MINUTE);
    for (const user of [ada, bob, eve]) expect(await statusOf(user)).toEqual(["ok"]);
    expect(world.tunes.accepts(await token())).toBe(true);
    expect(await told()).toEqual([]);
    expect(
      of(world, "link.healed")
        .map((each) => each.accountId)
        .sort(),
    ).toEqual([accountId, ...others].sort());
    expect((await world.store.audit.recent(20)).filter(({ act }) => act === "link.healed")).toHaveLength(3);
    expect(world.tunes.calls.refresh).toBe(6);
  });

  it("heals them after a restart as well, and each once", async () => {
    for (const id of [accountId, ...others]) await refused(id);
    await world.restart();
    world.happenings.length = 0;
    delete world.tunes.fail.refresh;
    await world.part.start();
    await passes(16 * MINUTE);
    for (const user of [ada, bob, eve]) expect(await statusOf(user)).toEqual(["ok"]);
    expect(await told()).toEqual([]);
    const healed = of(world, "link.healed");
    expect(healed.map((each) => each.accountId).sort()).toEqual([accountId, ...others].sort());
    const people = await Promise.all([ada, bob, eve].map(world.personOf));
    expect(healed.map((each) => each.personId).sort()).toEqual(people.sort());
    await world.restart();
    await world.part.start();
    await passes(30 * MINUTE);
    expect(of(world, "link.healed")).toHaveLength(3);
  });

  it("for an hour and more is asked again later and later, and then believed", async () => {
    for (const id of [accountId, ...others]) await refused(id);
    const calls = () => world.tunes.calls.refresh - 3;
    await passes(15 * MINUTE);
    expect(calls()).toBe(3);
    await passes(45 * MINUTE);
    expect(calls()).toBe(6);
    expect(await told()).toEqual([]);
    await passes(3 * HOUR);
    expect(calls()).toBe(9);
    expect((await told()).sort()).toEqual((await Promise.all([ada, bob, eve].map(world.personOf))).sort());
    await passes(5 * HOUR);
    expect(calls()).toBe(9);
  });

  it("is healed by a new link meanwhile, which no later look harms", async () => {
    for (const id of [accountId, ...others]) await refused(id);
    await world.clock.advance(MINUTE);
    expect(await world.link(ada)).toBe(accountId);
    const fresh = await token();
    await passes(30 * MINUTE);
    expect(await statusOf(ada)).toEqual(["ok"]);
    expect(await token()).toBe(fresh);
  });

  it("is not suspected once it has granted to somebody: who is still refused is told", async () => {
    for (const id of [accountId, ...others]) await refused(id);
    delete world.tunes.fail.refresh;
    world.tunes.revoke("ada");
    world.tunes.revoke("eve");
    await passes(15 * MINUTE);
    expect(await statusOf(bob)).toEqual(["ok"]);
    await passes(45 * MINUTE);
    expect((await told()).sort()).toEqual((await Promise.all([ada, eve].map(world.personOf))).sort());
  });

  it("and is then down altogether is asked by one account a minute, not by all", async () => {
    for (const id of [accountId, ...others]) await refused(id);
    world.tunes.fail.refresh = new SegueError("Unavailable", { service: "tunes", why: "status", status: 503 });
    await passes(20 * MINUTE);
    expect(world.tunes.calls.refresh).toBe(3 + 6);
    expect(await told()).toEqual([]);
    delete world.tunes.fail.refresh;
    await passes(MINUTE);
    for (const user of [ada, bob, eve]) expect(await statusOf(user)).toEqual(["ok"]);
  });

  it("is asked again though the clock was put back by a day, and not every minute", async () => {
    await refused();
    world.clock.jumpTo(world.clock.now() - DAY);
    await passes(14 * MINUTE);
    expect(world.tunes.calls.refresh).toBe(2);
    await passes(2 * MINUTE);
    expect(world.tunes.calls.refresh).toBe(3);
    expect(await told()).toEqual([await world.personOf(ada)]);
  });
});

describe("a process that is killed while it renews", () => {
  for (const refreshTokens of ["keep", "rotate"] as const)
    it(`at any store call loses ${refreshTokens === "keep" ? "nothing" : "the one grant whose answer was written nowhere"} (refresh tokens: ${refreshTokens})`, async () => {
      world.tunes.refreshTokens = refreshTokens;
      const beyond = await world.restart({ at: 1_000, moment: "before" });
      await world.clock.advance(HOUR);
      await token();
      const calls = beyond.calls.slice();
      expect(calls).toContain("accounts.putTokens");
      const lost: string[] = [];
      for (const [at, name] of calls.entries())
        for (const moment of ["before", "after"] as const) {
          await world.restart();
          expect(await world.link(ada)).toBe(accountId);
          await world.clock.advance(HOUR);
          const dying = await world.restart({ at, moment });
          void world.accounts.tokens(accountId).token();
          await dying.died;
          await world.restart();
          const held = await token().catch(() => undefined);
          if (held === undefined) lost.push(`${moment} ${name}`);
          else expect(world.tunes.accepts(held)).toBe(true);
          expect(await statusOf(ada)).toEqual([held === undefined ? "needs_relink" : "ok"]);
        }
      expect(lost).toEqual(refreshTokens === "keep" ? [] : ["before accounts.putTokens"]);
    });
});
