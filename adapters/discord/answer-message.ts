import { Routes } from "discord.js";
import type { Answer } from "../../src/contracts/adapter.ts";
import { isSegueError } from "../../src/contracts/errors.ts";
import type { Incoming, Sent } from "../../src/contracts/incoming.ts";
import { type Reply, say } from "../../src/contracts/reply.ts";
import type { Calls } from "./calls.ts";
import { codes, discordCode } from "./errors.ts";
import { platform, sentId } from "./names.ts";
import type { Posts } from "./posts.ts";

const letter = "✉️";

/**
 * How words are answered. Discord hides only answers to interactions, so a private answer to words said before others goes to
 * the person's direct messages, with a mark on what they wrote.
 */
export function createMessageAnswer(
  event: Incoming,
  messageId: string,
  parts: { calls: Calls; posts: Posts; openDirect: string },
): Answer {
  const { calls, posts } = parts;
  let replies = 0;

  async function privately(reply: Reply, key: string): Promise<Sent> {
    try {
      const sent = await posts.sendPrivate(event.user, reply, key);
      const mark = Routes.channelMessageOwnReaction(event.place.id, messageId, encodeURIComponent(letter));
      // Needs a permission that not every server gives; the answer is there without it.
      await calls.call("PUT", mark).catch(() => undefined);
      return sent;
    } catch (error) {
      const code = discordCode(error);
      const closed = code === codes.cannotMessageUser || code === codes.noMutualGuilds;
      if (!isSegueError(error, "Forbidden") || !closed) throw error;
      const note = await posts.send(event.place, say(parts.openDirect), `${key}:closed`, { replyTo: messageId });
      // Named as one that cannot be edited: what is meant for one person must never be edited into it.
      return { platform, place: event.place, id: sentId(note.id, true) };
    }
  }

  return {
    async defer() {
      await calls.call("POST", Routes.channelTyping(event.place.id), { spare: true });
    },
    async reply(reply) {
      const key = replies++ === 0 ? event.key : `${event.key}#${replies}`;
      if (event.direct) return posts.send(event.place, reply, key);
      if (reply.visibility === "private") return privately(reply, key);
      return posts.send(event.place, reply, key, { replyTo: messageId });
    },
  };
}
