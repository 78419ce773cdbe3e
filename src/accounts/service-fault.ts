import { isSegueError } from "../contracts/errors.ts";

/** Whether others would be answered the same now: the service is away, wants to be left alone, or does not take our app. */
export const isServiceFault = (error: unknown): boolean =>
  (isSegueError(error, "Unavailable") && error.details.why !== "malformed") ||
  isSegueError(error, "RateLimited") ||
  isSegueError(error, "QuotaExceeded") ||
  isSegueError(error, "InvalidInput");
