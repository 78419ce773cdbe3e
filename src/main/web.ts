import type { Config } from "../config.ts";
import type { Adapter } from "../contracts/adapter.ts";
import type { MusicProvider } from "../contracts/music.ts";
import { createWebServer, type WebServer, type WebServerOptions } from "../web/server.ts";
import { callbackOf, webAddress } from "./addresses.ts";

/** Platforms as people know them, for pages that name where somebody speaks; our own chats have words in each language. */
const platformNames: Record<string, string> = {
  discord: "Discord",
  slack: "Slack",
  telegram: "Telegram",
};

/** The one port: pages of links and of files, pictures, what platforms call, probes. */
export function connectWeb(
  config: Config,
  parts: Pick<WebServerOptions, "port" | "clock" | "log" | "linkFlow" | "readiness" | "locales"> &
    Required<Pick<WebServerOptions, "files" | "pictures" | "metrics" | "mayLookIn">> & {
      providers: readonly MusicProvider[];
      adapters: readonly Adapter[];
    },
): WebServer {
  const { providers, adapters, ...house } = parts;
  return createWebServer({
    ...house,
    ...webAddress(config),
    callbacks: providers.flatMap((provider) => (provider.linking ? [callbackOf(provider)] : [])),
    listeners: adapters.flatMap((adapter) => adapter.listener ?? []),
    locale: config.LOCALE,
    platformName: (platform) => platformNames[platform] ?? platform,
  });
}
