import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RouteLike } from "discord.js";
import { z } from "zod";
import { createCalls } from "../../adapters/discord/calls.ts";
import { createClient as createSlackClient } from "../../adapters/slack/client.ts";
import { type Method, methods } from "../../adapters/slack/limits.ts";
import { createClient as createTelegramClient } from "../../adapters/telegram/client.ts";
import { createPace } from "../../adapters/telegram/pace.ts";
import { toSegueError } from "../../adapters/telegram/refusals.ts";
import { refused, settled, wasNotSent } from "../../src/core/outcomes.ts";
import type { FakeClock } from "../fakes/clock.ts";
import { silentLog } from "../support/log.ts";
import type { Operation } from "./cell.ts";
import { openFront } from "./front.ts";

/** What core makes of it: one rule for answers and for posts. */
function becomes(error: unknown): string {
  if (settled(error)) return "it is given up, and the log says why";
  if (refused(error) || wasNotSent(error)) return "it is sent again later";
  return "nobody knows: sent again where the platform knows it again, else counted and shown as unconfirmed";
}

/** Of every file of an adapter: what is called there. */
function calledIn(adapter: string, pattern: RegExp): string[] {
  const folder = join(import.meta.dirname, "../../adapters", adapter);
  const sources = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  const text = sources.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  return [...new Set([...text.matchAll(pattern)].map(([, ...found]) => found.join(" ")))].sort();
}

/** What waits for a minute is old news; a last try may have begun by then. */
const mostMs = 75_000;
const ok = async () => ({
  status: 200,
  headers: { "content-type": "application/json" },
  text: '{"ok":true,"result":{}}',
});
type World = { gates: []; close(): Promise<unknown>; call(name: string): Promise<unknown> };
const operation = (service: string, name: string, reads: boolean): Operation<World> => ({
  service,
  name,
  // A message may not be shown twice; whoever asked may ask again.
  ...(reads ? {} : { act: true as const }),
  mayWaitMs: mostMs,
  hits: () => true,
  ask: (world) => world.call(name),
  becomes: reads ? () => "it is done without; whoever needs it asks again" : becomes,
});

export async function openSlackFaults() {
  const front = await openFront({ upstream: ok });
  const open = (clock: FakeClock): World => {
    const ending = new AbortController();
    const client = createSlackClient({
      token: "xoxb-1",
      apiUrl: `${front.url}/api/`,
      clock,
      log: silentLog,
      signal: ending.signal,
    });
    return {
      gates: [],
      call: (name) => client.call(name as Method, {}, z.object({ ok: z.literal(true) }), { channel: "C1" }),
      close: async () => ending.abort(),
    };
  };
  const reads = /^(auth\.test|conversations|files\.info|files\.getUpload|usergroups|users)/;
  const operations = Object.keys(methods).map((name) => operation("Slack", name, reads.test(name)));
  return { front, open, operations, close: front.close };
}

export async function openTelegramFaults() {
  const front = await openFront({ upstream: ok });
  const names = calledIn("telegram", /\braw\.(\w+)\(/g);
  /** They have nothing to say but themselves. */
  const bare = /^get(Me|WebhookInfo)$/;
  const messages = /^(send(Message|Photo|Document)|edit)/;
  const open = (clock: FakeClock): World => {
    const client = createTelegramClient({ token: "1:a", apiRoot: front.url, clock });
    const pace = createPace(clock);
    const task = (name: string) => () =>
      client.call(async (raw, signal) => {
        const method: unknown = Reflect.get(raw, name);
        if (typeof method !== "function") throw new Error(`the library knows no ${name}`);
        return await (bare.test(name) ? method(signal) : method({}, signal));
      });
    return {
      gates: [],
      async call(name) {
        const job = {
          chat: "1",
          group: false,
          task: task(name),
          ...(name.startsWith("edit") ? { replaces: "m" } : {}),
        };
        try {
          return await (messages.test(name) ? pace.run(job) : job.task());
        } catch (error) {
          throw toSegueError(error, clock.now());
        }
      },
      async close() {
        pace.stop();
        client.close();
      },
    };
  };
  const reads = /^(get|setMyCommands|setWebhook|deleteWebhook|deleteEphemeral|edit|delete)/;
  const operations = names.map((name) => operation("Telegram", name, reads.test(name)));
  return { front, open, operations, close: front.close };
}

export async function openDiscordFaults() {
  const front = await openFront({ upstream: ok });
  const names = calledIn("discord", /calls\s*\.call(?:<[^(]*>)?\(\s*"([A-Z]+)",\s*(?:Routes\.)?(\w+)/g);
  const open = (clock: FakeClock): World => {
    const calls = createCalls({ token: "t", apiUrl: front.url, clock });
    return {
      gates: [],
      call(name) {
        const [method, route] = name.split(" ");
        return calls.call(method as "GET", `/${route}/1` as RouteLike, method === "GET" ? {} : { body: {} });
      },
      close: async () => calls.stop(),
    };
  };
  const operations = names.map((name) => ({
    ...operation("Discord", name, /^(GET|PATCH|PUT|DELETE)/.test(name)),
    except: ["HTTP 429, 1 s" as const],
  }));
  return { front, open, operations, close: front.close };
}
