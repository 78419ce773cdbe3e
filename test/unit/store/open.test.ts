import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely, sql } from "kysely";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SealedStore } from "../../../src/contracts/sealed.ts";
import { StoreError } from "../../../src/store/errors.ts";
import { openStore } from "../../../src/store/open.ts";
import type { Migration } from "../../../src/store/sql/migrate.ts";
import { migrations } from "../../../src/store/sql/migrations/index.ts";
import { openPool, postgresDialect } from "../../../src/store/sql/postgres.ts";
import { createFakeClock, type FakeClock } from "../../fakes/clock.ts";
import { silentLog as log } from "../../support/log.ts";
import { startPostgres } from "../../support/postgres.ts";

let folder: string;
let clock: FakeClock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "segue-open-"));
  clock = createFakeClock();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const later: Migration = {
  name: "900-later",
  async up(db) {
    await db.schema.alterTable("people").addColumn("nickname", "text").execute();
  },
};
const failing: Migration = {
  name: "901-failing",
  async up(db) {
    await db.schema.createTable("half").addColumn("id", "text").execute();
    throw new Error("no");
  },
};

function url(): string {
  return `sqlite:${join(folder, "data", "segue.sqlite")}`;
}
const backups = () => readdirSync(join(folder, "data", "backups")).sort();
const somebody = { platform: "web", tenant: "", id: "ada" };

describe("migrations", () => {
  it("make a new database without a backup, readable by its owner only", async () => {
    const store = await openStore({ url: url(), clock, log });
    await store.close();
    expect(() => backups()).toThrow("ENOENT");
    expect(statSync(join(folder, "data", "segue.sqlite")).mode & 0o077).toBe(0);
    expect(statSync(join(folder, "data")).mode & 0o077).toBe(0);
  });

  it("copy an existing database before they change it, and keep its rows", async () => {
    const before = await openStore({ url: url(), clock, log });
    const ada = await before.people.ensure(somebody, "Ada", 1);
    await before.close();
    const after = await openStore({ url: url(), clock, log, migrations: [...migrations, later] });
    expect(await after.people.find(somebody)).toEqual(ada);
    await after.close();
    const [name] = backups();
    expect(name).toBe("segue-20261121T120000000Z.sqlite");
    const copy = new DatabaseSync(join(folder, "data", "backups", name ?? ""));
    expect(copy.prepare("select name from migrations").all()).toEqual(
      migrations.map(({ name: each }) => ({ name: each })),
    );
    expect(copy.prepare("select id from people").all()).toEqual([{ id: ada.id }]);
    copy.close();
  });

  it("keep the newest five copies", async () => {
    await (await openStore({ url: url(), clock, log })).close();
    const all = [...migrations];
    for (let number = 2; number <= 8; number++) {
      all.push({ name: `90${number}-more`, up: async () => {} });
      await clock.advance(1000);
      await (
        await openStore({ url: url(), clock, log, migrations: all, backupDir: join(folder, "data", "backups") })
      ).close();
    }
    expect(backups()).toHaveLength(5);
    expect(backups().at(-1)).toBe("segue-20261121T120007000Z.sqlite");
  });

  it("change nothing when one of them fails, or no backup can be made", async () => {
    await (await openStore({ url: url(), clock, log })).close();
    await expect(openStore({ url: url(), clock, log, migrations: [...migrations, later, failing] })).rejects.toThrow(
      "no",
    );
    writeFileSync(join(folder, "occupied"), "");
    const refused = openStore({
      url: url(),
      clock,
      log,
      migrations: [...migrations, later],
      backupDir: join(folder, "occupied"),
    });
    await expect(refused).rejects.toMatchObject({ name: "StoreError", code: "unwritable" });
    const file = new DatabaseSync(join(folder, "data", "segue.sqlite"));
    expect(file.prepare("select name from migrations").all()).toHaveLength(migrations.length);
    expect(file.prepare("select name from sqlite_master where name = 'half'").all()).toEqual([]);
    expect(file.prepare("select name from pragma_table_info('people') where name = 'nickname'").all()).toEqual([]);
    file.close();
  });

  it("run once when two programs start together", async () => {
    const stores = await Promise.all([1, 2, 3].map(() => openStore({ url: url(), clock, log })));
    for (const store of stores) await store.close();
    const file = new DatabaseSync(join(folder, "data", "segue.sqlite"));
    expect(file.prepare("select name from migrations").all()).toHaveLength(migrations.length);
    file.close();
  });

  it("are nothing that happens beside a Segue that may be running: it must be there, and of this version", async () => {
    const beside = () => openStore({ url: url(), clock, log, beside: true });
    await expect(beside()).rejects.toMatchObject({ code: "missing" });
    expect(existsSync(join(folder, "data"))).toBe(false);
    const running = await openStore({ url: url(), clock, log, migrations: migrations.slice(0, -1) });
    await expect(beside()).rejects.toMatchObject({ code: "older" });
    await running.close();
    await (await openStore({ url: url(), clock, log })).close();
    await (await beside()).close();
  });

  it("wait until what is there was found to be in order, and a first one too", async () => {
    const refused = { admit: () => Promise.reject(new Error("no key")) };
    await expect(openStore({ url: url(), clock, log, ...refused })).rejects.toThrow("no key");
    await (await openStore({ url: url(), clock, log, migrations: migrations.slice(0, 1) })).close();
    await expect(openStore({ url: url(), clock, log, ...refused })).rejects.toThrow("no key");
    const seen: unknown[] = [];
    const admit = async (sealed: SealedStore) => void seen.push(await sealed.counts());
    await (await openStore({ url: url(), clock, log, migrations: migrations.slice(0, 1), admit })).close();
    expect(seen).toEqual([[]]);
    expect(() => backups()).toThrow("ENOENT");
  });

  it("refuse a database of a newer program and leave it alone", async () => {
    await (await openStore({ url: url(), clock, log, migrations: [...migrations, later] })).close();
    const refused = openStore({ url: url(), clock, log });
    await expect(refused).rejects.toMatchObject({ code: "newer", message: expect.stringContaining("900-later") });
  });
});

