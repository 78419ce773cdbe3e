import { stringify } from "csv-stringify/sync";
import type { PlayPageStore, PlayPlace } from "../../contracts/imports.ts";
import type { ListenerKey } from "../../contracts/listening.ts";
import { ownRowOf } from "./own-row.ts";
import { cellsOf, ownColumns } from "./own-table.ts";

export const exportForms = ["jsonl", "csv"] as const;
export type ExportForm = (typeof exportForms)[number];

const PAGE = 500;

/**
 * Everything that is kept of the listener's plays, hidden ones and those too short to count included, in the order in which
 * they were heard: text, some hundred rows at a time. Imported again, it makes the same ledger.
 */
export async function* exportPlays(
  { playPages }: { playPages: PlayPageStore },
  listener: ListenerKey,
  form: ExportForm,
): AsyncGenerator<{ text: string; rows: number }> {
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
