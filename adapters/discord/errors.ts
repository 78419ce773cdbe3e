import { DiscordAPIError, HTTPError, RateLimitError } from "discord.js";
import { isSegueError, SegueError } from "../../src/contracts/errors.ts";

/** https://docs.discord.com/developers/topics/opcodes-and-status-codes#json */
export const codes = {
  unknownMessage: 10008,
  unknownWebhook: 10015,
  unknownInteraction: 10062,
  alreadyAcknowledged: 40060,
  tooManyFollowUps: 40094,
  missingAccess: 50001,
  cannotMessageUser: 50007,
  missingPermissions: 50013,
  invalidWebhookToken: 50027,
  noMutualGuilds: 50278,
  noHistory: 160002,
} as const;

const gone = new Set<number | string>([
  10003,
  10004,
  10007,
  10013,
  codes.unknownMessage,
  codes.unknownWebhook,
  codes.unknownInteraction,
  codes.invalidWebhookToken,
]);

/** The interaction can be answered no more, or not in this way: its token is over, or its follow-ups are used up. */
const interactionOver = new Set<number | string>([
  codes.unknownMessage,
  codes.unknownWebhook,
  codes.unknownInteraction,
  codes.invalidWebhookToken,
  codes.tooManyFollowUps,
  codes.alreadyAcknowledged,
]);

export function isOver(error: unknown): boolean {
  const code = discordCode(error);
  return code !== undefined && interactionOver.has(code);
}

/** Discord's own number of what went wrong, kept on the error that stands for it. */
export function discordCode(error: unknown): number | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof DiscordRefusal ? cause.code : undefined;
}

/** What is left of the library's error: its own holds the body and an address with the interaction's token. */
class DiscordRefusal extends Error {
  readonly code: number | undefined;
  readonly status: number | undefined;

  constructor(message: string, code?: number, status?: number) {
    super(message);
    this.name = "DiscordRefusal";
    this.code = code;
    this.status = status;
  }
}

/** Raises nothing: whatever the library threw, as an error of the program without a secret in it. */
export function toSegueError(error: unknown, now: number): SegueError {
  if (isSegueError(error)) return error;
  if (error instanceof RateLimitError) {
    const cause = new DiscordRefusal(`429 ${error.method} ${error.route}`, undefined, 429);
    return new SegueError(
      "RateLimited",
      { scope: "service" },
      { retryAt: now + Math.max(error.timeToReset, error.retryAfter), cause },
    );
  }
  if (error instanceof DiscordAPIError) return refused(error);
  if (error instanceof HTTPError) {
    const cause = new DiscordRefusal(`${error.status} ${error.method}`, undefined, error.status);
    return new SegueError("Unavailable", { service: "discord", why: "status", status: error.status }, { cause });
  }
  const timeout = error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
  const cause = new DiscordRefusal(error instanceof Error ? error.name : "unknown");
  return new SegueError("Unavailable", { service: "discord", why: timeout ? "timeout" : "connection" }, { cause });
}

function refused(error: DiscordAPIError): SegueError {
  const code = typeof error.code === "number" ? error.code : undefined;
  // Discord's own words name fields, never what was in them.
  const cause = new DiscordRefusal(
    `${error.status} ${error.code} ${error.method}: ${error.message}`,
    code,
    error.status,
  );
  if (gone.has(error.code)) return new SegueError("NotFound", { what: "message" }, { cause });
  if (error.status === 403) return new SegueError("Forbidden", { why: "removed" }, { cause });
  if (error.status === 404) return new SegueError("NotFound", { what: "message" }, { cause });
  if (error.status === 400) return new SegueError("InvalidInput", { why: "refused", field: "reply" }, { cause });
  return new SegueError("Unavailable", { service: "discord", why: "status", status: error.status }, { cause });
}
