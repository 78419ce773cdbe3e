import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setFlagsFromString } from "node:v8";
import type { Config } from "../config.ts";
import type { Clock } from "../contracts/clock.ts";
import { isSegueError } from "../contracts/errors.ts";
import type { ImportProgress, ImportRow } from "../contracts/imports.ts";
import { listenerOf } from "../contracts/listening.ts";
import type { Store } from "../contracts/store.ts";
import { type ExportForm, exportPerson } from "../listening/export/export.ts";
import { createHistory } from "../listening/history.ts";
import { createImporter } from "../listening/import/importer.ts";
import { folderOf, withStore } from "./data.ts";

/** Something that whoever typed the command can mend; the message is one line for them. */
export class HistoryFilesError extends Error {
  override name = "HistoryFilesError";
}

/** Alone at the database nobody waits for a turn; more at once is no faster, and takes more memory. */
const AT_ONCE = 1_000;

/** Whose history it is: who is named, or else the only operator, or else the only person. */
async function personOf({ people }: Store, named: string | undefined): Promise<string> {
  const [found, whose] =
    named === undefined
      ? [await people.operators(), "operators"]
      : [await people.called(named), `people called "${named}"`];
  const [person, other] = found;
  if (person && !other) return person.id;
  if (other) {
    const ids = found.map(({ id }) => id).join(", ");
    throw new HistoryFilesError(`There are several ${whose}. Choose one by id with --person: ${ids}`);
  }
  if (named !== undefined)
    throw new HistoryFilesError(`Nobody is called "${named}". People are known once they have written to Segue.`);
  const [name] = (await people.count()) === 1 ? await people.names() : [];
  const [only] = name === undefined ? [] : await people.called(name);
  if (only) return only.id;
  throw new HistoryFilesError("Say whose history it is with --person NAME or ID: there is no operator yet.");
}

export type ImportOptions = { path: string; person?: string; format?: string };
export type Terminal = {
  /** Lines of the result. */
  write(text: string): void;
  /** How far it has come, each in the place of the one before. */
  progress(text: string): void;
  signal: AbortSignal;
};

/** `segue import`: resolves whether all of it was read. */
export async function runImport(
  config: Config,
  clock: Clock,
  { path, person: named, format }: ImportOptions,
  terminal: Terminal,
): Promise<boolean> {
  return withStore(config, clock, async (store) => {
    const { ledger } = createHistory({ store, clock });
    const person = await personOf(store, named);
    const listener = listenerOf.person(person);
    const importer = createImporter({
      store,
      ledger,
      clock,
      folder: join(folderOf(config), "imports"),
      atOnce: AT_ONCE,
    });
    // Rows live shortly. Waiting for more of them before they are swept would only grow the process, by a quarter.
    setFlagsFromString("--semi-space-growth-factor=1");
    setFlagsFromString("--heap-growing-percent=80");
    const startedAt = clock.now();
    const job = importer.startImport(listener, path, path, {
      ...(format !== undefined && { format }),
      onProgress: (progress) => terminal.progress(progressLine(progress, clock.now() - startedAt)),
    });
    terminal.signal.addEventListener("abort", () => job.cancel());
    let row: ImportRow;
    try {
      row = await job.done;
    } catch (error) {
      if (!isSegueError(error, "InvalidInput")) throw error;
      throw new HistoryFilesError(`${path} cannot be read: check that it exists, and who may read it.`);
    }
    terminal.progress("");
    terminal.write(report(row, clock.now() - startedAt));
    const { read, kept } = row.counts;
    const detail = { status: row.status, read, kept, commandLine: true };
    await store.audit.add({ at: clock.now(), personId: person, act: "history.imported", detail });
    return row.status === "done" && row.counts.read > 0;
  });
}

