import { setTimeout as wait } from "node:timers/promises";
import { createFolder, startBot } from "./bot-process.ts";
import { createChat, inParallel } from "./chat.ts";
import { createClient } from "./client.ts";
import { emit, progress, round, spread } from "./figures.ts";
import { checkLedger } from "./ledger.ts";
import { monotonicMs } from "./monotonic.ts";
import type { BenchOptions } from "./options.ts";
import { everydayScript } from "./scripts.ts";
import { startSpotify } from "./spotify-process.ts";
import { send } from "./traffic.ts";

const people = 1_000;
const atOnce = 8;
const rate = 50;
const idleMs = 5_000;

/** A thousand people who link in a browser's steps, say one thing each, and then say nothing. */
export async function crowd({ node }: BenchOptions): Promise<void> {
  const client = createClient();
  const spotify = await startSpotify(client, people);
  const folder = createFolder();
  try {
    const bot = await startBot(client, { dataDir: folder.path, spotify: spotify.url, node });
    const chat = createChat(client, bot, spotify);
    progress(`crowd: linking ${people} people`);
    const startedAt = monotonicMs();
    const took: number[] = [];
    await inParallel(people, atOnce, async (index) => {
      const began = monotonicMs();
      await chat.link(index);
      took.push(monotonicMs() - began);
    });
    const seconds = (monotonicMs() - startedAt) / 1000;
    emit({ bench: "linking", people, at_once: atOnce, people_per_s: round(people / seconds, 1), ...spread(took) });

    progress("crowd: one message each");
    const script = everydayScript(spotify.songs);
    const messages = await send(chat, { people, rate, seconds: people / rate, script, turns: [] });
    const failed = messages.filter(({ outcome }) => outcome === "error").length;
    await wait(idleMs);
    emit({ bench: "rss_linked", people, messages: messages.length, failed, ...bot.memory() });
    await bot.stop();
    await checkLedger("crowd", folder.path, spotify);
  } finally {
    folder.remove();
    await spotify.stop();
    client.close();
  }
}
