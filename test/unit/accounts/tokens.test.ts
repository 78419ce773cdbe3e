import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { ada, createWorld, of, type World } from "./world.ts";

const HOUR_MS = 3_600_000;
let world: World;
let accountId: string;
beforeEach(async () => {
  world = await createWorld();
  accountId = await world.link(ada);
});
afterEach(() => world.close());

const token = () => world.clock.until(world.accounts.tokens(accountId).token());
const down = new SegueError("Unavailable", { service: "tunes", why: "status", status: 503 });

describe("an access token", () => {
  it("is refreshed five minutes before its end, and not before", async () => {
    const first = await token();
    await world.clock.advance(HOUR_MS - 300_001);
    expect(await token()).toBe(first);
    expect(world.tunes.calls.refresh).toBe(0);
    await world.clock.advance(1);
    const second = await token();
    expect(second).not.toBe(first);
    expect(world.tunes.accepts(second)).toBe(true);
    expect(world.tunes.calls.refresh).toBe(1);
    expect(await token()).toBe(second);
    expect(world.tunes.calls.refresh).toBe(1);
  });

  it("costs no query while it is known", async () => {
    await token();
    const { get, ofPerson } = world.store.accounts;
    const asked: string[] = [];
    Object.assign(world.store.accounts, {
      get: (id: string) => asked.push("get") && get(id),
      ofPerson: (id: string) => asked.push("ofPerson") && ofPerson(id),
    });
    const personId = await world.personOf(ada);
    for (let count = 0; count < 20; count++) {
      await token();
      await world.accounts.require(personId, "tunes", ["playback"]);
      await world.accounts.accountOf(personId, "tunes");
    }
    expect(asked).toEqual([]);
  });

  it("is refreshed once for fifty callers", async () => {
    await world.clock.advance(HOUR_MS);
    const all = await world.clock.until(
      Promise.all(Array.from({ length: 50 }, () => world.accounts.tokens(accountId).token())),
    );
    expect(new Set(all).size).toBe(1);
    expect(world.tunes.calls.refresh).toBe(1);
  });

  for (const refreshTokens of ["keep", "rotate"] as const) {
    it(`is refreshed once by two processes over one store (refresh tokens: ${refreshTokens})`, async () => {
      world.tunes.refreshTokens = refreshTokens;
      const other = (await world.another()).part.accounts;
      await world.clock.advance(HOUR_MS);
      let release = () => {};
      world.tunes.hold.refresh = new Promise((resolve) => {
        release = resolve;
      });
      const both = Promise.all(
        [world.accounts, other].flatMap((accounts) =>
          Array.from({ length: 5 }, () => accounts.tokens(accountId).token()),
        ),
      );
      await world.clock.advance(1_000);
      release();
      const all = await world.clock.until(both);
      expect(new Set(all).size).toBe(1);
      expect(world.tunes.calls.refresh).toBe(1);
      expect(await world.clock.until(other.tokens(accountId).token())).toBe(all[0]);
    });
  }

  it("keeps the old refresh token when no new one comes, for as many refreshes as there are", async () => {
    world.tunes.refreshTokens = "keep";
    for (let count = 0; count < 3; count++) {
      await world.clock.advance(HOUR_MS);
      expect(world.tunes.accepts(await token())).toBe(true);
    }
    expect(world.tunes.calls.refresh).toBe(3);
  });

  it("goes on with single-use refresh tokens, over a restart", async () => {
    world.tunes.refreshTokens = "rotate";
    for (let count = 0; count < 3; count++) {
      await world.clock.advance(HOUR_MS);
      expect(world.tunes.accepts(await token())).toBe(true);
      await world.restart();
    }
    expect(world.tunes.calls.refresh).toBe(3);
  });

  it("of a single-use grant is stored before anybody gets it, even when the store is busy", async () => {
    world.tunes.refreshTokens = "rotate";
    await world.clock.advance(HOUR_MS);
    const { putTokens } = world.store.accounts;
    let busy = 2;
    Object.assign(world.store.accounts, {
      putTokens: async (...all: Parameters<typeof putTokens>) => {
        if (busy-- > 0) throw new Error("SQLITE_BUSY");
        return putTokens(...all);
      },
    });
    const fresh = await token();
    await world.restart();
    expect(await token()).toBe(fresh);
    expect(world.tunes.calls.refresh).toBe(1);
  });

  it("lives on while the service is down, and one try in thirty seconds is enough", async () => {
    const first = await token();
    world.tunes.fail.refresh = down;
    await world.clock.advance(HOUR_MS - 200_000);
    for (let count = 0; count < 5; count++) expect(await token()).toBe(first);
    expect(world.tunes.calls.refresh).toBe(1);
    await world.clock.advance(30_000);
    expect(await token()).toBe(first);
    expect(world.tunes.calls.refresh).toBe(2);
    delete world.tunes.fail.refresh;
    await world.clock.advance(30_000);
    expect(await token()).not.toBe(first);
  });

  it("that is over says so while the service is down; the link stays", async () => {
    world.tunes.fail.refresh = down;
    await world.clock.advance(HOUR_MS);
    await expect(token()).rejects.toMatchObject({ code: "Unavailable" });
    expect(await world.accounts.status(await world.personOf(ada))).toMatchObject([{ status: "ok" }]);
    expect(of(world, "link.lost")).toEqual([]);
    delete world.tunes.fail.refresh;
    expect(world.tunes.accepts(await token())).toBe(true);
  });

  it("waits for a silent service no longer than fifteen seconds", async () => {
    await world.clock.advance(HOUR_MS);
    world.tunes.hold.refresh = new Promise(() => {});
    const before = world.clock.now();
    await expect(token()).rejects.toMatchObject({ code: "Unavailable", details: { why: "timeout" } });
    expect(world.clock.now() - before).toBe(15_000);
  });

  it("is awaited by each caller for as long as that one likes", async () => {
    await world.clock.advance(HOUR_MS);
    let release = () => {};
    world.tunes.hold.refresh = new Promise((resolve) => {
      release = resolve;
    });
    const impatient = new AbortController();
    const tokens = world.accounts.tokens(accountId);
    const [left, stayed] = [tokens.token(impatient.signal), tokens.token()];
    impatient.abort(new Error("gone"));
    await expect(left).rejects.toThrow("gone");
    release();
    expect(world.tunes.accepts(await world.clock.until(stayed))).toBe(true);
    expect(world.tunes.calls.refresh).toBe(1);
  });

  it("of a refresher that died is taken over when its lease ends", async () => {
    await world.clock.advance(HOUR_MS);
    await world.store.accounts.leaseRefresh(accountId, "dead", world.clock.now(), world.clock.now() + 30_000);
    const before = world.clock.now();
    expect(world.tunes.accepts(await token())).toBe(true);
    expect(world.clock.now() - before).toBeGreaterThanOrEqual(30_000);
    expect(world.clock.now() - before).toBeLessThan(31_000);
  });
});

