import { z } from "zod";
import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import { within } from "../../src/within.ts";
import { refused } from "./refusals.ts";

/**
 * An address that comes with a command or a press: five answers within 30 minutes
 * (https://docs.slack.dev/interactivity/handling-user-interaction#message_responses).
 */
const maxAnswers = 5;
const lifetimeMs = 29 * 60_000;
const requestMs = 5_000;
/** The address itself is of no use any more. */
const usedUp = new Set(["expired_url", "no_url", "used_url"]);
const maxBody = 10_000;
const refusalSchema = z.object({ ok: z.literal(false), error: z.string().max(100).default("unknown_error") });

export interface ResponseAddress {
  usable(): boolean;
  /**
   * Raises Unavailable when the platform does not take it; the address is then used up. Raises what the refusal means when the
   * platform refuses what was sent: another message may go there.
   */
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
      let answered: { status: number; word: string | undefined };
      try {
        answered = await within(clock, requestMs, "slack", async (signal) => {
          const response = await fetch(parts.url, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(message),
            redirect: "error",
            signal,
          });
          const word = refusalIn(await response.text());
          return { status: response.ok ? 200 : response.status, word };
        });
      } catch (error) {
        left = 0;
        if (error instanceof SegueError) throw error;
        throw new SegueError("Unavailable", { service: "slack", why: "connection" });
      }
      const { status, word } = answered;
      if (word !== undefined && !usedUp.has(word)) throw refused(word, "message");
      if (status === 200 && word === undefined) return;
      left = 0;
      throw new SegueError("Unavailable", { service: "slack", why: "status", status });
    },
  };
}

/** The platform's word of a refusal, which comes with status 200 as well; what is taken is answered with "ok". */
function refusalIn(body: string): string | undefined {
  if (body.length > maxBody || !body.startsWith("{")) return undefined;
  try {
    return refusalSchema.safeParse(JSON.parse(body)).data?.error;
  } catch {
    return undefined;
  }
}

/** Whether an address is one that may see a token or an answer of ours. */
export function belongs(url: string, apiUrl: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, origin } = new URL(url);
  if (origin === new URL(apiUrl).origin) return true;
  return protocol === "https:" && /^([a-z0-9-]+\.)*slack(-edge|-files)?\.com$/.test(hostname);
}
