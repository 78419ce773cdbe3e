import { z } from "zod";
import type { Check, Checker } from "../../src/contracts/checks.ts";

const portal = "https://discord.com/developers/applications";
/** https://discord.com/developers/docs/resources/application#application-object-application-flags */
const presenceFlags = (1 << 12) | (1 << 13);
const applicationSchema = z.object({ id: z.string(), name: z.string(), flags: z.number().int().default(0) });

/** Whether the token is right, and whether what the settings ask for is switched on at Discord. */
export function checkDiscord(bot: { token: string; apiUrl: string; presences: boolean }): Checker {
  return async (signal): Promise<Check[]> => {
    const name = "Discord bot";
    const response = await fetch(`${bot.apiUrl}/v10/applications/@me`, {
      headers: { Authorization: `Bot ${bot.token}` },
      signal,
    });
    if (response.status === 401)
      return [
        {
          name,
          status: "failed",
          found: "the token is refused",
          todo: `At ${portal} > your app > Bot, press "Reset Token" and put the new one into DISCORD_TOKEN.`,
        },
      ];
    const parsed = applicationSchema.safeParse(await response.json().catch(() => undefined));
    if (!response.ok || !parsed.success)
      return [
        {
          name,
          status: "failed",
          found: `Discord answers ${response.status}`,
          todo: "Try again later: https://discordstatus.com",
        },
      ];
    const app = parsed.data;
    const lines: Check[] = [
      { name, status: "ok", found: `${app.name} (add it: https://discord.com/oauth2/authorize?client_id=${app.id})` },
    ];
    if (!bot.presences) return lines;
    const granted = (app.flags & presenceFlags) !== 0;
    const intent = { name: "Discord intents" };
    lines.push(
      granted
        ? { ...intent, status: "ok", found: "Presence Intent is on" }
        : {
            ...intent,
            status: "failed",
            found: "Presence Intent is off",
            todo: `Switch it on at ${portal}/${app.id}/bot, or set DISCORD_PRESENCES=off.`,
          },
    );
    return lines;
  };
}
