import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import type { Log } from "../../src/contracts/log.ts";
import { openStore } from "../../src/store/open.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { startPostgres } from "../support/postgres.ts";
import type { OpenedStores } from "./store-rows.ts";
import { storeSuite } from "./store-suite.ts";

const log: Log = { debug() {}, info() {}, warn() {}, error() {} };

async function openTwice(url: string, after: () => void | Promise<void>): Promise<OpenedStores> {
  const clock = createFakeClock();
  const [one, two] = await Promise.all([openStore({ url, clock, log }), openStore({ url, clock, log })]);
  return {
    one,
    two,
    clock,
    async close() {
      await one.close();
      await two.close();
      await after();
    },
  };
}

describe("store on SQLite", () => {
  storeSuite(() => {
    const folder = mkdtempSync(join(tmpdir(), "segue-store-"));
    return openTwice(`sqlite:${folder}/segue.sqlite`, () => rmSync(folder, { recursive: true }));
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
    return openTwice(database.url, database.drop);
  });
});
