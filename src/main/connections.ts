import { type Settings, settingsSchema } from "../config.ts";
import type { Checker } from "../contracts/checks.ts";
import type { Clock } from "../contracts/clock.ts";
import { joinMpdUrl, splitMpdUrl, tidyMpdUrl } from "../music/providers/mpd/address.ts";
import type { Connection } from "../setup/wizard.ts";
import { redirectUri } from "./addresses.ts";
import { discordCheck, lastFmCheck, mpdCheck, slackCheck, spotifyCheck, telegramCheck } from "./checks.ts";

/** Everything that setup can connect, with the steps that a first-timer takes. `existing` are the settings there are already. */
export function connectionsFor(existing: Readonly<Record<string, string>>, clock: Clock): Connection[] {
  const withValues =
    (check: (settings: Settings) => Checker | undefined) =>
    (values: Readonly<Record<string, string>>): Checker =>
    async (signal) => {
      const set = Object.entries({ ...existing, ...values }).filter(([, value]) => value !== "");
      const settings = settingsSchema.parse(Object.fromEntries(set));
      return (await check(settings)?.(signal)) ?? [];
    };
  const defaults = settingsSchema.parse({ PUBLIC_URL: existing.PUBLIC_URL, PORT: existing.PORT, HOST: existing.HOST });
  return [
    {
      id: "spotify",
      label: "Spotify",
      hint: "each person's own account; five people per app",
      kind: "music",
      steps: [
        "Open https://developer.spotify.com/dashboard and press Create app. Its owner needs Spotify Premium.",
        `As Redirect URI enter exactly ${redirectUri(defaults, defaults.PORT)}`,
        "Under User Management add the people who will use it, by the e-mail address of their account.",
        "Under Settings copy the Client ID. The secret is optional.",
      ],
      questions: [
        { setting: "SPOTIFY_CLIENT_ID", label: "Client ID" },
        { setting: "SPOTIFY_CLIENT_SECRET", label: "Client secret", secret: true, optional: true },
      ],
      check: withValues(spotifyCheck),
    },
    {
      id: "mpd",
      label: "MPD",
      hint: "one speaker with its own files, shared by everybody",
      kind: "music",
      steps: ["Have a Music Player Daemon running, here or on the same network."],
      questions: [
        {
          setting: "MPD_URL",
          label: "Its address (localhost:6600, 192.168.1.20, or a socket's path)",
          part: {
            of: (value) => splitMpdUrl(value).address,
            into: (before, typed) => {
              const url = tidyMpdUrl(typed);
              const kept = before === undefined ? undefined : splitMpdUrl(before).password;
              return kept === undefined || splitMpdUrl(url).password !== undefined ? url : joinMpdUrl(url, kept);
            },
          },
        },
        {
          setting: "MPD_URL",
          label: "Its password, if it has one",
          secret: true,
          optional: true,
          part: {
            of: (value) => splitMpdUrl(value).password,
            into: (before = "", typed) => {
              const { address } = splitMpdUrl(before);
              return typed === "" ? address : joinMpdUrl(address, typed);
            },
          },
        },
        { setting: "MPD_NAME", label: `What you call that speaker (empty: ${defaults.MPD_NAME})`, optional: true },
      ],
      check: withValues((settings) => mpdCheck(settings, clock)),
    },
    {
      id: "discord",
      label: "Discord",
      hint: "servers and direct messages",
      kind: "platform",
      steps: [
        "Open https://discord.com/developers/applications and press New Application.",
        "Under Bot press Reset Token and copy it. No privileged intent is needed.",
        "Under Installation choose Discord Provided Link; for Guild Install add the scopes bot and applications.commands.",
      ],
      questions: [{ setting: "DISCORD_TOKEN", label: "Bot token", secret: true }],
      check: withValues(discordCheck),
    },
    {
      id: "slack",
      label: "Slack",
      hint: "a workspace, by Socket Mode: no public address needed",
      kind: "platform",
      steps: [
        "Open https://api.slack.com/apps, press Create New App > From a manifest, and paste adapters/slack/manifest.json.",
        "Under Install App press Install to Workspace and copy the Bot User OAuth Token (xoxb-…).",
        "Under Basic Information > App-Level Tokens generate one with the scope connections:write and copy it (xapp-…).",
      ],
      questions: [
        { setting: "SLACK_BOT_TOKEN", label: "Bot token (xoxb-…)", secret: true },
        { setting: "SLACK_APP_TOKEN", label: "App-level token (xapp-…)", secret: true },
      ],
      check: withValues(slackCheck),
    },
    {
      id: "telegram",
      label: "Telegram",
      hint: "private chats, groups and inline mode",
      kind: "platform",
      steps: [
        "Write /newbot to https://t.me/BotFather and follow its questions; copy the token.",
        "Send /setinline to it and choose the bot, so that people can share songs in any chat.",
      ],
      questions: [{ setting: "TELEGRAM_BOT_TOKEN", label: "Bot token", secret: true }],
      check: withValues(telegramCheck),
    },
    {
      id: "lastfm",
      label: "Last.fm",
      hint: "people's diaries there, to read and to write; ListenBrainz needs nothing",
      kind: "diary",
      steps: ["Open https://www.last.fm/api/account/create, name it as you like, and copy the API key and the secret."],
      questions: [
        { setting: "LASTFM_API_KEY", label: "API key" },
        {
          setting: "LASTFM_API_SECRET",
          label: "Shared secret (empty: nothing is written there)",
          secret: true,
          optional: true,
        },
      ],
      check: withValues(lastFmCheck),
    },
  ];
}

/** Why a value cannot be that setting; undefined when it can. */
export function faultOf(setting: string, value: string): string | undefined {
  const schema = Object.entries(settingsSchema.shape).find(([name]) => name === setting)?.[1];
  const parsed = schema?.safeParse(value === "" ? undefined : value);
  if (value === "") return "This is needed";
  return parsed?.success === false ? `${setting} ${parsed.error.issues[0]?.message ?? "cannot be that"}` : undefined;
}
