import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import type { Clock } from "../../src/contracts/clock.ts";

/** Where a request comes from, as the web server judged it (proxies and the Host header considered). */
export type Origin = { address: string; loopback: boolean; hostAllowed: boolean; secure: boolean };

export type Verdict = "open" | "token_needed" | "slow_down" | "loopback_only" | "wrong_host" | "wrong_origin";

export const cookieName = "segue_chat";
const tries = 5;
const tryWindowMs = 60_000;

/**
 * Who may talk to the web chat. Without a token: this machine alone. With one: whoever shows it, as a bearer token or by the
 * cookie that the entrance form gave. A page of another origin can never talk for a person (CSRF, DNS rebinding).
 */
export function createEntrance(options: {
  token?: string;
  clock: Clock;
  origin: (request: IncomingMessage) => Origin;
}) {
  const pass =
    options.token === undefined
      ? undefined
      : createHmac("sha256", options.token).update("web chat").digest("base64url");
  const attempts = new LRUCache<string, { count: number; since: number }>({ max: 10_000 });

  /** By form or by header, it is the same token that is guessed. */
  function tried(address: string, token: string): "right" | "wrong" | "slow_down" {
    const now = options.clock.now();
    const seen = attempts.get(address);
    const current = seen && now - seen.since < tryWindowMs ? seen : { count: 0, since: now };
    if (current.count >= tries) return "slow_down";
    if (options.token !== undefined && same(token, options.token)) return "right";
    attempts.set(address, { count: current.count + 1, since: current.since });
    return "wrong";
  }

  return {
    origin: options.origin,
    judge(request: IncomingMessage): Verdict {
      const from = options.origin(request);
      if (!from.hostAllowed) return "wrong_host";
      const origin = request.headers.origin;
      if (origin !== undefined && hostOf(origin) !== request.headers.host) return "wrong_origin";
      // A plain GET of another site carries no Origin; browsers say by this header where it comes from (W3C Fetch Metadata).
      const site = request.headers["sec-fetch-site"];
      if ((site === "cross-site" || site === "same-site") && request.headers["sec-fetch-mode"] !== "navigate")
        return "wrong_origin";
      if (pass === undefined || options.token === undefined) return from.loopback ? "open" : "loopback_only";
      const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
      if (bearer !== undefined) {
        const outcome = tried(from.address, bearer);
        return outcome === "right" ? "open" : outcome === "wrong" ? "token_needed" : outcome;
      }
      const cookie = cookieOf(request, cookieName);
      return cookie !== undefined && same(cookie, pass) ? "open" : "token_needed";
    },
    /** The cookie's value for the right token; "slow_down" after five wrong ones in a minute from one address. */
    enter(request: IncomingMessage, token: string): string | "wrong" | "slow_down" {
      const outcome = tried(options.origin(request).address, token);
      return outcome === "right" ? (pass ?? "wrong") : outcome;
    },
  };
}
export type Entrance = ReturnType<typeof createEntrance>;

function same(given: string, expected: string): boolean {
  // Equal lengths for timingSafeEqual, and no length told by the time it takes.
  const digest = (text: string) => createHmac("sha256", "compare").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const [key, ...value] = part.trim().split("=");
    if (key === name) return value.join("=");
  }
  return undefined;
}
