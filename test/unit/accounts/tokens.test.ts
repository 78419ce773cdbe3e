import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { ada, createWorld, eve, of, type World } from "./world.ts";

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

  it("is sealed at each try with the key that is in use by then", async () => {
    await world.clock.advance(HOUR_MS);
    const { putTokens } = world.store.accounts;
    const keys = join(world.dataDir, "encryption-keys");
    let busy = true;
    Object.assign(world.store.accounts, {
      putTokens: async (...all: Parameters<typeof putTokens>) => {
        if (!busy) return putTokens(...all);
        busy = false;
        writeFileSync(keys, `later:${Buffer.alloc(32, 1).toString("base64")}\n${readFileSync(keys, "utf8")}`);
        throw new Error("SQLITE_BUSY");
      },
    });
    await token();
    const row = await world.store.accounts.get(accountId);
    expect(row?.accessToken).toMatch(/^v1\.later\./);
    expect(row?.refreshToken).toMatch(/^v1\.later\./);
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

  it("is counted by how asking for it ended", async () => {
    await world.close();
    const counted: string[] = [];
    world = await createWorld({
      tally: { linkStep() {}, refreshed: (provider, outcome) => void counted.push(`${provider} ${outcome}`) },
    });
    accountId = await world.link(ada);
    const renew = async (fault?: SegueError) => {
      await world.clock.advance(HOUR_MS);
      if (fault) world.tunes.fail.refresh = fault;
      else delete world.tunes.fail.refresh;
      await token().catch(() => undefined);
    };
    await renew();
    await renew(down);
    await renew(new SegueError("NeedsRelink", { provider: "tunes" }));
    expect(counted).toEqual(["tunes renewed", "tunes failed", "tunes refused"]);
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

describe("a clock that is wrong", () => {
  const jump = (ms: number) => world.clock.jumpTo(world.clock.now() + ms);

  it("by a day ahead costs one refresh, and a day back none: what the service refuses then is renewed", async () => {
    const first = await token();
    jump(24 * HOUR_MS);
    const second = await token();
    expect(second).not.toBe(first);
    jump(-24 * HOUR_MS);
    expect(await token()).toBe(second);
    await world.clock.advance(HOUR_MS);
    const third = await world.clock.until(world.accounts.tokens(accountId).renew(second));
    expect(third).not.toBe(second);
    expect(await token()).toBe(third);
    await world.clock.advance(HOUR_MS - 300_000);
    expect(await token()).not.toBe(third);
    expect(world.tunes.calls.refresh).toBe(3);
  });

  it("does not make anybody wait for the lease of a process that was killed before it was put back", async () => {
    const first = await token();
    const { id, version } = (await world.store.accounts.get(accountId)) ?? { id: "", version: 0 };
    await world.store.accounts.leaseRefresh(id, "killed", world.clock.now(), world.clock.now() + 30_000);
    jump(-24 * HOUR_MS);
    await world.clock.until(world.accounts.tokens(accountId).renew(first));
    expect((await world.store.accounts.get(accountId))?.version).toBe(version + 1);
  });

  it("that is put back while a caller waits for another process ends the wait all the same", async () => {
    await world.clock.advance(HOUR_MS);
    const { leaseRefresh } = world.store.accounts;
    Object.assign(world.store.accounts, { leaseRefresh: async () => false });
    const waiting = world.accounts.tokens(accountId).token();
    const failed = expect(waiting).rejects.toMatchObject({ code: "Unavailable", details: { why: "timeout" } });
    await world.clock.advance(10_000);
    jump(-24 * HOUR_MS);
    await world.clock.advance(24 * HOUR_MS + 30_000);
    await failed;
    Object.assign(world.store.accounts, { leaseRefresh });
  });

  it("keeps nobody from trying for longer than the limit says", async () => {
    const { personId, user, ...rest } = {
      personId: await world.personOf(ada),
      user: ada,
      userName: "Ada",
      place: { platform: "discord", tenant: "", id: "dm" },
      local: false,
      provider: "tunes",
      needs: [],
    };
    const start = () => world.accounts.startLink({ personId, user, ...rest });
    for (let count = 0; count < 4; count++) await start();
    await expect(start()).rejects.toMatchObject({ code: "RateLimited" });
    jump(-24 * HOUR_MS);
    await start();
  });
});

describe("tokens of accounts in use", () => {
  const rounds = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      await world.clock.advance(60_000);
      await world.round("accounts.renewal");
    }
  };

  it("are renewed before anybody has to wait for it, and those of nobody cost nothing", async () => {
    await rounds(180);
    expect(world.tunes.calls.refresh).toBe(0);
    const other = await world.link(eve, { as: "eve" });
    expect(world.tunes.accepts(await world.clock.until(world.accounts.tokens(other).token()))).toBe(true);
    world.tunes.hold.refresh = world.clock.sleep(5_000);
    await rounds(53);
    expect(world.tunes.calls.refresh).toBe(0);
    await rounds(2);
    expect(world.tunes.calls.refresh).toBe(1);
    // At once: a refresh would have to be waited for.
    world.tunes.hold.refresh = new Promise(() => {});
    expect(world.tunes.accepts(await world.accounts.tokens(other).token())).toBe(true);
    await rounds(4);
    expect(world.tunes.calls.refresh).toBe(1);
  });

  it("are renewed no more an hour after the last use", async () => {
    await token();
    await rounds(240);
    expect(world.tunes.calls.refresh).toBe(1);
  });

  it("are asked for one by one, and a service that is down is asked once a minute", async () => {
    const other = await world.link(eve, { as: "eve" });
    await token();
    await world.clock.until(world.accounts.tokens(other).token());
    world.tunes.fail.refresh = down;
    await rounds(58);
    const asked = world.tunes.calls.refresh;
    expect(asked).toBeGreaterThan(2);
    await rounds(1);
    expect(world.tunes.calls.refresh).toBe(asked + 1);
    delete world.tunes.fail.refresh;
    await rounds(1);
    expect(world.tunes.calls.refresh).toBe(asked + 3);
  });
});

describe("lost keys", () => {
  it("of one account keep nobody else's tokens from being renewed ahead of time", async () => {
    const other = await world.link(eve, { as: "eve" });
    const others = await world.clock.until(world.accounts.tokens(other).token());
    // Who came last is renewed first.
    const before = await token();
    const database = new DatabaseSync(join(world.dataDir, "segue.sqlite"));
    database.prepare("update accounts set refresh_token = 'v1.gone.x' where id = ?").run(accountId);
    database.close();
    for (let minute = 0; minute < 57; minute++) {
      await world.clock.advance(60_000);
      await world.round("accounts.renewal");
    }
    const faults = world.logLines.filter((line) => line.includes(accountId) && line.includes('"level":"error"'));
    expect(faults).toHaveLength(1);
    // At once: a refresh would have to be waited for.
    world.tunes.hold.refresh = new Promise(() => {});
    expect(await world.accounts.tokens(other).token()).not.toBe(others);
    expect(await token()).toBe(before);
  });

  it("that come to light while it runs park nobody", async () => {
    const other = await createWorld();
    await world.restart();
    const { rmSync, copyFileSync } = await import("node:fs");
    rmSync(`${world.dataDir}/encryption-keys`);
    copyFileSync(`${other.dataDir}/encryption-keys`, `${world.dataDir}/encryption-keys`);
    await world.restart();
    await expect(token()).rejects.toMatchObject({ code: "Unavailable" });
    expect(await world.accounts.status(await world.personOf(ada))).toMatchObject([{ status: "ok" }]);
    expect(of(world, "operator.needed")).toMatchObject([{ problem: "encryption_keys" }]);
    await other.close();
  });
});
