import { type Config, listed } from "../config.ts";
import type { Adapter } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import type { SettingStore } from "../contracts/store.ts";

type Parts = { clock: Clock; log: Log; locales: string; settings: SettingStore };

/** The chat platforms whose credentials are set; none in a rehearsal, which touches no account anywhere. Each is loaded only when it is needed. */
export async function loadPlatforms(config: Config, parts: Parts): Promise<Adapter[]> {
  if (config.rehearsal) return [];
  const adapters = await Promise.all([discord(config, parts), slack(config, parts), telegram(config, parts)]);
  return adapters.filter((adapter) => adapter !== undefined);
}

async function discord(config: Config, parts: Parts): Promise<Adapter | undefined> {
  const { DISCORD_TOKEN: token } = config;
  if (token === undefined) return undefined;
  const { createDiscordChat } = await import("../../adapters/discord/index.ts");
  return createDiscordChat({
    ...common(parts, "discord"),
    token,
    apiUrl: config.DISCORD_API_URL,
    grouped: config.DISCORD_GROUPED === "on",
    presences: config.DISCORD_PRESENCES === "on",
  });
}

async function slack(config: Config, parts: Parts): Promise<Adapter | undefined> {
  const { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET: signingSecret } = config;
  const appTokens = listed(SLACK_APP_TOKEN);
  const workspaces = listed(SLACK_BOT_TOKEN).flatMap((botToken, at) => {
    const appToken = appTokens[at];
    const events = appToken !== undefined ? { appToken } : signingSecret !== undefined ? { signingSecret } : undefined;
    return events === undefined ? [] : [{ botToken, events }];
  });
  if (workspaces.length === 0) return undefined;
  const { createSlackChat } = await import("../../adapters/slack/index.ts");
  return createSlackChat({ ...common(parts, "slack"), workspaces, apiUrl: config.SLACK_API_URL });
}

async function telegram(config: Config, parts: Parts): Promise<Adapter | undefined> {
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_WEBHOOK_SECRET: secret, PUBLIC_URL: publicUrl } = config;
  if (token === undefined) return undefined;
  const { createTelegramChat } = await import("../../adapters/telegram/index.ts");
  return createTelegramChat({
    ...common(parts, "telegram"),
    token,
    apiUrl: config.TELEGRAM_API_ROOT,
    ...(secret !== undefined && publicUrl !== undefined ? { webhook: { publicUrl, secret } } : {}),
  });
}

/** What every adapter is given; `kept` holds what it told its platform, over restarts. */
function common({ clock, log, locales, settings }: Parts, platform: string) {
  const owner = `adapter:${platform}`;
  const kept = {
    async get(name: string): Promise<string | undefined> {
      const value = await settings.get(owner, name);
      return typeof value === "string" ? value : undefined;
    },
    set: (name: string, value: string) => settings.put(owner, name, value),
  };
  return { clock, log, locales, kept };
}
