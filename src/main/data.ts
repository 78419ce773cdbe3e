import { join } from "node:path";
import type { KeyPlaces, KeySources } from "../accounts/key-ring.ts";
import type { Config } from "../config.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import type { Store } from "../contracts/store.ts";
import { StoreError } from "../store/errors.ts";
import { type DataDirLock, lockDataDir } from "../store/lock.ts";
import { openStore, type StoreOptions } from "../store/open.ts";

export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A rehearsal keeps to a folder of its own. */
export const folderOf = (config: Config): string =>
  config.rehearsal ? join(config.dataDir, "rehearsal") : config.dataDir;

export const sqliteFileOf = (config: Config): string => join(folderOf(config), "segue.db");

export function storeOptions(config: Config, clock: Clock, log: Log): StoreOptions {
  return {
    url: config.DATABASE_URL ?? `sqlite:${sqliteFileOf(config)}`,
    clock,
    log,
    backupDir: join(folderOf(config), "backups"),
  };
}

export const keySourcesOf = (config: Config, log: Log): KeySources => ({ ...keyPlacesOf(config), log });

export const keyPlacesOf = (config: Config): KeyPlaces => ({
  dataDir: folderOf(config),
  ...(config.ENCRYPTION_KEYS !== undefined && { setting: config.ENCRYPTION_KEYS }),
  ...(config.keysFile !== undefined && { settingFile: config.keysFile }),
});

/** The data as `serve` has it; refuses while one runs, as its people would wait for every batch. */
export async function withStore<T>(config: Config, clock: Clock, work: (store: Store) => Promise<T>): Promise<T> {
  const lock = lockDataDir(folderOf(config));
  try {
    return await using(await openStore(storeOptions(config, clock, quiet)), work);
  } finally {
    lock.release();
  }
}

/** The same beside a Segue that may be running, which it does not keep from starting either. */
export async function besideSegue<T>(config: Config, clock: Clock, work: (store: Store) => Promise<T>): Promise<T> {
  return using(await openStore({ ...storeOptions(config, clock, quiet), beside: true }), work);
}

/** Undefined where a Segue runs. */
export function lockUnlessHeld(folder: string): DataDirLock | undefined {
  try {
    return lockDataDir(folder);
  } catch (error) {
    if (error instanceof StoreError && error.code === "locked") return undefined;
    throw error;
  }
}

async function using<T>(store: Store, work: (store: Store) => Promise<T>): Promise<T> {
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
