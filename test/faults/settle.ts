import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { FakeClock } from "../fakes/clock.ts";
import { begun, inFlight } from "../support/in-flight.ts";
import type { Front } from "./front.ts";

/** Requests of either of Node's two clients that this process has sent and whose answer is not there yet. */
const ends = new WeakMap<object, () => void>();
function byHttp(message: unknown): void {
  const { request } = message as { request: { once(event: "close", run: () => void): void } };
  request.once("close", begun());
}
function byFetch(message: unknown): void {
  const { request } = message as { request: object };
  ends.set(request, begun());
}
function endOfFetch(message: unknown): void {
  const { request } = message as { request: object };
  ends.get(request)?.();
  ends.delete(request);
}
const channels = {
  "http.client.request.created": byHttp,
  "undici:request:create": byFetch,
  "undici:request:trailers": endOfFetch,
  "undici:request:error": endOfFetch,
};

export function watchRequests(): () => void {
  for (const [name, listener] of Object.entries(channels)) subscribe(name, listener);
  return () => {
    for (const [name, listener] of Object.entries(channels)) unsubscribe(name, listener);
  };
}

const turns = 12;
const mostMs = 60 * 60_000;

/**
 * Lets time pass for what waits for it, and for nothing else: only while every request that is out is one that the service holds back.
 * Raises where it has not come to an end after an hour of that time.
 */
export async function settle<T>(work: Promise<T>, clock: FakeClock, { front }: Front): Promise<T> {
  let settled = false;
  const mark = () => {
    settled = true;
  };
  work.then(mark, mark);
  const from = clock.now();
  while (!settled) {
    const seen = inFlight.changes;
    for (let turn = 0; turn < turns && !settled; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    if (settled) break;
    if (inFlight.changes !== seen || inFlight.count !== front.held) {
      await new Promise<void>((resolve) => setTimeout(resolve, 1));
      continue;
    }
    const next = clock.nextAt();
    if (next === undefined) await new Promise<void>((resolve) => setTimeout(resolve, 1));
    else if (next - from > mostMs) throw new Error("no end within an hour");
    else await clock.advance(Math.max(0, next - clock.now()));
  }
  return work;
}
