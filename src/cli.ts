import { existsSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { systemClock } from "./clock.ts";
import { type Config, ConfigError, loadConfig } from "./config.ts";
import type { Clock } from "./contracts/clock.ts";
import { createLog } from "./log.ts";

const usage = `segue serve                              run the bot (rehearses when no music service is set up)
segue rehearse                           run it against the built-in false service, whatever is set up
segue setup                              connect music and chat platforms, step by step, and test each at once
segue doctor                             check everything that is set up, with what to do where it is not well
segue parse --jsonl [--locale en]        what sentences mean: JSON lines in, JSON lines out
segue import PATH [--person ID|NAME] [--format NAME]
                                         what was heard elsewhere: a folder, a zip or a file of listening
segue export [--person ID|NAME] [--format jsonl|csv] [--out FILE [--force]]
                                         everything that was heard, to be read or imported again
segue keys                               which encryption keys there are, and how much each seals
segue keys rotate                        seal everything with a new key, also while Segue runs
segue keys forget ID [--yes]             take out a key that nothing needs, or one that is lost with all it has sealed
segue backup PATH                        copy the database, also while Segue runs; keys are not in the copy
segue restore PATH                       put a copy into a data folder without a database
segue audit [--limit 100] [--jsonl]      who did what, and when: links, grants, roles, exports, deletions, keys
segue help                               this text
`;

/** A start that failed for a reason somebody can mend: one line, exit 1, no stack. */
class Complaint extends Error {}

/** Takes the secrets of the settings out of what is printed, once these are known. */
let hide = (text: string): string => text;

// The report of a crash holds the environment, and so the secrets in it.
process.report.excludeEnv = true;
// Node itself would print everything that hangs on the error, as libraries hang requests with their headers there.
process.on("uncaughtException", end);
try {
  await run(process.argv.slice(2));
} catch (error) {
  end(error);
}

function end(error: unknown): never {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const known = error instanceof Complaint || error instanceof ConfigError || namesItself(error);
  process.stderr.write(`${hide(known ? message : (stack ?? message))}\n`);
  process.exit(1);
}

async function run([command, ...rest]: string[]): Promise<void> {
  switch (command) {
    case "serve":
      return serve(loadConfig(), rest);
    case "rehearse":
      return serve(loadConfig(undefined, undefined, { rehearse: true }), rest);
    case "setup":
      return setup(rest);
    case "doctor":
      return doctor(rest);
    case "parse":
      return parse(rest);
    case "import":
      return importHistory(loadConfig(), rest);
    case "export":
      return exportHistory(loadConfig(), rest);
    case "keys":
      return keys(loadConfig(), rest);
    case "backup":
      return backup(loadConfig(), rest);
    case "restore":
      return restore(loadConfig(), rest);
    case "audit":
      return audit(loadConfig(), rest);
    case "help":
    case "--help":
    case "-h":
      process.stdout.write(usage);
      return;
    default:
      throw new Complaint(
        command === undefined ? usage.trimEnd() : `"${command}" is not a command of segue.\n${usage.trimEnd()}`,
      );
  }
}

/** Errors of the store, the web server, the vault and of files of history are written to be shown as they are. */
function namesItself(error: unknown): boolean {
  return error instanceof Error && ["StoreError", "WebError", "VaultError", "HistoryFilesError"].includes(error.name);
}

async function serve(config: Config, rest: string[]): Promise<void> {
  if (rest.length > 0) throw new Complaint(`segue serve takes no arguments; "${rest.join(" ")}" is one too many.`);
  const [{ startSegue }, { createHide }] = await Promise.all([import("./main.ts"), import("./main/secrets.ts")]);
  hide = createHide(config);
  const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const stream = interactive ? process.stderr : process.stdout;
  const log = createLog({
    level: config.LOG_LEVEL ?? (interactive ? "error" : "info"),
    write: (line) => stream.write(hide(line)),
  });
  process.off("uncaughtException", end);
  process.on("uncaughtException", (error) => {
    log.error({ err: error }, "ended by a fault of its own");
    process.exit(1);
  });
  const ended = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.resolve());

  const segue = await startSegue(config, {
    clock: config.rehearsal ? await movableClock() : systemClock,
    log,
    ...(interactive
      ? { terminal: { input: process.stdin, output: process.stdout }, onTerminalClosed: () => ended.resolve() }
      : {}),
  });
  process.stdout.write(`${greeting(segue)}\n`);
  // Written at a regular end by itself; a kill must not cost the next start its speed.
  flushCompileCache();
  try {
    await Promise.race([ended.promise, segue.failed]);
  } finally {
    await segue.stop();
  }
  process.exit(0);
}

