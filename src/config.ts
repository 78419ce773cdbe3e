import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { isMpdUrl } from "./music/providers/mpd/address.ts";
import { readEnvText } from "./setup/env-text.ts";

const port = z.coerce
  .number("must be a whole number from 0 to 65535")
  .int("must be a whole number from 0 to 65535")
  .min(0, "must be a whole number from 0 to 65535")
  .max(65_535, "must be a whole number from 0 to 65535");
const origin = z
  .url({ protocol: /^https?$/, error: "is no http or https address" })
  .transform((url) => url.replace(/\/+$/, ""));
/** What the service accepts as an address to come back to: https, or plain http on a loopback address (not `localhost`). */
const reachable = z
  .url()
  .refine(
    (url) => /^https:\/\//.test(url) || /^http:\/\/(127\.0\.0\.1|\[::1\])[:/]?/.test(url),
    "must begin with https://, or with http://127.0.0.1 for this machine alone",
  );
const seconds = (from: number, to: number) => z.coerce.number().int().min(from).max(to);
const token = z.string().min(10, "is too short to be one");
/** The parts of a setting that may hold several values. */
export function listed(setting: string | undefined): string[] {
  return (setting ?? "").split(",").flatMap((part) => part.trim() || []);
}
const tokens = (prefix: string) =>
  token
    .refine((all) => listed(all).length > 0 && listed(all).every((each) => each.startsWith(prefix)), {
      message: `must begin with ${prefix}`,
    })
    .refine((all) => listed(all).every((each) => each.length >= 10), { message: "is too short to be one" });
const onOff = z.enum(["on", "off"], "must be on or off").default("off");
const zone = z.string().refine((name) => {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}, "is no time zone; give a name such as Europe/Berlin");

