import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { distance } from "fastest-levenshtein";
import { z } from "zod";

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
  SPOTIFY_REFRESH_AHEAD_SECONDS: seconds(0, 3_000)
    .default(300)
    .describe("How long before its end an access token is renewed."),
});
export type Settings = z.output<typeof settingsSchema>;

/** A variable of the environment that begins so is meant for Segue, and must be one of its settings. */
const ownPrefixes = /^(SEGUE|SPOTIFY|DISCORD|SLACK|TELEGRAM|LISTENBRAINZ|LASTFM)_/;

export type Config = Settings & { rehearsal: boolean; dataDir: string };

/** Raised with one line per fault, each saying what to do. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * The only reader of the environment. Each setting NAME may come from the variable NAME, from the file that NAME_FILE
 * names, or from a `.env` file in the working folder; the first of these wins.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env, envFile = ".env"): Config {
  const faults: string[] = [];
  const fromFile = readEnvFile(envFile, faults);
  const given = { ...fromFile, ...Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)) };
  const names = Object.keys(settingsSchema.shape);
  for (const name of Object.keys(given)) {
    const meant = name.replace(/_FILE$/, "");
    if (names.includes(name) || names.includes(meant)) continue;
    if (name in fromFile || ownPrefixes.test(name)) faults.push(unknownSetting(name, names));
  }
  const values: Record<string, string> = {};
  for (const name of names) {
    const value = given[name] ?? readSecretFile(name, given[`${name}_FILE`], faults);
    if (value !== undefined && value.trim() !== "") values[name] = value.trim();
  }
  const parsed = settingsSchema.safeParse(values);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) faults.push(`${String(issue.path[0])}: ${issue.message}.`);
  }
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults.join("\n"));
  const settings = parsed.data;
  return { ...settings, rehearsal: settings.SPOTIFY_CLIENT_ID === undefined, dataDir: resolve(settings.DATA_DIR) };
}

function unknownSetting(name: string, names: string[]): string {
  const near = names.map((known) => ({ known, off: distance(known, name) })).sort((a, b) => a.off - b.off)[0];
  return `${name} is not a setting of this version.${near && near.off <= 4 ? ` Did you mean ${near.known}?` : " Remove it, or see .env.example for the settings there are."}`;
}

function readEnvFile(path: string, faults: string[]): Record<string, string> {
  try {
    return parseEnv(readFileSync(path, "utf8")) as Record<string, string>;
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
