import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";

/** A PostgreSQL server for tests, or why there is none. */
export type TestPostgres =
  | { available: true; fresh(): Promise<{ url: string; drop(): Promise<void> }>; stop(): Promise<void> }
  | { available: false; reason: string };

const PROGRAMS = "/usr/lib/postgresql";

function newestProgram(name: string): string | undefined {
  if (!existsSync(PROGRAMS)) return undefined;
  const versions = readdirSync(PROGRAMS).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(PROGRAMS, version, "bin", name)).find((path) => existsSync(path));
}

/** PostgreSQL refuses to run as root; then it runs as the user its package made, or as nobody. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const user = lines.find(([name]) => name === "postgres") ?? lines.find(([name]) => name === "nobody");
  return { uid: Number(user?.[2] ?? 65534), gid: Number(user?.[3] ?? 65534) };
}

async function within<T>(ms: number, attempt: () => Promise<T>): Promise<T> {
  const until = performance.now() + ms;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function query(connection: pg.ClientConfig, text: string): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

/** Hands out fresh databases of the server at `url`. */
function databases(url: string, stop: () => Promise<void>): TestPostgres {
  return {
    available: true,
    stop,
    async fresh() {
      const name = `segue_test_${randomBytes(6).toString("hex")}`;
      await query({ connectionString: url }, `create database ${name}`);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return {
        url: own.href,
        drop: () => query({ connectionString: url }, `drop database if exists ${name} with (force)`),
      };
    },
  };
}

/**
 * Uses the server of TEST_DATABASE_URL (a user that may create databases), or runs one of this machine's programs in a
 * folder of its own on a free loopback port.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return databases(given, async () => {});

  const initdb = newestProgram("initdb");
  const server = newestProgram("postgres");
  if (!initdb || !server) return { available: false, reason: `no TEST_DATABASE_URL and no server in ${PROGRAMS}` };

  const folder = mkdtempSync(join(tmpdir(), "segue-pg-"));
  const as = unprivileged();
  if (as) chownSync(folder, as.uid, as.gid);
  const data = join(folder, "data");
  const made = spawnSync(initdb, ["-D", data, "-U", "segue", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"], {
    cwd: folder,
    encoding: "utf8",
    ...as,
  });
  if (made.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    return { available: false, reason: `initdb failed: ${made.stderr.trim().split("\n").at(-1) ?? "no message"}` };
  }

  const port = Number(
    execFileSync(
      process.execPath,
      [
        "-e",
        "const s=require('net').createServer().listen(0,'127.0.0.1',()=>{console.log(s.address().port);s.close()})",
      ],
      { encoding: "utf8" },
    ),
  );
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "fsync=off",
    "max_connections=60",
  ];
  const child: ChildProcess = spawn(server, ["-D", data, ...settings.flatMap((setting) => ["-c", setting])], {
    cwd: folder,
    stdio: "ignore",
    ...as,
  });
  const kill = () => child.kill("SIGQUIT");
  process.once("exit", kill);
  const url = `postgres://segue@127.0.0.1:${port}/postgres`;
  const stop = async () => {
    process.off("exit", kill);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null && child.signalCode === null) {
      kill();
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await within(20_000, () => query({ connectionString: url }, "select 1"));
  } catch (error) {
    await stop();
    return { available: false, reason: `the server did not come up: ${error instanceof Error ? error.message : "?"}` };
  }
  return databases(url, stop);
}
