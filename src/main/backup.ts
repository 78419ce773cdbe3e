import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { requireKeys } from "../accounts/key-check.ts";
import { VaultError } from "../accounts/vault-error.ts";
import type { Config } from "../config.ts";
import type { Clock } from "../contracts/clock.ts";
import { StoreError } from "../store/errors.ts";
import { lockDataDir } from "../store/lock.ts";
import { backupName, copyDatabase, isTaken, restoreDatabase } from "../store/sql/backup.ts";
import { besideSegue, folderOf, keySourcesOf, quiet, sqliteFileOf } from "./data.ts";

type Terminal = { write(text: string): void };

/** The SQLite file, or why there is none. */
function fileOf(config: Config, todo: string): string {
  if (config.DATABASE_URL?.startsWith("postgres"))
    throw new StoreError("missing", `The database is PostgreSQL's, which has a better way: ${todo}`);
  return config.DATABASE_URL === undefined
    ? sqliteFileOf(config)
    : resolve(config.DATABASE_URL.slice("sqlite:".length));
}

/** `segue backup`: into that file, or into a file of its own in that folder. */
export async function runBackup(config: Config, clock: Clock, path: string, { write }: Terminal): Promise<void> {
  const from = fileOf(config, "pg_dump --format=custom --file=PATH, with the address of DATABASE_URL.");
  const folder = existsSync(path) && statSync(path).isDirectory();
  const to = resolve(folder ? join(path, backupName(clock.now())) : path);
  await besideSegue(config, clock, async (store) => {
    const file = new DatabaseSync(from, { timeout: 5_000 });
    try {
      copyDatabase(file, to);
    } finally {
      file.close();
    }
    const people = await store.people.count();
    const keys = [...new Set((await store.sealed.counts()).map(({ keyId }) => keyId))];
    await store.audit.add({ at: clock.now(), act: "backup", detail: { bytes: statSync(to).size, people } });
    write(`${to}: ${Math.ceil(statSync(to).size / 1024).toLocaleString("en")} kB, ${people} people, found sound.\n`);
    const sealed =
      keys.length === 0 ? "It holds nothing that is sealed" : `Its tokens are sealed with ${keys.join(", ")}`;
    write(`${sealed}; the encryption keys are not in it: keep them in another place.\n`);
    write("Nor are pictures, files that are being imported, and settings (.env).\n");
  });
}

/** `segue restore`: resolves whether the keys that it needs are there. */
export async function runRestore(config: Config, clock: Clock, path: string, { write }: Terminal): Promise<boolean> {
  const to = fileOf(config, "pg_restore into an empty database.");
  const lock = lockDataDir(folderOf(config));
  try {
    const beside = isTaken(to) ? to : [`${to}-wal`, `${to}-shm`, `${to}-journal`].find((each) => existsSync(each));
    if (beside !== undefined)
      throw new StoreError(
        "unwritable",
        `${beside} is there already: move the old database away first, with what lies beside it (-wal, -shm, -journal).`,
      );
    restoreDatabase(path, to, clock.now());
  } finally {
    lock.release();
  }
  write(`${to} is as it was when ${path} was made. What was on its way then is neither posted nor done again.\n`);
  try {
    await besideSegue(config, clock, (store) => requireKeys(store.sealed, keySourcesOf(config, quiet)));
  } catch (error) {
    if (error instanceof StoreError && error.code === "older") {
      write("It is of an older version: the next start brings it along.\n");
      return true;
    }
    if (!(error instanceof VaultError)) throw error;
    write(`But it cannot start yet: ${error.message}\n`);
    return false;
  }
  write("segue serve goes on from there.\n");
  return true;
}
