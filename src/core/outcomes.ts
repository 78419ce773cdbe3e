import { isSegueError } from "../contracts/errors.ts";
import { type Reply, say } from "../contracts/reply.ts";

/** What a platform's error says of what it was given: one rule for answers and for posts. */

/** The platform said no, so nothing was shown: anything else leaves that open. */
export function refused(error: unknown): boolean {
  return isSegueError(error) && error.code !== "Unconfirmed" && error.code !== "Unavailable";
}

/** It would be said of the same words again. */
export function settled(error: unknown): boolean {
  return isSegueError(error, "Forbidden") || isSegueError(error, "NotFound") || isSegueError(error, "InvalidInput");
}

/** Where it was the look that a platform refused. */
export function inPlainWords({ kind, text, visibility }: Reply): Reply {
  return say(text, undefined, { kind, visibility });
}
