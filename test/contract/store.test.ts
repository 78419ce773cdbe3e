import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { afterAll, describe } from "vitest";
import type { Log } from "../../src/contracts/log.ts";
import { openStore } from "../../src/store/open.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { startPostgres } from "../support/postgres.ts";
import type { OpenedStores } from "./store-rows.ts";
import { storeSuite } from "./store-suite.ts";

const log: Log = { debug() {}, info() {}, warn() {}, error() {} };

async function openTwice(
  url: string,
  dump: () => Promise<string>,
  after: () => void | Promise<void>,
): Promise<OpenedStores> {
  const clock = createFakeClock();
  const [one, two] = await Promise.all([openStore({ url, clock, log }), openStore({ url, clock, log })]);
  return {
    one,
    two,
    clock,
    dump,
    async close() {
      await one.close();
      await two.close();
      await after();
    },
  };
}

function dumpSqlite(path: string): string {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = db.prepare("select name from sqlite_master where type = 'table'").all();
    return JSON.stringify(tables.map(({ name }) => db.prepare(`select * from "${name}"`).all()));
  } finally {
    db.close();
  }
}

async function dumpPostgres(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public'",
    );
    const all: unknown[] = [];
    for (const { name } of rows) all.push((await client.query(`select * from "${name}"`)).rows);
    return JSON.stringify(all);
  } finally {
    await client.end();
  }
}

describe("store on SQLite", () => {
  storeSuite(() => {
    const folder = mkdtempSync(join(tmpdir(), "segue-store-"));
    const path = `${folder}/segue.sqlite`;
    return openTwice(
      `sqlite:${path}`,
      async () => dumpSqlite(path),
      () => rmSync(folder, { recursive: true }),
    );
  });
});

const postgres = await startPostgres();
afterAll(async () => {
  if (postgres.available) await postgres.stop();
});

const title = postgres.available ? "" : ` [needs postgresql] (${postgres.reason})`;
describe.skipIf(!postgres.available)(`store on PostgreSQL${title}`, () => {
  storeSuite(async () => {
    if (!postgres.available) throw new Error(postgres.reason);
    const database = await postgres.fresh();
    return openTwice(database.url, () => dumpPostgres(database.url), database.drop);
  });
});
