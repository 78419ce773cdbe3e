import type { z } from "zod";
import { SegueError } from "../contracts/errors.ts";
import { echo } from "./clean-text.ts";

/** The first fault of a command's slots as the coded error that names the field and what is allowed there. */
export function invalidSlots(error: z.ZodError, slots: Record<string, unknown>): SegueError<"InvalidInput"> {
  const issue = error.issues[0];
  const field = issue?.path.map(String).join(".");
  const value = issue ? slots[String(issue.path[0])] : undefined;
  return new SegueError("InvalidInput", {
    ...(field ? { field: echo(field, 40) } : {}),
    ...(value === undefined || typeof value === "object" || Number.isNaN(value) ? {} : { given: echo(value, 40) }),
    ...reason(issue, value),
  });
}

function reason(
  issue: z.ZodError["issues"][number] | undefined,
  value: unknown,
): { why: string; min?: number; max?: number } {
  switch (issue?.code) {
    case "invalid_type":
      return { why: value === undefined ? "required" : "wrong_type" };
    case "too_small":
      return issue.origin === "string" ? { why: "required" } : { why: "range", min: Number(issue.minimum) };
    case "too_big":
      return issue.origin === "string"
        ? { why: "too_long", max: Number(issue.maximum) }
        : { why: "range", max: Number(issue.maximum) };
    case "invalid_value":
      return { why: "choice" };
    default:
      return { why: "other" };
  }
}
