import { DatabaseSync } from "node:sqlite";

/** Goes into the program before it begins: its database may grow by so many pages, and then the disk is full. */
const database = /segue\.db$/;
const left = Number(process.env.PAGES_LEFT);

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  exec.call(this, sql);
  if (!sql.includes("journal_mode=wal") || !database.test(this.location() ?? "")) return;
  const pages = this.prepare("pragma page_count").get()?.page_count;
  exec.call(this, `pragma max_page_count=${Number(pages) + left}`);
};
