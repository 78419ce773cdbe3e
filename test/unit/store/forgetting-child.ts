import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../../src/clock.ts";
import { openStore } from "../../../src/store/open.ts";
import { silentLog } from "../../support/log.ts";

/** Forgets a listener, and dies once no more than so many rows of a table are left. Arguments: file, listener, table, rows. */
const [path = "", listener = "", table = "", rows = "0"] = process.argv.slice(2);
const store = await openStore({ url: `sqlite:${path}`, clock: systemClock, log: silentLog });
const file = new DatabaseSync(path, { readOnly: true });
const left = file.prepare(`select count(*) as count from ${table}`);
function look(): void {
  if (Number(left.get()?.count) <= Number(rows)) process.kill(process.pid, "SIGKILL");
  setImmediate(look);
}
look();
await store.plays.erase(listener);
process.exit(0);
