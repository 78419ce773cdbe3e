import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { systemClock } from "../../src/clock.ts";
import { openStore } from "../../src/store/open.ts";
import { silentLog } from "../support/log.ts";
import { against, emit, progress, round } from "./figures.ts";
import { monotonicMs } from "./monotonic.ts";

const ROWS = 1_000_000;
/** As services cut their files. */
const ROWS_PER_FILE = 17_500;
const MOST_SECONDS = 60;
const MOST_RSS_MB = 300;
const LOOK_EVERY_MS = 200;

/** A million rows of extended history, 0.75 GB in files of 13 MB, by the command that people type, into an empty database. */
export async function importing(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "segue-bench-import-"));
  try {
    progress("writing files …");
    const bytes = await writeHistory(join(folder, "history"), ROWS);
    await somebody(join(folder, "data"));
    const done = await run(folder);
    const seconds = done.ms / 1_000;
    emit({
      bench: "import",
      rows: ROWS,
      mb: round(bytes / 1e6, 0),
      seconds: round(seconds, 1),
      rows_per_second: round(ROWS / seconds, 0),
      cpu_seconds: round(done.cpuSeconds, 1),
      // The thread that records is the one that the others wait for: on a machine of its own it takes this long.
      main_thread_cpu_seconds: round(done.mainSeconds, 1),
      ...against(seconds, MOST_SECONDS),
    });
    emit({ bench: "import_rss", mb: done.peakMb, ...against(done.peakMb, MOST_RSS_MB) });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function somebody(dataDir: string): Promise<void> {
  const store = await openStore({ url: `sqlite:${dataDir}/rehearsal/segue.db`, clock: systemClock, log: silentLog });
  await store.people.ensure({ platform: "web", tenant: "", id: "anna" }, "Anna", systemClock.now());
  await store.close();
}

/** Some thousand songs, the loved ones again and again, four hours a day, all in their order. */
async function writeHistory(folder: string, rows: number): Promise<number> {
  mkdirSync(folder);
  let [at, seed, bytes] = [Date.UTC(2008, 0, 1), 7, 0];
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  for (let first = 0, file = 0; first < rows; first += ROWS_PER_FILE, file++) {
    const stream = createWriteStream(
      join(folder, `Streaming_History_Audio_${2008 + Math.floor(file / 4)}_${file}.json`),
    );
    const texts: string[] = [];
    for (let number = first; number < Math.min(rows, first + ROWS_PER_FILE); number++) {
      const song = Math.floor(random() * random() * 20_000);
      const playedMs = Math.floor(20_000 + random() * 220_000);
      at += playedMs + 1_500;
      if (number % 150 === 0) at += 60 * 60_000;
      texts.push(JSON.stringify(row(song, at, playedMs), null, 2));
    }
    const text = `[\n${texts.join(",\n")}\n]`;
    bytes += Buffer.byteLength(text);
    await finished(stream.end(text));
  }
  return bytes;
}

function row(song: number, endedAt: number, playedMs: number): Record<string, unknown> {
  return {
    ts: new Date(Math.floor(endedAt / 1_000) * 1_000).toISOString().replace(".000", ""),
    platform: "Android OS 10 API 29 (samsung, SM-G960F)",
    ms_played: playedMs,
    conn_country: "DE",
    ip_addr: "203.0.113.7",
    master_metadata_track_name: `Song number ${song} of the night`,
    master_metadata_album_artist_name: `Artist ${song % 3_000}`,
    master_metadata_album_album_name: `Album ${song % 6_000}`,
    spotify_track_uri: `spotify:track:${String(song).padStart(22, "0")}`,
    episode_name: null,
    episode_show_name: null,
    spotify_episode_uri: null,
    audiobook_title: null,
    audiobook_uri: null,
    audiobook_chapter_uri: null,
    audiobook_chapter_title: null,
    reason_start: "trackdone",
    reason_end: "trackdone",
    shuffle: true,
    skipped: false,
    offline: false,
    offline_timestamp: Math.floor(endedAt / 1_000),
    incognito_mode: false,
  };
}

/** The command in a process of its own, whose memory is looked at from outside. */
async function run(folder: string): Promise<Usage & { ms: number }> {
  const startedAt = monotonicMs();
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "../../bin/segue.js"), "import", join(folder, "history")],
    {
      cwd: folder,
      env: { PATH: process.env.PATH ?? "", DATA_DIR: join(folder, "data") },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let usage: Usage = { peakMb: 0, cpuSeconds: 0, mainSeconds: 0 };
  const look = setInterval(() => {
    // One that has ended, and was not yet taken leave of, has no memory any more.
    const now = usageOf(child.pid);
    if (now) usage = { ...now, peakMb: Math.max(now.peakMb, usage.peakMb) };
  }, LOOK_EVERY_MS);
  let report = "";
  child.stdout.on("data", (text: Buffer) => {
    report += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearInterval(look);
  progress(report.split("\n\n")[0] ?? "");
  if (code !== 0) throw new Error(`the import ended with ${code}`);
  return { ...usage, ms: monotonicMs() - startedAt };
}

type Usage = { peakMb: number; cpuSeconds: number; mainSeconds: number };

/** Of a process on Linux: the most memory that it had, and the processor time of all its threads and of the first. */
function usageOf(pid: number | undefined): Usage | undefined {
  const seconds = (file: string): number => {
    const fields = readFileSync(file, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return {
      peakMb: round(Number(peak ?? 0) / 1_024, 0),
      cpuSeconds: seconds(`/proc/${pid}/stat`),
      mainSeconds: seconds(`/proc/${pid}/task/${pid}/stat`),
    };
  } catch {
    return undefined;
  }
}
