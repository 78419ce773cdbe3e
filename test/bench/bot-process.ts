import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { freePort } from "../../src/main/addresses.ts";
import type { Client } from "./client.ts";
import { apps } from "./false-spotify.ts";
import { monotonicMs } from "./monotonic.ts";

const root = join(import.meta.dirname, "..", "..");
/** What `npm start` runs: node, its flags, and the program. */
const startCommand = z
  .object({ scripts: z.object({ start: z.string().regex(/^node .*bin\/segue\.js serve$/) }) })
  .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")))
  .scripts.start.split(" ");
const readyWithinMs = 60_000;
const stopWithinMs = 20_000;
const pollMs = 5;
const inspectWithinMs = 5_000;

/** A folder for a bot's data, removed by `remove`. */
export function createFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "segue-bench-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export type Memory = { rss_mb: number; anonymous_mb: number; files_mb: number };

/** The program as `npm start` runs it. */
export interface BotProcess {
  readonly url: string;
  /** Ms from the spawn to the first 200 of `/readyz`. */
  readonly readyMs: number;
  /** Ms of processor time that it had used by then, and by now. */
  readonly readyCpuMs: number;
  cpuMs(): number;
  /** Ms that its main thread was ready to run while others had the processors: what a busy machine adds to every time. */
  cpuWaitMs(): number;
  memory(): Memory;
  /** What it complained of so far (warnings and errors of its log), the most frequent first. */
  complaints(): { times: number; said: string }[];
  /** The most resident memory that it ever had. */
  peakMb(): number;
  /**
   * Its JavaScript heap, collected before. Needs `--inspect-port=127.0.0.1:0` among the flags, so that the inspector opens at no port that
   * another uses.
   */
  heapMb(): Promise<number>;
  /** Ends it as a service manager would. Rejects when it does not end or does not end well. */
  stop(): Promise<void>;
}

/**
 * Starts it against `spotify`, `mpd`, or rehearsing when both are undefined. It gets no setting but these: a limiter whose window is
 * out of the way, places for everybody, and a trusted proxy so that a thousand people can come from a thousand addresses.
 */
export async function startBot(
  client: Client,
  options: {
    dataDir: string;
    spotify?: string;
    mpd?: string;
    /** Of chat platforms. */
    settings?: Readonly<Record<string, string>>;
    node?: readonly string[];
  },
): Promise<BotProcess> {
  const port = await freePort("127.0.0.1");
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(options.dataDir, "output.log");
  const output = openSync(logFile, "a");
  const startedAt = monotonicMs();
  const flags = [...startCommand.slice(1, -2), ...(options.node ?? [])];
  const child = spawn(process.execPath, [...flags, join(root, "bin", "segue.js"), "serve"], {
    cwd: options.dataDir,
    stdio: ["ignore", output, output],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: String(port),
      DATA_DIR: options.dataDir,
      TRUSTED_PROXIES: "127.0.0.1",
      ...options.settings,
      ...(options.mpd === undefined ? {} : { MPD_URL: options.mpd }),
      ...(options.spotify === undefined
        ? {}
        : {
            SPOTIFY_CLIENT_ID: apps.bot,
            SPOTIFY_API_URL: options.spotify,
            SPOTIFY_ACCOUNTS_URL: options.spotify,
            SPOTIFY_DAILY_BUDGET: "100000000",
            SPOTIFY_PLACES: "0",
            SPOTIFY_CALLS_PER_30_SECONDS: "1000000",
          }),
    },
  });
  closeSync(output);
  // A bench that fails must not leave it behind.
  process.once("exit", () => child.kill("SIGKILL"));
  const end = once(child, "exit").then(([code, signal]: unknown[]) => `${code ?? signal}`);
  const told = () => readFileSync(logFile, "utf8").slice(-2_000);
  const pid = child.pid;
  if (pid === undefined) throw new Error("the bot could not be spawned");

  await ready(client, url, child, startedAt + readyWithinMs).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw new Error(`the bot did not become ready (${String(error)}):\n${told()}`);
  });
  const readyMs = monotonicMs() - startedAt;
  const readyCpuMs = cpuOf(pid);

  return {
    url,
    readyMs,
    readyCpuMs,
    cpuMs: () => cpuOf(pid),
    cpuWaitMs: () => cpuWaitOf(pid),
    memory: () => memoryOf(pid),
    complaints: () => complaintsIn(readFileSync(logFile, "utf8")),
    peakMb: () => statusOf(pid)("VmHWM"),
    async heapMb() {
      child.kill("SIGUSR1");
      for (const until = monotonicMs() + inspectWithinMs; monotonicMs() < until; await wait(pollMs)) {
        const url = /Debugger listening on (ws:\S+)/.exec(readFileSync(logFile, "utf8"))?.[1];
        if (url !== undefined) return collectedHeapMb(url);
      }
      throw new Error(`no inspector:\n${told()}`);
    },
    async stop() {
      child.kill("SIGTERM");
      const outcome = await Promise.race([end, wait(stopWithinMs, "did not", { ref: false })]);
      if (outcome === "0") return;
      child.kill("SIGKILL");
      throw new Error(`the bot ended with ${outcome}:\n${told()}`);
    },
  };
}

