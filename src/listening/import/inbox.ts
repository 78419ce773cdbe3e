import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { SegueError } from "../../contracts/errors.ts";
import type { KeptFile } from "../../contracts/imports.ts";

/** Listening of fifty years packs to less. */
const MOST_BYTES = 2 * 1024 ** 3;

/** The rest of the disk is for what the program itself has to write down. */
const FREE_BYTES = 512 * 1024 ** 2;
/** How often the disk is looked at while a file comes: others write, too. */
const LOOK_BYTES = 64 * 1024 ** 2;

/** A file that is to be imported, and what is done with it afterwards. */
export type Brought = Pick<KeptFile, "path" | "discard">;
/** Bytes that may still be written there. */
export type FreeBytes = (folder: string) => Promise<number>;

const freeBytes: FreeBytes = async (folder) => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/** Beside each file that was brought whole: without it, what is left of it is thrown away. */
const noteSchema = z.object({ listener: z.string(), name: z.string(), format: z.string().optional() });
type Note = z.infer<typeof noteSchema>;
const NOTE = ".json";

/** Where files that came as streams stay until they are imported, so that neither a crash nor a stop loses them. */
export function createInbox(folder: string, free: FreeBytes = freeBytes) {
  const brought = (id: string, note: Note): KeptFile => ({
    id,
    listener: note.listener,
    name: note.name,
    ...(note.format !== undefined && { format: note.format }),
    path: join(folder, id),
    async discard() {
      await discard(id);
    },
  });
  async function discard(id: string): Promise<void> {
    await rm(join(folder, `${id}${NOTE}`), { force: true });
    await rm(join(folder, id), { force: true });
  }

  return {
    /** Rejects with InvalidInput("too_large") beyond 2 GiB, with "no_room" where the disk would be full, and as the stream does. */
    async keep(stream: Readable, note: Note, id: string = randomUUID()): Promise<KeptFile> {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = brought(id, note);
      try {
        const room = async () => (await free(folder)) - FREE_BYTES;
        await pipeline(stream, upTo(MOST_BYTES, room), createWriteStream(file.path, { mode: 0o600, flags: "wx" }));
        await writeFile(`${file.path}.part`, JSON.stringify(note), { mode: 0o600 });
        await rename(`${file.path}.part`, `${file.path}${NOTE}`);
        return file;
      } catch (error) {
        await file.discard();
        throw error;
      }
    },

    /** What an earlier run of the program left; what had not come whole is thrown away. */
    async left(): Promise<KeptFile[]> {
      const names: string[] = await readdir(folder).catch(() => []);
      const found: KeptFile[] = [];
      for (const name of names) {
        const id = name.replace(/\.(json|part)$/, "");
        if (name.endsWith(NOTE)) {
          const note = noteSchema.safeParse(parsed(await readFile(join(folder, name), "utf8")));
          if (note.success) found.push(brought(id, note.data));
          else await discard(id);
        } else if (!names.includes(`${id}${NOTE}`)) await rm(join(folder, name), { force: true });
      }
      return found;
    },
  };
}

const upTo = (most: number, room: () => Promise<number>) =>
  async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let bytes = 0;
    let lookAt = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > lookAt) {
        if ((await room()) < LOOK_BYTES) throw new SegueError("InvalidInput", { field: "file", why: "no_room" });
        lookAt = bytes + LOOK_BYTES;
      }
      if (bytes > most) throw new SegueError("InvalidInput", { field: "file", why: "too_large", max: most });
      yield chunk;
    }
  };

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