async function doctor(rest: string[]): Promise<void> {
  if (rest.length > 0) throw new Complaint(`segue doctor takes no arguments; "${rest.join(" ")}" is one too many.`);
  const { runDoctor } = await import("./main/doctor.ts");
  const well = await runDoctor(systemClock, (text) => process.stdout.write(`${printable(text)}\n`));
  process.exit(well ? 0 : 1);
}

async function setup(rest: string[]): Promise<void> {
  if (rest.length > 0) throw new Complaint(`segue setup takes no arguments; "${rest.join(" ")}" is one too many.`);
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true)
    throw new Complaint("segue setup asks questions and needs a terminal. Without one, write .env (see .env.example).");
  const [{ runSetup }, { createTerminalAsker }] = await Promise.all([
    import("./main/setup.ts"),
    import("./setup/terminal.ts"),
  ]);
  const ask = createTerminalAsker({ input: process.stdin, output: process.stdout });
  const done = await runSetup({ clock: systemClock, ask, envFile: ".env" });
  process.exit(done ? 0 : 1);
}

/** In a rehearsal, time itself can be moved on by its control interface: for the bot and the false service alike. */
async function movableClock(): Promise<Clock> {
  const { createOffsetClock } = await import("./rehearsal/index.ts");
  return createOffsetClock(systemClock);
}

function greeting(segue: {
  url: string;
  rehearsal: boolean;
  dataDir: string;
  operatorCode: string | undefined;
}): string {
  return [
    segue.rehearsal
      ? "Segue is rehearsing: the music service is a built-in false one, and no account anywhere is touched."
      : "Segue is running.",
    `  Chat:      ${segue.url}/`,
    `  Data:      ${segue.dataDir}`,
    ...(segue.rehearsal
      ? ["  For real:  npm run -s segue -- setup (or set SPOTIFY_CLIENT_ID or MPD_URL: see README.md)"]
      : []),
    ...(segue.operatorCode === undefined
      ? []
      : [`  Operator:  type ${segue.operatorCode} to the bot to become its operator`]),
  ].join("\n");
}

async function parse(args: string[]): Promise<void> {
  const { jsonl, locale } = parseArguments(args);
  if (!jsonl) throw new Complaint("segue parse needs --jsonl: it reads JSON lines and writes JSON lines.");
  const { createLanguage, parseLines } = await import("./language/index.ts");
  const { serviceNames } = await import("./main/links.ts");
  const { recognise } = await import("./music/providers/spotify/links.ts");
  const language = createLanguage({
    links: {
      find(text) {
        const found = recognise(text);
        return found && { url: text.slice(found.start, found.end), start: found.start, end: found.end };
      },
    },
    names: ["segue"],
    services: serviceNames(),
  });
  if (!language.locales.includes(locale))
    throw new Complaint(`There is no language "${locale}"; there is: ${language.locales.join(", ")}.`);
  // Whoever reads has enough (`| head`): the end, and no fault.
  process.stdout.on("error", () => process.exit(0));
  await parseLines(language, {
    input: createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY }),
    output: (line: string) => process.stdout.write(`${line}\n`),
    defaultLocale: locale,
  });
}

async function importHistory(config: Config, args: string[]): Promise<void> {
  const { values, positionals } = argumentsOf(() =>
    parseArgs({ args, allowPositionals: true, options: { person: { type: "string" }, format: { type: "string" } } }),
  );
  const [path, more] = positionals;
  if (path === undefined || more !== undefined)
    throw new Complaint("segue import needs one PATH: a folder, a zip or a file.");
  const [{ runImport }, { formatNames }] = await Promise.all([
    import("./main/history-files.ts"),
    import("./listening/import/formats/index.ts"),
  ]);
  const { person, format } = values;
  if (format !== undefined && !formatNames.includes(format))
    throw new Complaint(`There is no format "${format}"; there is: ${formatNames.join(", ")}.`);
  const options = { path, ...(person !== undefined && { person }), ...(format !== undefined && { format }) };
  const well = await runImport(config, systemClock, options, terminal());
  process.exit(well ? 0 : 1);
}

