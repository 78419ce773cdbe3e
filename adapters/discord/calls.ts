import { DiscordAPIError, type RawFile, REST, type RESTOptions, type RequestMethod, type RouteLike } from "discord.js";
import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import { toSegueError } from "./errors.ts";

export type CallOptions = {
  body?: unknown;
  files?: RawFile[];
  query?: URLSearchParams;
  /** Calls by an interaction's token need no other. */
  byToken?: boolean;
};

/** Calls of Discord's HTTP interface. They raise SegueErrors and nothing else, without a token or a body in them. */
export interface Calls {
  call<T = unknown>(method: `${RequestMethod}`, route: RouteLike, options?: CallOptions): Promise<T>;
  stop(): void;
}

const deadlineMs = 15_000;
/** A wait that the platform asks for is kept up to here; what would have to wait longer is refused, with the time to come back. */
const longestWaitMs = 5_000;
const refusedPauseMs = 60_000;
const maxWaiting = 200;
const maxWaitingPerRoute = 25;

/**
 * Buckets, `Retry-After` and the 50 requests a second over all are kept by the library
 * (https://docs.discord.com/developers/topics/rate-limits); deadlines and bounds are ours. Nothing is repeated here: whoever
 * asked knows whether that would be safe.
 */
export function createCalls(options: { token: string; apiUrl?: string; clock: Clock }): Calls {
  const { clock } = options;
  const rest = new REST({
    version: "10",
    retries: 0,
    timeout: 10_000,
    // The library's own way goes through whatever dispatcher is set for the whole process, and another library's may be of a
    // version that refuses this one's forms. The two know the same options by two editions of their types.
    makeRequest: fetch as unknown as RESTOptions["makeRequest"],
    ...(options.apiUrl ? { api: options.apiUrl } : {}),
    rejectOnRateLimit: ({ timeToReset, retryAfter }) => Math.max(timeToReset, retryAfter) > longestWaitMs,
  });
  const stopping = new AbortController();
  const waiting = new Map<string, number>();
  let inAll = 0;
  let refusedUntil = 0;

  /** The library forgets a token that was refused once; it is shown again, but seldom: 10,000 refusals ban the address. */
  function present(): void {
    if (clock.now() < refusedUntil)
      throw new SegueError(
        "Unavailable",
        { service: "discord", why: "status", status: 401 },
        { retryAt: refusedUntil },
      );
    rest.setToken(options.token);
  }

  function enter(route: string): void {
    const here = waiting.get(route) ?? 0;
    if (inAll >= maxWaiting || here >= maxWaitingPerRoute)
      throw new SegueError("RateLimited", { scope: "service" }, { retryAt: clock.now() + longestWaitMs });
    inAll += 1;
    waiting.set(route, here + 1);
  }

  function leave(route: string): void {
    inAll -= 1;
    const here = (waiting.get(route) ?? 1) - 1;
    if (here > 0) waiting.set(route, here);
    else waiting.delete(route);
  }

  return {
    async call<T>(method: `${RequestMethod}`, route: RouteLike, { byToken, ...request }: CallOptions = {}): Promise<T> {
      const lane = `${method} ${route}`;
      if (!byToken) present();
      enter(lane);
      const ended = new AbortController();
      const late = new AbortController();
      clock.sleep(deadlineMs, ended.signal).then(
        () => late.abort(),
        () => undefined,
      );
      const signal = AbortSignal.any([late.signal, stopping.signal]);
      try {
        // The library answers with whatever JSON came; the shapes are those of the vendor's own type declarations.
        return (await rest.request({
          ...request,
          method: method as RequestMethod,
          fullRoute: route,
          auth: byToken !== true,
          signal,
        })) as T;
      } catch (error) {
        if (!byToken && error instanceof DiscordAPIError && error.status === 401)
          refusedUntil = clock.now() + refusedPauseMs;
        throw toSegueError(error, clock.now());
      } finally {
        ended.abort();
        leave(lane);
      }
    },
    stop() {
      stopping.abort();
      rest.clearHashSweeper();
      rest.clearHandlerSweeper();
    },
  };
}
