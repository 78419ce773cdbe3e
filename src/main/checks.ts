import { readdirSync } from "node:fs";
import { join } from "node:path";
import { checkDiscord } from "../../adapters/discord/checks.ts";
import { checkSlack } from "../../adapters/slack/checks.ts";
import { checkTelegram } from "../../adapters/telegram/checks.ts";
import { requireKeys } from "../accounts/key-check.ts";
import { readKeySources } from "../accounts/key-ring.ts";
import { VaultError } from "../accounts/vault-error.ts";
import { type Config, listed, type Settings } from "../config.ts";
import type { Checker } from "../contracts/checks.ts";
import type { Clock } from "../contracts/clock.ts";
import {
  clockAgainst,
  dataFolder,
  encryptionKeys,
  type KeyFault,
  ownPort,
  publicAddress,
  usualLanguage,
} from "../doctor/machine.ts";
import { checkLastFm } from "../listening/diaries/lastfm/checks.ts";
import { checkMpd } from "../music/providers/mpd/checks.ts";
import { checkSpotify } from "../music/providers/spotify/checks.ts";
import { StoreError } from "../store/errors.ts";
import { redirectUri } from "./addresses.ts";
import { besideSegue, folderOf, keySourcesOf, quiet } from "./data.ts";

/** Each has its folder of words. */
function languages(): string[] {
  return readdirSync(join(import.meta.dirname, "../../locales"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

type Part = { name: string; check: Checker };

/** Everything that the settings ask for, in the order doctor shows it. */
export function partsToCheck(config: Config, clock: Clock): Part[] {
  const parts: Part[] = [
    { name: "Data folder", check: dataFolder(config.dataDir) },
    {
      name: "Encryption keys",
      check: encryptionKeys(folderOf(config), givenKeys(config), () => keyFault(config, clock)),
    },
    { name: "Port", check: ownPort(config.HOST, config.PORT) },
    { name: "Language", check: usualLanguage(config.LOCALE, languages()) },
    { name: "Public address", check: publicAddress(config.PUBLIC_URL) },
  ];
  const peers = [
    config.SPOTIFY_CLIENT_ID && config.SPOTIFY_ACCOUNTS_URL,
    config.DISCORD_TOKEN && config.DISCORD_API_URL,
    config.SLACK_BOT_TOKEN && config.SLACK_API_URL,
    config.TELEGRAM_BOT_TOKEN && config.TELEGRAM_API_ROOT,
  ];
  const peer = peers.find((url) => url !== undefined);
  if (peer !== undefined) parts.push({ name: "Clock", check: clockAgainst(peer, () => clock.now()) });
  const connected: [string, Checker | undefined][] = [
    ["Spotify app", spotifyCheck(config)],
    ["MPD", mpdCheck(config, clock)],
    ["Speaker", speakerCheck(config)],
    ["Discord bot", discordCheck(config)],
    ["Slack bot", slackCheck(config)],
    ["Telegram bot", telegramCheck(config)],
    ["Last.fm", lastFmCheck(config)],
  ];
  return [...parts, ...connected.flatMap(([name, check]) => (check ? [{ name, check }] : []))];
}

const givenKeys = ({ ENCRYPTION_KEYS: setting, keysFile: file }: Config) => ({
  ...(setting !== undefined && { setting }),
  ...(file !== undefined && { file }),
});

/** What the start would say of the keys. None is made here, and a database of another version is left as it is. */
async function keyFault(config: Config, clock: Clock): Promise<KeyFault | undefined> {
  const sources = keySourcesOf(config, quiet);
  try {
    readKeySources(sources);
    await besideSegue(config, clock, async ({ sealed }) => {
      const samples = await sealed.samples();
      if (samples.length > 0) await requireKeys({ samples: async () => samples }, sources);
    });
  } catch (error) {
    if (error instanceof VaultError) return { status: "failed", found: error.message };
    if (!(error instanceof StoreError)) throw error;
    if (error.code !== "missing") return { status: "warning", found: `not tried: ${error.message}` };
  }
  return undefined;
}

export function spotifyCheck(settings: Settings): Checker | undefined {
  if (settings.SPOTIFY_CLIENT_ID === undefined) return undefined;
  return checkSpotify({
    clientId: settings.SPOTIFY_CLIENT_ID,
    ...(settings.SPOTIFY_CLIENT_SECRET === undefined ? {} : { clientSecret: settings.SPOTIFY_CLIENT_SECRET }),
    redirectUri: redirectUri(settings, settings.PORT),
    apiUrl: settings.SPOTIFY_API_URL,
    accountsUrl: settings.SPOTIFY_ACCOUNTS_URL,
    scopes: settings.SPOTIFY_SCOPES?.split(/[\s,]+/).filter(Boolean) ?? [],
  });
}

export function mpdCheck(settings: Settings, clock: Clock): Checker | undefined {
  return settings.MPD_URL === undefined ? undefined : checkMpd(settings.MPD_URL, clock);
}

/** No fault, but what somebody looks for who invites others and hears that they are refused. */
function speakerCheck(config: Config): Checker | undefined {
  const reachable = config.DISCORD_TOKEN ?? config.SLACK_BOT_TOKEN ?? config.TELEGRAM_BOT_TOKEN;
  if (config.MPD_URL === undefined || reachable === undefined) return undefined;
  const found = "yours, and open to other places as soon as you, its operator, open it there by /settings";
  return async () => [{ name: "Speaker", status: "ok", found }];
}

export function discordCheck(settings: Settings): Checker | undefined {
  if (settings.DISCORD_TOKEN === undefined) return undefined;
  return checkDiscord({
    token: settings.DISCORD_TOKEN,
    apiUrl: settings.DISCORD_API_URL,
    presences: settings.DISCORD_PRESENCES === "on",
  });
}

export function slackCheck(settings: Settings): Checker | undefined {
  if (settings.SLACK_BOT_TOKEN === undefined) return undefined;
  const appTokens = listed(settings.SLACK_APP_TOKEN);
  const workspaces = listed(settings.SLACK_BOT_TOKEN).map((botToken, at) => {
    const appToken = appTokens[at];
    return checkSlack({ botToken, ...(appToken === undefined ? {} : { appToken }), apiUrl: settings.SLACK_API_URL });
  });
  return async (signal) => (await Promise.all(workspaces.map((check) => check(signal)))).flat();
}

export function telegramCheck(settings: Settings): Checker | undefined {
  if (settings.TELEGRAM_BOT_TOKEN === undefined) return undefined;
  return checkTelegram({
    token: settings.TELEGRAM_BOT_TOKEN,
    apiRoot: settings.TELEGRAM_API_ROOT,
    webhook: settings.TELEGRAM_WEBHOOK_SECRET !== undefined,
  });
}

export function lastFmCheck(settings: Settings): Checker | undefined {
  const { LASTFM_API_KEY: apiKey, LASTFM_API_SECRET: secret, LASTFM_API_URL: apiUrl } = settings;
  return apiKey === undefined
    ? undefined
    : checkLastFm({ apiUrl, apiKey, ...(secret === undefined ? {} : { secret }) });
}
