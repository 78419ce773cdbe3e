import { statSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../contracts/log.ts";
import { createKeyFile, type KeyEntry, keepPrivate, newKey, parseKeys, readKeyFile } from "./key-file.ts";
import type { KeyRing } from "./vault.ts";
import { VaultError } from "./vault-error.ts";

const FILE = "encryption-keys";

export type KeyPlaces = {
  /** The ENCRYPTION_KEYS setting. */
  setting?: string;
  /** The file that it came from, where it did: read again when it changes. */
  settingFile?: string;
  /** Where the file `encryption-keys` is, or is made. */
  dataDir: string;
};
export type KeySources = KeyPlaces & { log: Log };
/** Without a log they are looked at alone: nothing is mended. */
type Looked = KeyPlaces & Partial<KeySources>;

/** Where keys come from, the first source in front; `file` where one can be written. */
export type KeySource = { name: string; file?: string; keys: readonly KeyEntry[] };

export function readKeySources({ setting, settingFile, dataDir, log }: Looked): KeySource[] {
  const path = join(dataDir, FILE);
  const sources: KeySource[] = [];
  if (settingFile !== undefined) {
    const keys = readKeyFile(settingFile);
    if (!keys) throw new VaultError("unreadable", `${settingFile} is not there: ENCRYPTION_KEYS_FILE names it.`);
    sources.push({ name: settingFile, file: settingFile, keys });
  } else if (setting !== undefined)
    sources.push({ name: "ENCRYPTION_KEYS", keys: parseKeys(setting, "ENCRYPTION_KEYS") });
  const filed = readKeyFile(path);
  if (filed) {
    if (log) keepPrivate(path, log);
    sources.push({ name: path, file: path, keys: filed });
  }
  return sources;
}

/** All of them as a ring: those in use or to be rotated out in front, those on standby behind. Undefined without any in use. */
export function ringOf(sources: readonly KeySource[]): KeyRing | undefined {
  const all = sources.flatMap(({ keys }) => keys);
  const unique = all.filter(({ id }, index) => all.findIndex((key) => key.id === id) === index);
  const [first, ...rest] = unique.filter(({ standby }) => standby === undefined);
  return first && [first, ...rest, ...unique.filter(({ standby }) => standby !== undefined)];
}

/**
 * The keys of the ENCRYPTION_KEYS setting, or of the file `encryption-keys` in the data folder, which is made (mode 0600) on
 * the first run unless `make` is false. With both, the setting's first key is in use and the file's keys still open what they
 * sealed.
 */
export function loadKeyRing(options: Looked & { make?: boolean }): KeyRing {
  const ring = ringOf(readKeySources(options));
  if (ring) return ring;
  const path = join(options.dataDir, FILE);
  if (options.make === false)
    throw new VaultError("no_keys", `There are no encryption keys: ${path} is missing or empty.`);
  createKeyFile(path, [newKey()]);
  return loadKeyRing({ ...options, make: false });
}

/**
 * The ring as it is at each call: files that were replaced meanwhile are read again, so that a new key is used from the next
 * seal on. What cannot be read leaves the ring as it was.
 */
export function followKeyRing(options: Looked): () => KeyRing {
  const paths = [join(options.dataDir, FILE), ...(options.settingFile === undefined ? [] : [options.settingFile])];
  const stamp = () =>
    paths
      .map((path) => {
        const found = statSync(path, { bigint: true, throwIfNoEntry: false });
        return found ? `${found.ino}.${found.mtimeNs}.${found.size}` : "";
      })
      .join();
  let seen = stamp();
  let ring = loadKeyRing({ ...options, make: false });
  return () => {
    const now = stamp();
    if (now === seen) return ring;
    seen = now;
    try {
      ring = loadKeyRing({ ...options, make: false });
      options.log?.info({ inUse: ring[0].id }, "the encryption keys were read again");
    } catch (error) {
      options.log?.error(
        { err: error },
        "the encryption keys have changed and cannot be read; those from before serve on",
      );
    }
    return ring;
  };
}
