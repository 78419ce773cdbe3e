import type { KeyvStoreAdapter } from "keyv";

/** A Keyv store on one SQLite table `keyv(key, value)` that also takes plain SQL, so that either kind is tended alike. */
export type Shelf = KeyvStoreAdapter & {
  query(sql: string, ...values: (string | number)[]): Promise<unknown>;
  close(): Promise<void>;
};

const EXPIRES = "json_extract(value, '$.value.expiresAt')";

/**
 * As it comes, the store writes with a rollback journal and a full sync (1,000 sets a second) and never deletes an expired
 * row. NORMAL may lose the last writes in a power cut and cannot break the file, which is all that a cache needs.
 */
export async function prepare(shelf: Shelf): Promise<void> {
  await shelf.query("pragma journal_mode=wal");
  await shelf.query("pragma synchronous=normal");
  await shelf.query(`create index if not exists keyv_expires on keyv (${EXPIRES})`);
}

/** Deletes what is over, then what would end soonest beyond `maxEntries`. */
export async function prune(shelf: Shelf, now: number, maxEntries: number): Promise<void> {
  await shelf.query(`delete from keyv where ${EXPIRES} <= ?`, now);
  await shelf.query(
    `delete from keyv where key in (select key from keyv order by ${EXPIRES} limit max(0, (select count(*) from keyv) - ?))`,
    maxEntries,
  );
}
