import { followKeyRing } from "../accounts/key-ring.ts";
import type { Key } from "../accounts/vault.ts";
import { type Config, listed } from "../config.ts";
import { splitMpdUrl } from "../music/providers/mpd/address.ts";
import { keyPlacesOf } from "./data.ts";

const secretSetting = /(_TOKEN|_SECRET|_API_KEY|^DISCORD_TOKEN|^ENCRYPTION_KEYS)$/;
/** Shorter ones would tear holes into other words. */
const SHORTEST = 6;
const authorization = /\b(Bearer|Basic|Bot)( +|%20)[\w.~+/=-]{8,}/g;

/**
 * Takes the settings' secrets and the encryption keys, as they are by now, out of a text that somebody will read: libraries put
 * addresses and headers, which hold them, into their errors. The last line of defence; nothing writes them down knowingly.
 */
export function createHide(config: Config): (text: string) => string {
  const values = Object.entries(config).flatMap(([name, value]) =>
    typeof value === "string" && secretSetting.test(name) ? listed(value.replaceAll("\n", ",")) : [],
  );
  const { ENCRYPTION_KEYS: keys = "", SPOTIFY_CLIENT_ID: id, SPOTIFY_CLIENT_SECRET: secret } = config;
  const more = [
    ...listed(keys.replaceAll("\n", ",")).flatMap((key) => key.split(":")[1] ?? []),
    ...(secret === undefined ? [] : [Buffer.from(`${id}:${secret}`).toString("base64")]),
    passwordOf(config.DATABASE_URL),
    config.MPD_URL && splitMpdUrl(config.MPD_URL).password,
  ];
  const fixed = [...values, ...more.flatMap((each) => each ?? [])];
  const keysNow = followKeys(config);
  let ring: readonly Key[] = [];
  let secrets = formsOf(fixed);
  return (text) => {
    const now = keysNow();
    if (now !== ring) {
      ring = now;
      secrets = formsOf([...fixed, ...ring.map(({ key }) => key.export().toString("base64"))]);
    }
    let hidden = text.replace(authorization, "$1 [secret]");
    for (const each of secrets) if (hidden.includes(each)) hidden = hidden.replaceAll(each, "[secret]");
    return hidden;
  };
}

/** As they may stand in a text, the longest in front. */
const formsOf = (secrets: readonly string[]): string[] =>
  secrets
    .filter((each) => each.length >= SHORTEST)
    .flatMap((each) => [...new Set([each, encodeURIComponent(each), JSON.stringify(each).slice(1, -1)])])
    .sort((a, b) => b.length - a.length);

/** The same list until they change; none until the first start has made one. */
function followKeys(config: Config): () => readonly Key[] {
  let follow: (() => readonly Key[]) | undefined;
  let keys: readonly Key[] = [];
  return () => {
    try {
      follow ??= followKeyRing(keyPlacesOf(config));
      keys = follow();
    } catch {
      // The start says what is wrong with them.
    }
    return keys;
  };
}

function passwordOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  try {
    return decodeURIComponent(new URL(url).password);
  } catch {
    return new URL(url).password;
  }
}