async function exportHistory(config: Config, args: string[]): Promise<void> {
  const { values } = argumentsOf(() =>
    parseArgs({
      args,
      options: {
        person: { type: "string" },
        format: { type: "string" },
        out: { type: "string" },
        force: { type: "boolean", default: false },
      },
    }),
  );
  const [{ runExport }, { exportForms }] = await Promise.all([
    import("./main/history-files.ts"),
    import("./listening/export/export.ts"),
  ]);
  const { person, out, force, format = out?.endsWith(".csv") ? "csv" : "jsonl" } = values;
  const form = exportForms.find((name) => name === format);
  if (!form) throw new Complaint(`There is no format "${format}"; there is: ${exportForms.join(", ")}.`);
  const options = { form, force, ...(person !== undefined && { person }), ...(out !== undefined && { out }) };
  const plays = await runExport(config, systemClock, options, { ...terminal(), output: process.stdout });
  if (out !== undefined) process.stderr.write(`${plays.toLocaleString("en")} plays in ${out}\n`);
  process.exit(0);
}

async function keys(config: Config, args: string[]): Promise<void> {
  const { values, positionals } = argumentsOf(() =>
    parseArgs({ args, allowPositionals: true, options: { yes: { type: "boolean", default: false } } }),
  );
  const [act, id, ...rest] = positionals;
  const fits = act === undefined || act === "rotate" ? id === undefined : act === "forget" && id !== undefined;
  if (!fits || rest.length > 0)
    throw new Complaint("segue keys takes nothing, or rotate, or forget and the id of a key.");
  const { forget, listKeys, rotate } = await import("./main/keys.ts");
  const well =
    id === undefined
      ? await (act === "rotate" ? rotate : listKeys)(config, systemClock, terminal())
      : await forget(config, systemClock, { id, yes: values.yes }, terminal());
  process.exit(well ? 0 : 1);
}

async function backup(config: Config, [path, ...rest]: string[]): Promise<void> {
  if (path === undefined || rest.length > 0)
    throw new Complaint("segue backup needs one PATH: a file to make, or a folder.");
  if (/[\\/]$/.test(path) && !existsSync(path))
    throw new Complaint(`There is no folder ${path}: make it first, or leave the slash out to name a file.`);
  const { runBackup } = await import("./main/backup.ts");
  await runBackup(config, systemClock, path, terminal());
  process.exit(0);
}

async function restore(config: Config, [path, ...rest]: string[]): Promise<void> {
  if (path === undefined || rest.length > 0)
    throw new Complaint("segue restore needs one PATH: a copy that segue backup made.");
  const { runRestore } = await import("./main/backup.ts");
  const well = await runRestore(config, systemClock, path, terminal());
  process.exit(well ? 0 : 1);
}

async function audit(config: Config, args: string[]): Promise<void> {
  const { values } = argumentsOf(() =>
    parseArgs({
      args,
      options: { limit: { type: "string", default: "100" }, jsonl: { type: "boolean", default: false } },
    }),
  );
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 50_000)
    throw new Complaint("--limit needs a whole number from 1 to 50000.");
  const { showAudit } = await import("./main/audit.ts");
  // Whoever reads has enough (`| head`): the end, and no fault.
  process.stdout.on("error", () => process.exit(0));
  await showAudit(config, systemClock, { limit, jsonl: values.jsonl }, terminal());
  process.exit(0);
}

/** Names of people, files and songs come from outside: nothing in them moves the cursor or turns the line around it. */
function printable(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, "");
}

/** Progress goes where somebody looks, each over the one before. */
function terminal() {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  return {
    write: (text: string) => void process.stdout.write(printable(text)),
    progress: (text: string) => void (process.stderr.isTTY && process.stderr.write(`\r\x1b[K${printable(text)}`)),
    signal: stop.signal,
  };
}

function argumentsOf<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Node's further lines tell of ways to write a value that none of our options takes.
    throw new Complaint(`${message.split("\n")[0]} segue help shows how each command is written.`);
  }
}

function parseArguments(args: string[]): { jsonl: boolean; locale: string } {
  const options = { jsonl: { type: "boolean", default: false }, locale: { type: "string", default: "en" } } as const;
  return argumentsOf(() => parseArgs({ args, options }).values);
}
