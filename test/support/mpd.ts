import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePort } from "../../src/main/addresses.ts";

/** A song to be made: a second of nothing, tagged, that claims to be `seconds` long. */
export type TestSong = { file: string; tags?: Record<string, string>; seconds?: number; cover?: boolean };

export type TestMpd = {
  url: string;
  folder: string;
  /** One command, as another client would send it; its answer as lines. Raises what the daemon refuses. */
  tell(command: string): Promise<string[]>;
  fields(command: string): Promise<Map<string, string>>;
  restart(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
};

const programNamed = (name: string) => [`/usr/bin/${name}`, `/usr/local/bin/${name}`].find((path) => existsSync(path));
const daemonProgram = programNamed("mpd");
const encoderProgram = programNamed("ffmpeg");

/** What this machine lacks for a real daemon; empty when it has all. */
export function mpdMissing(): string {
  const lacking = [...(daemonProgram ? [] : ["mpd"]), ...(encoderProgram ? [] : ["ffmpeg"])];
  return lacking.length === 0 ? "" : ` [needs ${lacking.join(" and ")}]`;
}

/** For tests that are worth nothing without the real thing: they do not pass without it. */
export function demandMpd(): void {
  const missing = mpdMissing();
  if (missing !== "") throw new Error(`these tests play a real daemon${missing}`);
}

const PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

function ffmpeg(...args: string[]): void {
  const made = spawnSync(encoderProgram ?? "", ["-v", "error", "-y", ...args], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`ffmpeg: ${made.stderr}`);
}

/** FLAC of silence is small whatever its length: a hundred seconds in 24 kB, at home in any decoder. */
export function makeLibrary(folder: string, songs: readonly TestSong[]): void {
  mkdirSync(folder, { recursive: true });
  const bases = new Map<number, string>();
  const picture = join(folder, "..", "cover.png");
  writeFileSync(picture, Buffer.from(PICTURE, "base64"));
  for (const { file, tags = {}, seconds = 100, cover } of songs) {
    const base = bases.get(seconds) ?? join(folder, "..", `base-${seconds}.flac`);
    if (!bases.has(seconds)) ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", String(seconds), base);
    bases.set(seconds, base);
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    if (Object.keys(tags).length === 0 && !cover) copyFileSync(base, path);
    else
      ffmpeg(
        ...["-i", base, ...(cover ? ["-i", picture] : []), "-map", "0", ...(cover ? ["-map", "1"] : [])],
        ...["-c", "copy", ...(cover ? ["-disposition:v", "attached_pic"] : [])],
        ...Object.entries(tags).flatMap(([key, value]) => ["-metadata", `${key}=${value}`]),
        path,
      );
  }
}

export type TestMpdOptions = {
  music: string;
  /** A database that was made from the same folder: saves the scan. */
  database?: string;
  password?: string;
  stickers?: boolean;
  mixer?: "null" | "none";
  tcp?: boolean;
  outputs?: readonly string[];
  /** One of them that cannot be opened. */
  broken?: string;
};

/** A daemon of its own: own folder, null outputs, nothing of this machine's sound. */
export async function startMpd(options: TestMpdOptions): Promise<TestMpd> {
  const folder = mkdtempSync(join(tmpdir(), "segue-mpd-"));
  mkdirSync(join(folder, "lists"));
  if (options.database) copyFileSync(options.database, join(folder, "db"));
  const port = options.tcp ? await freePort("127.0.0.1") : undefined;
  const socket = join(folder, "socket");
  const outputs = (options.outputs ?? ["Kitchen", "Garden"]).map((name, index) => {
    // No machine has so many sound cards.
    const kind = name === options.broken ? 'type "alsa"\n device "hw:31"' : 'type "null"';
    const mixer = name === options.broken ? "none" : (options.mixer ?? "null");
    const enabled = index === 0 ? "yes" : "no";
    return `audio_output {\n ${kind}\n name "${name}"\n mixer_type "${mixer}"\n enabled "${enabled}"\n}`;
  });
  const config = [
    `music_directory "${options.music}"`,
    `playlist_directory "${folder}/lists"`,
    `db_file "${folder}/db"`,
    `state_file "${folder}/state"`,
    `log_file "${folder}/log"`,
    ...(options.stickers === false ? [] : [`sticker_file "${folder}/stickers"`]),
    ...(port === undefined ? [`bind_to_address "${socket}"`] : [`bind_to_address "127.0.0.1"`, `port "${port}"`]),
    ...(options.password ? [`password "${options.password}@read,add,control,admin"`, `default_permissions ""`] : []),
    `auto_update "no"`,
    `zeroconf_enabled "no"`,
    ...outputs,
    `input {\n plugin "curl"\n enabled "no"\n}`,
  ];
  writeFileSync(join(folder, "mpd.conf"), `${config.join("\n")}\n`);
  const to = port === undefined ? { path: socket } : { host: "127.0.0.1", port };
  let child: ChildProcess | undefined;
  const kill = () => void child?.kill("SIGKILL");

  const tell = (command: string): Promise<string[]> =>
    new Promise((resolve, reject) => {
      const connection = connect(to);
      let text = "";
      connection.setEncoding("utf8");
      connection.on("error", reject);
      connection.on("connect", () =>
        connection.write(`${options.password ? `password "${options.password}"\n` : ""}${command}\n`),
      );
      connection.on("data", (chunk: string) => {
        text += chunk;
        const lines = text.split("\n");
        const oks = lines.filter((line) => line === "OK").length;
        const refusal = lines.find((line) => line.startsWith("ACK "));
        if (refusal) reject(new Error(`${command}: ${refusal}`));
        else if (oks < (options.password ? 2 : 1) || !text.endsWith("\n")) return;
        else resolve(lines.filter((line) => line !== "" && !line.startsWith("OK")));
        connection.destroy();
      });
    });

  const start = async (): Promise<void> => {
    const started = spawn(daemonProgram ?? "", ["--no-daemon", join(folder, "mpd.conf")], {
      cwd: folder,
      stdio: "ignore",
    });
    child = started;
    for (let attempt = 0; ; attempt++) {
      try {
        await tell("ping");
        return;
      } catch (error) {
        if (attempt > 400 || started.exitCode !== null)
          throw new Error(`mpd did not come up: ${readLog(folder)}`, { cause: error });
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once("exit", resolve));
    running.kill(signal);
    await gone;
  };

  process.once("exit", kill);
  await start().catch(async (error: unknown) => {
    await end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const fields = async (command: string) =>
    new Map(
      (await tell(command)).map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]),
    );
  if (!options.database) {
    await tell("update");
    while ((await fields("status")).has("updating_db")) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    url:
      port === undefined
        ? socket
        : `mpd://${options.password ? `${encodeURIComponent(options.password)}@` : ""}127.0.0.1:${port}`,
    folder,
    tell,
    fields,
    async restart() {
      await end("SIGTERM");
      await start();
    },
    kill: () => end("SIGKILL"),
    async stop() {
      process.off("exit", kill);
      await end("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readLog(folder: string): string {
  try {
    return readFileSync(join(folder, "log"), "utf8").slice(-1000);
  } catch {
    return "it wrote no log";
  }
}
