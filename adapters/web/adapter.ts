import type { IncomingMessage } from "node:http";
import type { Adapter } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Log } from "../../src/contracts/log.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import { platform } from "./decode.ts";
import { encode } from "./encode.ts";
import { createEntrance, type Origin } from "./entrance.ts";
import { createStreams } from "./streams.ts";
import { createRoutes, type Deliver, messageId, post } from "./transport.ts";
import { loadWords } from "./words.ts";

const beatMs = 20_000;

export type WebChatOptions = {
  clock: Clock;
  log: Log;
  /** Opens the chat to other machines for whoever shows it. */
  token?: string;
  /** Judges a raw request: who asks, from where, by which Host. */
  origin: (request: IncomingMessage) => Origin;
  /** What was answered to an event that was delivered before. */
  kept?: (key: string) => Promise<Reply | undefined>;
  /** Folder of the languages: one of its subfolders per language. */
  locales: string;
  /** People may have accounts of their own to connect. */
  linkable: boolean;
  /** Shown beside the name, e.g. that this is a rehearsal. */
  badge?: string;
};

/** The chat in a browser, and for programs: a page, `POST /chat/messages`, `GET /chat/events`. Speaks `Reply` as it is. */
export function createWebChat(
  options: WebChatOptions,
): Adapter & { openStreams(): number; admits(request: IncomingMessage): boolean } {
  const { clock, log } = options;
  const streams = createStreams();
  const entrance = createEntrance(options);
  let deliver: Deliver | undefined;
  const { app, amend } = createRoutes({
    ...options,
    streams,
    entrance,
    words: loadWords(options.locales, options),
    deliver: () => deliver,
    kept: options.kept ?? (async () => undefined),
  });

  return {
    platform,
    closed: true,
    limits: {
      text: 20_000,
      buttonsPerRow: 8,
      buttons: 40,
      options: 25,
      buttonBytes: Number.POSITIVE_INFINITY,
      editsPerMinute: 240,
      firstAnswerWithinMs: Number.POSITIVE_INFINITY,
    },
    resend: "key",
    async start(host, signal) {
      await app.ready();
      deliver = host.deliver;
      const beat = async () => {
        while (!signal.aborted) {
          await clock.sleep(beatMs, signal);
          streams.beat();
        }
      };
      // Ends by the abort alone, which is its regular end.
      beat().catch(() => {});
    },
    async send(to, reply, key) {
      const id = messageId(key);
      streams.publish(to.id, post(to.id, id, key, encode(reply), clock.now()));
      return { platform, place: to, id };
    },
    async edit(sent, reply) {
      if (amend(sent.id, reply)) return;
      streams.publish(sent.place.id, { type: "edit", id: sent.id, reply: encode(reply), now: clock.now() });
    },
    async sendPrivate(to, user, reply, key) {
      return this.send({ ...to, id: user.id }, reply, key);
    },
    listener: {
      paths: ["/", "/chat/"],
      handle: (request, response) => {
        app.routing(request, response);
      },
    },
    healthy: () => deliver !== undefined,
    openStreams: streams.openStreams,
    admits: (request) => entrance.judge(request) === "open",
    async stop() {
      deliver = undefined;
      streams.close();
      await app.close();
      log.debug({}, "web chat stopped");
    },
  };
}
