import { createSecretKey, randomBytes } from "node:crypto";
import { chmodSync, chownSync, linkSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Log } from "../contracts/log.ts";
import { replaceFile, writeDraft } from "../safe-file.ts";
import { makeFolder, syncFolder } from "../store/folder.ts";
import type { Key } from "./vault.ts";
import { VaultError } from "./vault-error.ts";

const KEY_BYTES = 32;
const ownerOnly = 0o600;
/**
 * A key that opens and does not seal: the next one, until it is surely on disk, and those that were rotated out, for backups from
 * before. A program that does not know the form sees a comment.
 */
const standbyForm = /^# (next|retired \d{4}-\d{2}-\d{2}) (.+)$/;

/** Keys as they stand in one place, in their order: the first without `standby` is in use. */
export type KeyEntry = Key & { standby?: string };

export function newKey(): KeyEntry {
  return { id: randomBytes(4).toString("hex"), key: createSecretKey(randomBytes(KEY_BYTES)) };
}

/** Reads `id:base64` keys, separated by commas or line breaks. Raises VaultError with what to do, never with a key in it. */
export function parseKeys(text: string, source: string): KeyEntry[] {
  const keys = text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "" && (!entry.startsWith("#") || standbyForm.test(entry)))
    .map((entry, index) => {
      const [, standby, kept] = standbyForm.exec(entry) ?? [];
      return { ...parseKey(kept ?? entry, `${source}, key ${index + 1}`), ...(standby !== undefined && { standby }) };
    });
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

/** Undefined where there is no such file. */
export function readKeyFile(path: string): KeyEntry[] | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if (isCode(cause, "ENOENT")) return undefined;
    throw new VaultError("unreadable", `${path} cannot be read: check its owner and mode.`, { cause });
  }
  return parseKeys(text, path);
}

/** A copy or a restore may have opened the file to others. Windows has no such bits. */
export function keepPrivate(path: string, log: Log): void {
  if (process.platform === "win32" || (statSync(path).mode & 0o077) === 0) return;
  log.warn({ path }, "the encryption keys were readable by others on this machine; their mode is set to 0600");
  chmodSync(path, ownerOnly);
}

/** Makes the file. Resolves false where it is there already: two first starts at once end up with the same keys. */
export function createKeyFile(path: string, keys: readonly KeyEntry[]): boolean {
  try {
    makeFolder(dirname(path));
    const draft = draftOf(path, process.pid);
    writeDraft(draft, textOf(keys));
    try {
      // Fails where the file exists.
      linkSync(draft, path);
    } finally {
      rmSync(draft);
    }
    syncFolder(dirname(path));
    return true;
  } catch (cause) {
    if (isCode(cause, "EEXIST")) return false;
    throw new VaultError("unreadable", `${path} cannot be made: check that the data folder can be written to.`, {
      cause,
    });
  }
}

/** Puts these keys in the place of those in the file, which stays its owner's. */
export function replaceKeyFile(path: string, keys: readonly KeyEntry[]): void {
  try {
    // What the name leads to is replaced, not the link that leads there.
    const real = realpathSync(path);
    const { uid, gid } = statSync(real);
    removeDrafts(real);
    // On disk before anything is sealed with them: keys that are lost in a crash take every token with them.
    replaceFile(real, textOf(keys), {
      draft: draftOf(real, process.pid),
      prepare(draft) {
        if (process.platform !== "win32") chownSync(draft, uid, gid);
      },
    });
    syncFolder(dirname(real));
  } catch (cause) {
    const words = `${path} cannot be replaced by this user: write the keys into it by hand, as docs/operations.md says.`;
    throw new VaultError("unreadable", words, { cause });
  }
}

/** A name that nobody gives to a copy of the keys. */
const draftOf = (path: string, pid: number | string): string => join(dirname(path), `.${basename(path)}.${pid}.draft`);

/** What a kill left half done. */
function removeDrafts(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    const [, pid] = /\.(\d+)\.draft$/.exec(name) ?? [];
    const draft = join(dirname(path), name);
    if (pid !== undefined && draft === draftOf(path, pid)) rmSync(draft);
  }
}

function textOf(keys: readonly KeyEntry[]): string {
  const lines = keys.map(({ id, key, standby }) => {
    const entry = `${id}:${key.export().toString("base64")}\n`;
    return standby === undefined ? entry : `# ${standby} ${entry}`;
  });
  return lines.join("");
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
