import { isSegueError } from "../contracts/errors.ts";
import { type Reply, say } from "../contracts/reply.ts";

/** What a platform's error says of what it was given: one rule for answers and for posts. */

/** The platform said no, so nothing was shown: anything else leaves that open. */
export function refused(error: unknown): boolean {
  if (!isSegueError(error)) return false;
  // Of these two one is a refusal as well: a status that says that the call itself was not to its taking.
  if (!isSegueError(error, "Unavailable")) return error.code !== "Unconfirmed";
  const { status = 0 } = error.details;
  return status >= 400 && status < 500 && status !== 408;
}

/** It would be said of the same words again. */
export function settled(error: unknown): boolean {
  return isSegueError(error, "Forbidden") || isSegueError(error, "NotFound") || isSegueError(error, "InvalidInput");
}

/** It never left the program. */
export function wasNotSent(error: unknown): boolean {
  const { why } = isSegueError(error, "Unavailable") ? error.details : {};
  return why === "offline" || why === "breaker" || why === "credentials";
}

/** Where it was the look that a platform refused. */
export function inPlainWords({ kind, text, visibility }: Reply): Reply {
  return say(text, undefined, { kind, visibility });
}
