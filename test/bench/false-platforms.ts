import { setTimeout as wait } from "node:timers/promises";
import manifest from "../../adapters/slack/manifest.json" with { type: "json" };
import { systemClock } from "../../src/clock.ts";
import { createDiscordDouble, token as discordToken } from "../doubles/discord/server.ts";
import { createSlackDouble } from "../doubles/slack/index.ts";
import { createTelegramDouble } from "../doubles/telegram/index.ts";
import { inParallel } from "./chat.ts";
import { createClient } from "./client.ts";
import { personId } from "./false-spotify.ts";
import { monotonicMs } from "./monotonic.ts";

export const platforms = ["discord", "slack", "telegram"] as const;
export type Platform = (typeof platforms)[number];
/** On each platform; every one has a Spotify account of their own. */
export const peoplePerPlatform = 80;

/** What this process says to the one that forked it. */
export type FromPlatforms =
  | { type: "listening"; settings: Record<string, string> }
  | { type: "linked" }
  /** Ms from each event to its acknowledgement: of words and commands that are answered at once, and of those that wait for Spotify. */
  | { type: "ran"; atOnce: number[]; waiting: number[]; unacknowledged: number; violations: string[] }
  | { type: "failed"; error: string };
/** `link` once the bot is there, then `run` for each platform. */
export type ToPlatforms =
  | { type: "link"; spotify: string }
  /** `hookedAt`: where a webhook's posts go, whatever its address. */
  | { type: "run"; platform: Platform; rate: number; seconds: number; hookedAt?: string };

type Acknowledged = number | undefined;
type People = {
  /** Words in the person's direct chat. */
  says(index: number, text: string): unknown;
  /** Everything the person has been told. */
  told(index: number): string;
  /** The person asks for help, or for another volume. Resolves with the ms until it was acknowledged. */
  asks(index: number, what: { percent: number } | "help"): Promise<Acknowledged>;
  violations(): string[];
};

const answerWithinMs = 15_000;
const pollMs = 20;

/** A process of its own: the platforms and their people do not share the bot's event loop. */
if (import.meta.main) await serve();

async function serve(): Promise<void> {
  const discord = await createDiscordDouble(systemClock);
  const slack = await createSlackDouble({ clock: systemClock, scopes: manifest.oauth_config.scopes.bot });
  const telegramToken = "700001:double-token-of-the-telegram-bench";
  let hookedAt = "";
  const telegram = await createTelegramDouble({
    token: telegramToken,
    clock: systemClock,
    reach: (url) => new URL(new URL(url).pathname, hookedAt).href,
  });
  const all: Record<Platform, People> = {
    discord: onDiscord(discord),
    slack: onSlack(slack),
    telegram: onTelegram(telegram),
  };

  const say = (message: FromPlatforms) => process.send?.(message);
  const act = async (message: ToPlatforms) => {
    if (message.type === "run") {
      hookedAt = message.hookedAt ?? "";
      return say({ type: "ran", ...(await run(all[message.platform], message)) });
    }
    await until(() => discord.world.commands.length > 0 && slack.connections() > 0);
    for (const [at, platform] of platforms.entries())
      await inParallel(peoplePerPlatform, 8, (index) =>
        link(all[platform], index, { spotify: message.spotify, account: personId(at * peoplePerPlatform + index) }),
      );
    say({ type: "linked" });
  };
  process.on("message", (message: ToPlatforms) => {
    act(message).catch((error: unknown) => say({ type: "failed", error: String(error) }));
  });
  process.on("disconnect", () => process.exit(0));
  say({
    type: "listening",
    settings: {
      DISCORD_TOKEN: discordToken,
      DISCORD_API_URL: discord.apiUrl,
      SLACK_BOT_TOKEN: slack.world.botToken,
      SLACK_APP_TOKEN: slack.world.appToken,
      SLACK_API_URL: slack.apiUrl,
      TELEGRAM_BOT_TOKEN: telegramToken,
      TELEGRAM_API_ROOT: telegram.url,
    },
  });
}

