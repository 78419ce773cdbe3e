import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Incoming } from "../../src/contracts/incoming.ts";
import { commandSchema } from "../../src/contracts/vocabulary.ts";

export const platform = "web";

/** Who a person of the web chat is: any short name; loopback (or the chat token) is the trust boundary, not this. */
export const userSchema = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u, "must be 1 to 64 letters, digits or . _ @ -");

const idSchema = z.string().regex(/^[\w-]{1,64}$/, "must be 1 to 64 letters, digits, - or _");

const common = z.object({
  user: userSchema,
  /** The sender's own id of the message: sent again, it is not done again. */
  id: idSchema.optional(),
  name: z.string().trim().min(1).max(80).optional(),
  locale: z.string().max(35).optional(),
  /** IANA name of the zone that the browser is in. */
  timeZone: z.string().max(100).optional(),
  /** The message of ours whose button was pressed. */
  target: z.string().max(64).optional(),
});

/** `POST /chat/messages`: plain words, or a command as a button carries it. */
export const messageSchema = z.union([
  common.extend({ text: z.string() }),
  common.extend({ intent: commandSchema.shape.intent, slots: commandSchema.shape.slots }),
]);
export type Message = z.output<typeof messageSchema>;

export function placeOf(user: string): Incoming["place"] {
  return { platform, tenant: "", id: user };
}

/** Under which a message is known to be the same when it is sent again. */
function keyOf(user: string, id: string): string {
  return `${user}:${id}`;
}

/** The sender's own id in the key of their message; undefined in what nobody asked for. */
export function idIn(key: string, user: string): string | undefined {
  const id = key.startsWith(keyOf(user, "")) ? key.slice(user.length + 1) : "";
  return idSchema.safeParse(id).success ? id : undefined;
}

export function decode(message: Message, context: { at: number; local: boolean; acceptLanguage?: string }): Incoming {
  const place = placeOf(message.user);
  const locale = message.locale ?? context.acceptLanguage?.split(/[,;]/)[0]?.trim();
  return {
    key: keyOf(message.user, message.id ?? randomUUID()),
    place,
    user: { platform, tenant: "", id: message.user },
    userName: message.name ?? message.user,
    addressed: true,
    direct: true,
    local: context.local,
    at: context.at,
    ...(message.timeZone === undefined ? {} : { timeZone: message.timeZone }),
    ...(locale && locale !== "*" ? { locale } : {}),
    ...(message.target === undefined ? {} : { target: { platform, place, id: message.target } }),
    ...("text" in message
      ? { type: "text", text: message.text }
      : { type: "command", intent: message.intent, slots: message.slots }),
  };
}
