import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import { within } from "./deadline.ts";

/**
 * An address that comes with a command or a press: five answers within 30 minutes
 * (https://docs.slack.dev/interactivity/handling-user-interaction#message_responses).
 */
const maxAnswers = 5;
const lifetimeMs = 29 * 60_000;
const requestMs = 5_000;

export interface ResponseAddress {
  usable(): boolean;
  /** Raises Unavailable when the platform does not take it; the address is then used up. */
  send(message: Record<string, unknown>): Promise<void>;
}

/** Undefined when the address is not the platform's: what an event says must not make us post elsewhere. */
export function createResponseAddress(parts: {
  url: string;
  apiUrl: string;
  clock: Clock;
}): ResponseAddress | undefined {
  const { clock } = parts;
  if (!belongs(parts.url, parts.apiUrl)) return undefined;
  const until = clock.now() + lifetimeMs;
  let left = maxAnswers;
  const usable = () => left > 0 && clock.now() < until;
  return {
    usable,
    async send(message) {
      if (!usable()) throw new SegueError("Unavailable", { service: "slack", why: "offline" });
      left--;
      try {
        const response = await within(clock, requestMs, (signal) =>
          fetch(parts.url, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(message),
            redirect: "error",
            signal,
          }),
        );
        await response.arrayBuffer();
        if (response.ok) return;
        throw new SegueError("Unavailable", { service: "slack", why: "status", status: response.status });
      } catch (error) {
        left = 0;
        if (error instanceof SegueError) throw error;
        throw new SegueError("Unavailable", { service: "slack", why: "connection" });
      }
    },
  };
}

/** Whether an address is one that may see a token or an answer of ours. */
export function belongs(url: string, apiUrl: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, origin } = new URL(url);
  if (origin === new URL(apiUrl).origin) return true;
  return protocol === "https:" && /^([a-z0-9-]+\.)*slack(-edge|-files)?\.com$/.test(hostname);
}
