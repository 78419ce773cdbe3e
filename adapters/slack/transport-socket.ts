import { SocketModeReceiver } from "@slack/bolt";
import { z } from "zod";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Log } from "../../src/contracts/log.ts";
import { within } from "../../src/within.ts";
import { clientOptions, openingRefused } from "./client.ts";
import { libraryLog } from "./library-log.ts";
import type { Transport } from "./transport.ts";

const connectMs = 15_000;

/** What is read of a frame before the library reads it. */
const frameSchema = z.object({
  type: z.string(),
  reason: z.string().max(100).optional().catch(undefined),
  envelope_id: z.string().optional(),
  payload: z.object({ type: z.string().optional(), event: z.object({ type: z.string() }).optional() }).optional(),
});
const deliverySchema = z.object({
  ack: z.custom<() => Promise<void>>((value) => typeof value === "function"),
  body: z.unknown(),
});

/**
 * Socket Mode: the bot calls the platform, so no address of ours is needed (https://docs.slack.dev/apis/events-api/using-socket-mode).
 *
 * The library's own reconnecting is off: it gives up on a refused request with an unhandled rejection and waits by its own clock.
 * Its `App` stays out as well: it acknowledges every event before anybody has taken it.
 */
export function socketTransport(options: { appToken: string; apiUrl: string; clock: Clock; log: Log }): Transport {
  const { clock, log } = options;
  return {
    async connect(receive) {
      const { client } = new SocketModeReceiver({
        appToken: options.appToken,
        logger: libraryLog(log),
        autoReconnectEnabled: false,
        installerOptions: { clientOptions: clientOptions(options.apiUrl, log) },
      });
      const ended = Promise.withResolvers<string | undefined>();
      client.on("disconnected", () => ended.resolve(undefined));
      guard(client, ended.resolve, log);
      client.on("slack_event", (delivery: unknown) => {
        const parsed = deliverySchema.safeParse(delivery);
        if (!parsed.success) return;
        const { ack, body } = parsed.data;
        receive(body)
          .then(() => ack())
          // Not taken, or the socket is gone: the platform sends it again.
          .catch((error: unknown) => log.debug({ error }, "slack event not acknowledged"));
      });
      const close = () => {
        client.disconnect().catch(() => undefined);
        // Once more ends the wait for the other side's goodbye, which may never come.
        client.disconnect().catch(() => undefined);
      };
      try {
        const started = client.start();
        started.catch(() => undefined);
        await within(clock, connectMs, "slack", () => started);
      } catch (error) {
        close();
        throw openingRefused(error, clock.now());
      }
      return { ended: ended.promise, close };
    },
  };
}

/**
 * Stands before the library (3.1.0) where it errs.
 *
 * - After the platform's "disconnect" it waits for an end of the connection that does not come, until its watchdog finds nobody
 *   there: nothing arrives until then. Nothing is sent after a "disconnect", so that is the end.
 * - An envelope without an inner event (https://docs.slack.dev/reference/events/app_rate_limited) makes it raise in a promise
 *   that nobody holds, which would end the program.
 */
function guard(client: SocketModeReceiver["client"], ended: (why?: string) => void, log: Log): void {
  const library = client.listeners("ws_message");
  const hear = async (data: unknown, isBinary: unknown) => {
    const frame = typeof data === "string" ? frameSchema.safeParse(JSON.parse(data)).data : undefined;
    if (frame?.type === "events_api" && frame.payload?.event === undefined) {
      log.warn({ type: frame.payload?.type }, "slack tells of events without one, as when it holds some back");
      client.websocket?.send(JSON.stringify({ envelope_id: frame.envelope_id }), () => undefined);
      return;
    }
    if (frame?.type === "disconnect") ended(frame.reason);
    for (const listener of library) await listener.call(client, data, isBinary);
  };
  client.removeAllListeners("ws_message");
  client.on("ws_message", (data: unknown, isBinary: unknown) => {
    // Only the kind of it: the message may quote what was said.
    hear(data, isBinary).catch((error: unknown) =>
      log.warn({ why: error instanceof Error ? error.name : "unknown" }, "a frame of slack's socket could not be read"),
    );
  });
}
