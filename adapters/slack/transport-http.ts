import type { IncomingMessage, ServerResponse } from "node:http";
import { HTTPModuleFunctions as http, isRawBodyError, verifySlackRequest } from "@slack/bolt";
import { z } from "zod";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Log } from "../../src/contracts/log.ts";
import type { Receive, Transport } from "./transport.ts";

const bodyLimit = 1024 * 1024;
const oldestMs = 5 * 60_000;

const challengeSchema = z.object({ type: z.literal("url_verification"), challenge: z.string().max(500) });

/**
 * Signed requests to the one web server (https://docs.slack.dev/authentication/verifying-requests-from-slack). Commands, buttons
 * and events may all use one address, "/slack/events".
 */
export function httpTransport(options: { signingSecret: string; clock: Clock; log: Log }): Transport {
  const { clock, log } = options;
  let receive: Receive | undefined;

  function verified(request: IncomingMessage, body: string): boolean {
    try {
      const stampSeconds = Number(http.getHeader(request, "x-slack-request-timestamp"));
      if (!(Math.abs(clock.now() - stampSeconds * 1000) <= oldestMs)) return false;
      verifySlackRequest({
        signingSecret: options.signingSecret,
        body,
        headers: {
          "x-slack-signature": http.getHeader(request, "x-slack-signature"),
          "x-slack-request-timestamp": stampSeconds,
        },
        nowMilliseconds: clock.now(),
      });
      return true;
    } catch {
      return false;
    }
  }

  async function answer(request: IncomingMessage): Promise<{ status: number; json?: unknown }> {
    if (request.method !== "POST") return { status: 405 };
    if (new URL(request.url ?? "/", "http://localhost").pathname !== "/slack/events") return { status: 404 };
    const buffered = await http.bufferIncomingMessage(request, bodyLimit);
    const text = buffered.rawBody.toString();
    // The platform looks whether the certificate is good, without a signature; nothing else in such a request counts.
    if (text.startsWith("ssl_check=1")) return { status: 200 };
    let body: unknown;
    try {
      body = http.parseHTTPRequestBody(buffered);
    } catch {
      return { status: verified(request, text) ? 400 : 401 };
    }
    if (!verified(request, text)) return { status: 401 };
    const asked = challengeSchema.safeParse(body);
    if (asked.success) return { status: 200, json: { challenge: asked.data.challenge } };
    if (!receive) return { status: 503 };
    try {
      await receive(body);
      return { status: 200 };
    } catch {
      return { status: 503 };
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, json } = await answer(request).catch((error: unknown) => {
      if (isRawBodyError(error)) return { status: error.statusCode, json: undefined };
      log.error({ error }, "slack request failed");
      return { status: 500, json: undefined };
    });
    if (response.destroyed) return;
    if (status === 401) log.warn({}, "a request to /slack/ was not signed by slack");
    response.writeHead(status, json === undefined ? {} : { "content-type": "application/json" });
    response.end(json === undefined ? undefined : JSON.stringify(json));
  }

  return {
    async connect(taking) {
      receive = taking;
      const ended = Promise.withResolvers<string | undefined>();
      return {
        ended: ended.promise,
        close() {
          receive = undefined;
          ended.resolve(undefined);
        },
      };
    },
    listener: {
      paths: ["/slack/"],
      handle(request, response) {
        handle(request, response).catch((error: unknown) => log.error({ error }, "slack request was not answered"));
      },
    },
  };
}
