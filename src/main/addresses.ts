import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import type { Config, Settings } from "../config.ts";
import type { MusicProvider } from "../contracts/music.ts";

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

/** Where a service sends a browser back to. */
export function callbackOf({ id, name }: MusicProvider) {
  return { provider: id, providerName: name, callbackPath: callbackPath(id), loginPath: loginPath(id) };
}

export function webAddress(config: Config) {
  return {
    host: config.HOST,
    ...(config.PUBLIC_URL === undefined ? {} : { publicUrl: config.PUBLIC_URL }),
    ...(config.TRUSTED_PROXIES === undefined ? {} : { trustedProxies: config.TRUSTED_PROXIES }),
  };
}

/** Below those that systems lend to outgoing connections, so that none of them takes it before it is listened at. */
const ports = { from: 20_000, to: 32_000 };
const portTries = 50;

/** For PORT=0: the redirect address must be known before anything listens. */
export async function freePort(host: string): Promise<number> {
  for (let tries = 0; tries < portTries; tries++) {
    const port = randomInt(ports.from, ports.to);
    if (await isFree(port, host)) return port;
  }
  throw new Error(`No port from ${ports.from} to ${ports.to} is free on ${host}: set PORT to one that is`);
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" || error.code === "EACCES" ? resolve(false) : reject(error),
    );
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