/** Links a person by words alone: the address is agreed to, and the one it leads to is pasted. */
async function link(people: People, index: number, by: { spotify: string; account: string }): Promise<void> {
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

/** Events evenly spaced, whoever is still waiting: every other one is answered at once, the rest wait for Spotify. */
async function run(people: People, { rate, seconds }: { rate: number; seconds: number }) {
  const atOnce: Promise<Acknowledged>[] = [];
  const waiting: Promise<Acknowledged>[] = [];
  const before = people.violations().length;
  const from = monotonicMs();
  for (let event = 0; event < rate * seconds; event++) {
    const left = from + (event * 1_000) / rate - monotonicMs();
    if (left > 0) await wait(left);
    // Half of the people do the one, half the other: nobody's question waits for their own volume.
    const index = event % peoplePerPlatform;
    if (index % 2 === 0) atOnce.push(people.asks(index, "help"));
    else waiting.push(people.asks(index, { percent: 10 + (event % 80) }));
  }
  const [quick, slow] = await Promise.all([Promise.all(atOnce), Promise.all(waiting)]);
  const times = (all: readonly Acknowledged[]) => all.filter((ms) => ms !== undefined);
  return {
    atOnce: times(quick),
    waiting: times(slow),
    unacknowledged: [...quick, ...slow].filter((ms) => ms === undefined).length,
    violations: people.violations().slice(before),
  };
}

function onDiscord(discord: Awaited<ReturnType<typeof createDiscordDouble>>): People {
  const people = Array.from({ length: peoplePerPlatform }, (_, index) => discord.person(`person-${index}`));
  const of = (index: number) => people[index] ?? fail(index);
  return {
    says: (index, text) => of(index).says(of(index).direct(), text),
    told: (index) =>
      JSON.stringify(
        of(index)
          .messages()
          .map(({ components }) => components),
      ),
    async asks(index, what) {
      const person = of(index);
      const asked = what === "help" ? person.runs(person.direct(), what) : person.runs(person.direct(), "volume", what);
      await until(() => asked.acknowledged !== undefined).catch(() => undefined);
      return asked.acknowledged === undefined ? undefined : asked.acknowledged - asked.at;
    },
    violations: () => discord.violations,
  };
}

function onSlack(slack: Awaited<ReturnType<typeof createSlackDouble>>): People {
  const people = Array.from({ length: peoplePerPlatform }, (_, index) => slack.person(`person-${index}`));
  const of = (index: number) => people[index] ?? fail(index);
  const chat = (index: number) => slack.directChat(of(index)).id;
  const room = slack.channel("music", people).id;
  return {
    says: (index, text) => slack.says(of(index), text),
    told: (index) =>
      JSON.stringify(slack.world.messages.filter(({ channel }) => channel === chat(index)).map(({ blocks }) => blocks)),
    async asks(index, what) {
      const from = monotonicMs();
      const text = what === "help" ? what : `volume ${what.percent}`;
      const { acknowledged } = await slack.slash(of(index), { channel: room }, text);
      return acknowledged ? monotonicMs() - from : undefined;
    },
    violations: () => slack.world.violations,
  };
}

function onTelegram(telegram: Awaited<ReturnType<typeof createTelegramDouble>>): People {
  const idOf = (index: number) => 1_000 + index;
  for (let index = 0; index < peoplePerPlatform; index++)
    telegram.world.addUser({ id: idOf(index), first_name: `Person ${index}` });
  const says = (index: number, text: string) => telegram.says(idOf(index), idOf(index), text);
  return {
    says,
    told: (index) => telegram.sees(idOf(index)).join("\n"),
    async asks(index, what) {
      const from = monotonicMs();
      await telegram.updates.confirmed(says(index, what === "help" ? "/help" : `/volume ${what.percent}`));
      return monotonicMs() - from;
    },
    violations: () => telegram.violations,
  };
}

async function until(holds: () => boolean): Promise<void> {
  const end = monotonicMs() + answerWithinMs;
  while (!holds()) {
    if (monotonicMs() > end) throw new Error(`not so within ${answerWithinMs} ms: ${holds}`);
    await wait(pollMs);
  }
}

function fail(index: number): never {
  throw new RangeError(`nobody is number ${index}`);
}
