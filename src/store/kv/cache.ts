import { rmSync } from "node:fs";
import { dirname } from "node:path";
import Keyv from "keyv";
import { LRUCache } from "lru-cache";
import type { Clock } from "../../contracts/clock.ts";
import type { Log } from "../../contracts/log.ts";
import type { Cache } from "../../contracts/store.ts";
import { makeFolder } from "../folder.ts";
import { prepare, prune, type Shelf } from "./shelf.ts";
import { openSqlite } from "./sqlite.ts";

export type CacheOptions = {
  file: string;
  clock: Clock;
  log: Log;
  /** Rows kept on disk. */
  maxEntries?: number;
};

const FRONT_CHARACTERS = 16 * 1024 * 1024;
const VALUE_CHARACTERS = 512 * 1024;
const PRUNE_EVERY_SETS = 250;
const OWED = 2_000;
/** What is set within this time is written together, so many at once. */
const GATHER_MS = 250;
const BATCH = 50;
const WARN_EVERY_MS = 10 * 60 * 1000;

/** JSON text and its end by our own clock; Keyv's own expiry reads the system's. */
type Record = { text: string; expiresAt: number };
/**
 * What the disk does not have either: it is not asked again for what is looked up all the time and hardly ever there. The data
 * folder is locked, so nobody else can have written it meanwhile.
 */
const MISSING: Record = { text: "", expiresAt: Number.NEGATIVE_INFINITY };

async function openShelf(file: string): Promise<Shelf> {
  const shelf = openSqlite(file);
  try {
    await prepare(shelf);
    return shelf;
  } catch (error) {
    await shelf.close().catch(() => {});
    throw error;
  }
}

/** A cache file that cannot be used is thrown away once; where that does not help, memory alone has to do. */
async function openSomehow(options: CacheOptions): Promise<Shelf | undefined> {
  for (const attempt of [1, 2]) {
    try {
      makeFolder(dirname(options.file));
      return await openShelf(options.file);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      options.log.warn({ file: options.file, error: message }, "the cache file cannot be used");
      try {
        if (attempt === 1)
          for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(options.file + end, { force: true });
      } catch {
        return undefined;
      }
    }
  }
  return undefined;
}

export type PersistentCache = Cache & {
  /** Whatever has this in its key, as everything of somebody has their id. Looks through all keys. */
  forget(part: string): Promise<void>;
};

/**
 * What may vanish: Keyv on disk, behind a front in memory that answers most reads. Writes reach the disk soon after. No failure
 * of it reaches a caller; a read that fails is a miss, a write that fails is forgotten.
 */
export async function openCache(options: CacheOptions): Promise<PersistentCache> {
  const { clock, log, maxEntries = 20_000 } = options;
  const front = new LRUCache<string, Record>({
    max: Math.min(maxEntries, 5_000),
    maxSize: FRONT_CHARACTERS,
    sizeCalculation: (record, key) => record.text.length + key.length + 1,
  });
  const shelf = await openSomehow(options);
  const keyv = shelf && new Keyv<Record>({ store: shelf, throwOnErrors: true, useKeyPrefix: false });
  let warnedAt = Number.NEGATIVE_INFINITY;
  const onError = (error: unknown) => {
    if (clock.now() - warnedAt < WARN_EVERY_MS) return;
    warnedAt = clock.now();
    log.warn({ error: error instanceof Error ? error.message : String(error) }, "the cache on disk failed");
  };
  keyv?.on("error", onError);

  /** What the disk does not have yet, the newest of each key; undefined deletes it. */
  const owed = new Map<string, Record | undefined>();
  let writing: Promise<void> | undefined;
  const closing = new AbortController();
  let writes = 0;
  let sets = 0;

  /**
   * What came together is written together, in the order of the keys; what is set again meanwhile is written once. Nobody waits for
   * the disk, and since the file is written on this thread, many writes in one transaction take the least from those who wait.
   */
  async function pay(to: Keyv<Record>, on: Shelf): Promise<void> {
    await clock.sleep(GATHER_MS, closing.signal).catch(() => undefined);
    while (owed.size > 0) {
      await new Promise(setImmediate);
      // Owed until they are written, so that nobody reads the old ones from the disk meanwhile.
      const batch = [...owed].slice(0, BATCH);
      const kept = batch.flatMap(([key, value]) => (value ? [{ key, value }] : []));
      try {
        if (kept.length > 0) await to.setMany(kept);
        for (const [key, value] of batch) if (!value) await to.delete(key);
        sets += kept.length;
        if (sets >= PRUNE_EVERY_SETS) {
          sets = 0;
          await prune(on, clock.now(), maxEntries);
        }
      } catch (error) {
        onError(error);
      }
      for (const [key, value] of batch) if (owed.has(key) && owed.get(key) === value) owed.delete(key);
    }
  }

  function owe(key: string, record: Record | undefined): void {
    if (!keyv || !shelf) return;
    writes++;
    owed.delete(key);
    // A disk that is slower than everybody together keeps less, which is all that a cache loses by it.
    if (owed.size >= OWED) owed.delete(owed.keys().next().value ?? "");
    owed.set(key, record);
    write(keyv, shelf);
  }

  function write(to: Keyv<Record>, on: Shelf): void {
    writing ??= pay(to, on).finally(() => {
      writing = undefined;
      // Something may have come between the last look and now.
      if (owed.size > 0) write(to, on);
    });
  }

  return {
    async get<T>(key: string): Promise<T | undefined> {
      try {
        let record = front.get(key) ?? owed.get(key);
        if (!record && keyv && !owed.has(key)) {
          const before = writes;
          record = await keyv.get(key);
          // Somebody wrote while the disk was read: what was read may be the old value, and must not cover the new one.
          if (writes === before) front.set(key, record ?? MISSING);
        }
        if (!record || record.expiresAt <= clock.now()) return undefined;
        return JSON.parse(record.text) as T;
      } catch (error) {
        onError(error);
        return undefined;
      }
    },

    async set(key, value, ttlMs) {
      const text = JSON.stringify(value);
      if (text === undefined || text.length > VALUE_CHARACTERS || !(ttlMs > 0)) {
        front.delete(key);
        return owe(key, undefined);
      }
      const record = { text, expiresAt: clock.now() + ttlMs };
      front.set(key, record);
      owe(key, record);
    },

    async delete(key) {
      front.delete(key);
      owe(key, undefined);
    },

    async forget(part) {
      for (const key of [...front.keys(), ...owed.keys()])
        if (key.includes(part)) {
          front.delete(key);
          owe(key, undefined);
        }
      writes++;
      await shelf?.query("delete from keyv where instr(key, ?) > 0", part).catch(onError);
    },

    async close() {
      closing.abort("closing");
      // Bounded by `OWED` writes; nothing is added once whoever used it has stopped.
      while (writing) await writing;
      front.clear();
      if (shelf && sets > 0) await prune(shelf, clock.now(), maxEntries).catch(onError);
      await shelf?.close().catch(onError);
    },
  };
}
