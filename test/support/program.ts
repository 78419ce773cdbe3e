import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../house/source.ts";

export type Ended = { code: number | null; out: string; err: string };
export type Program = {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** What it has printed by now. */
  seen: Readonly<{ out: string; err: string }>;
  /** Resolves with the first match in what it prints; rejects when it ends without. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
};

/** The program as people start it: processes of their own, in a folder of their own, with nothing of this one's settings. */
export function createPrograms(name: string) {
  const folder = mkdtempSync(join(tmpdir(), `segue-${name}-`));
  const running = new Set<ChildProcess>();

  function segue(args: readonly string[], env: Record<string, string> = {}, nodeArgs: readonly string[] = []): Program {
    const child = spawn(process.execPath, [...nodeArgs, join(root, "bin/segue.js"), ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? "", HOME: folder, PORT: "0", DATA_DIR: join(folder, "data"), ...env },
    });
    running.add(child);
    const seen = { out: "", err: "" };
    const waiting = new Set<() => void>();
    const note = (stream: "out" | "err") => (chunk: Buffer) => {
      seen[stream] += chunk.toString("utf8");
      for (const wake of waiting) wake();
    };
    child.stdout.on("data", note("out"));
    child.stderr.on("data", note("err"));
    const ended = new Promise<Ended>((resolve) => {
      child.on("close", (code) => {
        running.delete(child);
        resolve({ code, ...seen });
      });
    });
    return {
      child,
      ended,
      seen,
      printed: (pattern) =>
        new Promise((resolve, reject) => {
          const look = () => {
            const found = pattern.exec(seen.out);
            if (found) {
              waiting.delete(look);
              resolve(found);
            }
          };
          waiting.add(look);
          ended.then(({ err }) => reject(new Error(`ended without printing ${pattern}: ${err}`)));
          look();
        }),
    };
  }

  return {
    folder,
    segue,
    /** Where its chat is, once it runs. */
    address: async (program: Program) => (await program.printed(/Chat: +(http\S+)\//))[1] ?? "",
    close(): void {
      for (const child of running) child.kill("SIGKILL");
      running.clear();
      chmodSync(folder, 0o700);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type Programs = ReturnType<typeof createPrograms>;
