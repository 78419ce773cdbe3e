import type { ServerResponse } from "node:http";
import type { Clock } from "../../contracts/clock.ts";
import type { Effect } from "../faults/rule.ts";
import type { Reply } from "./exchange.ts";

/** Statuses that never have a body. */
const BODILESS = new Set([204, 304]);

/** Sends the answer, whole or as a fault would have it. Resolves once it is on its way or the other side has gone. */
export async function writeReply(
  response: ServerResponse,
  reply: Reply,
  options: { clock: Clock; effect: Effect | undefined; bodyless: boolean; signal: AbortSignal },
): Promise<void> {
  const { effect } = options;
  const body = BODILESS.has(reply.status) ? Buffer.alloc(0) : Buffer.from(reply.body ?? "");
  const length: Record<string, string> = BODILESS.has(reply.status) ? {} : { "content-length": String(body.length) };
  response.writeHead(reply.status, { ...reply.headers, ...length });
  if (options.bodyless || body.length === 0) {
    response.end();
    return;
  }
  if (effect?.drop === "midway") {
    const half = body.subarray(0, Math.max(1, Math.floor(body.length / 2)));
    await new Promise<void>((resolve) => response.write(half, () => resolve()));
    response.destroy();
    return;
  }
  if (effect?.trickle === undefined) {
    response.end(body);
    return;
  }
  const { bytes, everyMs } = effect.trickle;
  for (let at = 0; at < body.length && !response.destroyed; at += bytes) {
    response.write(body.subarray(at, at + bytes));
    await options.clock.sleep(everyMs, options.signal);
  }
  response.end();
}