/** `segue export`: to a file, which `force` may replace, or to whoever reads. Resolves with the number of plays. */
export async function runExport(
  config: Config,
  clock: Clock,
  { person: named, form, out, force }: { person?: string; form: ExportForm; out?: string; force: boolean },
  terminal: Terminal & { output: NodeJS.WritableStream },
): Promise<number> {
  return withStore(config, clock, async (store) => {
    const person = await personOf(store, named);
    let plays = 0;
    async function* texts(): AsyncGenerator<string> {
      for await (const { text, rows } of exportPerson(store, person, form)) {
        plays += rows;
        terminal.progress(`${number(plays)} plays`);
        yield text;
      }
    }
    const { signal } = terminal;
    try {
      if (out === undefined) await pipeline(texts, terminal.output, { end: false, signal });
      else await pipeline(texts, createWriteStream(out, { mode: 0o600, flags: force ? "w" : "wx" }), { signal });
    } catch (error) {
      const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { code: "", message: "" };
      if (code === "EEXIST")
        throw new HistoryFilesError(`${out} is there already: choose another name, or add --force to replace it.`);
      // Whoever reads has enough (`| head`).
      if (code !== "EPIPE") throw new HistoryFilesError(`${out ?? "The output"} cannot be written: ${message}`);
    }
    terminal.progress("");
    const detail = { format: form, plays, commandLine: true };
    await store.audit.add({ at: clock.now(), personId: person, act: "history.exported", detail });
    return plays;
  });
}

const number = (value: number): string => value.toLocaleString("en");

function progressLine({ counts, bytes, ofBytes }: ImportProgress, ms: number): string {
  const share = ofBytes > 0 ? Math.floor((100 * Math.min(bytes, ofBytes)) / ofBytes) : 100;
  return `${number(counts.read)} rows, ${share} %, ${number(Math.round((counts.read * 1_000) / Math.max(1, ms)))} a second`;
}

const whys: Record<string, string> = {
  private: "heard privately",
  deleted: "deleted before",
  time: "at no possible time",
  empty: "not heard at all",
  nameless: "without a name",
};
const problems: Record<string, string> = {
  other: "holds no listening that Segue knows",
  cut: "ends in the middle; what was whole of it is kept",
  broken: "is damaged; what could be read of it is kept",
  nested: "is an archive in an archive: unpack it first",
  bomb: "unpacks to far more than listening can be",
  many: "more files than are looked at",
  encrypted: "is locked by a password",
};
const ends: Record<string, string> = {
  done: "Imported",
  cancelled: "Stopped; the same command goes on from here",
  failed: "Ended by a fault; what was read is kept",
  gone: "Ended, as the history was deleted meanwhile",
};

/** What became of the rows and files, as a table whose rows add up. */
function report({ status, counts, files }: ImportRow, ms: number): string {
  const rows: [string, number][] = [
    ["read", counts.read],
    ["kept", counts.kept],
    ["kept, too short to count", counts.below],
    ["known already", counts.duplicate],
    ...Object.entries(counts.skipped).map(([why, count]): [string, number] => [`skipped: ${whys[why] ?? why}`, count]),
    ["not to be understood", counts.failed],
  ];
  const wide = Math.max(...rows.map(([name]) => name.length));
  const long = Math.max(...rows.map(([, count]) => number(count).length));
  const table = rows.map(([name, count]) => `  ${name.padEnd(wide)}  ${number(count).padStart(long)}`);
  const listed = files.map(({ name, format, rows: of, problem }) =>
    [
      `  ${name}`,
      ...(format === undefined ? [] : [`${number(of)} rows (${format})`]),
      ...(problem === undefined ? [] : [problems[problem] ?? problem]),
    ].join(": "),
  );
  const seconds = (ms / 1_000).toFixed(1);
  const end = status === "done" && counts.read === 0 ? "Nothing imported: no listening was found" : ends[status];
  return [`${end ?? status}, ${seconds} s.`, ...table, "", "Files:", ...listed, ""].join("\n");
}
