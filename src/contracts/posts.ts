import { z } from "zod";
import type { Place, Sent } from "./incoming.ts";

/** A place as it is kept: a channel, a chat, a thread of one. */
export const placeSchema = z.object({
  platform: z.string().max(60),
  tenant: z.string().max(200),
  id: z.string().max(200),
  thread: z.string().max(200).optional(),
});

/**
 * A message that is owed to a place though nobody asked: a card, a digest. What it says is a skill's view, drawn when it is sent
 * and again whenever its subject changes, in the place's language and zone.
 */
export const postSchema = z.object({
  place: placeSchema,
  view: z.object({ kind: z.string().max(60), key: z.string().max(300) }),
  /** Seen by this person alone, where they can be told so; the post fails where they cannot. */
  personId: z.string().max(60).optional(),
});
export type Post = z.output<typeof postSchema>;

/** `unconfirmed`: it may have arrived, and its platform can neither tell nor be told again. `dead`: given up, and why. */
export type PostState =
  | { status: "waiting" | "sending" }
  | { status: "sent"; sent: Sent }
  | { status: "unconfirmed" | "dead"; why: string };

/** What must be posted once, whatever happens in between. */
export interface Posts {
  /** Owed durably from now on. Resolves false where the key is known, which changes nothing. At most 200 characters. */
  owe(key: string, post: Post, options?: { dueAt?: number }): Promise<boolean>;
  state(key: string): Promise<PostState | undefined>;
  /** Why nothing reaches the place now, where that is so: its platform is not started, or the connection is down. */
  outage(place: Pick<Place, "platform" | "tenant">): "not_started" | "down" | undefined;
  /** How many messages were seen in the place since that one was sent, as far as the platform tells: what buries a card. */
  buriedBy(sent: Sent): number;
}
