import type { Config } from "../config.ts";
import type { Clock } from "../contracts/clock.ts";
import type { AuditRow } from "../contracts/people-store.ts";
import { besideSegue } from "./data.ts";

/** `segue audit`: the newest last, as a log reads. */
export async function showAudit(
  config: Config,
  clock: Clock,
  { limit, jsonl }: { limit: number; jsonl: boolean },
  { write }: { write(text: string): void },
): Promise<void> {
  await besideSegue(config, clock, async (store) => {
    const rows = (await store.audit.recent(limit)).reverse();
    const names = new Map<string, string>();
    for (const id of new Set(rows.flatMap(({ personId }) => personId ?? [])))
      names.set(id, (await store.people.identities(id))[0]?.name ?? "somebody who is gone");
    for (const row of rows) write(`${jsonl ? JSON.stringify(plain(row)) : lineOf(row, names)}\n`);
    if (rows.length === 0 && !jsonl) write("Nothing has been noted yet.\n");
  });
}

const plain = ({ at, personId, act, detail }: AuditRow) => ({
  at: new Date(at).toISOString(),
  ...(personId !== undefined && { person: personId }),
  act,
  detail,
});

/** People choose their names: what would move a terminal's cursor is left out. */
function lineOf({ at, personId, act, detail }: AuditRow, names: ReadonlyMap<string, string>): string {
  const who = personId === undefined ? "" : `  ${names.get(personId) ?? ""} (${personId})`;
  const line = `${new Date(at).toISOString()}  ${act}${who}  ${JSON.stringify(detail)}`;
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "");
}
