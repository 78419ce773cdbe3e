import type { UserFromGetMe } from "grammy/types";
import type { Host } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import { isSegueError } from "../../src/contracts/errors.ts";
import type { Log } from "../../src/contracts/log.ts";
import { type Client, Refused } from "./client.ts";
import { commandNames, type Kept, register } from "./commands.ts";
import { createInlineMode } from "./inline.ts";
import { createIntake, type Intake } from "./intake.ts";
import type { Messages } from "./messages.ts";
import type { Privately } from "./privately.ts";
import { allowedUpdates, poll } from "./transport-poll.ts";
import { webhookPath } from "./transport-webhook.ts";
import type { Words } from "./words.ts";

const firstRetryMs = 1_000;
const maxRetryMs = 60_000;
/** How often it is looked whether Telegram still posts to us. */
const checkMs = 5 * 60_000;

/** Keeps hearing from Telegram, whatever happens, until the signal aborts. */
export interface Connection {
  /** Never rejects; resolves after the abort. */
  run(): Promise<void>;
  /** Resolves when the first try to connect has succeeded or failed. */
  tried: Promise<void>;
  online(): boolean;
  /** Why the last try failed. */
  trouble(): string;
  intake(): Intake | undefined;
  me(): UserFromGetMe | undefined;
  /** Whether the server knows messages for one person alone. */
  ephemeral(): boolean;
}

export function createConnection(parts: {
  client: Client;
  messages: Messages;
  host: Host;
  wordsFor: (locale: string | undefined) => Words;
  privately: () => Privately;
  webhook?: { publicUrl: string; secret: string };
  kept: Kept;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}): Connection {
  const { client, host, clock, log, signal, webhook } = parts;
  const tried = Promise.withResolvers<void>();
  let me: UserFromGetMe | undefined;
  let intake: Intake | undefined;
  let online = false;
  let trouble = "not connected yet";
  let ephemeral = false;
  let failures = 0;
  let upAt = 0;

  const up = () => {
    if (!online) {
      log.info({ platform: "telegram", bot: me?.username ?? "" }, "connected");
      upAt = clock.now();
    }
    online = true;
    tried.resolve();
  };

  /** An old server would not know what to leave out, and post to everybody. It is asked by a call that can do nothing. */
  async function knowsEphemeral(id: number): Promise<boolean> {
    try {
      const nothing = { chat_id: id, receiver_user_id: id, ephemeral_message_id: 1 };
      await client.call((raw, ends) => raw.deleteEphemeralMessage(nothing, ends), { signal, repeatable: true });
      return true;
    } catch (error) {
      if (error instanceof Refused && error.code !== 429) return error.code !== 404;
      throw error;
    }
  }

  async function hook({ publicUrl, secret }: { publicUrl: string; secret: string }): Promise<void> {
    const url = `${publicUrl.replace(/\/+$/, "")}${webhookPath}`;
    const wanted = { url, secret_token: secret, allowed_updates: allowedUpdates, max_connections: 40 };
    await client.call((raw, ends) => raw.setWebhook(wanted, ends), { signal, repeatable: true });
    up();
    while (!signal.aborted) {
      await clock.sleep(checkMs, signal);
      const info = await client.call((raw, ends) => raw.getWebhookInfo(ends), { signal, repeatable: true });
      if (info.last_error_message && (info.last_error_date ?? 0) * 1000 > clock.now() - checkMs)
        log.warn({ reason: info.last_error_message, waiting: info.pending_update_count }, "Telegram cannot reach us");
      if (info.url !== url)
        await client.call((raw, ends) => raw.setWebhook(wanted, ends), { signal, repeatable: true });
      up();
    }
  }

  async function connect(): Promise<void> {
    const bot = await client.call((raw, ends) => raw.getMe(ends), { signal, repeatable: true });
    me = bot;
    ephemeral = await knowsEphemeral(bot.id);
    const inline = createInlineMode({ ...parts });
    intake ??= createIntake({ ...parts, privately: parts.privately(), me: bot, inline, commands: commandNames(host) });
    register(bot.id, parts).catch((error: unknown) => {
      if (!signal.aborted) log.warn({ error }, "the commands were not registered");
    });
    if (webhook) return hook(webhook);
    await client.call((raw, ends) => raw.deleteWebhook({}, ends), { signal, repeatable: true });
    await poll({ client, intake, clock, log, signal, onAnswer: up });
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await connect();
      } catch (error) {
        if (signal.aborted) return;
        // Two that ask with one token end each other's questions for ever: each answer in between is no sign that it is over.
        if (online && clock.now() - upAt > maxRetryMs) failures = 0;
        if (online || failures === 0) log.error({ error }, "Telegram is not reachable; it is tried again");
        online = false;
        trouble = troubleOf(error);
        tried.resolve();
        const backOffMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures, 10));
        const asked = error instanceof Refused ? (error.retryAfterMs ?? 0) : 0;
        failures += 1;
        await clock.sleep(Math.max(backOffMs, asked), signal).catch(() => undefined);
      }
    }
  }

  return {
    run: () =>
      run().finally(() => {
        online = false;
        tried.resolve();
      }),
    tried: tried.promise,
    online: () => online,
    trouble: () => trouble,
    intake: () => intake,
    me: () => me,
    ephemeral: () => ephemeral,
  };
}

/** Only the kind of it: a message may quote what was sent. */
function troubleOf(error: unknown): string {
  if (error instanceof Refused) return `${error.code} ${error.description}`;
  if (isSegueError(error, "Unavailable"))
    return `not reachable (${error.details.status === undefined ? error.details.why : `HTTP ${error.details.status}`})`;
  const why = isSegueError(error, "Unconfirmed") ? / (\w+)$/.exec(error.details.action)?.[1] : undefined;
  return `not reachable (${why ?? "unreadable"})`;
}
