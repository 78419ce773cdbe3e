import { parse } from "csv-parse/sync";
import type { FileProblem } from "../../contracts/imports.ts";
import type { Columns, Format } from "./formats/format.ts";
import { formats } from "./formats/index.ts";
import { ArrayCutter, broken, lineCutter, type RowCutter } from "./json-rows.ts";
import { delimiterOf, tableLines } from "./table-rows.ts";

/** Rows of one file, in their order, each to be read by the format. In the place of what is no row, `broken`. */
export type Rows = { format: Format; rows: unknown[] };

/** As much of a file as it takes to know what it is. */
const HEAD = 64 * 1024;
const FIRST_ROWS = 20;
const UNDECIDED_ROWS = 1_000;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const archives = [Buffer.from("PK"), Buffer.from([0x1f, 0x8b]), Buffer.from("Rar!"), Buffer.from("7z")];

/** What a file holds, by what stands in it. Returns what is wrong with it. */
export async function* rowsOf(
  chunks: AsyncIterable<Buffer>,
  wanted?: Format,
): AsyncGenerator<Rows, FileProblem | undefined> {
  const { head, all } = await withHead(chunks);
  if (archives.some((sign) => head.subarray(0, sign.length).equals(sign))) return "nested";
  const text = head.toString("utf8").trimStart();
  const known = wanted ? [wanted] : formats;
  if (text.startsWith("[")) return yield* jsonRows(all, new ArrayCutter(), known);
  if (text.startsWith("{")) {
    const inLines = text.split("\n", FIRST_ROWS).some((line) => known.some((format) => claims(format, parsed(line))));
    return yield* jsonRows(all, inLines ? lineCutter() : new ArrayCutter(), known);
  }
  return yield* tableRows(all, text, known);
}

async function withHead(chunks: AsyncIterable<Buffer>): Promise<{ head: Buffer; all: AsyncIterable<Buffer> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let length = 0;
  while (length < HEAD) {
    const { value, done } = await iterator.next();
    if (done) break;
    first.push(value);
    length += value.length;
  }
  const joined = Buffer.concat(first);
  const head = joined.subarray(0, 3).equals(BOM) ? joined.subarray(3) : joined;
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (head.length > 0) yield head;
      yield* { [Symbol.asyncIterator]: () => iterator };
    } finally {
      await iterator.return?.();
    }
  }
  return { head: head.subarray(0, HEAD), all: all() };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function claims(format: Format, element: unknown): boolean {
  const row: unknown = Array.isArray(element) ? element[0] : element;
  return typeof row === "object" && row !== null && format.claims(row as Record<string, unknown>);
}

async function* jsonRows(
  chunks: AsyncIterable<Buffer>,
  cutter: RowCutter,
  known: readonly Format[],
): AsyncGenerator<Rows, FileProblem | undefined> {
  let format: Format | undefined;
  let undecided: unknown[] = [];
  /** What can be handed on; undefined when this is no listening. */
  function decide(elements: unknown[]): Rows | "wait" | "other" {
    if (!format) {
      for (const element of elements) undecided.push(element);
      const first = undecided.filter((element) => element !== broken).slice(0, FIRST_ROWS);
      format = known.find((each) => first.some((element) => claims(each, element)));
      if (!format) return first.length >= FIRST_ROWS || undecided.length >= UNDECIDED_ROWS ? "other" : "wait";
      elements = undecided;
      undecided = [];
    }
    const { rows } = format;
    return { format, rows: rows ? elements.flatMap((each) => (each === broken ? broken : rows(each))) : elements };
  }
  for await (const chunk of chunks) {
    const rows = decide(cutter.push(chunk));
    if (rows === "other") return "other";
    if (rows !== "wait") yield rows;
  }
  const { rows: last, at } = cutter.end();
  const rows = decide(last);
  if (typeof rows === "string")
    return undecided.length > 0 && undecided.every((row) => row === broken) ? "broken" : "other";
  yield rows;
  return at === "end" ? undefined : at;
}

async function* tableRows(
  chunks: AsyncIterable<Buffer>,
  head: string,
  known: readonly Format[],
): AsyncGenerator<Rows, FileProblem | undefined> {
  const delimiter = delimiterOf(head.split("\n", 1)[0] ?? "");
  const table = tableOf(head, delimiter, known);
  if (!table) return "other";
  const { format, columns } = table;
  let titled = columns.titled;
  try {
    for await (const lines of tableLines(chunks, delimiter)) {
      const rows: unknown[] = lines.map((line) =>
        Object.fromEntries(columns.names.map((name, at) => [name, line[at] ?? ""])),
      );
      if (titled && rows.length > 0) {
        rows.shift();
        titled = false;
      }
      yield { format, rows };
    }
  } catch {
    return "broken";
  }
  return undefined;
}

function tableOf(
  head: string,
  delimiter: string,
  known: readonly Format[],
): { format: Format; columns: Columns } | undefined {
  let lines: string[][];
  try {
    const text = head.split("\n", FIRST_ROWS).join("\n");
    lines = parse(text, {
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
    });
  } catch {
    return undefined;
  }
  for (const format of known) {
    const columns = format.columns?.(lines);
    if (columns) return { format, columns };
  }
  return undefined;
}
