import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../../../adapters/slack/manifest.json" with { type: "json" };
import type { Clock } from "../../../src/contracts/clock.ts";
import { freePort } from "../../../src/main/addresses.ts";
import { createRehearsalSpotify, type RehearsalOptions } from "../../../src/rehearsal/index.ts";
import { createDiscordDouble, token as discordToken } from "../../doubles/discord/server.ts";
import { createSlackDouble } from "../../doubles/slack/index.ts";
import { createTelegramDouble } from "../../doubles/telegram/index.ts";
import { createBrowser, type TestBrowser } from "./browser.ts";

const callback = "/v1/spotify/auth/callback";
/** What people's browsers know the bot as; the stand is the proxy before it. */
export const publicUrl = "https://segue.example";
const telegramToken = "700001:double-token-of-the-telegram-stand";

/**
 * Refusals that are part of how that platform is asked: whether it knows messages for one person (a call that can do nothing),
 * whether such a one may be sent now (the private chat is next), and whether an earlier run's poll is still open.
 */
const asked = /^deleteEphemeralMessage: |EPHEMERAL_MESSAGE_FORBIDDEN$|^getUpdates: Conflict: terminated by other/;

export type Wanted = {
  discord?: boolean;
  slack?: "socket" | "http";
  telegram?: "poll" | "webhook";
  /** The bot has an address that people's browsers reach; otherwise linking ends by pasting. */
  pages?: boolean;
};

/** Doubles of every service that the program talks to, and the settings under which it finds them. No test framework is needed. */
export async function openServices(
  wanted: Wanted,
  { clock, ...spotifyMore }: { clock: Clock } & Pick<RehearsalOptions, "settings" | "app">,
) {
  const dataDir = mkdtempSync(join(tmpdir(), "segue-story-"));
  const port = await freePort("127.0.0.1");
  const local = `http://127.0.0.1:${port}`;
  const faults: unknown[] = [];
  const [spotify, discord, slack, telegram] = await Promise.all([
    createRehearsalSpotify({
      clock,
      ...spotifyMore,
      app: { ...spotifyMore.app, redirectUris: [`${local}${callback}`, `${publicUrl}${callback}`] },
      log: (entry) => faults.push(entry),
    }),
    createDiscordDouble(clock),
    createSlackDouble({ clock, scopes: manifest.oauth_config.scopes.bot }),
    createTelegramDouble({
      token: telegramToken,
      clock,
      reach: (url) => url.replace(publicUrl, local),
    }),
  ]);
  const withPages = wanted.pages || wanted.slack === "http" || wanted.telegram === "webhook";
  if (wanted.slack === "http") slack.deliverTo(`${local}/slack/events`);

  const settings: Record<string, string> = {
    PORT: String(port),
    DATA_DIR: dataDir,
    TIME_ZONE: "Europe/Berlin",
    SPOTIFY_CLIENT_ID: spotify.app.clientId,
    SPOTIFY_API_URL: spotify.url,
    SPOTIFY_ACCOUNTS_URL: spotify.accountsUrl,
    ...(withPages ? { PUBLIC_URL: publicUrl, TRUSTED_PROXIES: "127.0.0.1" } : {}),
    ...(wanted.discord ? { DISCORD_TOKEN: discordToken, DISCORD_API_URL: discord.apiUrl } : {}),
    ...(wanted.slack
      ? {
          SLACK_BOT_TOKEN: slack.world.botToken,
          SLACK_API_URL: slack.apiUrl,
          ...(wanted.slack === "socket"
            ? { SLACK_APP_TOKEN: slack.world.appToken }
            : { SLACK_SIGNING_SECRET: slack.signingSecret }),
        }
      : {}),
    ...(wanted.telegram
      ? {
          TELEGRAM_BOT_TOKEN: telegramToken,
          TELEGRAM_API_ROOT: telegram.url,
          ...(wanted.telegram === "webhook" ? { TELEGRAM_WEBHOOK_SECRET: "webhook-secret-of-the-stand" } : {}),
        }
      : {}),
  };

  return {
    spotify,
    discord,
    slack,
    telegram,
    dataDir,
    settings,
    local,
    /** What went wrong inside the false service; others may add to it. */
    faults,
    browser: () => createBrowser({ [publicUrl]: local }),
    /** Broken rules of a platform, and what the false service failed at: empty where all is well. */
    offences: () => [
      ...faults,
      ...discord.violations,
      ...slack.world.violations,
      ...telegram.violations.filter((each) => !asked.test(each)),
    ],
    async close() {
      await Promise.all([spotify.close(), discord.stop(), slack.stop(), telegram.down()]);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
export type Services = Awaited<ReturnType<typeof openServices>>;

/** The way through a link page: our page, the sign-in as `person`, the consent, and back to us; then the code to type to the bot. */
export async function linkByPage(browser: TestBrowser, link: string, person: string): Promise<string> {
  await browser.open(link);
  await browser.press(/Spotify/);
  await browser.press(new RegExp(person));
  const { status, html } = await browser.press(/^Agree$/);
  const code = /<code[^>]*>([^<]+)</.exec(html)?.[1];
  if (code === undefined) throw new Error(`no code on the last page (${status}): ${browser.words().slice(0, 400)}`);
  return code;
}

/** The same where nobody can reach us: the address that the person finds in the bar and pastes. */
export async function linkByPaste(browser: TestBrowser, link: string, person: string, local: string): Promise<string> {
  await browser.open(link);
  await browser.press(new RegExp(person));
  const { url } = await browser.press(/^Agree$/, `${local}${callback}`);
  return url;
}

export const addressIn = (text: string): string => {
  const found = /https?:\/\/[^\s)>\]]+/.exec(text)?.[0];
  if (found === undefined) throw new Error(`no address in "${text}"`);
  return found;
};
