import { setTimeout as wait } from "node:timers/promises";
import { linkByWords, openPlatforms, type Platform, platforms, until } from "../support/platform-people.ts";
import { inParallel } from "./chat.ts";
import { personId } from "./false-spotify.ts";
import { monotonicMs } from "./monotonic.ts";

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
/** The person asks for help, or for another volume. Resolves with the ms until it was acknowledged. */
type Asks = (index: number, what: { percent: number } | "help") => Promise<Acknowledged>;

/** A process of its own: the platforms and their people do not share the bot's event loop. */
if (import.meta.main) await serve();

async function serve(): Promise<void> {
  let hookedAt = "";
  const [discord, slack, telegram] = [peoplePerPlatform, peoplePerPlatform, peoplePerPlatform];
  const opened = await openPlatforms({ people: { discord, slack, telegram }, hookedAt: () => hookedAt });
  const asks = asking(opened);

  const say = (message: FromPlatforms) => process.send?.(message);
  const act = async (message: ToPlatforms) => {
    if (message.type === "run") {
      hookedAt = message.hookedAt ?? "";
      const { violations } = opened.all[message.platform];
      return say({ type: "ran", ...(await run({ asks: asks[message.platform], violations }, message)) });
    }
    await opened.ready();
    for (const [at, platform] of platforms.entries())
      await inParallel(peoplePerPlatform, 8, (index) =>
        linkByWords(opened.all[platform], index, {
          spotify: message.spotify,
          account: personId(at * peoplePerPlatform + index),
        }),
      );
    say({ type: "linked" });
  };
  process.on("message", (message: ToPlatforms) => {
    act(message).catch((error: unknown) => say({ type: "failed", error: String(error) }));
  });
  process.on("disconnect", () => process.exit(0));
  say({ type: "listening", settings: opened.settings });
}

/** Events evenly spaced, whoever is still waiting: every other one is answered at once, the rest wait for Spotify. */
async function run(
  people: { asks: Asks; violations(): readonly string[] },
  { rate, seconds }: { rate: number; seconds: number },
) {
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

function asking({ slack, telegram, all }: Awaited<ReturnType<typeof openPlatforms>>): Record<Platform, Asks> {
  const room = slack.channel("music", all.slack.people).id;
  return {
    async discord(index, what) {
      const person = all.discord.person(index);
      const asked = what === "help" ? person.runs(person.direct(), what) : person.runs(person.direct(), "volume", what);
      await until(() => asked.acknowledged !== undefined).catch(() => undefined);
      return asked.acknowledged === undefined ? undefined : asked.acknowledged - asked.at;
    },
    async slack(index, what) {
      const from = monotonicMs();
      const person = all.slack.people[index];
      if (!person) throw new RangeError(`nobody is number ${index}`);
      const { acknowledged } = await slack.slash(
        person,
        { channel: room },
        what === "help" ? what : `volume ${what.percent}`,
      );
      return acknowledged ? monotonicMs() - from : undefined;
    },
    async telegram(index, what) {
      const from = monotonicMs();
      await telegram.updates.confirmed(all.telegram.says(index, what === "help" ? "/help" : `/volume ${what.percent}`));
      return monotonicMs() - from;
    },
  };
}
