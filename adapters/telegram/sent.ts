import { SegueError } from "../../src/contracts/errors.ts";
import type { Place, Sent } from "../../src/contracts/incoming.ts";

export const platform = "telegram";

/**
 * How a message of ours can be changed later, in `Sent.id`: a text and a photo have methods of their own, as has a message that
 * one person alone sees; what was said in passing (a notice that hides the answer, a toast) cannot be changed at all.
 */
export type Handle =
  | { kind: "text"; message: number }
  | { kind: "photo"; message: number }
  | { kind: "only-text"; user: number; message: number }
  | { kind: "only-photo"; user: number; message: number }
  | { kind: "inline"; message: string }
  | { kind: "passing"; message: string };

export function sentOf(place: Place, handle: Handle): Sent {
  const id = "user" in handle ? `${handle.kind}:${handle.user}:${handle.message}` : `${handle.kind}:${handle.message}`;
  return { platform, place, id };
}

const numbered = /^(text|photo):(\d{1,15})$/;
const only = /^(only-text|only-photo):(\d{1,15}):(\d{1,15})$/;
const inline = /^inline:([\w-]{1,200})$/;

/** Raises NotFound for what cannot be changed, so that a view of it is let go. */
export function handleOf(sent: Sent): Exclude<Handle, { kind: "passing" }> {
  const [, kind, message] = numbered.exec(sent.id) ?? [];
  if (kind === "text" || kind === "photo") return { kind, message: Number(message) };
  const [, alone, user, mine] = only.exec(sent.id) ?? [];
  if (alone === "only-text" || alone === "only-photo")
    return { kind: alone, user: Number(user), message: Number(mine) };
  const [, id] = inline.exec(sent.id) ?? [];
  if (id !== undefined) return { kind: "inline", message: id };
  throw new SegueError("NotFound", { what: "message" });
}

/** Groups and supergroups have negative ids (https://core.telegram.org/bots/api#chat). */
export function isGroup(place: Place): boolean {
  return place.id.startsWith("-");
}

/** Where a message of inline mode stands is not told: only that presses of one chat come from the same one. */
export function inlinePlace(chatInstance: string): Place {
  return { platform, tenant: "", id: `inline:${chatInstance}` };
}

export function isInline(place: Place): boolean {
  return place.id.startsWith("inline:");
}
