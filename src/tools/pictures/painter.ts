import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../contracts/clock.ts";
import type { Picture } from "../../contracts/pictures.ts";

export type ToDraw = { id: number; picture: Picture; covers: [url: string, bytes: Uint8Array][] };
export type Drawn = { id: number } & ({ png: Uint8Array } | { failed: string });

/** The process's own time, whatever our clock shows: its start, fonts, ten covers and the file on a slow machine. */
const WITHIN_MS = 30_000;
/** Nobody needs it for hours. */
const IDLE_MS = 60_000;
const MOST_WAITING = 50;
const MOST_HEAP_MB = 256;

type Waiting = { resolve(png: Uint8Array): void; reject(error: Error): void };

/**
 * Draws in a process of its own, one picture after the other. A thread would not do: fonts stay in the memory of a process until
 * its end (150 MB), and covers are strangers' bytes, read by native code whose fault would end the whole program. It starts
 * with the first picture and ends when it has nothing to do.
 */
export type Painter = {
  /** As PNG. Rejects when it failed, took too long, or too many wait. */
  paint(picture: Picture, covers: ToDraw["covers"]): Promise<Uint8Array>;
  close(): Promise<void>;
};

export function createPainter({ clock }: { clock: Clock }): Painter {
  const waiting = new Map<number, Waiting>();
  let child: ChildProcess | undefined;
  let serial = 0;
  let rest = new AbortController();
  let closed = false;

  function end(gone: ChildProcess, error: Error): void {
    if (child !== gone) return;
    child = undefined;
    rest.abort();
    const left = [...waiting.values()];
    waiting.clear();
    for (const { reject } of left) reject(error);
    gone.kill("SIGKILL");
  }

  function start(): ChildProcess {
    const started = fork(fileURLToPath(new URL("./drawing-process.ts", import.meta.url)), {
      // Nothing of ours that is secret is of any use to it.
      env: {},
      execArgv: [`--max-old-space-size=${MOST_HEAP_MB}`, "--disable-warning=ExperimentalWarning"],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    started.on("message", (drawn: Drawn) => {
      const asked = waiting.get(drawn.id);
      waiting.delete(drawn.id);
      if (waiting.size === 0) idle(started);
      if ("png" in drawn) asked?.resolve(drawn.png);
      else asked?.reject(new Error(drawn.failed));
    });
    started.on("error", (error) => end(started, new Error("the drawing process failed", { cause: error })));
    started.on("exit", () => end(started, new Error("the drawing process ended")));
    return started;
  }

  /** It alone keeps nobody from ending. */
  function idle(present: ChildProcess): void {
    present.unref();
    present.channel?.unref();
    rest = new AbortController();
    clock.sleep(IDLE_MS, rest.signal).then(
      () => end(present, new Error("nothing was to be drawn")),
      () => undefined,
    );
  }

  return {
    async paint(picture, covers) {
      if (closed) throw new Error("the painter is closed");
      if (waiting.size >= MOST_WAITING) throw new Error("too many pictures wait");
      rest.abort();
      child ??= start();
      const present = child;
      const id = ++serial;
      const drawn = new Promise<Uint8Array>((resolve, reject) => waiting.set(id, { resolve, reject }));
      present.ref();
      present.channel?.ref();
      present.send({ id, picture, covers } satisfies ToDraw, (error) => {
        if (error) end(present, new Error("the drawing process could not be reached", { cause: error }));
      });
      AbortSignal.timeout(WITHIN_MS).addEventListener("abort", () => {
        if (waiting.has(id)) end(present, new Error(`a picture took more than ${WITHIN_MS / 1000} s`));
      });
      return drawn;
    },
    async close() {
      closed = true;
      if (child) end(child, new Error("the painter is closed"));
    },
  };
}
