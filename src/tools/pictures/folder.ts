import { createHash, createHmac, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../contracts/clock.ts";
import { previewSubject } from "../../contracts/pictures.ts";

const KEY_FILE = "key";
const NAME = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})\.([a-z]{1,20})\.png$/;
const UNFINISHED = ".part";
/** A platform keeps what it was given; here a picture is needed as long as its message may be drawn again. */
const KEPT_MS = 35 * 24 * 60 * 60_000;
const MOST_FILES = 500;
const MOST_BYTES = 128 * 1024 * 1024;

type Kept = { name: string; of: string; slot: string; bytes: number; at: number };

/** Drawn pictures as files, under names that nobody can guess who was not shown them. */
export type PictureFolder = {
  /** The same of everything has the same name. */
  idOf(what: unknown): string;
  has(id: string): boolean;
  /** What was kept of this subject in this slot before is removed. */
  keep(id: string, of: { subject: string; slot: string }, png: Uint8Array): Promise<void>;
  read(id: string): Promise<Uint8Array | undefined>;
  forget(subject: string): Promise<void>;
  /** One alone. */
  remove(id: string): Promise<void>;
  forgetPreviews(): Promise<void>;
};

const PREVIEW = "preview-";
const MARK = 22;
const markOf = (subject: string): string => {
  const hash = createHash("sha256").update(subject).digest("base64url");
  return `${subject.startsWith(previewSubject) ? PREVIEW : ""}${hash}`.slice(0, MARK);
};

export function openPictureFolder({ folder, clock }: { folder: string; clock: Clock }): PictureFolder {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
  const key = openKey(join(folder, KEY_FILE));
  const kept = new Map<string, Kept>();
  for (const name of readdirSync(folder)) {
    // Of a process that was killed: nobody would ever find or remove it.
    if (name.endsWith(UNFINISHED) && NAME.test(name.slice(0, -UNFINISHED.length)))
      rmSync(join(folder, name), { force: true });
    const [, id, of, slot] = NAME.exec(name) ?? [];
    const file = id === undefined ? undefined : statSync(join(folder, name), { throwIfNoEntry: false });
    if (id && of && slot && file) kept.set(id, { name, of, slot, bytes: file.size, at: file.mtimeMs });
  }

  async function remove(id: string): Promise<void> {
    const file = kept.get(id);
    kept.delete(id);
    if (file) await rm(join(folder, file.name), { force: true });
  }

  async function removeAll(gone: (of: string) => boolean): Promise<void> {
    for (const [id, { of }] of [...kept]) if (gone(of)) await remove(id);
  }

  async function bound(): Promise<void> {
    const oldestFirst = [...kept].toSorted(([, a], [, b]) => a.at - b.at);
    let bytes = oldestFirst.reduce((sum, [, file]) => sum + file.bytes, 0);
    let count = oldestFirst.length;
    for (const [id, file] of oldestFirst) {
      if (bytes <= MOST_BYTES && count <= MOST_FILES && file.at > clock.now() - KEPT_MS) return;
      bytes -= file.bytes;
      count -= 1;
      await remove(id);
    }
  }

  return {
    idOf: (what) => createHmac("sha256", key).update(JSON.stringify(what)).digest("base64url"),
    has: (id) => kept.has(id),
    async keep(id, { subject, slot }, png) {
      const of = markOf(subject);
      const name = `${id}.${of}.${slot}.png`;
      if (!NAME.test(name)) throw new TypeError("a picture's slot is a short word");
      const path = join(folder, name);
      await writeFile(path + UNFINISHED, png, { mode: 0o600 });
      await rename(path + UNFINISHED, path);
      const before = [...kept].filter(([other, file]) => other !== id && file.of === of && file.slot === slot);
      kept.set(id, { name, of, slot, bytes: png.byteLength, at: clock.now() });
      for (const [other] of before) await remove(other);
      await bound();
    },
    async read(id) {
      const file = kept.get(id);
      if (!file) return undefined;
      try {
        return await readFile(join(folder, file.name));
      } catch {
        kept.delete(id);
        return undefined;
      }
    },
    remove,
    async forget(subject) {
      const mark = markOf(subject);
      await removeAll((of) => of === mark);
    },
    forgetPreviews: () => removeAll((of) => of.startsWith(PREVIEW)),
  };
}

/** Made once. Without it the names of before mean nothing, and everything is drawn anew. */
function openKey(path: string): Buffer {
  try {
    writeFileSync(path, randomBytes(32), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  return readFileSync(path);
}
