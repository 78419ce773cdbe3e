import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Update } from "grammy/types";
import { z } from "zod";
import type { Clock } from "../../src/contracts/clock.ts";
import type { Log } from "../../src/contracts/log.ts";
import type { Intake } from "./intake.ts";

export const webhookPath = "/telegram/";
const maxBytes = 1_000_000;
/** Telegram gives up on us after a minute; what we have not taken by then it sends again. */
const acceptMs = 20_000;

const updateSchema = z.looseObject({ update_id: z.number().int().min(0) });

/**
 * Takes updates that Telegram posts, and answers 200 once core has them: anything else makes Telegram send them again
 * (https://core.telegram.org/bots/api#setwebhook).
 */
export function createWebhook(parts: {
  secret: string;
  intake: () => Intake | undefined;
  clock: Clock;
  log: Log;
}): (request: IncomingMessage, response: ServerResponse) => void {
  const expected = digest(parts.secret);

  async function handle(request: IncomingMessage): Promise<number> {
    if (request.method !== "POST" || (request.url ?? "").split("?")[0] !== webhookPath) return 404;
    const given = request.headers["x-telegram-bot-api-secret-token"];
    if (!timingSafeEqual(digest(typeof given === "string" ? given : ""), expected)) return 401;
    const body = await read(request);
    if (body === undefined) return 413;
    const parsed = updateSchema.safeParse(json(body));
    if (!parsed.success) return 400;
    const intake = parts.intake();
    if (!intake || intake.full()) return 503;
    const done = new AbortController();
    const late = parts.clock.sleep(acceptMs, done.signal).then(
      () => 503,
      () => 503,
    );
    const taken = intake.take(parsed.data as Update).then(
      () => 200,
      () => 503,
    );
    return Promise.race([taken, late]).finally(() => done.abort());
  }

  return (request, response) => {
    handle(request)
      .catch((error: unknown) => {
        parts.log.warn({ error }, "an update could not be read");
        return 400;
      })
      .then((status) => {
        if (response.writableEnded || response.destroyed) return;
        response.writeHead(status, {
          "content-type": "text/plain",
          ...(status === 413 ? { connection: "close" } : {}),
        });
        response.end();
      });
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
