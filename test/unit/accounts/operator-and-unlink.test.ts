import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ada, createWorld, eve, of, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const codeOf = async () => {
  const code = await world.part.operator.ensureOperatorCode();
  if (code === undefined) throw new Error("there is an operator");
  return code;
};

describe("the operator's code", () => {
  it("makes the first who types it the operator, however they type it", async () => {
    const code = await codeOf();
    const [a, e] = [await world.personOf(ada), await world.personOf(eve)];
    expect(await world.accounts.hasOperator()).toBe(false);
    expect(await world.accounts.claimOperator(a, ` ${code.toLowerCase().replaceAll("-", " ")} `)).toBe(true);
    expect(await world.accounts.isOperator(a)).toBe(true);
    expect(await world.accounts.claimOperator(e, code)).toBe(false);
    expect(await world.accounts.isOperator(e)).toBe(false);
    expect(await world.part.operator.ensureOperatorCode()).toBeUndefined();
    await world.restart();
    expect(await world.accounts.isOperator(a)).toBe(true);
  });

  it("makes one operator when many type it at once", async () => {
    const code = await codeOf();
    const people = await Promise.all(Array.from({ length: 8 }, (_, id) => world.personOf({ ...ada, id: `p${id}` })));
    const won = await Promise.all(people.map((personId) => world.accounts.claimOperator(personId, code)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await world.store.people.operators()).toHaveLength(1);
  });

  it("can be tried five times in a quarter of an hour", async () => {
    const code = await codeOf();
    const e = await world.personOf(eve);
    for (let count = 0; count < 5; count++) expect(await world.accounts.claimOperator(e, "AAAA-AAAA-AAAA")).toBe(false);
    const sixth = world.accounts.claimOperator(e, code);
    await expect(sixth).rejects.toMatchObject({ code: "RateLimited", retryAt: world.clock.now() + 900_000 });
    expect(await world.accounts.hasOperator()).toBe(false);
    await world.clock.advance(900_000);
    expect(await world.accounts.claimOperator(e, code)).toBe(true);
  });

  it("is a new one at each start, and written down nowhere", async () => {
    const first = await codeOf();
    await world.restart();
    const second = await codeOf();
    expect(second).not.toBe(first);
    expect(await world.accounts.claimOperator(await world.personOf(ada), first)).toBe(false);
    const stored = JSON.stringify(await world.store.settings.get("instance", "operator-code"));
    for (const code of [second, second.replaceAll("-", "")]) {
      expect(stored).not.toContain(code);
      expect(world.logLines.join()).not.toContain(code);
    }
    expect(second).toMatch(/^[A-HJKMNP-Z2-9]{4}(-[A-HJKMNP-Z2-9]{4}){2}$/);
  });
});

describe("unlinking", () => {
  it("deletes tokens and data, and gives a receipt that the audit knows", async () => {
    const accountId = await world.link(ada);
    const personId = await world.personOf(ada);
    await world.store.settings.put(accountId, "preferred-device", "kitchen");
    await world.invite(ada);
    const receipt = await world.accounts.unlink(personId, "tunes");
    expect(receipt).toMatchObject({
      provider: "tunes",
      at: world.clock.now(),
      deleted: { accounts: 1, settings: 1, links: 2 },
    });
    expect(receipt.receipt).toMatch(/^[A-Z2-9]{4}-[A-Z2-9]{4}$/);
    expect(await world.accounts.status(personId)).toEqual([]);
    await expect(world.accounts.require(personId, "tunes", ["state"])).rejects.toMatchObject({ code: "NotLinked" });
    await expect(world.accounts.tokens(accountId).token()).rejects.toMatchObject({ code: "NotLinked" });
    expect(await world.store.accounts.get(accountId)).toBeUndefined();
    expect(await world.store.settings.get(accountId, "preferred-device")).toBeUndefined();
    expect((await world.store.audit.recent(1))[0]).toMatchObject({
      act: "unlink",
      detail: { receipt: receipt.receipt },
    });
    expect(of(world, "view.changed")).toContainEqual({ type: "view.changed", kind: "account", key: accountId });
  });

  it("deletes what was recorded of their listening first, and its receipt says how much", async () => {
    const asked: unknown[] = [];
    const other = await createWorld({
      async forgetPlays(personId, provider) {
        asked.push([personId, provider, (await other.accounts.status(personId)).length]);
        return { plays: 3, evidence: 4 };
      },
    });
    await other.link(ada);
    const personId = await other.personOf(ada);
    expect(await other.accounts.unlink(personId, "tunes")).toMatchObject({
      deleted: { plays: 3, evidence: 4, accounts: 1 },
    });
    expect(asked).toEqual([[personId, "tunes", 1]]);
    await other.close();
  });

  it("leaves nothing of the account in the database's file", async () => {
    world.tunes.names.set("ada", "PLANTED-NAME");
    const accountId = await world.link(ada);
    const sealed = (await world.store.accounts.get(accountId))?.refreshToken ?? "";
    const read = () =>
      ["segue.sqlite", "segue.sqlite-wal"]
        .map((name) => {
          try {
            return readFileSync(join(world.dataDir, name), "latin1");
          } catch {
            return "";
          }
        })
        .join("");
    expect(read()).toContain(sealed);
    await world.accounts.unlink(await world.personOf(ada), "tunes");
    await world.store.close();
    const { DatabaseSync } = await import("node:sqlite");
    const file = new DatabaseSync(join(world.dataDir, "segue.sqlite"));
    file.exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
    file.close();
    expect(read()).not.toContain(sealed);
    expect(read()).not.toContain("PLANTED-NAME");
    await world.restart();
  });

  it("of one who is not linked says so", async () => {
    await expect(world.accounts.unlink(await world.personOf(ada), "tunes")).rejects.toMatchObject({
      code: "NotLinked",
    });
  });

  it("wins over a refresh that is under way", async () => {
    const accountId = await world.link(ada);
    await world.clock.advance(3_600_000);
    let release = () => {};
    world.tunes.hold.refresh = new Promise((resolve) => {
      release = resolve;
    });
    const waiting = world.accounts.tokens(accountId).token();
    await world.clock.advance(10);
    await world.accounts.unlink(await world.personOf(ada), "tunes");
    release();
    await expect(world.clock.until(waiting)).rejects.toMatchObject({ code: "NotLinked" });
    expect(await world.store.accounts.all("tunes")).toEqual([]);
  });
});

describe("a free account", () => {
  it("is remembered until it is linked anew", async () => {
    const accountId = await world.link(ada);
    const personId = await world.personOf(ada);
    await world.accounts.markFree(accountId, true);
    expect(await world.accounts.accountOf(personId, "tunes")).toMatchObject({ free: true });
    expect(await world.accounts.status(personId)).toMatchObject([{ free: true }]);
    await world.restart();
    expect(await world.accounts.accountOf(personId, "tunes")).toMatchObject({ free: true });
    await world.link(ada);
    expect(await world.accounts.accountOf(personId, "tunes")).toMatchObject({ free: false });
  });
});
