import { chmodSync, closeSync, copyFileSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";
import { makeFolder, syncFolder } from "../folder.ts";
import { refuseNewer } from "./migrate.ts";
import { migrations } from "./migrations/index.ts";

const KEPT = 5;
const NAME = /^segue-\d{8}T\d{6}\d{3}Z\.sqlite$/;

export const backupName = (now: number): string => `segue-${new Date(now).toISOString().replace(/[-:.]/g, "")}.sqlite`;

/**
 * Copies the whole database, consistent as of now, while others read and write. The copy bears its name only once it is complete,
 * on disk and was found sound, and never takes the place of another file. `VACUUM INTO` and not SQLite's backup: that one begins
 * anew whenever another process writes (https://www.sqlite.org/backup.html), and copies what was deleted, too.
 */
export function copyDatabase(file: DatabaseSync, path: string): void {
  makeCopy(path, (unfinished) => {
    // SQLite takes an empty file as it is, mode and all.
    closeSync(openSync(unfinished, "wx", 0o600));
    file.prepare("vacuum into ?").run(unfinished);
    requireSound(unfinished);
  });
}

/**
 * Puts a copy where there is no database yet. What was on its way when the copy was made has long arrived or been missed: it is
 * neither posted nor done again.
 */
export function restoreDatabase(copy: string, path: string, now: number): void {
  refuseNewer(requireSound(copy), migrations);
  makeCopy(path, (unfinished) => {
    copyFileSync(copy, unfinished);
    chmodSync(unfinished, 0o600);
    const file = new DatabaseSync(unfinished);
    try {
      file.exec("pragma journal_mode=delete");
      file
        .prepare(
          "update outbox set status = 'dead', last_error = 'restored', updated_at = ? where status in ('waiting', 'sending')",
        )
        .run(now);
      file.prepare("update events set finished_at = ? where finished_at is null").run(now);
      file.prepare("delete from timers where due_at <= ?").run(now);
    } finally {
      file.close();
    }
    requireSound(unfinished);
  });
}

/** Whether there is something to lose. An empty file is what a start that failed leaves of a database. */
export function isTaken(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && !(found.isFile() && found.size === 0);
}

function refuseTaken(path: string): void {
  if (isTaken(path)) throw new StoreError("unwritable", `${path} is there already, and is left as it is.`);
}

function makeCopy(path: string, fill: (unfinished: string) => void): void {
  const unfinished = `${path}.part`;
  try {
    refuseTaken(path);
    makeFolder(dirname(path));
    clear(unfinished);
    fill(unfinished);
    const written = openSync(unfinished, "r+");
    fsyncSync(written);
    closeSync(written);
    // Not `link`, which refuses by itself: the file systems of many a stick and share do not have it.
    refuseTaken(path);
    renameSync(unfinished, path);
    syncFolder(dirname(path));
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    const words = `The database could not be copied to ${path}: check the folder, its owner and the disk.`;
    throw new StoreError("unwritable", words, { cause });
  } finally {
    clear(unfinished);
  }
}

/** With the journals that a death in the midst of a write leaves: SQLite would lay them over the next file of that name. */
function clear(unfinished: string): void {
  for (const each of ["", "-journal", "-wal", "-shm"]) rmSync(`${unfinished}${each}`, { force: true });
}

/** Raises StoreError "corrupt" where it is no whole database of ours; gives the names of its migrations. */
export function requireSound(path: string): string[] {
  let copy: DatabaseSync | undefined;
  try {
    copy = new DatabaseSync(path, { readOnly: true });
    const answer = copy.prepare("pragma integrity_check(1)").get();
    if (answer?.integrity_check !== "ok") throw new Error(String(answer?.integrity_check));
    if (copy.prepare("pragma foreign_key_check").get()) throw new Error("rows that point nowhere");
    const names = copy.prepare("select name from migrations order by name").all();
    if (names.length === 0) throw new Error("no schema");
    return names.map(({ name }) => String(name));
  } catch (cause) {
    throw new StoreError("corrupt", `${path} is not a sound database of Segue.`, { cause });
  } finally {
    copy?.close();
  }
}

/** Copies it into `folder` before it is migrated, and keeps the newest five copies. */
export async function backUp(file: DatabaseSync, folder: string, now: number): Promise<string> {
  const path = join(folder, backupName(now));
  try {
    copyDatabase(file, path);
  } catch (cause) {
    throw new StoreError(
      "unwritable",
      `The database could not be backed up into ${folder} before its migration; nothing was changed.`,
      { cause },
    );
  }
  const kept = (await readdir(folder)).filter((each) => NAME.test(each)).sort();
  for (const old of kept.slice(0, -KEPT)) await rm(join(folder, old), { force: true });
  return path;
}
