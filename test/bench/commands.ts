import { createFolder, startBot } from "./bot-process.ts";
import { createChat, inParallel } from "./chat.ts";
import { createClient } from "./client.ts";
import { against, emit, median, progress, round, spread } from "./figures.ts";
import { checkLedger } from "./ledger.ts";
import type { BenchOptions } from "./options.ts";
import { overhead } from "./overhead.ts";
import { everydayScript, stepScript } from "./scripts.ts";
import { startSpotify } from "./spotify-process.ts";
import { attribute, firstCallMs, type Message, type Script, send } from "./traffic.ts";

const people = 50;
const rates = [1, 10, 50] as const;
const warmUp = { rate: 20, seconds: 8 };
/** On a single message's way to Spotify, at the highest rate. */
const aimMs = 10;
const search = "GET /v1/search";

/** Fifty people who say what people say: how long until Spotify is asked, and until they are answered. */
export async function commands({ seconds, node }: BenchOptions): Promise<void> {
  const client = createClient();
  const spotify = await startSpotify(client, people);
  const folder = createFolder();
  try {
    const bot = await startBot(client, { dataDir: folder.path, spotify: spotify.url, node });
    const chat = createChat(client, bot, spotify);
    progress(`commands: linking ${people} people`);
    await inParallel(people, 4, chat.link);
    const turns: number[] = [];
    const everyday = everydayScript(spotify.songs);

    async function phase(rate: number, forSeconds: number, script: Script): Promise<Message[]> {
      await spotify.arrivals();
      const messages = await send(chat, { people, rate, seconds: forSeconds, script, turns });
      attribute(messages, await spotify.arrivals());
      return messages;
    }

    await phase(warmUp.rate, warmUp.seconds, everyday);
    const all: Message[] = [];
    for (const rate of rates) {
      const before = { cpu: bot.cpuMs(), wait: bot.cpuWaitMs() };
      const messages = await phase(rate, seconds, everyday);
      report(rate, messages, {
        cpu_ms_per_message: round((bot.cpuMs() - before.cpu) / messages.length),
        cpu_wait_ms_per_message: round((bot.cpuWaitMs() - before.wait) / messages.length),
      });
      all.push(...messages);
    }
    reportSearches(all);
    const steps = await phase(10, Math.min(5, seconds), stepScript);
    emit({ bench: "message_to_first_call", kind: "volume_step", rate_per_s: 10, ...firstCalls(steps) });
    await overhead({ client, chat, spotify });

    await bot.stop();
    await checkLedger("commands", folder.path, spotify);
  } finally {
    folder.remove();
    await spotify.stop();
    client.close();
  }
}

const firstCalls = (messages: readonly Message[]) => spread(messages.flatMap((message) => firstCallMs(message) ?? []));
const replies = (messages: readonly Message[]) => spread(messages.map(({ sentAt, doneAt }) => doneAt - sentAt));

function report(rate: number, messages: readonly Message[], more: Record<string, unknown>): void {
  const calls = firstCalls(messages);
  const aim = rate === Math.max(...rates) ? against(calls.p99_ms, aimMs) : {};
  const failed = messages.filter(({ outcome }) => outcome === "error").length;
  emit({ bench: "message_to_first_call", kind: "all", rate_per_s: rate, ...calls, ...fifths(messages), ...aim });
  emit({ bench: "message_to_reply", kind: "all", rate_per_s: rate, ...replies(messages), failed, ...more });
  // A few messages have no spread worth a row.
  if (messages.length < 50) return;
  for (const [kind, list] of Map.groupBy(messages, (message) => message.kind)) {
    emit({ bench: "message_to_first_call", kind, rate_per_s: rate, ...firstCalls(list) });
    emit({ bench: "message_to_reply", kind, rate_per_s: rate, ...replies(list) });
  }
}

/** The p99 of each fifth of the time and their median, so that one stall of the machine can be told from a slow bot. */
function fifths(messages: readonly Message[]): Record<string, unknown> {
  if (messages.length < 500) return {};
  const inOrder = messages.toSorted((a, b) => a.sentAt - b.sentAt);
  const size = Math.ceil(inOrder.length / 5);
  const each = [0, 1, 2, 3, 4].map(
    (fifth) => firstCalls(inOrder.slice(fifth * size, (fifth + 1) * size)).p99_ms ?? Number.NaN,
  );
  return { p99_ms_of_fifths: each, p99_ms_median_fifth: median(each) };
}

/** Calls by kind of message, and that none for a plain "play X" searched twice. */
function reportSearches(messages: readonly Message[]): void {
  const plays = messages.filter(({ kind }) => kind === "play");
  const searches = plays.map(({ calls }) => calls.filter(({ route }) => route === search).length);
  const most = Math.max(0, ...searches);
  emit({
    bench: "searches_per_play",
    n: plays.length,
    mean: round(searches.reduce((sum, each) => sum + each, 0) / Math.max(1, plays.length)),
    max: most,
    ...against(most, 1),
  });
  for (const [kind, list] of Map.groupBy(messages, (message) => message.kind)) {
    const counts = list.map(({ calls }) => calls.length);
    const mean = counts.reduce((sum, each) => sum + each, 0) / list.length;
    emit({ bench: "calls_per_message", kind, n: list.length, mean: round(mean), max: Math.max(...counts) });
  }
}
