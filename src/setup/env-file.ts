import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { parseEnv } from "node:util";

const OWNER_ONLY = 0o600;

/** What a `.env` file holds now; empty when there is none. */
export function readEnv(path: string): Record<string, string> {
  if (!existsSync(path)) return {};
  return Object.fromEntries(
    Object.entries(parseEnv(readFileSync(path, "utf8"))).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

/**
 * Puts values into a `.env` file and leaves every other line as it was. Written whole beside it and then put in its place,
 * readable for its owner alone: a crash leaves the old file or the new one.
 */
export function writeEnv(path: string, values: Readonly<Record<string, string>>): void {
  const before = existsSync(path) ? readFileSync(path, "utf8").replace(/\n+$/, "").split("\n") : [];
  const open = new Map(Object.entries(values));
  const lines = before.flatMap((line) => {
    const name = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=/.exec(line)?.[1];
    if (name === undefined || !(name in values)) return [line];
    const value = open.get(name);
    open.delete(name);
    return value === undefined ? [] : [lineOf(name, value)];
  });
  for (const [name, value] of open) lines.push(lineOf(name, value));
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, "w", OWNER_ONLY);
  try {
    writeSync(file, `${lines.join("\n")}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}

function lineOf(name: string, value: string): string {
  if (/^[\w.:/@+=,-]*$/.test(value)) return `${name}=${value}`;
  const quote = ["'", '"', "`"].find((mark) => !value.includes(mark));
  if (quote === undefined || value.includes("\n"))
    throw new Error(`${name} cannot be written to a .env file; put it into a file of its own and set ${name}_FILE.`);
  return `${name}=${quote}${value}${quote}`;
}
