import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { SegueError } from "../../contracts/errors.ts";

/** Listening of fifty years packs to less. */
const MOST_BYTES = 2 * 1024 ** 3;

/** A file that is to be imported, and what is done with it afterwards. */
export type Brought = { path: string; discard(): Promise<void> };

/** Beside each file that was brought whole: without it, what is left of it is thrown away. */
const noteSchema = z.object({ listener: z.string(), name: z.string(), format: z.string().optional() });
type Note = z.infer<typeof noteSchema>;
const NOTE = ".json";

/** Where files that came as streams stay until they are imported, so that neither a crash nor a stop loses them. */
export function createInbox(folder: string) {
  const brought = (id: string): Brought => ({
    path: join(folder, id),
    async discard() {
      await rm(join(folder, `${id}${NOTE}`), { force: true });
      await rm(join(folder, id), { force: true });
    },
  });

  return {
    /** Rejects with InvalidInput("too_large") beyond 2 GiB, and as the stream does. */
    async keep(stream: Readable, note: Note): Promise<Brought> {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const id = randomUUID();
      const file = brought(id);
      try {
        await pipeline(stream, upTo(MOST_BYTES), createWriteStream(file.path, { mode: 0o600, flags: "wx" }));
        await writeFile(`${file.path}.part`, JSON.stringify(note), { mode: 0o600 });
        await rename(`${file.path}.part`, `${file.path}${NOTE}`);
        return file;
      } catch (error) {
        await file.discard();
        throw error;
      }
    },

    /** What an earlier run of the program left; what had not come whole is thrown away. */
    async left(): Promise<(Note & Brought)[]> {
      const names: string[] = await readdir(folder).catch(() => []);
      const found: (Note & Brought)[] = [];
      for (const name of names) {
        const id = name.replace(/\.(json|part)$/, "");
        if (name.endsWith(NOTE)) {
          const note = noteSchema.safeParse(parsed(await readFile(join(folder, name), "utf8")));
          if (note.success) found.push({ ...note.data, ...brought(id) });
          else await brought(id).discard();
        } else if (!names.includes(`${id}${NOTE}`)) await rm(join(folder, name), { force: true });
      }
      return found;
    },
  };
}

const upTo = (most: number) =>
  async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
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
