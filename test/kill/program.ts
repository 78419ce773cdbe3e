import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { SettableClock } from "../../src/rehearsal/clock.ts";
import type { Done, Order } from "./preload.ts";

const command = join(import.meta.dirname, "../../bin/segue.js");
const preload = pathToFileURL(join(import.meta.dirname, "preload.ts")).href;
const startWithinMs = 120_000;
const orderWithinMs = 60_000;
const outputKept = 4_000;

/** What is waited for did not come before the process was gone. */
export class Gone extends Error {
  override readonly name = "Gone";
}

/** `segue …` as a process of its own, with the clock of the services around it. */
export function createProgram(parts: {
  /** More that goes into it before it begins. */
  imports?: readonly string[];
  settings: Readonly<Record<string, string>>;
  clock: SettableClock;
}) {
  const { settings, clock, imports = [] } = parts;
  const orders = new Map<number, (done: Done) => void>();
  let child: ChildProcess | undefined;
  let output = "";
  let last = 0;

  const alive = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  /** `dieAt`: the moment of its life at which it dies. */
  function launch(args: readonly string[], dieAt?: number): ChildProcess {
    if (alive()) throw new Error("the program runs already");
    output = "";
    const started = spawn(
      process.execPath,
      ["--max-semi-space-size=16", ...[preload, ...imports].flatMap((file) => ["--import", file]), command, ...args],
      {
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        env: {
          PATH: process.env.PATH,
          HOME: settings.DATA_DIR,
          LOG_LEVEL: "info",
          ...settings,
          // Between two readings a millisecond may pass.
          KILL_SHIFT_MS: String(Math.max(0, clock.now() - Date.now())),
          ...(dieAt === undefined ? {} : { KILL_AT: String(dieAt) }),
        },
      },
    );
    for (const stream of [started.stdout, started.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-outputKept);
      });
    started.on("message", (done: Done) => orders.get(done.id)?.(done));
    child = started;
    return started;
  }

  async function give(order: Omit<Order, "id">): Promise<Done> {
    if (!alive()) throw new Gone("the program is not there");
    const id = ++last;
    const { promise, resolve, reject } = Promise.withResolvers<Done>();
    const late = setTimeout(() => reject(new Error("the program does not hear")), orderWithinMs);
    const gone = () => reject(new Gone("the program is gone"));
    orders.set(id, resolve);
    child?.once("exit", gone);
    try {
      child?.send({ id, ...order }, (error) => error && reject(new Gone(error.message)));
      return await promise;
    } finally {
      clearTimeout(late);
      orders.delete(id);
      child?.off("exit", gone);
    }
  }

  /** Moves its time alone. */
  async function follow(ms: number): Promise<void> {
    if (alive()) await give({ advanceMs: ms });
  }

  return {
    alive,
    /** What it wrote of late. */
    output: () => output,
    launch,
    /** Resolves once it says that it runs; rejects with its last words where it ends before. */
    async start(dieAt?: number): Promise<void> {
      const started = launch(["serve"], dieAt);
      const ready = new Promise<void>((resolve, reject) => {
        started.stdout?.on("data", () => /Segue is (?:running|rehearsing)/.test(output) && resolve());
        started.once("exit", () => reject(new Gone(`it ended at its start: ${output}`)));
        setTimeout(() => reject(new Error(`it did not start: ${output}`)), startWithinMs).unref();
      });
      await ready;
    },
    /** Counts its moments anew, and dies at that one. */
    arm: (dieAt: number | null) => give({ dieAt }),
    /** Since it was armed, or began; of one that is over, all that it had. */
    moments: async () => (alive() ? (await give({})).moments : Number(/lived (\d+) moments/.exec(output)?.[1] ?? 0)),
    /** Resolves with its exit code; rejects with Gone where it was killed. */
    async run(args: readonly string[], dieAt?: number): Promise<number> {
      const [code] = await once(launch(args, dieAt), "close");
      if (typeof code !== "number") throw new Gone(`segue ${args.join(" ")} was killed`);
      return code;
    },
    /** Moves the time of everybody, of `others` that run beside it as well. */
    async advance(ms: number, others: readonly { follow(ms: number): Promise<void> }[] = []): Promise<void> {
      await clock.advance(ms);
      for (const each of [{ follow }, ...others]) await each.follow(ms);
    },
    follow,
    /** Resolves once it is gone, and all that it wrote is here. */
    async died(): Promise<void> {
      if (child && alive()) await once(child, "close");
    },
    /** Resolves with the exit code, or with none where it was killed. */
    async ended(): Promise<number | null> {
      if (child && alive()) await once(child, "close");
      return child?.exitCode ?? null;
    },
    async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
      const running = child;
      if (!running || !alive()) return;
      const gone = once(running, "close");
      running.kill(signal);
      await gone;
    },
  };
}
export type Program = ReturnType<typeof createProgram>;
