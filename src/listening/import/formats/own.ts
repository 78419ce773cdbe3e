import { ownRowSchema, sightingsOfOwn } from "../../export/own-row.ts";
import { ownColumns, rowOfCells } from "../../export/own-table.ts";
import { personKinds } from "../../export/person.ts";
import type { Format, RowRead } from "./format.ts";

const isRow = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A line that is about the person themselves: nothing that was heard. */
const isPersonal = (row: unknown): boolean => isRow(row) && personKinds.some((kind) => kind === row.about);

/** What Segue itself wrote out, as lines of JSON or as a table. */
function read(value: unknown): RowRead {
  const row = isRow(value) && "started_at" in value ? rowOfCells(value as Record<string, string>) : value;
  const parsed = ownRowSchema.safeParse(row);
  if (!parsed.success) return "failed";
  return parsed.data.title.trim() === "" ? "nameless" : sightingsOfOwn(parsed.data);
}

export const own: Format = {
  name: "segue",
  claims: (row) => isPersonal(row) || ("startedAt" in row && "listenedMs" in row && Array.isArray(row.sources)),
  rows: (element) => (isPersonal(element) ? [] : [element]),
  columns: ([firstLine = []]) =>
    ["started_at", "listened_ms", "sources"].every((name) => firstLine.includes(name)) &&
    firstLine.every((name) => (ownColumns as readonly string[]).includes(name))
      ? { names: [...firstLine], titled: true }
      : undefined,
  read,
};
