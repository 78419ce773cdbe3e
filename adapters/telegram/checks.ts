import { z } from "zod";
import type { Check, Checker } from "../../src/contracts/checks.ts";

const meSchema = z.object({
  ok: z.literal(true),
  result: z.object({
    username: z.string(),
    supports_inline_queries: z.boolean().default(false),
    can_join_groups: z.boolean().default(true),
  }),
});
const hookSchema = z.object({
  ok: z.literal(true),
  result: z.object({ url: z.string(), last_error_message: z.string().optional() }),
});

/** The token, what was switched on at @BotFather, and whether updates can come the way the settings say. */
export function checkTelegram(bot: { token: string; apiRoot: string; webhook: boolean }): Checker {
  return async (signal): Promise<Check[]> => {
    const get = async (method: string) => {
      const response = await fetch(`${bot.apiRoot}/bot${bot.token}/${method}`, { signal });
      return { status: response.status, json: await response.json().catch(() => undefined) };
    };
    const name = "Telegram bot";
    const { status, json } = await get("getMe");
    const me = meSchema.safeParse(json);
    if (status === 401 || status === 404)
      return [
        {
          name,
          status: "failed",
          found: "the token is refused",
          todo: "Send /token to @BotFather, choose the bot, and put what it says into TELEGRAM_BOT_TOKEN.",
        },
      ];
    if (!me.success) return [{ name, status: "failed", found: `Telegram answers ${status}`, todo: "Try again later." }];
    const { username, supports_inline_queries: inline, can_join_groups: groups } = me.data.result;
    const lines: Check[] = [{ name, status: "ok", found: `@${username} (https://t.me/${username})` }];
    if (!inline)
      lines.push({
        name: "Telegram inline",
        status: "warning",
        found: `"@${username} song" does nothing yet`,
        todo: `To share songs anywhere, send /setinline to @BotFather and choose @${username}.`,
      });
    if (!groups)
      lines.push({
        name: "Telegram groups",
        status: "warning",
        found: "the bot cannot be added to groups",
        todo: `Send /setjoingroups to @BotFather, choose @${username}, Enable.`,
      });
    const hook = hookSchema.safeParse((await get("getWebhookInfo")).json);
    const fault = hook.data?.result.last_error_message;
    const updates = { name: "Telegram updates", found: bot.webhook ? "by webhook" : "by long polling" };
    lines.push(
      bot.webhook && fault !== undefined
        ? {
            ...updates,
            status: "failed",
            found: `the webhook fails: ${fault.slice(0, 120)}`,
            todo: "Check that PUBLIC_URL answers with a certificate that browsers trust.",
          }
        : { ...updates, status: "ok" },
    );
    return lines;
  };
}
