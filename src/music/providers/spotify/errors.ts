import { z } from "zod";
import { type RestrictedReason, SegueError } from "../../../contracts/errors.ts";
import { maybe, SERVICE } from "./parse.ts";
import type { Attempt, Route } from "./routes.ts";

/*
 * What the platform means by a refusal, in one place. Bodies are `{"error":{"status","message","reason"?}}`, or plain text
 * for some of the most important ones; the status alone tells little. https://developer.spotify.com/documentation/web-api/concepts/api-calls
 */

const bodySchema = z.object({
  error: z.union([z.object({ message: maybe(z.string()), reason: maybe(z.string()) }), z.string()]),
});

type Refusal = { status: number; message: string; reason?: string };

function readRefusal(answer: { status: number; json?: unknown; text: string }): Refusal {
  const body = bodySchema.safeParse(answer.json);
  if (!body.success) return { status: answer.status, message: answer.text.slice(0, 300) };
  const { error } = body.data;
  if (typeof error === "string") return { status: answer.status, message: error };
  return {
    status: answer.status,
    message: error.message ?? "",
    ...(error.reason === undefined ? {} : { reason: error.reason }),
  };
}

/** The platform's own reasons. https://docs.rs/spotify-api/latest/spotify_api/objects/struct.PlayerErrorObject.html */
const restrictedReasons: Record<string, RestrictedReason> = {
  NO_PREV_TRACK: "no_previous",
  NO_NEXT_TRACK: "no_next",
  NO_SPECIFIC_TRACK: "content_unavailable",
  ALREADY_PAUSED: "already_paused",
  NOT_PAUSED: "already_playing",
  ALREADY_PLAYING: "already_playing",
  NOT_PLAYING_LOCALLY: "nothing_playing",
  NOT_PLAYING_TRACK: "nothing_playing",
  NOT_PLAYING_CONTEXT: "nothing_playing",
  ENDLESS_CONTEXT: "not_offered",
  CONTEXT_DISALLOW: "not_offered",
  REMOTE_CONTROL_DISALLOW: "device_restricted",
  DEVICE_NOT_CONTROLLABLE: "device_restricted",
  VOLUME_CONTROL_DISALLOW: "no_volume",
};

/**
 * Live answers mostly say UNKNOWN (https://github.com/spotify/web-api/issues/1433): then what was tried tells most.
 * That is a guess: whoever acts on it looks at the player's state first. Seek, shuffle and repeat are refused for too many causes to guess one.
 */
const likelyReasons: Partial<Record<Attempt, RestrictedReason>> = {
  pause: "already_paused",
  resume: "already_playing",
  next: "no_next",
  previous: "no_previous",
  volume: "no_volume",
  play: "content_unavailable",
  queue: "content_unavailable",
  transfer: "device_restricted",
};

function restricted(attempt: Attempt, reason: string | undefined): SegueError {
  const known = reason === undefined ? undefined : restrictedReasons[reason];
  return new SegueError("Restricted", { reason: known ?? likelyReasons[attempt] ?? "unknown" });
}

/** One person plays too often, which is nobody else's limit. */
const TOO_OFTEN = "RATE_LIMITED";
const OWNER_LAPSED = /premium subscription required for the owner/i;
const NOT_ALLOWLISTED = /not registered|developer dashboard|not (?:be )?(?:on the )?allow-?list/i;
const SCOPE = /insufficient client scope|permissions missing/i;
const NO_PREMIUM = /premium required/i;
const NO_DEVICE = /no active device/i;
const DEVICE_GONE = /device not found/i;
const RESTRICTION = /restriction violated|player command failed/i;

function missingScope(route: Route): SegueError {
  return new SegueError("MissingScope", { provider: SERVICE, needs: [...route.needs] });
}

function forbidden(route: Route, { message, reason }: Refusal): SegueError {
  // Plain text, and its state may lag hours behind a subscription. https://github.com/zmb3/spotify/issues/301
  if (OWNER_LAPSED.test(message)) return new SegueError("Forbidden", { why: "owner_not_premium" });
  if (NOT_ALLOWLISTED.test(message)) return new SegueError("Forbidden", { why: "allowlist" });
  if (SCOPE.test(message)) return missingScope(route);
  if (reason === "PREMIUM_REQUIRED" || NO_PREMIUM.test(message))
    return new SegueError("PremiumRequired", { provider: SERVICE });
  if (reason === TOO_OFTEN) return new SegueError("RateLimited", { scope: "person" });
  if (reason === "NO_ACTIVE_DEVICE") return new SegueError("NoActiveDevice", { devices: [] });
  if (reason !== undefined || RESTRICTION.test(message)) return restricted(route.attempt, reason);
  if (route.group === "player") return restricted(route.attempt, undefined);
  // Another's playlist shows what it is and not what is in it; no more may it be edited.
  if (route.guarded === true) return new SegueError("Forbidden", { why: "content" });
  // The profile is never taken away from an app: whoever may not read their own is not on its list.
  if (route.group === "profile") return new SegueError("Forbidden", { why: "allowlist" });
  return new SegueError("Forbidden", { why: "removed" });
}

function notFound(route: Route, { message, reason }: Refusal): SegueError {
  if (reason === "NO_ACTIVE_DEVICE" || NO_DEVICE.test(message))
    return new SegueError("NoActiveDevice", { devices: [] });
  if (DEVICE_GONE.test(message)) return new SegueError("NotFound", { what: "device" });
  if (reason !== undefined && restrictedReasons[reason] !== undefined) return restricted(route.attempt, reason);
  return new SegueError("NotFound", { what: route.what });
}

/**
 * The coded error behind an answer that is no success. A 429 about all of us and what cannot be known arrive from the HTTP
 * layer coded already.
 */
export function refusalOf(route: Route, answer: { status: number; json?: unknown; text: string }): SegueError {
  const refusal = readRefusal(answer);
  switch (refusal.status) {
    case 400:
    case 413:
    case 414:
      // A malformed id of a thing is answered as a bad request, and means that there is no such thing.
      if (/invalid (?:base62 )?id|non existing id/i.test(refusal.message))
        return new SegueError("NotFound", { what: route.what });
      return new SegueError("InvalidInput", { why: "refused_by_service" }, { cause: new Error(refusal.message) });
    case 401:
      if (SCOPE.test(refusal.message)) return missingScope(route);
      break;
    case 403:
      return forbidden(route, refusal);
    case 404:
      return notFound(route, refusal);
    case 429:
      return new SegueError("RateLimited", { scope: refusal.reason === TOO_OFTEN ? "person" : "service" });
  }
  return new SegueError("Unavailable", { service: SERVICE, why: "status", status: refusal.status });
}
