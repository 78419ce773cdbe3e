import type { Settings } from "../config.ts";

/** Where a provider sends people back to. Fixed from the first day: such addresses must match to the letter. */
export function callbackPath(provider: string): string {
  return `/v1/${provider}/auth/callback`;
}

/** Where linking begins in a browser. */
export function loginPath(provider: string): string {
  return `/v1/${provider}/auth/login`;
}

/** This server as a program on this machine reaches it. */
export function localAddress(settings: Pick<Settings, "HOST">, port: number): string {
  return `http://${settings.HOST === "::1" ? "[::1]" : "127.0.0.1"}:${port}`;
}

/** This server as people's browsers reach it. */
export function publicAddressOf(settings: Pick<Settings, "HOST" | "PUBLIC_URL">, port: number): string {
  return settings.PUBLIC_URL ?? localAddress(settings, port);
}

/** Where the music service sends people back to. */
export function redirectUri(
  settings: Pick<Settings, "HOST" | "PUBLIC_URL" | "SPOTIFY_REDIRECT_URI">,
  port: number,
): string {
  return settings.SPOTIFY_REDIRECT_URI ?? `${publicAddressOf(settings, port)}${callbackPath("spotify")}`;
}
