import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";
import { makeFolder } from "../folder.ts";

const KEPT = 5;
const NAME = /^segue-\d{8}T\d{6}\d{3}Z\.sqlite$/;

/**
 * Copies the whole database, consistent as of now, into `folder` and keeps the newest five copies. It bears its name only
 * once it is complete and was found sound.
 */
export async function backUp(file: DatabaseSync, folder: string, now: number): Promise<string> {
  const name = `segue-${new Date(now).toISOString().replace(/[-:.]/g, "")}.sqlite`;
  const path = join(folder, name);
  const unfinished = `${path}.part`;
  try {
    makeFolder(folder);
    await backup(file, unfinished);
    const copy = new DatabaseSync(unfinished);
    try {
      // One plain file: a copy that stayed in WAL mode would get two more beside it whenever somebody looks into it.
      copy.exec("pragma journal_mode=delete");
      const answer = copy.prepare("pragma quick_check(1)").get();
      if (answer?.quick_check !== "ok") throw new Error("the copy is not sound");
    } finally {
      copy.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw new StoreError(
      "unwritable",
      `The database could not be backed up into ${folder} before its migration; nothing was changed.`,
      {
        cause: error,
      },
    );
  }
  const kept = (await readdir(folder)).filter((each) => NAME.test(each)).sort();
  for (const old of kept.slice(0, -KEPT)) await rm(join(folder, old), { force: true });
  return path;
}
