import { userInfo } from "node:os";
import { createTerminalChat } from "../../adapters/terminal/index.ts";
import { createWebChat } from "../../adapters/web/index.ts";
import type { Config } from "../config.ts";
import type { Adapter } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import type { Reply } from "../contracts/reply.ts";
import type { SettingStore } from "../contracts/store.ts";
import type { OriginJudge } from "../web/origin.ts";
import { loadPlatforms } from "./platforms.ts";

export type Terminal = { input: NodeJS.ReadableStream; output: NodeJS.WritableStream };

/** Everywhere people can talk to the bot: the web chat always, platforms as they are set up, the terminal where somebody sits at it. */
export async function loadChats(
  config: Config,
  parts: {
    terminal?: Terminal | undefined;
    onTerminalClosed?: (() => void) | undefined;
    origin: OriginJudge;
    kept(platform: string, key: string): Promise<Reply | undefined>;
    /** Whether anybody can link an account of their own. */
    linkable: boolean;
    locales: string;
    settings: SettingStore;
    clock: Clock;
    log: Log;
  },
) {
  const { terminal, onTerminalClosed, origin, kept, linkable, locales, settings, clock, log } = parts;
  const webChat = createWebChat({
    clock,
    log,
    origin,
    kept: (key) => kept("web", key),
    locales,
    ...(config.CHAT_TOKEN === undefined ? {} : { token: config.CHAT_TOKEN }),
    linkable,
    ...(config.rehearsal ? { badge: "Rehearsal" } : {}),
  });
  const adapters: Adapter[] = [webChat, ...(await loadPlatforms(config, { clock, log, locales, settings }))];
  if (terminal) {
    adapters.push(
      createTerminalChat({
        ...terminal,
        clock,
        user: userInfo().username,
        locale: config.LOCALE,
        onClose: onTerminalClosed ?? (() => {}),
      }),
    );
  }
  return { webChat, adapters };
}
