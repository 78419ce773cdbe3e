import type { FileProblem, ImportedFile, ImportPosition, SkipReason } from "../../contracts/imports.ts";
import type { Period, Sighting } from "../../contracts/listening.ts";
import type { ImportSource } from "./files.ts";
import type { Format, RowRead } from "./formats/format.ts";
import { FileFault, type ImportFile } from "./import-file.ts";
import { broken } from "./json-rows.ts";
import { rowsOf } from "./rows.ts";

/** Some rows that follow each other, read. */
export type Batch = {
  /** Behind the last of them. */
  position: ImportPosition;
  /** How much of all files was looked at by then, in bytes. */
  bytes: number;
  read: number;
  failed: number;
  skipped: Partial<Record<SkipReason, number>>;
  /** What was seen, row by row: a row may tell of several sources. */
  plays: Sighting[][];
  /** The file whose end this is. */
  file?: ImportedFile;
  /** All that was heard then stands in that file, silence included. */
  covers?: Period;
};

/** Rows without anything to keep cost little: this many make a batch. */
const ROWS_AT_MOST = 20_000;

/** All rows of the source from the position on, `size` sightings or a few more at a time. */
export async function* readBatches(
  source: ImportSource,
  { from, format, size }: { from: ImportPosition; format?: Format; size: number },
): AsyncGenerator<Batch> {
  let before = source.files.slice(0, from.file).reduce((sum, { bytes }) => sum + bytes, 0);
  for (const [at, file] of source.files.entries()) {
    if (at < from.file) continue;
    const skip = at === from.file ? from.row : 0;
    yield* readFile(file, { at, before, skip, size, ...(format && { format }) });
    before += file.bytes;
  }
}

type Reading = { at: number; before: number; skip: number; size: number; format?: Format };

async function* readFile(file: ImportFile, { at, before, skip, size, format }: Reading): AsyncGenerator<Batch> {
  let row = 0;
  let bytes = 0;
  let used: string | undefined;
  let problem: FileProblem | undefined = file.problem;
  const pending = createPending();
  const covers = createCoverage();
  const batch = (): Batch => pending.take({ position: { file: at, row }, bytes: before + Math.min(bytes, file.bytes) });
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of file.open()) {
      bytes += chunk.length;
      yield chunk;
    }
  }
  if (problem === undefined)
    try {
      const parts = rowsOf(counted(), format);
      for (;;) {
        const part = await parts.next();
        if (part.done) {
          problem = part.value;
          break;
        }
        used = part.value.format.name;
        const { format: of, rows } = part.value;
        for (const element of rows) {
          const known = row++ < skip;
          if (known && !of.complete) continue;
          const said = element === broken ? "failed" : of.read(element);
          if (of.complete) covers.note(said);
          if (known) continue;
          pending.add(said);
          if (pending.sightings() >= size || pending.rows() >= ROWS_AT_MOST) yield batch();
        }
      }
    } catch (error) {
      // Whatever stands in one file does not keep the others from being read.
      problem = error instanceof FileFault ? error.problem : "broken";
    }
  const period = problem === undefined || problem === "cut" ? covers.period() : undefined;
  yield {
    ...batch(),
    ...(period && { covers: period }),
    position: { file: at + 1, row: 0 },
    bytes: before + file.bytes,
    file: { name: file.name, rows: row, ...(used !== undefined && { format: used }), ...(problem && { problem }) },
  };
}

/** Nothing that records listening is older. */
const EARLIEST_AT = Date.UTC(2002, 0, 1);

/** From when until when a file knows everything: where its rows are in their order, and each could be read. */
function createCoverage() {
  let period: Period | undefined;
  let sound = true;
  return {
    note(said: RowRead): void {
      if (said === "failed") sound = false;
      if (typeof said === "string") return;
      for (const { startedAt, endedAt } of said) {
        if (startedAt < EARLIEST_AT || (period && endedAt < period.untilAt)) sound = false;
        period = { fromAt: period?.fromAt ?? startedAt, untilAt: endedAt };
      }
    },
    period: () => (sound ? period : undefined),
  };
}

function createPending() {
  let plays: Sighting[][] = [];
  let [read, failed, seen] = [0, 0, 0];
  let skipped: Batch["skipped"] = {};
  return {
    rows: () => read,
    sightings: () => seen,
    add(said: RowRead): void {
      read++;
      if (said === "failed") failed++;
      else if (typeof said === "string") skipped[said] = (skipped[said] ?? 0) + 1;
      else {
        plays.push(said);
        seen += said.length;
      }
    },
    take(where: Pick<Batch, "position" | "bytes">): Batch {
      const batch = { ...where, read, failed, skipped, plays };
      [read, failed, seen, skipped, plays] = [0, 0, 0, {}, []];
      return batch;
    },
  };
}
