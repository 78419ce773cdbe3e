import type { Adapter, Host } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type { Log } from "../../src/contracts/log.ts";
import { createClient } from "./client.ts";
import type { Kept } from "./commands.ts";
import { createConnection } from "./connection.ts";
import { maxText } from "./encode.ts";
import { fetchFile, sendFile, telegramMaxBytes } from "./files.ts";
import { maxButtons, maxDataBytes, maxOptions, maxPerRow } from "./keyboard.ts";
import { createMessages, type Messages } from "./messages.ts";
import { createPace } from "./pace.ts";
import { createPrivately, type Privately } from "./privately.ts";
import { toSegueError } from "./refusals.ts";
import { platform } from "./sent.ts";
import { createStandings, nameIn } from "./standing.ts";
import { createWebhook, webhookPath } from "./transport-webhook.ts";
import { loadWords } from "./words.ts";

/** A start waits this long for the first answer, then goes on in the background. */
const patienceMs = 5_000;

export type TelegramChatOptions = {
  /** From @BotFather. */
  token: string;
  /** Where the Bot API is, without a slash at the end; https://api.telegram.org when absent. */
  apiUrl?: string;
  /** Updates are posted to `${publicUrl}/telegram/` under this secret; they are polled when absent. */
  webhook?: { publicUrl: string; secret: string };
  clock: Clock;
  log: Log;
  /** Folder of the languages: one of its subfolders per language. */
  locales: string;
  /** Remembers over restarts what Telegram was told. */
  kept: Kept;
};

/** Telegram, by its Bot API: private chats, groups and topics, inline mode. */
export function createTelegramChat(options: TelegramChatOptions): Adapter {
  const { clock, log, webhook } = options;
  const wordsFor = loadWords(options.locales);
  const client = createClient({ token: options.token, clock, ...(options.apiUrl ? { apiRoot: options.apiUrl } : {}) });
  const pace = createPace(clock);
  const standing = createStandings(client, clock);
  const ending = new AbortController();
  let connection: ReturnType<typeof createConnection> | undefined;
  let running: { host: Host; messages: Messages; privately: Privately; done: Promise<void> } | undefined;

  const need = () => {
    if (!running) throw new SegueError("Unavailable", { service: platform, why: "offline" });
    return running;
  };
  const worded = async <T>(task: () => Promise<T>): Promise<T> => {
    try {
      return await task();
    } catch (error) {
      throw toSegueError(error, clock.now());
    }
  };

  return {
    platform,
    limits: {
      text: maxText,
      buttonsPerRow: maxPerRow,
      buttons: maxButtons,
      options: maxOptions,
      buttonBytes: maxDataBytes,
      // Twenty messages a minute in a group, edits among them.
      editsPerMinute: 20,
      // What only one person sees in a group must come within that time of what asked for it.
      firstAnswerWithinMs: 15_000,
      // 50 MB may be sent, and 20 given back (https://core.telegram.org/bots/api#sending-files, …#getfile).
      fileBytes: telegramMaxBytes,
    },
    resend: "never",
    async start(host, signal) {
      const ends = AbortSignal.any([signal, ending.signal]);
      const messages = createMessages({ client, pace, host, clock, log });
      const link = createConnection({
        ...options,
        client,
        messages,
        host,
        wordsFor,
        privately: () => privately,
        signal: ends,
      });
      const privately: Privately = createPrivately({
        messages,
        botName: () => link.me()?.username ?? "",
        ephemeral: link.ephemeral,
        nameOf: (place, user) => nameIn(client, place, user),
        clock,
      });
      connection = link;
      running = { host, messages, privately, done: link.run() };
      const patience = new AbortController();
      await Promise.race([link.tried, clock.sleep(patienceMs, AbortSignal.any([ends, patience.signal]))]).catch(
        () => undefined,
      );
      patience.abort();
    },
    // A card that comes by itself must not ring.
    send: (to, reply) => worded(() => need().messages.post(to, reply, { silent: reply.view !== undefined })),
    edit: (sent, reply) => worded(() => need().messages.edit(sent, reply)),
    sendPrivate: (to, user, reply) =>
      worded(() => need().privately.reach(to, user, reply, wordsFor(need().host.locales[0]))),
    sendFile: (_to, user, file) => worded(() => sendFile({ client, pace }, user, file)),
    standing: (place, user) => worded(() => standing(place, user)),
    fetchFile: (file, signal) => worded(() => fetchFile(client, file, signal)),
    ...(webhook === undefined
      ? {}
      : {
          listener: {
            paths: [webhookPath],
            handle: createWebhook({ secret: webhook.secret, intake: () => connection?.intake(), clock, log }),
          },
        }),
    healthy: () => connection?.online() ?? false,
    trouble: () => connection?.trouble(),
    async stop() {
      ending.abort();
      await running?.done;
      running = undefined;
      pace.stop();
      client.close();
    },
  };
}
