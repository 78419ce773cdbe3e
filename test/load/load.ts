import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createFolder, startBot } from "../bench/bot-process.ts";
import { createClient } from "../bench/client.ts";
import { round, spread } from "../bench/figures.ts";
import { startSpotify } from "../bench/spotify-process.ts";
import { type Platform, platforms } from "../support/platform-people.ts";
import type { FromCrowd, ToCrowd } from "./crowd-process.ts";
import type { Tally } from "./tally.ts";

export type LoadOptions = {
  seconds: number;
  /** Messages a second, on all platforms together. */
  rate: number;
  people: number;
  /** Messages within one second, afterwards. */
  burst: number;
  /** Flags for the node that runs the program. */
  node?: readonly string[];
  progress?: (line: string) => void;
  /** Nothing is told for this long: whoever still waits, waits in vain. */
  quietMs?: number;
};

const longestMs = 600_000;

/**
 * The real program as a process of its own, against the doubles of all platforms in another and the false Spotify in a third: people
 * link, speak at a rate, and then all within a second.
 */
export async function load({
  seconds,
  rate,
  people,
  burst,
  node = [],
  progress = () => {},
  quietMs = 20_000,
}: LoadOptions) {
  const client = createClient();
  const spotify = await startSpotify(client, people);
  const crowd = await startCrowd(people);
  const folder = createFolder();
  try {
    const bot = await startBot(client, {
      dataDir: folder.path,
      spotify: spotify.url,
      node: ["--inspect-port=127.0.0.1:0", ...node],
      settings: crowd.settings,
    });
    const started = { rss_mb: bot.memory().rss_mb };
    progress(`linking ${people} people`);
    await crowd.ask({ type: "link", spotify: spotify.url }, "linked");
    progress("linked");
    const before = { ...bot.memory(), heap_mb: await bot.heapMb() };

    let known = bot.complaints();
    async function run(messages: number, overMs: number) {
      const cpu = bot.cpuMs();
      const { tally, violations } = await crowd.ask(
        { type: "run", messages, overMs, songs: spotify.songs, quietMs },
        "ran",
      );
      const total = sum(tally);
      progress(`${messages} messages in ${round(overMs / 1000, 1)} s: ${JSON.stringify(total)}`);
      const told = new Map(known.map(({ said, times }) => [said, times]));
      known = bot.complaints();
      for (const { said, times } of known)
        if (times > (told.get(said) ?? 0)) progress(`  ${times - (told.get(said) ?? 0)} x ${said}`);
      for (const platform of platforms)
        for (const words of tally[platform].strange) progress(`  ${platform}, unasked: ${words}`);
      const cpu_ms_per_message = round((bot.cpuMs() - cpu) / messages);
      return { figures: { ...total, cpu_ms_per_message, platforms: byPlatform(tally) }, violations };
    }
    const steady = await run(Math.round(rate * seconds), seconds * 1_000);
    const rush = burst > 0 ? await run(burst, 1_000) : undefined;
    const peak = bot.peakMb();
    const after = { ...bot.memory(), heap_mb: await bot.heapMb() };
    await bot.stop();
    const violations = Map.groupBy((rush ?? steady).violations, (text) => text.replace(/\d+/g, "0"));
    return {
      ...sumOf([steady.figures, ...(rush ? [rush.figures] : [])]),
      rate_per_s: rate,
      seconds,
      people,
      steady: steady.figures,
      ...(rush ? { burst: rush.figures } : {}),
      memory: { started, before, peak_rss_mb: peak, after },
      violations: [...violations].map(([text, all]) => `${all.length} x ${text.slice(0, 200)}`),
    };
  } finally {
    folder.remove();
    await crowd.stop();
    await spotify.stop();
    client.close();
  }
}

type Counts = Pick<Tally, "sent" | "answered" | "refused" | "lost" | "doubled">;

function sumOf(all: readonly Counts[]): Counts {
  const total = { sent: 0, answered: 0, refused: 0, lost: 0, doubled: 0 };
  for (const each of all)
    for (const key of ["sent", "answered", "refused", "lost", "doubled"] as const) total[key] += each[key];
  return total;
}

const sum = (tally: Record<Platform, Tally>) => sumOf(Object.values(tally));

function byPlatform(tally: Record<Platform, Tally>) {
  return Object.fromEntries(
    platforms.map((platform) => {
      const { took, strange: _, ...counts } = tally[platform];
      return [platform, { ...counts, ...spread(took) }];
    }),
  );
}

async function startCrowd(people: number) {
  const child = fork(join(import.meta.dirname, "crowd-process.ts"), [String(people)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "advanced",
  });
  process.once("exit", () => child.kill("SIGKILL"));
  const exited = once(child, "exit");
  async function hear<T extends FromCrowd["type"]>(type: T): Promise<Extract<FromCrowd, { type: T }>> {
    const [message]: FromCrowd[] = await once(child, "message", { signal: AbortSignal.timeout(longestMs) });
    if (message?.type === "failed") throw new Error(message.error);
    if (message?.type !== type) throw new Error(`the crowd said ${message?.type} instead of ${type}`);
    return message as Extract<FromCrowd, { type: T }>;
  }
  const { settings } = await hear("listening");
  return {
    settings,
    ask<T extends FromCrowd["type"]>(what: ToCrowd, answer: T) {
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
