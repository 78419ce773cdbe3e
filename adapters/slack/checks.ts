import { z } from "zod";
import type { Check, Checker } from "../../src/contracts/checks.ts";

import manifest from "./manifest.json" with { type: "json" };

const apps = "https://api.slack.com/apps";
const answerSchema = z.object({
  ok: z.boolean(),
  error: z.string().optional(),
  team: z.string().optional(),
  user: z.string().optional(),
});

/** The tokens, the scopes that the installed app has against those the manifest asks for, and the way events come. */
export function checkSlack(app: { botToken: string; appToken?: string; apiUrl: string }): Checker {
  return async (signal) => {
    const lines: Check[] = [];
    const bot = await call(app.apiUrl, "auth.test", app.botToken, signal);
    const name = "Slack bot";
    if (!bot.answer?.ok)
      lines.push(refusal(name, bot, "SLACK_BOT_TOKEN", "OAuth & Permissions > Bot User OAuth Token"));
    else {
      lines.push({
        name,
        status: "ok",
        found: `${bot.answer.user ?? "installed"} in ${bot.answer.team ?? "a workspace"}`,
      });
      const missing = manifest.oauth_config.scopes.bot.filter((scope) => !bot.scopes.includes(scope));
      lines.push(
        missing.length === 0
          ? { name: "Slack scopes", status: "ok", found: "all that are needed" }
          : {
              name: "Slack scopes",
              status: "failed",
              found: `missing: ${missing.join(", ")}`,
              todo: `At ${apps} > your app > App Manifest, paste adapters/slack/manifest.json, then Install App > Reinstall.`,
            },
      );
    }
    if (app.appToken === undefined)
      lines.push({ name: "Slack events", status: "ok", found: "by HTTP (request URL: PUBLIC_URL/slack/events)" });
    else {
      const socket = await call(app.apiUrl, "apps.connections.open", app.appToken, signal);
      lines.push(
        socket.answer?.ok
          ? { name: "Slack events", status: "ok", found: "by Socket Mode" }
          : refusal(
              "Slack events",
              socket,
              "SLACK_APP_TOKEN",
              "Basic Information > App-Level Tokens (scope connections:write)",
            ),
      );
    }
    return lines;
  };
}

type Called = { status: number; answer: z.output<typeof answerSchema> | undefined; scopes: string[] };

async function call(apiUrl: string, method: string, token: string, signal: AbortSignal): Promise<Called> {
  const response = await fetch(`${apiUrl}/${method}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
    signal,
  });
  const scopes = (response.headers.get("x-oauth-scopes") ?? "").split(",").map((scope) => scope.trim());
  const answer = answerSchema.safeParse(await response.json().catch(() => undefined));
  return { status: response.status, answer: answer.data, scopes };
}

function refusal(name: string, { status, answer }: Called, setting: string, where: string): Check {
  if (answer?.error === undefined)
    return {
      name,
      status: "failed",
      found: `Slack answers ${status}`,
      todo: "Try again later: https://slack-status.com",
    };
  return {
    name,
    status: "failed",
    found: `the token is refused (${answer.error.slice(0, 60)})`,
    todo: `Copy it anew from ${apps} > your app > ${where} into ${setting}.`,
  };
}
