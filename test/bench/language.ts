import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { emit, round, spread } from "./figures.ts";
import type { LanguageReport } from "./language-process.ts";

const megabyte = 1024 * 1024;
const rounds = 20;

/** The language alone, in a process of its own. */
export async function language(): Promise<void> {
  const child = fork(join(import.meta.dirname, "language-process.ts"), [String(rounds)], {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const [report]: LanguageReport[] = await once(child, "message", { signal: AbortSignal.timeout(60_000) });
  await exited;
  if (!report) throw new Error("the language process said nothing");
  for (const [kind, { first, later, slowest }] of Object.entries(report.sentences)) {
    emit({ bench: "parse", kind, when: "first", ...spread(first) });
    emit({ bench: "parse", kind, when: "warm", ...spread(later), slowest });
  }
  emit({
    bench: "language_load",
    ms: round(report.loadMs, 0),
    rss_mb: round(report.residentBytes / megabyte, 1),
  });
}
