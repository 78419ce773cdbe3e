import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Host } from "../../src/contracts/adapter.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type { Place, Sent } from "../../src/contracts/incoming.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import { refusalOf, type SlackClient } from "./client.ts";
import { homeOf, platform } from "./decode.ts";
import { type Encoded, encode, hasPictures, type Surface, withoutPictures } from "./encode.ts";
import type { ResponseAddress } from "./response-address.ts";

const anything = z.object({});
const postedSchema = z.object({ ts: z.string() });
const whisperedSchema = z.object({ message_ts: z.string() });

/** Where the bot may not speak, or the person is not: another way is taken. */
const closedToUs = new Set([
  "channel_not_found",
  "is_archived",
  "messages_tab_disabled",
  "not_in_channel",
  "restricted_action",
  "user_not_in_channel",
]);

export function isClosed(error: unknown): boolean {
  return closedToUs.has(refusalOf(error) ?? "");
}

/** What the bot says, wherever it stands. The id of a `Sent` says what kind of message it is and how it can be changed. */
export interface Messages {
  post(place: Place, reply: Reply): Promise<Sent>;
  /** Seen by that person alone, and only while they look: it cannot be changed, and is not kept by the platform. */
  whisper(place: Place, user: string, reply: Reply): Promise<Sent>;
  respond(place: Place, reply: Reply, by: ResponseAddress, how: { public: boolean; replace: boolean }): Promise<Sent>;
  home(place: Place, user: string, reply: Reply): Promise<Sent>;
  unfurl(place: Place, link: { ts: string; url: string }, reply: Reply): Promise<Sent>;
  /** Newest wins: what waits for its turn is overtaken. Raises NotFound when the message is gone or is of a kind that stays. */
  edit(sent: Sent, reply: Reply): Promise<void>;
  remove(sent: Sent): Promise<void>;
}

export function createMessages(parts: { client: SlackClient; host: () => Host | undefined }): Messages {
  const { client } = parts;
  /** One edit at a time per message; at most as many as the client lets wait. */
  const editing = new Map<string, { next: Reply | undefined; round: Promise<void> }>();

  function drawn(reply: Reply, surface: Surface = "message"): Promise<Encoded> {
    const host = parts.host();
    if (!host) throw new SegueError("Unavailable", { service: "slack", why: "offline" });
    return encode(reply, {
      surface,
      button: (command, maxBytes) => host.encodeButton(command, maxBytes),
      // The platform fetches pictures itself, and one of our own addresses may be out of its reach.
      reachable: async (url) => (await host.picture(url)) === undefined,
    });
  }

  /** The platform refuses a whole message for one picture that it cannot fetch. */
  async function sendable<T>(reply: Reply, surface: Surface, send: (encoded: Encoded) => Promise<T>): Promise<T> {
    const encoded = await drawn(reply, surface);
    try {
      return await send(encoded);
    } catch (error) {
      if (refusalOf(error) !== "invalid_blocks" || !hasPictures(encoded)) throw error;
      return send(withoutPictures(encoded));
    }
  }

  const threaded = (place: Place) => (place.thread === undefined ? {} : { thread_ts: place.thread });
  const quiet = { unfurl_links: false, unfurl_media: false, parse: "none", mrkdwn: false };

  async function update(sent: Sent, reply: Reply): Promise<void> {
    const channel = sent.place.id;
    if (sent.id.startsWith("home:")) {
      await publish(sent.id.slice("home:".length), reply);
      return;
    }
    const link = unfurledLink(sent.id);
    if (link) {
      await unfold(channel, link, reply);
      return;
    }
    await sendable(reply, "message", (encoded) =>
      client.call("chat.update", { channel, ts: sent.id, parse: "none", ...encoded }, anything, { turned: true }),
    );
  }

  const publish = (user: string, reply: Reply) =>
    sendable(reply, "home", ({ blocks }) =>
      client.call("views.publish", { user_id: user, view: { type: "home", blocks } }, anything),
    );

  const unfold = (channel: string, { ts, url }: { ts: string; url: string }, reply: Reply) =>
    sendable(reply, "message", ({ blocks }) =>
      client.call("chat.unfurl", { channel, ts, unfurls: { [url]: { blocks } } }, anything),
    );

  async function rounds(key: string, sent: Sent, state: { next: Reply | undefined }): Promise<void> {
    try {
      while (state.next) {
        if (/^\d/.test(sent.id)) await client.turn("chat.update");
        const newest = state.next;
        state.next = undefined;
        await update(sent, newest);
      }
    } finally {
      editing.delete(key);
    }
  }

  return {
    async post(place, reply) {
      const { ts } = await sendable(reply, "message", (encoded) =>
        client.call("chat.postMessage", { channel: place.id, ...threaded(place), ...quiet, ...encoded }, postedSchema, {
          channel: place.id,
        }),
      );
      return { platform, place, id: ts };
    },
    async whisper(place, user, reply) {
      const { message_ts } = await sendable(reply, "message", (encoded) =>
        client.call(
          "chat.postEphemeral",
          { channel: place.id, user, ...threaded(place), parse: "none", ...encoded },
          whisperedSchema,
          { channel: place.id },
        ),
      );
      return { platform, place, id: `whisper:${message_ts}` };
    },
    async respond(place, reply, by, how) {
      const encoded = await drawn(reply);
      await by.send({
        ...encoded,
        ...threaded(place),
        response_type: how.public ? "in_channel" : "ephemeral",
        replace_original: how.replace,
        unfurl_links: false,
      });
      return { platform, place, id: `response:${randomUUID()}` };
    },
    async home(place, user, reply) {
      await publish(user, reply);
      return homeOf(place, user);
    },
    async unfurl(place, link, reply) {
      await unfold(place.id, link, reply);
      return { platform, place, id: `unfurl:${link.ts}:${link.url}` };
    },
    edit(sent, reply) {
      if (/^(whisper|response):/.test(sent.id)) return Promise.reject(new SegueError("NotFound", { what: "message" }));
      const key = `${sent.place.id}:${sent.id}`;
      const running = editing.get(key);
      if (running) {
        running.next = reply;
        return running.round;
      }
      const state = { next: reply, round: Promise.resolve() };
      editing.set(key, state);
      state.round = rounds(key, sent, state);
      return state.round;
    },
    async remove(sent) {
      await client.call("chat.delete", { channel: sent.place.id, ts: sent.id }, anything);
    },
  };
}

function unfurledLink(id: string): { ts: string; url: string } | undefined {
  const [, ts, url] = /^unfurl:(\d+\.\d+):(.+)$/s.exec(id) ?? [];
  return ts !== undefined && url !== undefined ? { ts, url } : undefined;
}
