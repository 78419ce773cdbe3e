import type { BroughtState } from "../../contracts/history-files.ts";
import type { ImportRow, ImportStore } from "../../contracts/imports.ts";
import { listenerOf } from "../../contracts/listening.ts";
import type { Expected } from "./expected.ts";

type Outcome = Omit<BroughtState, "id" | "personId">;

/** How an import that ended is shown. */
export function ended({ status, counts, files, name }: ImportRow): Outcome {
  // One of an earlier run that nobody takes up: its file is not here.
  const stands = status === "failed" ? "unreadable" : status === "running" ? "stopped" : status;
  // To have found nothing is one thing, to have understood nothing another.
  const strange = counts.read === 0 && files.every(({ problem }) => problem !== undefined);
  const shownAs = stands === "done" && strange ? "unreadable" : stands;
  return { status: shownAs, counts, files, name, share: 1 };
}

/** What came of a file that an earlier run had begun to read; undefined where it was not read to its end. */
export async function outcomeOf(
  imports: Pick<ImportStore, "of">,
  { personId, begunAt, end }: Pick<Expected, "personId" | "begunAt" | "end">,
): Promise<Outcome | undefined> {
  if (begunAt === undefined) return undefined;
  // Each person has one at a time.
  const until = end?.at ?? Number.POSITIVE_INFINITY;
  const rows = await imports.of(listenerOf.person(personId));
  const row = rows.find(({ status, updatedAt }) => status !== "running" && updatedAt >= begunAt && updatedAt <= until);
  return row ? ended(row) : end && { status: end.status };
}
