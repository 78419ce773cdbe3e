import { randomUUID } from "node:crypto";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Host } from "../../src/contracts/adapter.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type { Place, Sent } from "../../src/contracts/incoming.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import type { SlackClient } from "./client.ts";
import { homeOf, platform, windowIn, windowOf } from "./decode.ts";
import { type Encoded, encode, hasPictures, type Surface, withoutPictures } from "./encode.ts";
import { refusalOf } from "./refusals.ts";
import type { ResponseAddress } from "./response-address.ts";

const anything = z.object({});
const postedSchema = z.object({ ts: z.string() });
const openedSchema = z.object({ view: z.object({ id: z.string().min(1) }) });
/** What is changed by the address of a press on it, and by nothing else. */
const byAddress = /^(whisper|response):/;
const maxAddresses = 2_000;
/** A window has a name of at most 24 characters. */
const windowTitle = { type: "plain_text", text: "Segue" } as const;

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
  /**
   * Seen by that person alone, and only while they look: it is not kept by the platform, and changes only after a press on it.
   * An edit before that is held until then; where it is known that nothing can be pressed it raises NotFound.
   */
  whisper(place: Place, user: string, reply: Reply): Promise<Sent>;
  respond(place: Place, reply: Reply, by: ResponseAddress, how: { public: boolean }): Promise<Sent>;
  /** The message was pressed: until the address is used up, edits go there, first of all the one that was held. */
  pressed(id: string, by: ResponseAddress): void;
  /** A window over what the person looks at. The trigger is good for three seconds, once. */
  open(place: Place, trigger: string, reply: Reply): Promise<Sent>;
  home(place: Place, user: string, reply: Reply): Promise<Sent>;
  unfurl(place: Place, link: { ts: string; url: string }, reply: Reply): Promise<Sent>;
  /** Newest wins. Raises NotFound when the message is gone or is of a kind that stays. */
  edit(sent: Sent, reply: Reply): Promise<void>;
  remove(sent: Sent): Promise<void>;
  /** Whether a message that is posted now could be changed at once: edits of a whole workspace share fifty a minute. */
  changeable(): boolean;
}

export function createMessages(parts: { client: SlackClient; host: () => Host | undefined }): Messages {
  const { client } = parts;
  /** One edit at a time per message; at most as many as the client lets wait. */
  const editing = new Map<string, { next: Reply | undefined; round: Promise<void> }>();
  const addresses = new LRUCache<string, ResponseAddress>({ max: maxAddresses });
  /** What has nothing to press, and so never changes again. Of what was posted before a start nobody knows: it may have. */
  const mute = new LRUCache<string, true>({ max: maxAddresses });
  /** The newest edit of what waits for a press. */
  const held = new LRUCache<string, { sent: Sent; reply: Reply }>({ max: maxAddresses });

  function drawn(reply: Reply, surface: Surface): Promise<Encoded> {
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
      const word = refusalOf(error);
      if ((word !== "invalid_blocks" && word !== "invalid_arguments") || !hasPictures(encoded)) throw error;
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
    const view_id = windowIn(sent.id);
    if (view_id !== undefined) {
      await sendable(reply, "modal", ({ blocks }) =>
        client.call("views.update", { view_id, view: { type: "modal", title: windowTitle, blocks } }, anything),
      );
      return;
    }
    if (byAddress.test(sent.id)) {
      const address = addresses.get(sent.id);
      if (address?.usable()) {
        held.delete(sent.id);
        await answered(sent, reply, address, true);
        noteShown(sent.id, reply);
      } else if (mute.has(sent.id)) throw new SegueError("NotFound", { what: "message" });
      else held.set(sent.id, { sent, reply });
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
    sendable(reply, "unfurl", ({ blocks }) =>
      client.call("chat.unfurl", { channel, ts, unfurls: { [url]: { blocks } } }, anything),
    );

  /** By an address of the platform's, as a new message or in place of the one that was pressed. */
  const answered = (sent: Sent, reply: Reply, by: ResponseAddress, replace: boolean) =>
    sendable(reply, "message", (encoded) =>
      by.send({
        ...named(encoded, sent.id),
        ...threaded(sent.place),
        response_type: sent.id.startsWith("response:") ? "in_channel" : "ephemeral",
        // Left out it would be true for a press: the pressed message would give way to its answer.
        replace_original: replace,
        unfurl_links: false,
      }),
    );

  function noteShown(id: string, reply: Reply): void {
    if (reply.blocks.some(({ type }) => type === "buttons" || type === "select")) mute.delete(id);
    else mute.set(id, true);
  }

  /** One edit at a time; what waits for its turn is overtaken. */
  function edit(sent: Sent, reply: Reply): Promise<void> {
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
  }

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
      const id = `whisper:${randomUUID()}`;
      await sendable(reply, "message", (encoded) =>
        client.call(
          "chat.postEphemeral",
          { channel: place.id, user, ...threaded(place), parse: "none", ...named(encoded, id) },
          anything,
          { channel: place.id },
        ),
      );
      noteShown(id, reply);
      return { platform, place, id };
    },
    async respond(place, reply, by, how) {
      const sent = { platform, place, id: `${how.public ? "response" : "whisper"}:${randomUUID()}` };
      await answered(sent, reply, by, false);
      noteShown(sent.id, reply);
      return sent;
    },
    pressed(id, by) {
      if (!byAddress.test(id)) return;
      addresses.set(id, by);
      const late = held.get(id);
      if (!late) return;
      held.delete(id);
      edit(late.sent, late.reply).catch(() => {
        if (!held.has(id)) held.set(id, late);
      });
    },
    async open(place, trigger, reply) {
      const { view } = await sendable(reply, "modal", ({ blocks }) =>
        client.call(
          "views.open",
          { trigger_id: trigger, view: { type: "modal", title: windowTitle, blocks } },
          openedSchema,
        ),
      );
      return windowOf(place, view.id);
    },
    async home(place, user, reply) {
      await publish(user, reply);
      return homeOf(place, user);
    },
    async unfurl(place, link, reply) {
      await unfold(place.id, link, reply);
      return { platform, place, id: `unfurl:${link.ts}:${link.url}` };
    },
    edit,
    changeable: () => client.free("chat.update"),
    async remove(sent) {
      await client.call("chat.delete", { channel: sent.place.id, ts: sent.id }, anything);
    },
  };
}

/** What can be pressed under names that say which message it is of, other ones each time, as the platform wants it. */
function named(encoded: Encoded, id: string): Encoded {
  const drawing = randomUUID().slice(0, 8);
  const blocks = encoded.blocks.map((block, at) =>
    block.type === "actions" || (block.type === "section" && block.accessory?.type === "static_select")
      ? { ...block, block_id: `${id}:${drawing}.${at}` }
      : block,
  );
  return { ...encoded, blocks };
}

function unfurledLink(id: string): { ts: string; url: string } | undefined {
  const [, ts, url] = /^unfurl:(\d+\.\d+):(.+)$/s.exec(id) ?? [];
  return ts !== undefined && url !== undefined ? { ts, url } : undefined;
}
