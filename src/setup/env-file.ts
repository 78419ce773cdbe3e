import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { replaceFile } from "../safe-file.ts";
import { readEnvText, settled } from "./env-text.ts";

/** A `.env` file that cannot be read or written, in words for whoever sits there. */
export class EnvFileError extends Error {
  override readonly name = "EnvFileError";
}

/** What a `.env` file holds now, without what is set to nothing; empty when there is none. Raises EnvFileError. */
export function readEnv(path: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(readEnvText(textOf(path))).flatMap(([name, value]) => (value.trim() === "" ? [] : [[name, value]])),
  );
}

/** Raises EnvFileError where `writeEnv` could not write, before anybody has answered a question. */
export function checkWritable(path: string): void {
  const before = textOf(path);
  // As answers will be: what stands behind a quote that somebody left open would be lost.
  for (const probe of ["x", "a b"]) change(path, before, { SEGUE_PROBE: probe });
  const target = targetOf(path);
  try {
    accessSync(dirname(target), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new EnvFileError(`${path} cannot be written: the folder ${dirname(target)} ${whyNot(error)}.`);
  }
}

/**
 * Puts values into a `.env` file and leaves every other line as it was. From then on it is readable for its owner alone. A
 * crash leaves the old file or the new one. Raises EnvFileError.
 */
export function writeEnv(path: string, values: Readonly<Record<string, string>>): void {
  const after = change(path, textOf(path), values);
  const target = targetOf(path);
  try {
    replaceFile(target, after, { draft: `${target}.${process.pid}` });
  } catch (error) {
    throw new EnvFileError(`${path} cannot be written: it ${whyNot(error)}.`);
  }
}

/** Raises EnvFileError where it would not be read back as it is meant. */
function change(path: string, before: string, values: Readonly<Record<string, string>>): string {
  const after = settled(changed(before, values));
  const meant = JSON.stringify(sorted({ ...readEnvText(before), ...values }));
  if (JSON.stringify(sorted(readEnvText(after))) !== meant)
    throw new EnvFileError(
      `${path} was left as it is: a quotation mark in it is opened and never closed. Mend it first.`,
    );
  return after;
}

function changed(before: string, values: Readonly<Record<string, string>>): string {
  const end = before.includes("\r\n") ? "\r\n" : "\n";
  const open = new Map(Object.entries(values));
  const lines = entriesOf(before).flatMap(({ raw, name, prefix, value, comment }) => {
    if (name === undefined || !(name in values)) return [raw];
    const fresh = open.get(name);
    open.delete(name);
    if (fresh === undefined) return [];
    if (fresh === value) return [raw];
    return [`${prefix}${lineOf(name, fresh)}${comment === "" ? "" : ` ${comment}`}${raw.endsWith("\r") ? "\r" : ""}`];
  });
  const added = [...open].map(([name, value]) => `${lineOf(name, value)}${end}`);
  return [...lines.map((line) => `${line}\n`), ...added].join("");
}

type Entry = { raw: string; name?: string; prefix: string; value?: string; comment: string };

/** The file by entries: a line each, and more where a quoted value goes over several. */
function entriesOf(text: string): Entry[] {
  const lines = text
    .replace(/(\r?\n)+$/, "$1")
    .replace(/\n$/, "")
    .split("\n");
  if (lines.length === 1 && lines[0] === "") return [];
  const entries: Entry[] = [];
  while (lines.length > 0) {
    const [, prefix = "", name, given = ""] =
      /^(\s*(?:export\s+)?)([^\s=#]+)\s*=[ \t]*([^\n]*)$/.exec(lines[0] ?? "") ?? [];
    const quote = /^["'`]/.exec(given)?.[0];
    const rest = [given.slice(1), ...lines.slice(1)];
    const last = quote === undefined ? -1 : rest.findIndex((line) => line.includes(quote));
    const raw = lines.splice(0, last + 1 || 1).join("\n");
    const ending = rest[last] ?? "";
    const tail = quote === undefined || last < 0 ? given : ending.slice(ending.indexOf(quote) + 1);
    const value = name === undefined ? undefined : readEnvText(raw)[name];
    entries.push({
      raw,
      prefix,
      comment: (/#.*/.exec(tail)?.[0] ?? "").trimEnd(),
      ...(name === undefined ? {} : { name }),
      ...(value === undefined ? {} : { value }),
    });
  }
  return entries;
}

function lineOf(name: string, value: string): string {
  if (/^[\w.:/@+=,-]*$/.test(value)) return `${name}=${value}`;
  // Between double quotes alone, a backslash and an n are read as a new line.
  const quote = ["'", '"', "`"].find((mark) => !value.includes(mark) && !(mark === '"' && value.includes("\\n")));
  if (quote === undefined || /[\r\n]/.test(value))
    throw new EnvFileError(
      `${name} cannot be written to a .env file; put it into a file of its own and set ${name}_FILE.`,
    );
  return `${name}=${quote}${value}${quote}`;
}

function textOf(path: string): string {
  try {
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  } catch (error) {
    throw new EnvFileError(
      `${path} ${statSync(path).isDirectory() ? "is a folder" : `cannot be read: it ${whyNot(error)}`}.`,
    );
  }
}

/** Through a link to the file itself, which would else be a file of its own from then on. */
function targetOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : resolve(path);
}

const sorted = (values: Record<string, string>) =>
  Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1));

function whyNot(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "EACCES" || code === "EPERM") return "belongs to somebody else or is read-only";
  if (code === "EROFS") return "is on a read-only disk";
  if (code === "ENOENT") return "does not exist";
  if (code === "ENOSPC") return "finds the disk full";
  return `answers ${code || "with an error"}`;
}