/** Every setting, its default and what it is for. `.env.example` says the same, and a test compares the two. */
export const settingsSchema = z.object({
  HOST: z
    .string()
    .min(1)
    .default("127.0.0.1")
    .describe("Address to listen on. Leave it on loopback unless a proxy or CHAT_TOKEN guards it."),
  PORT: port.default(8765).describe("Port of the web chat, the link pages and the probes."),
  PUBLIC_URL: reachable
    .transform((url) => url.replace(/\/+$/, ""))
    .optional()
    .describe(
      "https address under which people's browsers reach this server. Without it, linking works by pasting an address back.",
    ),
  TRUSTED_PROXIES: z
    .string()
    .optional()
    .describe("Comma-separated addresses or networks of reverse proxies whose X-Forwarded-* headers count."),
  CHAT_TOKEN: z
    .string()
    .min(16, "needs at least 16 characters")
    .optional()
    .describe("Opens the web chat to other machines for whoever knows it. Without it, loopback only."),
  DATA_DIR: z.string().min(1).default("./data").describe("Folder for the database, the keys and the caches."),
  DATABASE_URL: z
    .string()
    .regex(/^(postgres(ql)?:\/\/|sqlite:)/, "must begin with postgres:// or sqlite:")
    .optional()
    .describe("postgres://user:password@host/database; by default an SQLite file in DATA_DIR."),
  ENCRYPTION_KEYS: z
    .string()
    .optional()
    .describe(
      "id:base64 keys of 32 bytes, comma-separated, the first one in use. Made in DATA_DIR (mode 0600) on the first run when unset.",
    ),
  LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error", "silent"])
    .optional()
    .describe("How much to log: info by default, error on a terminal."),
  LOCALE: z.string().default("en").describe("Language for people whose own is unknown."),
  TIME_ZONE: zone.optional().describe("Zone for people whose own is unknown; the machine's by default."),
  SPOTIFY_CLIENT_ID: z
    .string()
    .regex(/^[0-9A-Za-z-]{8,64}$/, "does not look like a client id")
    .optional()
    .describe("Client id of your app at developer.spotify.com. Without it, Segue rehearses."),
  SPOTIFY_CLIENT_SECRET: z.string().min(8).optional().describe("Optional: without it, PKCE alone is used."),
  SPOTIFY_API_URL: origin
    .transform((url) => url.replace(/\/v1$/, ""))
    .default("https://api.spotify.com")
    .describe("Where the Web API is."),
  SPOTIFY_ACCOUNTS_URL: origin.default("https://accounts.spotify.com").describe("Where the accounts service is."),
  SPOTIFY_REDIRECT_URI: reachable
    .optional()
    .describe(
      "Must equal one registered with the app; by default PUBLIC_URL, or http://127.0.0.1:PORT, followed by /v1/spotify/auth/callback.",
    ),
  SPOTIFY_SCOPES: z
    .string()
    .optional()
    .describe("Space-separated scopes to ask for at the first link, instead of the least that control needs."),
  SPOTIFY_DAILY_BUDGET: z.coerce
    .number()
    .int()
    .min(10)
    .max(100_000_000)
    .default(1000)
    .describe("Calls in any 24 hours, for everybody together."),
  SPOTIFY_CALLS_PER_30_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(90)
    .describe("Calls in any 30 seconds; Spotify does not publish its number."),
  SPOTIFY_PLACES: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(5)
    .describe("How many accounts your app may link: 5 in development mode; 0 for an app with extended quota."),
  SPOTIFY_REFRESH_AHEAD_SECONDS: seconds(0, 3_000)
    .default(300)
    .describe("How long before its end an access token is renewed."),
  BREAKER_FAILURES: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(5)
    .describe("Failures in a row after which a service's endpoints of one kind are left alone for a while."),
  BREAKER_SECONDS: seconds(1, 3_600).default(30).describe("How long they are left alone before one call may try."),
  AUTOCOMPLETE_SEARCHES_PER_DAY: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(50)
    .describe("Searches in a day for what people have only half typed; 0 completes from what is known."),
  KEEP_MISSES: z
    .enum(["on", "off"], "must be on or off")
    .default("on")
    .describe("Keep, without names, what people said to the bot and it did not understand: /misses shows it."),
  DERIVED_STATISTICS: z
    .enum(["terms", "on"], "must be terms or on")
    .default("terms")
    .describe(
      "Charts and sums of what people heard: as the music services' terms allow (Spotify's do not, for what its API tells), or on.",
    ),
  HISTORY_KEEP_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(36_500)
    .optional()
    .describe("Days after which plays are deleted, whoever heard them; by default everything is kept."),
  HISTORY_READ_MINUTES: z.coerce
    .number()
    .int()
    .min(5)
    .max(1_440)
    .default(30)
    .describe("The least time between two readings of somebody's list of recent plays."),
  HISTORY_SILENT_HOURS: z.coerce
    .number()
    .int()
    .min(1)
    .max(720)
    .default(12)
    .describe("Hours without any news of somebody whose listening is written down, after which they and you are told."),
  HISTORY_DETAILS_PER_DAY: z.coerce
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(50)
    .describe("Calls in a day for albums, lengths and pictures that imported files left out; 0 for none."),
  WATCH_PLAYING_SECONDS: seconds(1, 600)
    .default(3)
    .describe("How often an open live view is refreshed while music plays, as far as the calls last."),
  WATCH_PAUSED_SECONDS: seconds(1, 3_600).default(15).describe("The same while nothing plays."),
  WATCH_LINGER_SECONDS: seconds(0, 600)
    .default(30)
    .describe("How long a live view counts as open after it was closed: people reload."),
  WATCH_MINUTES: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_440)
    .default(30)
    .describe("How long somebody is watched who asked for it, until it ends by itself."),
  WATCH_RETRY_SECONDS: seconds(1, 600)
    .default(5)
    .describe("After a service could not be asked, the first wait; each further one is twice as long."),
  WATCH_RETRY_MAX_SECONDS: seconds(1, 3_600).default(300).describe("The longest of these waits."),
  MPD_URL: z
    .string()
    .refine(isMpdUrl, "must be mpd://host:port, mpd://password@host:port or the path of a socket")
    .optional()
    .describe("A Music Player Daemon: mpd://password@host:port, or the path of its socket."),
  MPD_NAME: z
    .string()
    .trim()
    .min(1, "needs one or two words")
    .max(40, "is longer than 40 characters: give one or two words")
    .default("Speaker")
    .describe("What people call that player, in one or two words."),
  LISTENBRAINZ_API_URL: origin
    .default("https://api.listenbrainz.org")
    .describe(
      "Where the ListenBrainz API is, for those who take part by their name there, or have their plays written there.",
    ),
  LASTFM_API_KEY: z
    .string()
    .regex(/^[0-9a-f]{32}$/i, "does not look like an API key")
    .optional()
    .describe("Key of your API account at last.fm/api/account/create. Without it, no Last.fm."),
  LASTFM_API_SECRET: z
    .string()
    .min(8)
    .optional()
    .describe("The key's shared secret. Without it, Last.fm is read and nothing is written there."),
  LASTFM_API_URL: origin.default("https://ws.audioscrobbler.com/2.0").describe("Where the Last.fm API is."),
  DISCORD_TOKEN: token.optional().describe("Token of your bot at discord.com/developers. Without it, no Discord."),
  DISCORD_API_URL: origin.default("https://discord.com/api").describe("Where the Discord API is."),
  DISCORD_GROUPED: onOff.describe("Put all commands under /segue, for servers with other music bots."),
  DISCORD_PRESENCES: onOff.describe(
    "Read what willing members' presence says they listen to; needs the Presence intent switched on at discord.com/developers.",
  ),
  SLACK_BOT_TOKEN: tokens("xoxb-")
    .optional()
    .describe("Bot token of your Slack app; those of several workspaces, an app in each, with commas between."),
  SLACK_APP_TOKEN: tokens("xapp-")
    .optional()
    .describe(
      "App-level token, for Socket Mode: no public address is needed. Of several apps in the order of their bots'.",
    ),
  SLACK_SIGNING_SECRET: token
    .optional()
    .describe("Instead of SLACK_APP_TOKEN: events come to PUBLIC_URL/slack/events."),
  SLACK_API_URL: origin.default("https://slack.com/api").describe("Where the Slack API is."),
  TELEGRAM_BOT_TOKEN: z
    .string()
    .regex(/^\d+:[\w-]{20,}$/, "does not look like a token of @BotFather")
    .optional()
    .describe("Token that @BotFather gave you. Without it, no Telegram."),
  TELEGRAM_API_ROOT: origin.default("https://api.telegram.org").describe("Where the Telegram Bot API is."),
  TELEGRAM_WEBHOOK_SECRET: z
    .string()
    .regex(/^[A-Za-z0-9_-]{16,256}$/, "needs 16 to 256 characters of A-Z a-z 0-9 _ -")
    .optional()
    .describe("With it, and with PUBLIC_URL, updates come by webhook instead of long polling."),
});
export type Settings = z.output<typeof settingsSchema>;

