import { createHash } from "node:crypto";
import { ApplicationIntegrationType, InteractionContextType, Routes } from "discord.js";
import type { Clock } from "../../src/contracts/clock.ts";
import { isSegueError } from "../../src/contracts/errors.ts";
import type { Log } from "../../src/contracts/log.ts";
import type { Calls } from "./calls.ts";
import { type CommandWords, encodeCommands } from "./encode-commands.ts";

/** A few words kept over restarts. */
export type Kept = { get(key: string): Promise<string | undefined>; set(key: string, value: string): Promise<void> };

const pauseMs = 60_000;
const tries = 10;
const inServersOnly = {
  integration_types: [ApplicationIntegrationType.GuildInstall],
  contexts: [InteractionContextType.Guild, InteractionContextType.BotDM],
};

/**
 * Registers the commands in one go, which replaces all there were; and only when they changed, for a server takes 200 new
 * ones a day (https://docs.discord.com/developers/interactions/application-commands#registering-a-command).
 */
export async function registerCommands(
  applicationId: string,
  source: CommandWords,
  grouped: boolean,
  parts: { calls: Calls; kept: Kept; clock: Clock; log: Log; signal: AbortSignal },
): Promise<void> {
  const { calls, kept, clock, log, signal } = parts;
  const { body, leftOut } = encodeCommands(source, grouped);
  if (leftOut.length > 0) log.warn({ leftOut }, "there is no room for these commands on Discord");
  let wanted = body;
  for (let attempt = 1; attempt <= tries && !signal.aborted; attempt++) {
    const hash = hashOf([applicationId, wanted]);
    try {
      if ((await kept.get("commands")) === hash) return;
      await calls.call("PUT", Routes.applicationCommands(applicationId), { body: wanted });
      await kept.set("commands", hash);
      log.info({ commands: wanted.length }, "commands registered with Discord");
      return;
    } catch (error) {
      log.warn({ error, attempt }, "commands could not be registered with Discord");
      // An app that people may not install for themselves can have commands in servers alone.
      if (isSegueError(error, "InvalidInput") && wanted === body)
        wanted = body.map((each) => ({ ...each, ...inServersOnly }));
      else await clock.sleep(pauseMs * attempt, signal);
    }
  }
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url");
}
