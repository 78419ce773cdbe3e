import { createSecretKey, randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Log } from "../contracts/log.ts";
import type { Key, KeyRing } from "./vault.ts";
import { VaultError } from "./vault-error.ts";

const FILE = "encryption-keys";
const KEY_BYTES = 32;
const ownerOnly = 0o600;

/**
 * The keys of the ENCRYPTION_KEYS setting, or of the file `encryption-keys` in the data folder, which is made (mode 0600) on
 * the first run. With both, the setting's first key is in use and the file's keys still open what they sealed.
 */
export function loadKeyRing(options: { setting?: string; dataDir: string; log: Log }): KeyRing {
  const path = join(options.dataDir, FILE);
  const given = options.setting === undefined ? [] : parseKeys(options.setting, "ENCRYPTION_KEYS");
  const filed = readKeys(path, options.log);
  const ring = [...given, ...(filed ?? []).filter(({ id }) => !given.some((key) => key.id === id))];
  const [first, ...rest] = ring;
  return first ? [first, ...rest] : makeKeys(path, options.log);
}

/** Reads `id:base64` keys, separated by commas or line breaks. Raises VaultError with what to do, never with a key in it. */
function parseKeys(text: string, source: string): Key[] {
  const keys = text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "" && !entry.startsWith("#"))
    .map((entry, index) => parseKey(entry, `${source}, key ${index + 1}`));
  const twice = keys.find(({ id }, index) => keys.findIndex((key) => key.id === id) !== index);
  if (twice) throw new VaultError("bad_keys", `${source}: the key id "${twice.id}" is used twice.`);
  if (keys.length === 0) throw new VaultError("bad_keys", `${source} holds no key. Give id:base64 of 32 random bytes.`);
  return keys;
}

function parseKey(entry: string, source: string): Key {
  const [, id, base64] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+={0,2})$/.exec(entry) ?? [];
  if (id === undefined || base64 === undefined) {
    throw new VaultError("bad_keys", `${source} is not of the form id:base64 (id: letters, digits, "-" and "_").`);
  }
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length !== KEY_BYTES) {
    throw new VaultError(
      "bad_keys",
      `${source} ("${id}") has ${bytes.length} bytes; it needs 32: openssl rand -base64 32`,
    );
  }
  return { id, key: createSecretKey(bytes) };
}

function readKeys(path: string, log: Log): Key[] | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if (isCode(cause, "ENOENT")) return undefined;
    throw new VaultError("unreadable", `${path} cannot be read: check its owner and mode.`, { cause });
  }
  keepPrivate(path, log);
  return parseKeys(text, path);
}

/** A copy or a restore may have opened the file to others. Windows has no such bits. */
function keepPrivate(path: string, log: Log): void {
  if (process.platform === "win32" || (statSync(path).mode & 0o077) === 0) return;
  log.warn({ path }, "the encryption keys were readable by others on this machine; their mode is set to 0600");
  chmodSync(path, ownerOnly);
}

/**
 * Written whole and on disk before anything is sealed with it: keys that are lost in a crash take every token with them.
 * `link` fails where the file exists, so that two first starts at once end up with the same keys.
 */
function makeKeys(path: string, log: Log): KeyRing {
  const key: Key = { id: randomBytes(4).toString("hex"), key: createSecretKey(randomBytes(KEY_BYTES)) };
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = openSync(draft, "w", ownerOnly);
    try {
      writeSync(file, `${key.id}:${key.key.export().toString("base64")}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    try {
      linkSync(draft, path);
    } finally {
      unlinkSync(draft);
    }
    syncFolder(dirname(path));
  } catch (cause) {
    const others = isCode(cause, "EEXIST") ? readKeys(path, log) : undefined;
    const [first, ...rest] = others ?? [];
    if (first) return [first, ...rest];
    throw new VaultError("unreadable", `${path} cannot be made: check that the data folder can be written to.`, {
      cause,
    });
  }
  return [key];
}

function syncFolder(path: string): void {
  // Windows cannot open a folder, and needs no sync of it.
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