/** A variable of the environment that begins so is meant for Segue, and must be one of its settings. */
const ownPrefixes = /^(SEGUE|SPOTIFY|DISCORD|SLACK|TELEGRAM|LISTENBRAINZ|LASTFM|MPD)_/;

/** What other programs read from the environment; it is not meant for us. */
const othersNames = new Set(["MPD_HOST", "MPD_PORT", "MPD_TIMEOUT"]);

export type Config = Settings & {
  rehearsal: boolean;
  dataDir: string;
  /** Where ENCRYPTION_KEYS came from, if from a file: keys change while the program runs. */
  keysFile?: string;
};

/** Raised with one line per fault, each saying what to do. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * The only reader of the environment. Each setting NAME may come from the variable NAME, from the file that NAME_FILE
 * names, or from a `.env` file in the working folder; the first of these wins.
 */
export function loadConfig(
  env: NodeJS.ProcessEnv = process.env,
  envFile = ".env",
  { rehearse = false }: { rehearse?: boolean } = {},
): Config {
  const faults: string[] = [];
  const fromFile = readEnvFile(envFile, faults);
  const given = { ...fromFile, ...Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)) };
  const names = Object.keys(settingsSchema.shape);
  for (const name of Object.keys(given)) {
    const meant = name.replace(/_FILE$/, "");
    if (names.includes(name) || names.includes(meant)) continue;
    if (othersNames.has(name) && !(name in fromFile)) continue;
    if (name in fromFile || ownPrefixes.test(name)) faults.push(unknownSetting(name, names));
  }
  const values: Record<string, string> = {};
  for (const name of names) {
    // What is empty is not set: compose files name what they do not fill.
    const value = given[name] || readSecretFile(name, given[`${name}_FILE`], faults);
    if (value !== undefined && value.trim() !== "") values[name] = value.trim();
  }
  const parsed = settingsSchema.safeParse(values);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) faults.push(`${String(issue.path[0])}: ${issue.message}.`);
  }
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults.join("\n"));
  const settings = parsed.data;
  const lacking = rehearse ? [] : incomplete(settings);
  if (lacking.length > 0) throw new ConfigError(lacking.join("\n"));
  const keysFile = given.ENCRYPTION_KEYS ? undefined : given.ENCRYPTION_KEYS_FILE;
  return {
    ...settings,
    rehearsal: rehearse || !hasMusic(settings),
    dataDir: resolve(settings.DATA_DIR),
    ...(keysFile && { keysFile: resolve(keysFile) }),
  };
}

