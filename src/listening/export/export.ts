import { stringify } from "csv-stringify/sync";
import type { PlayPageStore, PlayPlace } from "../../contracts/imports.ts";
import { type ListenerKey, listenerOf } from "../../contracts/listening.ts";
import { ownRowOf } from "./own-row.ts";
import { cellsOf, ownColumns } from "./own-table.ts";
import { type PersonSource, personLines, saysMore } from "./person.ts";

export const exportForms = ["jsonl", "csv"] as const;
export type ExportForm = (typeof exportForms)[number];

const PAGE = 500;

/** How much of it there is: a table holds plays alone; `more` is what is kept of the person beside them. */
type Part = { text: string; rows: number; more?: true };

/**
 * Everything that is kept of a person: their plays, and as lines of JSON all else, behind them. Imported again, the plays make the
 * same ledger, and the rest is passed over.
 */
export async function* exportPerson(
  store: { playPages: PlayPageStore } & PersonSource,
  personId: string,
  form: ExportForm,
): AsyncGenerator<Part> {
  const listener = listenerOf.person(personId);
  yield* exportPlays(store, listener, form);
  if (form === "csv") return;
  const lines = await personLines(store, { personId, listener });
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  yield { text, rows: 0, ...(saysMore(lines) && { more: true }) };
}

/**
 * The listener's plays, hidden ones and those too short to count included, in the order in which
 * they were heard: text, some hundred rows at a time. Imported again, it makes the same ledger.
 */
async function* exportPlays(
  { playPages }: { playPages: PlayPageStore },
  listener: ListenerKey,
  form: ExportForm,
): AsyncGenerator<Part> {
  if (form === "csv") yield { text: stringify([[...ownColumns]]), rows: 0 };
  let after: PlayPlace | undefined;
  for (;;) {
    const page = await playPages.page(listener, after, PAGE);
    const last = page.at(-1);
    if (!last) return;
    const rows = page.map(ownRowOf);
    const text = form === "csv" ? stringify(rows.map(cellsOf)) : rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    yield { text, rows: rows.length };
    after = { startedAt: last.play.startedAt, playId: last.play.id };
  }
}