describe("a database that cannot be used", () => {
  it.each([
    "not a database at all, but a text that somebody put in its place\n".repeat(40),
    `SQLite format 3\0${"x".repeat(9000)}`,
  ])("is refused in one line: %.20j", async (content) => {
    const path = join(folder, "bad.sqlite");
    writeFileSync(path, content);
    const error = await openStore({ url: `sqlite:${path}`, clock, log }).catch((caught) => caught);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: "corrupt" });
    expect(error.message).not.toContain("\n");
  });

  it("says so when it cannot be written", async () => {
    await expect(openStore({ url: "sqlite:/proc/none/segue.sqlite", clock, log })).rejects.toMatchObject({
      code: "unwritable",
    });
    await expect(openStore({ url: "mysql://x", clock, log })).rejects.toMatchObject({ name: "StoreError" });
  });

  it("does not tell the password of a server that is not there", async () => {
    const error = await openStore({ url: "postgres://ada:hunter2@127.0.0.1:1/segue", clock, log }).catch(
      (caught) => caught,
    );
    expect(error).toMatchObject({ code: "unreachable" });
    expect(
      JSON.stringify({ ...error, message: error.message, stack: error.stack, cause: String(error.cause) }),
    ).not.toContain("hunter2");
  });
});

describe("a database that is lost", () => {
  it("is told once, to everybody who asked, when the file is deleted under the program", async () => {
    const store = await openStore({ url: url(), clock, log });
    const heard: Error[] = [];
    store.onLost((error) => heard.push(error));
    await store.sweep(1);
    expect(heard).toEqual([]);
    rmSync(join(folder, "data", "segue.sqlite"));
    await store.sweep(1).catch(() => {});
    await store.sweep(1).catch(() => {});
    await clock.advance(0);
    expect(heard).toMatchObject([{ code: "lost", message: expect.stringContaining("deleted") }]);
    let late: Error | undefined;
    store.onLost((error) => {
      late = error;
    });
    expect(late).toBe(heard[0]);
    await store.close();
  });

  it("is told when its pages turn out to be broken", async () => {
    const path = join(folder, "data", "segue.sqlite");
    const before = await openStore({ url: url(), clock, log });
    for (let index = 0; index < 400; index++) {
      await before.people.ensure({ ...somebody, id: `u${index}` }, "x".repeat(2_000), 1);
    }
    await before.close();
    const size = statSync(path).size;
    const { openSync, writeSync, closeSync } = await import("node:fs");
    const handle = openSync(path, "r+");
    // The tables themselves stand in front; what was put into them last, behind.
    for (let at = 4096 * Math.ceil(size / 8192); at < size; at += 4096)
      writeSync(handle, Buffer.alloc(4096, 0x5a), 0, 4096, at);
    closeSync(handle);
    chmodSync(path, 0o600);
    const store = await openStore({ url: url(), clock, log });
    let heard: Error | undefined;
    store.onLost((error) => {
      heard = error;
    });
    const failures: unknown[] = [];
    for (let index = 0; index < 400; index++) {
      await store.people.find({ ...somebody, id: `u${index}` }).catch((error) => failures.push(error));
    }
    await clock.advance(0);
    expect(failures.length).toBeGreaterThan(0);
    expect(heard).toMatchObject({ code: "lost" });
    await store.close();
  });
});

const postgres = await startPostgres();
afterAll(async () => {
  if (postgres.available) await postgres.stop();
});
const fresh = () => {
  if (!postgres.available) throw new Error(postgres.reason);
  return postgres.fresh();
};
const title = postgres.available ? "" : ` [needs postgresql] (${postgres.reason})`;

describe.skipIf(!postgres.available)(`a PostgreSQL server that goes away${title}`, () => {
  it("ends nothing else when it cuts a connection that is in use, between two statements", async () => {
    const { url } = await fresh();
    const losses: unknown[] = [];
    const pool = openPool(url, (error) => losses.push(error));
    const db = new Kysely<unknown>({ dialect: postgresDialect(pool, (error) => losses.push(error)) });
    const interrupted = db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(db);
      await expect.poll(() => losses.length).toBeGreaterThan(0);
      await sql`select 1`.execute(trx);
    });
    await expect(interrupted).rejects.toThrow();
    expect((await sql<{ one: number }>`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
    await db.destroy();
  });

  it("is survived for a cut connection and told when it stays away", async () => {
    const server = await startPostgres();
    if (!server.available) throw new Error(server.reason);
    const database = await server.fresh();
    const store = await openStore({ url: database.url, clock, log });
    const heard: Error[] = [];
    store.onLost((error) => heard.push(error));
    const other = await openStore({ url: database.url, clock, log });
    await other.close();
    const { default: pg } = await import("pg");
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    await store.people.count();
    await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'segue'");
    await admin.end();
    const count = await clock.until(
      store.people.count().catch(() => store.people.count()),
      { realMs: 50 },
    );
    expect(count).toBe(0);
    expect(heard).toEqual([]);

    await server.stop();
    await expect(store.people.count()).rejects.toThrow();
    const told = new Promise<Error>((resolve) => store.onLost(resolve));
    const error = await clock.until(told, { realMs: 50 });
    expect(error).toMatchObject({ code: "lost" });
    expect(heard).toHaveLength(1);
    await store.close();
  });
});
