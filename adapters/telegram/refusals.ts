import { SegueError } from "../../src/contracts/errors.ts";
import { Refused } from "./client.ts";

/** Telegram tells its refusals apart by their words alone; these are the ones of its server (github.com/tdlib/telegram-bot-api). */
const words = {
  unchanged: /message is not modified/i,
  gone: /message to (edit|delete|be replied) not found|message_id_invalid|message can't be edited|message not found|message identifier is not specified|ephemeral message not found/i,
  noPlace:
    /chat not found|peer_id_invalid|thread not found|topic_(deleted|closed|id_invalid)|group chat was (upgraded|deleted)|chat_write_forbidden|user is deactivated/i,
  tooOld: /query is too old|query id is invalid|query_id_invalid/i,
  noPicture:
    /photo_|image_process_failed|wrong type of the web page content|failed to get http url content|webpage_|wrong file identifier/i,
  file: /file is too big/i,
  noRights:
    /not enough rights|have no rights|need administrator rights|chat_admin_required|chat_(send|guest_send)\w*_forbidden/i,
  noFile: /wrong file_id|file_id_invalid|invalid file_id|file is temporarily unavailable/i,
} as const;

export function refusedAs(error: unknown, why: keyof typeof words): boolean {
  return error instanceof Refused && error.code === 400 && words[why].test(error.description);
}

/** 403: blocked, never started, or thrown out (https://core.telegram.org/bots/api#making-requests). */
export function shutOut(error: unknown): boolean {
  return error instanceof Refused && error.code === 403;
}

/** What core may know of it. */
export function toSegueError(error: unknown, now: number): Error {
  if (!(error instanceof Refused))
    return error instanceof Error ? error : new SegueError("Unconfirmed", { action: "telegram" });
  const cause = { cause: new Error(error.message) };
  if (error.code === 401) return new SegueError("Unavailable", { service: "telegram", why: "credentials" }, cause);
  if (error.code === 429)
    return new SegueError(
      "RateLimited",
      { scope: "service" },
      { ...cause, retryAt: now + (error.retryAfterMs ?? 1_000) },
    );
  if (refusedAs(error, "gone")) return new SegueError("NotFound", { what: "message" }, cause);
  if (refusedAs(error, "noPlace")) return new SegueError("NotFound", { what: "chat" }, cause);
  if (refusedAs(error, "file")) return new SegueError("InvalidInput", { field: "file", why: "too_large" }, cause);
  if (refusedAs(error, "noFile")) return new SegueError("NotFound", { what: "file" }, cause);
  if (shutOut(error) || refusedAs(error, "noRights")) return new SegueError("Forbidden", { why: "removed" }, cause);
  if (error.code === 400) return new SegueError("InvalidInput", { field: "reply", why: "refused" }, cause);
  return new SegueError("Unavailable", { service: "telegram", why: "status", status: error.code }, cause);
}
