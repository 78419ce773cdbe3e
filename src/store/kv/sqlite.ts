import { EventEmitter } from "node:events";
import { DatabaseSync } from "node:sqlite";
import type { Shelf } from "./shelf.ts";

/**
 * Keyv's store over the SQLite that Node brings along. `@keyv/sqlite` keeps the same table through a native module that is no
 * longer maintained, takes a minute to compile, and was measured at a fifth of the speed.
 */
export function openSqlite(path: string): Shelf {
  const file = new DatabaseSync(path, { timeout: 50 });
  try {
    file.exec("create table if not exists keyv (key varchar(255) primary key, value text)");
  } catch (error) {
    file.close();
    throw error;
  }
  const read = file.prepare("select value from keyv where key = ?");
  const write = file.prepare(
    "insert into keyv (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
  );
  const erase = file.prepare("delete from keyv where key = ?");
  const events = new EventEmitter();
  return {
    opts: { dialect: "sqlite" },
    on(event: string, listener: (...values: unknown[]) => void) {
      events.on(event, listener);
      return this;
    },
    get: async (key) => read.get(key)?.value as never,
    set: async (key: string, value: string) => {
      write.run(key, value);
      return true;
    },
    setMany: async (entries) => {
      file.exec("begin");
      try {
        for (const { key, value } of entries) write.run(key, value);
        file.exec("commit");
      } catch (error) {
        if (file.isTransaction) file.exec("rollback");
        throw error;
      }
    },
    delete: async (key) => erase.run(key).changes > 0,
    clear: async () => file.exec("delete from keyv"),
    query: async (sql, ...values) => file.prepare(sql).all(...values),
    close: async () => {
      if (file.isOpen) file.close();
    },
  };
}
