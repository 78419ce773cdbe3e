import { webApi } from "@slack/bolt";
import type { z } from "zod";
import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type { Log } from "../../src/contracts/log.ts";
import { within } from "../../src/within.ts";
import { libraryLog } from "./library-log.ts";
import { type Method, methods } from "./limits.ts";
import { createPace, longestWaitMs } from "./pace.ts";
import { refusalOf, refused } from "./refusals.ts";

const requestMs = 10_000;
const tries = 3;
const untoldPauseMs = 5_000;

export type Call = {
  /** Limits that hold per channel are kept per channel. */
  channel?: string;
  /** The turn was taken by `turn` before. */
  turned?: boolean;
};

/** The Web API: one call, its limit kept before, a 429 waited for, errors in the program's own terms. */
export interface SlackClient {
  call<T>(method: Method, args: Record<string, unknown>, schema: z.ZodType<T>, call?: Call): Promise<T>;
  turn(method: Method, channel?: string): Promise<void>;
  /** Whether its limit would let the method be called at once. */
  free(method: Method): boolean;
}

/** What connects to the platform with a token of ours: no retry of its own, one deadline, nothing said of its payloads. */
export function clientOptions(apiUrl: string, log: Log) {
  return {
    slackApiUrl: apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: requestMs,
    logger: libraryLog(log),
  };
}

export function createClient(parts: {
  token: string;
  apiUrl: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}): SlackClient {
  const { clock, log, signal } = parts;
  const web = new webApi.WebClient(parts.token, clientOptions(parts.apiUrl, log));
  const pace = createPace({ clock, signal });
  const keyOf = (method: Method, channel = "") => `${method}:${channel}`;

  return {
    free: (method) => pace.free(keyOf(method), methods[method]),
    turn: (method, channel) => pace.turn(keyOf(method, channel), methods[method]),
    async call(method, args, schema, call = {}) {
      const key = keyOf(method, call.channel);
      for (let attempt = 1; ; attempt++) {
        if (!call.turned || attempt > 1) await pace.turn(key, methods[method]);
        signal.throwIfAborted();
        try {
          // The library's own time limit goes by the system's clock, and only backs this one up.
          const parsed = schema.safeParse(await within(clock, requestMs, "slack", () => web.apiCall(method, args)));
          if (!parsed.success) throw new SegueError("Unavailable", { service: "slack", why: "malformed" });
          return parsed.data;
        } catch (error) {
          const pauseMs = pauseOf(error);
          if (pauseMs === undefined) throw translated(error, method.startsWith("files") ? "file" : "message");
          pace.pause(key, methods[method], pauseMs);
          log.warn({ method, pauseMs }, "slack asks to wait");
          if (attempt >= tries || pauseMs > longestWaitMs)
            throw new SegueError("RateLimited", { scope: "service" }, { retryAt: clock.now() + pauseMs, cause: error });
        }
      }
    },
  };
}

/** What the platform made of opening a connection. Raises nothing. */
export function openingRefused(error: unknown, now: number): SegueError {
  const pauseMs = pauseOf(error);
  if (pauseMs !== undefined)
    return new SegueError("RateLimited", { scope: "service" }, { retryAt: now + pauseMs, cause: error });
  return translated(error, "message");
}

function pauseOf(error: unknown): number | undefined {
  if (error instanceof webApi.WebAPIRateLimitedError) return error.retryAfter * 1000;
  // The library has no error of its own for a 429 that names no time (of something that stands before the platform).
  if (error instanceof Error && error.message.startsWith("Retry header did not contain a valid timeout"))
    return untoldPauseMs;
  return refusalOf(error) === "ratelimited" ? 1_000 : undefined;
}

function translated(error: unknown, what: "file" | "message"): SegueError {
  if (error instanceof SegueError) return error;
  const refusal = refusalOf(error);
  if (refusal !== undefined) return refused(refusal, what, error);
  const service = "slack";
  // Without a word that anybody could read: what the call did stays open. Its cause would be the body.
  if (error instanceof webApi.WebAPIPlatformError) return new SegueError("Unavailable", { service, why: "malformed" });
  if (error instanceof webApi.WebAPIHTTPError)
    return new SegueError("Unavailable", { service, why: "status", status: error.statusCode }, { cause: error });
  const timedOut = error instanceof webApi.WebAPIRequestError && error.original.name === "TimeoutError";
  return new SegueError("Unavailable", { service, why: timedOut ? "timeout" : "connection" }, { cause: error });
}
