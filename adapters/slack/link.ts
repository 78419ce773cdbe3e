import type { Clock } from "../../src/contracts/clock.ts";
import { isSegueError } from "../../src/contracts/errors.ts";
import type { Log } from "../../src/contracts/log.ts";
import type { Connection, Receive, Transport } from "./transport.ts";

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** A connection that lived this long had nothing wrong with it: the platform closes each after some hours, and a new one is due at once. */
const soundMs = 10_000;

/** What an operator can mend, by the platform's word (https://docs.slack.dev/apis/events-api/using-socket-mode#disconnect). */
const closings: Readonly<Record<string, string>> = {
  link_disabled: "Socket Mode is switched off in the app's settings (link_disabled)",
  too_many_websockets: "the app has too many connections: is it run somewhere else as well? (too_many_websockets)",
};
const closed = "the connection was closed, and is made again";

/** Keeps a connection to the platform: tried again for as long as it takes, with growing pauses. */
export interface Link {
  /** Resolves after the first try, whether it worked or not. */
  start(): Promise<void>;
  up(): boolean;
  /** Why the last try failed. */
  trouble(): string;
  /** The platform does not take our token: only the operator can mend that. */
  refused(): boolean;
  /** Resolves when the connection is closed; the signal ends it. */
  ended(): Promise<void>;
}

export function createLink(parts: {
  transport: Transport;
  /** Asks the platform who we are; raises when it is down or refuses the token. */
  greet: () => Promise<void>;
  receive: Receive;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}): Link {
  const { transport, clock, log, signal } = parts;
  let connection: Connection | undefined;
  let refused = false;
  let trouble = "not connected yet";
  let running: Promise<void> = Promise.resolve();
  const first = Promise.withResolvers<void>();
  const aborted = new Promise<"aborted">((resolve) => {
    signal.addEventListener("abort", () => resolve("aborted"), { once: true });
  });

  /** Resolves with why it ended. */
  async function once(): Promise<string> {
    await parts.greet();
    signal.throwIfAborted();
    const made = await transport.connect(parts.receive);
    if (signal.aborted) {
      made.close();
      return closed;
    }
    connection = made;
    refused = false;
    log.info({}, "slack connected");
    first.resolve();
    return closings[(await made.ended) ?? ""] ?? closed;
  }

  async function keep(): Promise<void> {
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      const from = clock.now();
      let lived = false;
      let askedMs = 0;
      try {
        const connected = once();
        // A request that is still out must not hold up the end: it finds the signal when it comes back.
        connected.catch(() => undefined);
        const end = await Promise.race([connected, aborted]);
        lived = end !== "aborted";
        if (lived) trouble = end;
      } catch (error) {
        askedMs = isSegueError(error) ? Math.max(0, (error.retryAt ?? 0) - clock.now()) : 0;
        refused = isSegueError(error, "Unavailable") && error.details.why === "credentials";
        trouble = refused ? "the token is refused" : `not reachable (${whyOf(error)})`;
        if (!signal.aborted) log.warn({ error, pauseMs: Math.max(pauseMs, askedMs) }, "slack is not reachable");
      }
      connection?.close();
      connection = undefined;
      first.resolve();
      if (lived && clock.now() - from >= soundMs) pauseMs = 0;
      await clock.sleep(Math.max(pauseMs, askedMs), signal).catch(() => undefined);
      pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, pauseMs * 2));
    }
    first.resolve();
  }

  return {
    async start() {
      running = keep();
      await first.promise;
    },
    up: () => connection !== undefined,
    trouble: () => trouble,
    refused: () => refused,
    ended: () => running,
  };
}

/** Only the kind of it: a message may quote what was sent. */
function whyOf(error: unknown): string {
  if (isSegueError(error, "Unavailable")) return error.details.why;
  if (isSegueError(error, "RateLimited")) return "it asks to wait";
  return isSegueError(error) ? error.code : error instanceof Error ? error.name : "unknown";
}
