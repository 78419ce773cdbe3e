import type { LinkFailure } from "../../contracts/accounts.ts";
import { linkFailures } from "../../contracts/accounts.ts";
import { isSegueError, SegueError } from "../../contracts/errors.ts";

/** An attempt that must end as this failure. */
export class LinkRefused extends Error {
  readonly failure: LinkFailure;

  constructor(failure: LinkFailure) {
    super(failure);
    this.name = "LinkRefused";
    this.failure = failure;
  }
}

/** Only the person who runs the bot can mend these, and is told. */
const operators: ReadonlySet<LinkFailure> = new Set([
  "wrong_client",
  "redirect_mismatch",
  "owner_not_premium",
  "allowlist",
]);
export const concernsOperator = (failure: LinkFailure): boolean => operators.has(failure);

/** What an error of the provider's exchange or look-up means for the attempt. */
export function failureOf(error: unknown): LinkFailure {
  if (error instanceof LinkRefused) return error.failure;
  if (isSegueError(error, "Forbidden")) {
    if (error.details.why === "allowlist" || error.details.why === "owner_not_premium") return error.details.why;
    return "internal";
  }
  if (isSegueError(error, "InvalidInput")) {
    const what = [error.details.field, error.details.why];
    if (what.includes("client")) return "wrong_client";
    if (what.includes("redirect")) return "redirect_mismatch";
    // The service takes a code once, for about ten minutes.
    if (what.includes("code")) return "expired";
    return "internal";
  }
  if (
    isSegueError(error, "Unavailable") ||
    isSegueError(error, "RateLimited") ||
    isSegueError(error, "QuotaExceeded")
  ) {
    return "service_down";
  }
  return "internal";
}

/** The `error` a service sends the browser back with (RFC 6749, 4.1.2.1). Whatever it is, the attempt is over. */
export function failureOfCallback(error: string): LinkFailure {
  switch (error) {
    case "access_denied":
      return "access_denied";
    case "server_error":
    case "temporarily_unavailable":
      return "service_down";
    case "unauthorized_client":
    case "invalid_client":
      return "wrong_client";
    case "invalid_request_uri":
    case "redirect_uri_mismatch":
      return "redirect_mismatch";
    default:
      return "internal";
  }
}

export function asFailure(stored: string | undefined): LinkFailure | undefined {
  return linkFailures.find((failure) => failure === stored);
}

/** For chat: no attempt of this identity is meant by what it sent. */
export function notTheirs(failure: LinkFailure): SegueError {
  return new SegueError("InvalidInput", { field: "link", why: failure });
}
