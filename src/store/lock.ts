import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "./errors.ts";
import { makeFolder } from "./folder.ts";
import { sqliteCode } from "./sql/sqlite.ts";

export interface DataDirLock {
  /** Gives the folder free. Dying does the same. */
  release(): void;
}

function holder(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, "utf8").trim());
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Holds the data folder for this process: a second one is refused with StoreError "locked". Node offers no file lock of
 * its own, so it is the one that SQLite takes on `segue.lock`: the operating system drops it with the process, however
 * that ends, so nothing stale is ever left. The number in `segue.pid` only tells people who holds it. `keys` is a second one,
 * for who changes the keys beside a Segue that runs.
 */
export function lockDataDir(dir: string, name: "segue" | "keys" = "segue"): DataDirLock {
  const pidFile = join(dir, `${name}.pid`);
  let file: DatabaseSync | undefined;
  try {
    makeFolder(dir);
    file = new DatabaseSync(join(dir, `${name}.lock`), { timeout: 0 });
    // A journal in memory: the lock leaves no other file behind.
    file.exec("pragma journal_mode=memory; begin exclusive");
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    file?.close();
    const code = sqliteCode(error);
    if (code === 5) {
      const pid = holder(pidFile);
      const who = pid === undefined ? "Another Segue" : `Another Segue (process ${pid})`;
      const doing = name === "keys" ? `is changing the keys in ${dir}.` : `is using ${dir}.`;
      const todo = name === "keys" ? "Wait until it is done." : "Stop it first, or choose another DATA_DIR.";
      throw new StoreError("locked", `${who} ${doing} ${todo}`, {
        ...(pid !== undefined && { pid }),
      });
    }
    throw new StoreError(
      "unwritable",
      `The data folder ${dir} cannot be written: check that it exists, who owns it, and the disk.`,
      {
        cause: error,
      },
    );
  }
  const held = file;
  return {
    release() {
      if (!held.isOpen) return;
      rmSync(pidFile, { force: true });
      held.close();
    },
  };
}
