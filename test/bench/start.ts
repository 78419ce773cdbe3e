import { setTimeout as wait } from "node:timers/promises";
import { createFolder, startBot } from "./bot-process.ts";
import { createClient } from "./client.ts";
import { against, emit, median, round } from "./figures.ts";
import type { BenchOptions } from "./options.ts";
import { startSpotify } from "./spotify-process.ts";

const aims = { readyMs: 2_000, idleMb: 180 };
const starts = 5;
const idleMs = 5_000;

/** From spawn to ready, several times in one data folder: the first makes its database, the others find it. */
export async function coldStart({ node }: BenchOptions): Promise<void> {
  const client = createClient();
  const spotify = await startSpotify(client, 1);
  try {
    for (const mode of ["rehearsal", "real"] as const) {
      const folder = createFolder();
      const wall: number[] = [];
      const cpu: number[] = [];
      try {
        for (let start = 0; start < starts; start++) {
          const bot = await startBot(client, {
            dataDir: folder.path,
            node,
            ...(mode === "real" ? { spotify: spotify.url } : {}),
          });
          wall.push(round(bot.readyMs, 0));
          cpu.push(bot.readyCpuMs);
          await bot.stop();
        }
      } finally {
        folder.remove();
      }
      const medianMs = median(wall);
      emit({
        bench: "cold_start",
        mode,
        n: starts,
        median_ms: medianMs,
        all_ms: wall,
        cpu_median_ms: median(cpu),
        ...against(medianMs, aims.readyMs),
      });
    }
  } finally {
    await spotify.stop();
    client.close();
  }
}

/** Memory of the whole program with the web chat alone, after five quiet seconds. */
export async function idle({ node }: BenchOptions): Promise<void> {
  const client = createClient();
  const spotify = await startSpotify(client, 1);
  const folder = createFolder();
  try {
    const bot = await startBot(client, { dataDir: folder.path, spotify: spotify.url, node });
    await wait(idleMs);
    const memory = bot.memory();
    await bot.stop();
    emit({ bench: "rss_idle", mode: "real", ...memory, ...against(memory.rss_mb, aims.idleMb) });
  } finally {
    folder.remove();
    await spotify.stop();
    client.close();
  }
}
