import { join } from "node:path";
import type { Config } from "../config.ts";
import type { Adapter } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Events } from "../contracts/events.ts";
import type { Ledger } from "../contracts/listening.ts";
import type { Log } from "../contracts/log.ts";
import type { Store } from "../contracts/store.ts";
import { createHistoryFiles } from "../listening/files/history-files.ts";
import { createImporter } from "../listening/import/importer.ts";
import { type Note, noteExports, noteImports } from "./audited.ts";

/** Rows of one file that are written before others get their turn. */
const rowsAtOnce = 200;

/** Files of listening that people bring and take away, by chat and by pages of ours. */
export function connectFiles(
  config: Pick<Config, "PUBLIC_URL">,
  parts: {
    ledger: Ledger;
    /** They may be started later. */
    adapters: () => readonly Adapter[];
    dataDir: string;
    localUrl: string;
    store: Store;
    note: Note;
    /** For metrics. */
    imported: (rows: { read: number; kept: number }) => void;
    events: Events;
    clock: Clock;
    log: Log;
  },
) {
  const { ledger, adapters, dataDir, localUrl, store, note, events, clock, log } = parts;
  const importer = createImporter({ store, ledger, clock, folder: join(dataDir, "imports"), atOnce: rowsAtOnce });
  const files = createHistoryFiles({
    store,
    importer: noteImports(importer, note, parts.imported),
    adapters,
    events,
    async namesOf(personId) {
      const [accounts, identities] = await Promise.all([
        store.accounts.ofPerson(personId),
        store.people.identities(personId),
      ]);
      return [
        ...accounts.flatMap(({ subject, displayName }) => [subject, displayName ?? subject]),
        ...identities.map(({ name }) => name),
      ];
    },
    ...(config.PUBLIC_URL === undefined ? {} : { publicUrl: config.PUBLIC_URL }),
    localUrl,
    commands: { bring: "npm run -s segue -- import FILE", take: "npm run -s segue -- export --out" },
    clock,
    log,
  });
  return noteExports(files, note);
}
