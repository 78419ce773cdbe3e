import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { platforms } from "../support/platform-people.ts";
import { type BotProcess, createFolder, startBot } from "./bot-process.ts";
import { createClient } from "./client.ts";
import { type FromPlatforms, peoplePerPlatform, type ToPlatforms } from "./false-platforms.ts";
import { against, emit, median, progress, round, spread } from "./figures.ts";
import type { BenchOptions } from "./options.ts";
import { startSpotify } from "./spotify-process.ts";

const aims = { acknowledgeMs: 50, deferMs: 1_200, idleMb: 320, loadedMb: 320, readyMs: 3_000 };
/** Nobody looks that name up: Telegram's double is told where the bot listens. */
const webhook = { PUBLIC_URL: "https://bench.invalid", TELEGRAM_WEBHOOK_SECRET: "secret-of-the-bench" };
const starts = 3;
const idleMs = 5_000;
const rate = 50;
/** What every call of the bot's takes, so that whatever waits for one is answered late. */
const spotifyMs = 2_000;
const longestMs = 120_000;

/** The program with all three chat platforms: how it starts, what it weighs, and how soon platforms hear that it took an event. */
export async function chatPlatforms({ seconds, node }: BenchOptions): Promise<void> {
  const client = createClient();
  const spotify = await startSpotify(client, platforms.length * peoplePerPlatform);
  const doubles = await startPlatforms();
  const folder = createFolder();
  const start = (settings = {}) =>
    startBot(client, {
      dataDir: folder.path,
      spotify: spotify.url,
      node,
      settings: { ...doubles.settings, ...settings },
    });

  async function acknowledge(
    bot: BotProcess,
    how: Pick<Extract<ToPlatforms, { type: "run" }>, "platform" | "hookedAt">,
  ) {
    const { platform } = how;
    const before = { cpu: bot.cpuMs(), wait: bot.cpuWaitMs() };
    const load = { type: "run", ...how, rate, seconds: Math.min(seconds, 10) } as const;
    const { atOnce, waiting, unacknowledged, violations } = await doubles.ask(load, "ran");
    const events = atOnce.length + waiting.length;
    const common = {
      bench: "platforms_acknowledge",
      platform,
      ...(platform === "telegram" ? { by: how.hookedAt === undefined ? "polling" : "webhook" } : {}),
      rate_per_s: rate,
      spotify_ms: spotifyMs,
    };
    const quick = spread(atOnce);
    emit({
      ...common,
      kind: "answered_at_once",
      ...quick,
      unacknowledged,
      violations: violations.length,
      cpu_ms_per_event: round((bot.cpuMs() - before.cpu) / events),
      cpu_wait_ms_per_event: round((bot.cpuWaitMs() - before.wait) / events),
      ...against(quick.p99_ms, aims.acknowledgeMs),
    });
    const slow = spread(waiting);
    // Discord alone is told what kind of answer will come, so it hears of one that takes long after a second.
    const aim = platform === "discord" ? aims.deferMs : aims.acknowledgeMs;
    emit({ ...common, kind: "waits_for_spotify", ...slow, ...against(slow.p99_ms, aim) });
    for (const violation of new Set(violations)) progress(`platforms: ${platform} refused: ${violation}`);
    // Answers that are still on their way must not weigh on the next one.
    await wait(spotifyMs * 3);
  }

  try {
    const wall: number[] = [];
    const cpu: number[] = [];
    for (let count = 0; count < starts; count++) {
      const bot = await start();
      wall.push(round(bot.readyMs, 0));
      cpu.push(bot.readyCpuMs);
      await bot.stop();
    }
    const medianMs = median(wall);
    const cold = { n: starts, median_ms: medianMs, all_ms: wall, cpu_median_ms: median(cpu) };
    emit({ bench: "platforms_cold_start", ...cold, ...against(medianMs, aims.readyMs) });

    const bot = await start();
    await wait(idleMs);
    const idle = bot.memory();
    emit({ bench: "platforms_rss_idle", ...idle, ...against(idle.rss_mb, aims.idleMb) });

    progress(`platforms: linking ${peoplePerPlatform} people on each`);
    await doubles.ask({ type: "link", spotify: spotify.url }, "linked");
    await client.postJson(`${spotify.url}/_control/faults/add`, {
      match: { path: "/v1/*" },
      effect: { delayMs: spotifyMs },
    });
    for (const platform of platforms) await acknowledge(bot, { platform });
    const busy = bot.memory();
    const people = platforms.length * peoplePerPlatform;
    emit({ bench: "platforms_rss_after_load", people, ...busy, ...against(busy.rss_mb, aims.loadedMb) });
    await bot.stop();

    const hooked = await start(webhook);
    await acknowledge(hooked, { platform: "telegram", hookedAt: hooked.url });
    await hooked.stop();
  } finally {
    folder.remove();
    await doubles.stop();
    await spotify.stop();
    client.close();
  }
}

async function startPlatforms() {
  const child = fork(join(import.meta.dirname, "false-platforms.ts"), [], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "advanced",
  });
  const exited = once(child, "exit");
  async function hear<T extends FromPlatforms["type"]>(type: T): Promise<Extract<FromPlatforms, { type: T }>> {
    const [message]: FromPlatforms[] = await once(child, "message", { signal: AbortSignal.timeout(longestMs) });
    if (message?.type === "failed") throw new Error(message.error);
    if (message?.type !== type) throw new Error(`the platforms said ${message?.type} instead of ${type}`);
    return message as Extract<FromPlatforms, { type: T }>;
  }
  const { settings } = await hear("listening");
  return {
    settings,
    ask<T extends FromPlatforms["type"]>(what: ToPlatforms, answer: T) {
      const heard = hear(answer);
      child.send(what);
      return heard;
    },
    async stop() {
      child.kill();
      await exited;
    },
  };
}
