import { SocketModeReceiver } from "@slack/bolt";
import { z } from "zod";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Log } from "../../src/contracts/log.ts";
import { clientOptions } from "./client.ts";
import { within } from "./deadline.ts";
import { libraryLog } from "./library-log.ts";
import type { Transport } from "./transport.ts";

const connectMs = 15_000;

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
      const ended = Promise.withResolvers<void>();
      client.on("disconnected", () => ended.resolve());
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
        await within(clock, connectMs, () => started);
      } catch (error) {
        close();
        throw error;
      }
      return { ended: ended.promise, close };
    },
  };
}