describe("a token the service refuses", () => {
  it("is renewed once, for however many were refused it", async () => {
    const refused = await token();
    const tokens = world.accounts.tokens(accountId);
    const all = await world.clock.until(Promise.all(Array.from({ length: 20 }, () => tokens.renew(refused))));
    expect(new Set(all).size).toBe(1);
    expect(all[0]).not.toBe(refused);
    expect(await tokens.renew(refused)).toBe(all[0]);
    expect(world.tunes.calls.refresh).toBe(1);
  });

  it("is not renewed where another process has done so", async () => {
    const other = (await world.another()).part.accounts;
    const refused = await token();
    expect(await other.tokens(accountId).token()).toBe(refused);
    const fresh = await world.clock.until(world.accounts.tokens(accountId).renew(refused));
    expect(await world.clock.until(other.tokens(accountId).renew(refused))).toBe(fresh);
    expect(world.tunes.calls.refresh).toBe(1);
  });
});

describe("a grant that died", () => {
  it("parks the link, tells once, deletes nothing, and heals by a new link", async () => {
    world.tunes.revoke("ada");
    await world.clock.advance(HOUR_MS);
    const personId = await world.personOf(ada);
    for (let count = 0; count < 3; count++) await expect(token()).rejects.toMatchObject({ code: "NeedsRelink" });
    await expect(world.accounts.require(personId, "tunes", ["state"])).rejects.toMatchObject({ code: "NeedsRelink" });
    expect(world.tunes.calls.refresh).toBe(1);
    expect(of(world, "link.lost")).toEqual([{ type: "link.lost", personId, accountId, provider: "tunes" }]);
    expect(await world.accounts.status(personId)).toMatchObject([
      { accountId, status: "needs_relink", displayName: "Ada's Tunes" },
    ]);
    await world.restart();
    await world.part.start();
    expect(of(world, "link.lost")).toHaveLength(1);

    expect(await world.link(ada)).toBe(accountId);
    expect(world.tunes.accepts(await token())).toBe(true);
    world.tunes.revoke("ada");
    await world.clock.advance(HOUR_MS);
    await expect(token()).rejects.toMatchObject({ code: "NeedsRelink" });
    expect(of(world, "link.lost")).toHaveLength(2);
  });

  it("is told after a restart when it could not be told before", async () => {
    const { markTold } = world.store.accounts;
    Object.assign(world.store.accounts, { markTold: () => Promise.reject(new Error("killed here")) });
    world.tunes.revoke("ada");
    await world.clock.advance(HOUR_MS);
    await expect(token()).rejects.toThrow();
    Object.assign(world.store.accounts, { markTold });
    await world.restart();
    world.happenings.length = 0;
    await world.part.start();
    expect(of(world, "link.lost")).toHaveLength(1);
  });

  it("does not park a grant that came meanwhile", async () => {
    await world.clock.advance(HOUR_MS);
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

  it("is no fault of the person when the app's own credentials are wrong", async () => {
    world.tunes.fail.refresh = new SegueError("InvalidInput", { field: "client", why: "refused" });
    await world.clock.advance(HOUR_MS);
    await expect(token()).rejects.toMatchObject({ code: "InvalidInput" });
    expect(of(world, "link.lost")).toEqual([]);
    expect(of(world, "operator.needed")).toMatchObject([{ problem: "wrong_client" }]);
  });
});

describe("lost keys", () => {
  it("stop the start with the key's name, and park nobody", async () => {
    const other = await createWorld();
    await world.restart();
    const { rmSync, copyFileSync } = await import("node:fs");
    rmSync(`${world.dataDir}/encryption-keys`);
    copyFileSync(`${other.dataDir}/encryption-keys`, `${world.dataDir}/encryption-keys`);
    await world.restart();
    await expect(world.part.start()).rejects.toMatchObject({ name: "VaultError", code: "unknown_key" });
    await expect(token()).rejects.toMatchObject({ code: "Unavailable" });
    expect(await world.accounts.status(await world.personOf(ada))).toMatchObject([{ status: "ok" }]);
    expect(of(world, "operator.needed")).toMatchObject([{ problem: "encryption_keys" }]);
    await other.close();
  });
});
