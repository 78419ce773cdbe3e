import { webApi } from "@slack/bolt";
import { SegueError } from "../../src/contracts/errors.ts";

/** What was to be changed or reached is not there any more, or not for us. */
const gone = new Set([
  "cant_delete_message",
  "cant_update_message",
  "cannot_find_message",
  "channel_not_found",
  "edit_window_closed",
  "file_deleted",
  "file_not_found",
  "is_archived",
  "message_not_found",
  // Of a window: the person has closed it.
  "not_found",
  "thread_not_found",
  "user_not_found",
]);

/** The platform failed while it worked on the call, so what came of it stays open (each method's page lists these). */
const failing = new Set([
  "fatal_error",
  "internal_error",
  "ratelimited",
  "request_timeout",
  "service_unavailable",
  "unknown_error",
]);

const credentials = new Set([
  "account_inactive",
  "invalid_auth",
  "not_allowed_token_type",
  "not_authed",
  "token_expired",
  "token_revoked",
]);

/** What we sent is not well made: it is no better the next time. */
const malformed = /^(invalid_|msg_|no_text|too_many_|missing_argument)/;

/** A response address says no in its body; the Web API's library has an error of its own for that. */
class ResponseRefused extends Error {
  readonly word: string;
  constructor(word: string) {
    super(word);
    this.name = "ResponseRefused";
    this.word = word;
  }
}

/** Of an answer that it cannot read the library makes a refusal whose word is the whole of it. */
const wordForm = /^[a-z][a-z0-9_]{1,79}$/;

/** The platform's own word for why it refused, e.g. "not_in_channel"; undefined when it did not answer. */
export function refusalOf(error: unknown): string | undefined {
  const cause = error instanceof SegueError ? error.cause : error;
  if (cause instanceof ResponseRefused) return cause.word;
  return cause instanceof webApi.WebAPIPlatformError && wordForm.test(cause.data.error) ? cause.data.error : undefined;
}

/** Whether the platform said no: nothing came of the call, and the same call will be refused again. */
export function isRefused(error: unknown): boolean {
  const word = refusalOf(error);
  return word !== undefined && !failing.has(word);
}

/** A refusal in the program's own terms; `cause` keeps the platform's word. */
export function refused(
  word: string,
  what: "file" | "message",
  cause: unknown = new ResponseRefused(word),
): SegueError {
  if (gone.has(word)) return new SegueError("NotFound", { what }, { cause });
  if (failing.has(word)) return new SegueError("Unavailable", { service: "slack", why: "status" }, { cause });
  if (credentials.has(word)) return new SegueError("Unavailable", { service: "slack", why: "credentials" }, { cause });
  if (malformed.test(word)) return new SegueError("InvalidInput", { why: word }, { cause });
  return new SegueError("Forbidden", { why: "switched_off" }, { cause });
}