const complaintSchema = z.object({
  level: z.enum(["warn", "error"]),
  msg: z.string(),
  error: z.object({ code: z.string().optional(), message: z.string().optional() }).optional(),
});

function complaintsIn(log: string): { times: number; said: string }[] {
  const all = log.split("\n").flatMap((line) => {
    const parsed = line.startsWith("{") ? complaintSchema.safeParse(JSON.parse(line)) : undefined;
    if (!parsed?.success) return [];
    const { msg, error } = parsed.data;
    return [[msg, error?.code, error?.message?.slice(0, 100)].filter((part) => part !== undefined).join(": ")];
  });
  const counted = [...Map.groupBy(all, (said) => said)].map(([said, { length }]) => ({ times: length, said }));
  return counted.sort((a, b) => b.times - a.times);
}

async function ready(client: Client, url: string, child: ChildProcess, until: number): Promise<void> {
  for (;;) {
    const status = await client.request("GET", `${url}/readyz`).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    if (child.exitCode !== null) throw new Error(`exit ${child.exitCode}`);
    if (monotonicMs() > until) throw new Error("too late");
    await wait(pollMs);
  }
}

/** User and system time of all threads; Linux counts them in ticks of 10 ms (proc_pid_stat(5), fields 14 and 15). */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat: the second field, in nanoseconds. */
function cpuWaitOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[1]) / 1e6;
}

function statusOf(pid: number): (name: string) => number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return (name) => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 102.4) / 10;
}

/** By the inspector (https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler), which is asked for nothing meanwhile. */
async function collectedHeapMb(url: string): Promise<number> {
  const socket = new WebSocket(url);
  const usage = z.object({ result: z.object({ usedSize: z.number() }) });
  try {
    await once(socket, "open");
    for (const [id, method] of ["HeapProfiler.collectGarbage", "Runtime.getHeapUsage"].entries()) {
      socket.send(JSON.stringify({ id, method }));
      const [event]: MessageEvent[] = await once(socket, "message");
      if (id === 1) return Math.round(usage.parse(JSON.parse(String(event?.data))).result.usedSize / 1e5) / 10;
    }
    throw new Error("the inspector said nothing");
  } finally {
    socket.close();
  }
}

function memoryOf(pid: number): Memory {
  const mb = statusOf(pid);
  return { rss_mb: mb("VmRSS"), anonymous_mb: mb("RssAnon"), files_mb: mb("RssFile") };
}

/** Calls in the ledger of a bot that has stopped, by budget. */
export function ledgerOf(dataDir: string): Record<string, number> {
  const file = new DatabaseSync(join(dataDir, "segue.db"), { readOnly: true });
  try {
    const rows = file.prepare("select budget, sum(calls) as calls from calls group by budget").all();
    const parsed = z.array(z.object({ budget: z.string(), calls: z.number() })).parse(rows);
    return Object.fromEntries(parsed.map(({ budget, calls }) => [budget, calls]));
  } finally {
    file.close();
  }
}
