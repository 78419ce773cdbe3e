import { setTimeout as wait } from "node:timers/promises";
import manifest from "../../adapters/slack/manifest.json" with { type: "json" };
import { systemClock } from "../../src/clock.ts";
import { createClient } from "../bench/client.ts";
import { monotonicMs } from "../bench/monotonic.ts";
import { createDiscordDouble, token as discordToken } from "../doubles/discord/server.ts";
import { createSlackDouble } from "../doubles/slack/index.ts";
import { shown as shownOnSlack } from "../doubles/slack/seen.ts";
import { createTelegramDouble } from "../doubles/telegram/index.ts";

export const platforms = ["discord", "slack", "telegram"] as const;
export type Platform = (typeof platforms)[number];

/** Many people of one platform, by number, each in a direct chat with the bot. */
export interface PlatformPeople {
  /** Words in the person's direct chat. */
  says(index: number, text: string): unknown;
  /** A slash command, as the platform has them, in the direct chat; undefined where it would be words like any others. */
  commands?(index: number, name: string, options?: Record<string, string | number>): unknown;
  /** Everything the person has been told, as it stands now. */
  told(index: number): string;
  /** Whoever listens hears of each message to a person once it says something, and of none twice. */
  onTold(listener: (index: number, text: string) => void): void;
  /** What the platform had to refuse. */
  violations(): readonly string[];
}

/** Says what is told and when, and whom it was for. */
function createHearing() {
  const told: { index: number; words: () => string }[][] = [];
  const listeners: ((index: number, text: string) => void)[] = [];
  return {
    hear(index: number | undefined, words: () => string): void {
      if (index === undefined) return;
      told[index] ??= [];
      told[index].push({ index, words });
      for (const listener of listeners) listener(index, words());
    },
    told: (index: number) => (told[index] ?? []).map(({ words }) => words()).join("\n"),
    onTold: (listener: (index: number, text: string) => void) => void listeners.push(listener),
  };
}

/** The doubles of all three with so many people on each, and the settings by which the program reaches them. */
export async function openPlatforms(options: {
  people: Readonly<Record<Platform, number>>;
  /** Where a webhook's posts go, whatever its address. */
  hookedAt?: () => string;
}) {
  const { people } = options;
  const discord = await createDiscordDouble(systemClock);
  const slack = await createSlackDouble({ clock: systemClock, scopes: manifest.oauth_config.scopes.bot });
  const telegramToken = "700001:double-token-of-the-telegram-people";
  const telegram = await createTelegramDouble({
    token: telegramToken,
    clock: systemClock,
    reach: (url) => new URL(new URL(url).pathname, options.hookedAt?.()).href,
  });
  return {
    discord,
    slack,
    telegram,
    all: {
      discord: onDiscord(discord, people.discord),
      slack: onSlack(slack, people.slack),
      telegram: onTelegram(telegram, people.telegram),
    } satisfies Record<Platform, PlatformPeople>,
    /** Resolves when the program is there on all of them. */
    ready: () => until(() => discord.world.commands.length > 0 && slack.connections() > 0),
    settings: {
      DISCORD_TOKEN: discordToken,
      DISCORD_API_URL: discord.apiUrl,
      SLACK_BOT_TOKEN: slack.world.botToken,
      SLACK_APP_TOKEN: slack.world.appToken,
      SLACK_API_URL: slack.apiUrl,
      TELEGRAM_BOT_TOKEN: telegramToken,
      TELEGRAM_API_ROOT: telegram.url,
    },
  };
}

function onDiscord(discord: Awaited<ReturnType<typeof createDiscordDouble>>, count: number) {
  const people = Array.from({ length: count }, (_, index) => discord.person(`person-${index}`));
  const chats = people.map((person) => person.direct());
  const byChannel = new Map(chats.map(({ id }, index) => [id, index]));
  const hearing = createHearing();
  discord.world.onWords = (message) =>
    hearing.hear(byChannel.get(message.channelId), () => JSON.stringify(message.components));
  return {
    ...hearing,
    person: (index: number) => of(people, index),
    says: (index: number, text: string) => of(people, index).says(of(chats, index), text),
    commands: (index: number, name: string, options?: Record<string, string | number>) =>
      of(people, index).runs(of(chats, index), name, options),
    violations: () => discord.violations,
  };
}

function onSlack(slack: Awaited<ReturnType<typeof createSlackDouble>>, count: number) {
  const people = Array.from({ length: count }, (_, index) => slack.person(`person-${index}`));
  const chats = people.map((person) => slack.directChat(person).id);
  const byChannel = new Map(chats.map((id, index) => [id, index]));
  const hearing = createHearing();
  const heard = new WeakSet<object>();
  slack.world.onWords = (message) => {
    const words = shownOnSlack(message);
    // The sign of life that an answer will take the place of.
    if (words === "One moment…" || heard.has(message)) return;
    heard.add(message);
    hearing.hear(byChannel.get(message.channel), () => JSON.stringify(message.blocks));
  };
  return {
    ...hearing,
    people,
    says: (index: number, text: string) => slack.says(of(people, index), text),
    commands: (index: number, name: string, options: Record<string, string | number> = {}) =>
      slack.slash(of(people, index), { channel: of(chats, index) }, [name, ...Object.values(options)].join(" ")),
    violations: () => slack.world.violations,
  };
}

function onTelegram(telegram: Awaited<ReturnType<typeof createTelegramDouble>>, count: number) {
  const first = 1_000;
  for (let index = 0; index < count; index++)
    telegram.world.addUser({ id: first + index, first_name: `Person ${index}` });
  const hearing = createHearing();
  telegram.world.onWords((message) => {
    const index = message.chat.id - first;
    if (index < 0 || index >= count) return;
    hearing.hear(index, () => [message.text, ...message.keyboard.flat().map(({ url }) => url ?? "")].join("\n"));
  });
  return {
    ...hearing,
    says: (index: number, text: string) => telegram.says(first + index, first + index, text),
    violations: () => telegram.violations,
  };
}

/** Links a person by words alone: the address is agreed to, and the one it leads to is pasted. */
export async function linkByWords(
  people: PlatformPeople,
  index: number,
  by: { spotify: string; account: string },
): Promise<void> {
  const client = createClient();
  people.says(index, "link");
  const address = () => /https?:\/\/[^\s"<>()]+\/authorize\?[^\s"<>()]+/.exec(people.told(index))?.[0];
  await until(() => address() !== undefined);
  const { text } = await client.postJson(`${by.spotify}/_control/grants/consent`, {
    user: by.account,
    url: address()?.replaceAll("&amp;", "&"),
  });
  people.says(index, (JSON.parse(text) as { redirect: string }).redirect);
  await until(() => people.told(index).includes("Connected to Spotify"));
  client.close();
}

const answerWithinMs = 30_000;
const pollMs = 20;

/** Rejects when it is not so in time. */
export async function until(holds: () => boolean): Promise<void> {
  const end = monotonicMs() + answerWithinMs;
  while (!holds()) {
    if (monotonicMs() > end) throw new Error(`not so within ${answerWithinMs} ms: ${holds}`);
    await wait(pollMs);
  }
}

function of<T>(all: readonly T[], index: number): T {
  const found = all[index];
  if (found === undefined) throw new RangeError(`nobody is number ${index}`);
  return found;
}
