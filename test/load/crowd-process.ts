import { setTimeout as wait } from "node:timers/promises";
import { inParallel } from "../bench/chat.ts";
import { personId } from "../bench/false-spotify.ts";
import { monotonicMs } from "../bench/monotonic.ts";
import { everydayScript } from "../bench/scripts.ts";
import {
  linkByWords,
  openPlatforms,
  type Platform,
  type PlatformPeople,
  platforms,
} from "../support/platform-people.ts";
import { createTally, type Tally } from "./tally.ts";

/** What this process says to the one that forked it. */
export type FromCrowd =
  | { type: "listening"; settings: Record<string, string> }
  | { type: "linked" }
  | { type: "ran"; tally: Record<Platform, Tally>; violations: string[] }
  | { type: "failed"; error: string };
export type ToCrowd =
  | { type: "link"; spotify: string }
  /** Messages evenly spaced over that time, whoever is still waiting for an answer; it ends when all have one, or none came for so long. */
  | { type: "run"; messages: number; overMs: number; songs: readonly string[]; quietMs: number };

/**
 * How messages are shared among the platforms: as each lets a bot answer. Telegram takes 30 messages a second of a bot, edits among them
 * (https://core.telegram.org/bots/faq); Discord 50 requests a second besides those that answer a command
 * (https://docs.discord.com/developers/topics/rate-limits#global-rate-limit); answers to Slack's commands have no limit that is told.
 */
const shares: Record<Platform, number> = { discord: 0.45, slack: 0.45, telegram: 0.1 };
/** Of what is said on Discord and Slack, those that are commands; the rest are words. */
const commands = new Set(["pause", "resume", "volume"]);
const longestMs = 240_000;

/** How many of them are on each platform. */
export function spreadOver(count: number): Record<Platform, number> {
  const telegram = Math.max(1, Math.round(count * shares.telegram));
  const slack = Math.max(1, Math.round(count * shares.slack));
  return { discord: count - slack - telegram, slack, telegram };
}

/** A process of its own: the platforms and their people do not share the bot's event loop. The number of people is its argument. */
if (import.meta.main) await serve(Number(process.argv[2]));

async function serve(count: number): Promise<void> {
  const people = spreadOver(count);
  const opened = await openPlatforms({ people });
  const first = { discord: 0, slack: people.discord, telegram: people.discord + people.slack };
  const say = (message: FromCrowd) => process.send?.(message);

  async function act(message: ToCrowd): Promise<void> {
    if (message.type === "run") {
      const tally = await run(opened.all, people, message);
      return void say({ type: "ran", tally, violations: platforms.flatMap((name) => opened.all[name].violations()) });
    }
    await opened.ready();
    await Promise.all(
      platforms.map((platform) =>
        inParallel(people[platform], 6, (index) =>
          linkByWords(opened.all[platform], index, {
            spotify: message.spotify,
            account: personId(first[platform] + index),
          }),
        ),
      ),
    );
    say({ type: "linked" });
  }

  process.on("message", (message: ToCrowd) => {
    act(message).catch((error: unknown) =>
      say({ type: "failed", error: error instanceof Error ? String(error.stack) : String(error) }),
    );
  });
  process.on("disconnect", () => process.exit(0));
  say({ type: "listening", settings: opened.settings });
}

/** When each person was last told that there is too much to do. */
const refusedAt: Record<Platform, Map<number, number>> = { discord: new Map(), slack: new Map(), telegram: new Map() };

async function run(
  all: Record<Platform, PlatformPeople>,
  people: Record<Platform, number>,
  { messages, overMs, songs, quietMs }: Extract<ToCrowd, { type: "run" }>,
): Promise<Record<Platform, Tally>> {
  const script = everydayScript(songs);
  const desks = {
    discord: createTally(refusedAt.discord),
    slack: createTally(refusedAt.slack),
    telegram: createTally(refusedAt.telegram),
  };
  const said = { discord: 0, slack: 0, telegram: 0 };
  for (const platform of platforms) all[platform].onTold(desks[platform].told);

  function speak(platform: Platform): void {
    const count = said[platform]++;
    const person = count % people[platform];
    const { kind, text } = script(person, Math.floor(count / people[platform]));
    desks[platform].said(person);
    const [, percent] = /^volume (\d+)$/.exec(text) ?? [];
    const command = all[platform].commands;
    if (command === undefined || !commands.has(kind)) all[platform].says(person, text);
    else command(person, kind, percent === undefined ? {} : { percent: Number(percent) });
  }

  const startedAt = monotonicMs();
  for (let index = 0; index < messages; index++) {
    const early = startedAt + (index * overMs) / messages - monotonicMs();
    if (early > 0) await wait(early);
    // Evenly by share: whichever is furthest behind what is its.
    const behind = (platform: Platform) => shares[platform] * (index + 1) - said[platform];
    speak([...platforms].sort((a, b) => behind(b) - behind(a))[0] ?? "discord");
  }
  const until = monotonicMs() + longestMs;
  const waits = () => platforms.some((platform) => desks[platform].waiting() > 0);
  const lastAt = () => Math.max(startedAt + overMs, ...platforms.map((platform) => desks[platform].lastAt()));
  while (waits() && monotonicMs() < until && monotonicMs() - lastAt() < quietMs) await wait(100);
  // What comes once too often may come late.
  await wait(2_000);
  return { discord: desks.discord.end(), slack: desks.slack.end(), telegram: desks.telegram.end() };
}