function hasMusic(settings: Settings): boolean {
  return settings.SPOTIFY_CLIENT_ID !== undefined || settings.MPD_URL !== undefined;
}

/** Settings that are well each by itself and lack another. */
function incomplete(settings: Settings): string[] {
  const faults: string[] = [];
  const { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET } = settings;
  const way = SLACK_APP_TOKEN ?? SLACK_SIGNING_SECRET;
  if (SLACK_BOT_TOKEN !== undefined && way === undefined)
    faults.push("SLACK_BOT_TOKEN needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) beside it.");
  const [bots, apps] = [listed(SLACK_BOT_TOKEN).length, listed(SLACK_APP_TOKEN).length];
  if (bots > 1 && bots !== apps)
    faults.push(
      `SLACK_BOT_TOKEN holds ${bots} tokens, so SLACK_APP_TOKEN needs as many, in the same order; it has ${apps}.`,
    );
  if (bots === 1 && apps > 1) faults.push(`SLACK_APP_TOKEN holds ${apps} tokens, and SLACK_BOT_TOKEN one.`);
  if (SLACK_BOT_TOKEN === undefined && way !== undefined)
    faults.push("SLACK_APP_TOKEN and SLACK_SIGNING_SECRET need SLACK_BOT_TOKEN beside them.");
  if (SLACK_SIGNING_SECRET !== undefined && SLACK_APP_TOKEN === undefined && settings.PUBLIC_URL === undefined)
    faults.push("SLACK_SIGNING_SECRET needs PUBLIC_URL, where Slack can reach this server; or use SLACK_APP_TOKEN.");
  if (settings.TELEGRAM_WEBHOOK_SECRET !== undefined && settings.PUBLIC_URL === undefined)
    faults.push(
      "TELEGRAM_WEBHOOK_SECRET needs PUBLIC_URL, where Telegram can reach this server; without both, it is polled.",
    );
  const platforms = (["DISCORD_TOKEN", "SLACK_BOT_TOKEN", "TELEGRAM_BOT_TOKEN"] as const).filter(
    (name) => settings[name],
  );
  if (platforms.length > 0 && !hasMusic(settings))
    faults.push(
      `${platforms.join(" and ")} is set, but no music service is. Set SPOTIFY_CLIENT_ID (README.md says how) or MPD_URL.`,
    );
  return faults;
}

function unknownSetting(name: string, names: string[]): string {
  const near = names.map((known) => ({ known, off: distance(known, name) })).sort((a, b) => a.off - b.off)[0];
  return `${name} is not a setting of this version.${near && near.off <= 4 ? ` Did you mean ${near.known}?` : " Remove it, or see .env.example for the settings there are."}`;
}

function readEnvFile(path: string, faults: string[]): Record<string, string> {
  try {
    return readEnvText(readFileSync(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT")
      faults.push(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
    return {};
  }
}

function readSecretFile(name: string, path: string | undefined, faults: string[]): string | undefined {
  if (path === undefined || path === "") return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    faults.push(`${name}_FILE: ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
    return undefined;
  }
}
