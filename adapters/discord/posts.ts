import { createHash } from "node:crypto";
import {
  type APIMessage,
  ComponentType,
  MessageFlags,
  type RESTPostAPICurrentUserCreateDMChannelResult,
  Routes,
} from "discord.js";
import { LRUCache } from "lru-cache";
import type { OutgoingFile } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import { isSegueError, SegueError } from "../../src/contracts/errors.ts";
import type { Place, Sent, UserRef } from "../../src/contracts/incoming.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import type { Calls } from "./calls.ts";
import { codes, discordCode } from "./errors.ts";
import { platform, readSentId, sentId } from "./names.ts";
import type { Outgoing } from "./prepare.ts";
import { createUploads, type Uploads } from "./uploads.ts";

/** https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response: 15 minutes, less some reserve. */
export const tokenMs = 14.5 * 60_000;

/** The way to change a message by an interaction's token. `open` acknowledges first what must be acknowledged first. */
export type Hook = { applicationId: string; token: string; message: string; until: number; open?: () => Promise<void> };

export interface Posts {
  send(to: Place, reply: Reply, key: string, more?: { replyTo?: string }): Promise<Sent>;
  sendPrivate(user: UserRef, reply: Reply, key: string): Promise<Sent>;
  sendFile(user: UserRef, file: OutgoingFile, key: string): Promise<Sent>;
  edit(sent: Sent, reply: Reply): Promise<void>;
  hook(messageId: string, hook: Hook): void;
  /** A message of ours was seen as it is now: what lies on it need not be uploaded again. */
  seen: Uploads["note"];
}

type Line = { round: Promise<void>; newest?: Reply; next?: Promise<void> };

/** Messages the bot posts and edits: by itself in places it belongs to, elsewhere by a token while it is good. */
export function createPosts(parts: { calls: Calls; clock: Clock; prepare(reply: Reply): Promise<Outgoing> }): Posts {
  const { calls, clock } = parts;
  const hooks = new LRUCache<string, Hook>({ max: 2_000 });
  const directChannels = new LRUCache<string, string>({ max: 5_000 });
  const lines = new Map<string, Line>();
  const uploads = createUploads();

  async function post(channel: string, reply: Reply, key: string, replyTo?: string): Promise<APIMessage> {
    return postPrepared(channel, await parts.prepare(reply), key, replyTo);
  }

  async function postPrepared(
    channel: string,
    { body, files }: Outgoing,
    key: string,
    replyTo?: string,
  ): Promise<APIMessage> {
    const message = await calls.call<APIMessage>("POST", Routes.channelMessages(channel), {
      files,
      body: {
        ...body,
        // The same nonce within a few minutes gives the same message
        // (https://docs.discord.com/developers/resources/message#create-message).
        nonce: createHash("sha256").update(key).digest("base64url").slice(0, 25),
        enforce_nonce: true,
        ...(replyTo ? { message_reference: { message_id: replyTo, fail_if_not_exists: false } } : {}),
      },
    });
    uploads.note(message);
    return message;
  }

  async function directChannel(userId: string): Promise<string> {
    const known = directChannels.get(userId);
    if (known) return known;
    const { id } = await calls.call<RESTPostAPICurrentUserCreateDMChannelResult>("POST", Routes.userChannels(), {
      body: { recipient_id: userId },
    });
    directChannels.set(userId, id);
    return id;
  }

  async function change(sent: Sent, reply: Reply): Promise<void> {
    const { messageId } = readSentId(sent);
    const whole = await parts.prepare(reply);
    const less = uploads.kept(messageId, whole);
    if (less) {
      try {
        return await patch(sent, less);
      } catch (error) {
        // Somebody may have taken a picture off the message.
        if (!isSegueError(error, "InvalidInput")) throw error;
      }
    }
    await patch(sent, whole);
  }

  async function patch(sent: Sent, { body, files }: Outgoing): Promise<void> {
    const { messageId, byToken } = readSentId(sent);
    const kept = hooks.get(messageId);
    const hook = kept && kept.until > clock.now() ? kept : undefined;
    if (!byToken) {
      try {
        uploads.note(
          await calls.call<APIMessage>("PATCH", Routes.channelMessage(sent.place.id, messageId), {
            body,
            files,
            spare: true,
          }),
        );
        return;
      } catch (error) {
        // Commands work in channels that the bot itself may not look into: there the token is the way, while it is good.
        if (!hook || !isSegueError(error, "Forbidden")) throw error;
      }
    }
    if (!hook) throw new SegueError("NotFound", { what: "message" });
    await hook.open?.();
    const route = Routes.webhookMessage(hook.applicationId, hook.token, hook.message);
    uploads.note(await calls.call<APIMessage>("PATCH", route, { body, files, byToken: true }));
  }

  /** One edit of a message at a time; of those that come meanwhile the newest is shown, and all of them end with it. */
  function edit(sent: Sent, reply: Reply): Promise<void> {
    const line = lines.get(sent.id);
    if (!line) {
      const fresh: Line = { round: change(sent, reply) };
      lines.set(sent.id, fresh);
      settle(sent.id, fresh);
      return fresh.round;
    }
    line.newest = reply;
    line.next ??= line.round
      .catch(() => undefined)
      .then(() => {
        const newest = line.newest ?? reply;
        line.newest = undefined;
        line.next = undefined;
        line.round = change(sent, newest);
        settle(sent.id, line);
        return line.round;
      });
    return line.next;
  }

  function settle(id: string, line: Line): void {
    const done = () => {
      if (!line.next) lines.delete(id);
    };
    line.round.then(done, done);
  }

  return {
    async send(to, reply, key, more = {}) {
      const message = await post(to.id, reply, key, more.replyTo).catch((error: unknown) => {
        // Replying needs a permission more than speaking does.
        if (more.replyTo === undefined || discordCode(error) !== codes.noHistory) throw error;
        return post(to.id, reply, key);
      });
      return { platform, place: to, id: sentId(message.id, false) };
    },
    async sendPrivate(user, reply, key) {
      const channel = await directChannel(user.id);
      const message = await post(channel, reply, key);
      return { platform, place: { platform, tenant: "", id: channel }, id: sentId(message.id, false) };
    },
    async sendFile(user, { name, mediaType, bytes, text }, key) {
      const channel = await directChannel(user.id);
      const file = { name, data: Buffer.from(bytes), contentType: mediaType };
      const body: Outgoing["body"] = {
        flags: MessageFlags.IsComponentsV2,
        components: [
          { type: ComponentType.TextDisplay, content: text },
          { type: ComponentType.File, file: { url: `attachment://${name}` } },
        ],
        allowed_mentions: { parse: [] },
        attachments: [{ id: 0, filename: name, description: text }],
      };
      const message = await postPrepared(channel, { body, files: [file] }, key);
      return { platform, place: { platform, tenant: "", id: channel }, id: sentId(message.id, false) };
    },
    edit,
    hook: (messageId, hook) => {
      hooks.set(messageId, hook);
    },
    seen: uploads.note,
  };
}
