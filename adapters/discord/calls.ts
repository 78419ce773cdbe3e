import { DiscordAPIError, type RawFile, REST, type RESTOptions, type RequestMethod, type RouteLike } from "discord.js";
import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import { toSegueError } from "./errors.ts";
import { politeFetch } from "./polite-fetch.ts";

export type CallOptions = {
  body?: unknown;
  files?: RawFile[];
  query?: URLSearchParams;
  /** Calls by an interaction's token need no other. */
  byToken?: boolean;
  /** Nobody waits for it: where others do, it is refused. */
  spare?: boolean;
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
const maxWaiting = { own: 200, spare: 20, byToken: 5_000 };
const maxWaitingPerRoute = 25;
/** Connections that are open at once for answers to interactions; the others wait for one. */
const maxConnections = 64;
/** Of a deadline that was kept: without a reason of its own every abort makes an error with a stack. */
const over = "over";

/**
 * Buckets, `Retry-After` and the 50 requests a second over all are kept by the library
 * (https://docs.discord.com/developers/topics/rate-limits); deadlines and bounds are ours. Nothing is repeated here: whoever
 * asked knows whether that would be safe.
 *
 * "Interaction endpoints are not bound to the bot's Global Rate Limit" (the same page), which the library does not know: they go by a
 * second one of it, that has neither that limit nor the token. Whoever is to be answered within three seconds never waits behind cards.
 */
export function createCalls(options: { token: string; apiUrl?: string; clock: Clock }): Calls {
  const { clock } = options;
  const common: Partial<RESTOptions> = {
    version: "10",
    retries: 0,
    timeout: 10_000,
    makeRequest: politeFetch,
    ...(options.apiUrl ? { api: options.apiUrl } : {}),
    rejectOnRateLimit: ({ timeToReset, retryAfter }) => Math.max(timeToReset, retryAfter) > longestWaitMs,
  };
  const rest = new REST(common);
  const tokenRest = new REST({ ...common, globalRequestsPerSecond: Number.POSITIVE_INFINITY });
  const stopping = new AbortController();
  const waiting = new Map<string, number>();
  const inAll = { own: 0, byToken: 0 };
  const forConnection: (() => void)[] = [];
  let refusedAt: number | undefined;

  /** The library forgets a token that was refused once; it is shown again, but seldom: 10,000 refusals ban the address. */
  function present(): void {
    const now = clock.now();
    // A clock that was put back must not keep it away for longer than it is meant to be.
    if (refusedAt !== undefined) refusedAt = Math.min(refusedAt, now);
    const refusedUntil = (refusedAt ?? Number.NEGATIVE_INFINITY) + refusedPauseMs;
    if (now < refusedUntil)
      throw new SegueError(
        "Unavailable",
        { service: "discord", why: "status", status: 401 },
        { retryAt: refusedUntil },
      );
    rest.setToken(options.token);
  }

  function enter(route: string, kind: "own" | "byToken", most: number): void {
    const here = waiting.get(route) ?? 0;
    if (inAll[kind] >= most || here >= maxWaitingPerRoute)
      throw new SegueError("RateLimited", { scope: "service" }, { retryAt: clock.now() + longestWaitMs });
    inAll[kind] += 1;
    waiting.set(route, here + 1);
  }

  function leave(route: string, kind: "own" | "byToken"): void {
    inAll[kind] -= 1;
    if (kind === "byToken") forConnection.shift()?.();
    const here = (waiting.get(route) ?? 1) - 1;
    if (here > 0) waiting.set(route, here);
    else waiting.delete(route);
  }

  return {
    async call<T>(
      method: `${RequestMethod}`,
      route: RouteLike,
      { byToken, spare, ...request }: CallOptions = {},
    ): Promise<T> {
      const lane = `${method} ${route}`;
      const kind = byToken ? "byToken" : "own";
      if (!byToken) present();
      enter(lane, kind, spare ? maxWaiting.spare : maxWaiting[kind]);
      const ended = new AbortController();
      const late = new AbortController();
      clock.sleep(deadlineMs, ended.signal).then(
        () => late.abort(),
        () => undefined,
      );
      const signal = AbortSignal.any([late.signal, stopping.signal]);
      try {
        if (inAll.byToken > maxConnections && byToken)
          await new Promise<void>((resolve) => forConnection.push(resolve));
        // The library answers with whatever JSON came; the shapes are those of the vendor's own type declarations.
        return (await (byToken ? tokenRest : rest).request({
          ...request,
          method: method as RequestMethod,
          fullRoute: route,
          auth: byToken !== true,
          signal,
        })) as T;
      } catch (error) {
        if (!byToken && error instanceof DiscordAPIError && error.status === 401) refusedAt = clock.now();
        throw toSegueError(error, clock.now());
      } finally {
        ended.abort(over);
        leave(lane, kind);
      }
    },
    stop() {
      stopping.abort();
      for (const each of [rest, tokenRest]) {
        each.clearHashSweeper();
        each.clearHandlerSweeper();
      }
    },
  };
}
