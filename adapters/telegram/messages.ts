import { createHash } from "node:crypto";
import { InputFile } from "grammy";
import type { InlineKeyboardMarkup, Message, ReplyParameters } from "grammy/types";
import { LRUCache } from "lru-cache";
import type { Host } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type { Place, Sent } from "../../src/contracts/incoming.ts";
import type { Log } from "../../src/contracts/log.ts";
import type { Picture } from "../../src/contracts/music.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import type { Command } from "../../src/contracts/vocabulary.ts";
import { type Client, Refused } from "./client.ts";
import { type Encoded, encode, maxCaption, maxText } from "./encode.ts";
import { linkable } from "./html.ts";
import { commandsOf, type DataOf, maxDataBytes } from "./keyboard.ts";
import { createSpelling } from "./names.ts";
import type { Pace } from "./pace.ts";
import { refusedAs, shutOut, toSegueError } from "./refusals.ts";
import { handleOf, isGroup, isInline, sentOf } from "./sent.ts";

/** For one person alone in a place with others: https://core.telegram.org/bots/api#ephemeralmessageparameters */
export type Only = { user: number; press?: string };
export type PostOptions = { silent?: boolean; only?: Only; replyTo?: ReplyParameters };

export interface Messages {
  /** Raises what Telegram refused, as `Refused`; see `toSegueError`. */
  post(to: Place, reply: Reply, options?: PostOptions): Promise<Sent>;
  edit(sent: Sent, reply: Reply): Promise<void>;
  /** What an inline result says, when it is chosen. */
  encoded(reply: Reply): Promise<Encoded>;
  /** A sentence with commands called as they are here. */
  spelled(text: string): string;
}

/** Telegram takes photos of at most 10 MB (https://core.telegram.org/bots/api#sendphoto). */
const maxPhotoBytes = 10_000_000;
const photoTypes = /^image\/(jpeg|png|webp)$/;

export function createMessages(parts: { client: Client; pace: Pace; host: Host; clock: Clock; log: Log }): Messages {
  const { client, pace, host, clock, log } = parts;
  const spell = createSpelling(host);
  /** What a message shows, so that an edit that changes nothing is not sent. */
  const shown = new LRUCache<string, { look: string; imageUrl: string | undefined }>({ max: 2_000 });
  /** Edits on their way: until they have landed, what is shown is not certain. */
  const editing = new Map<string, number>();
  let knowsAlone = true;
  /** Groups that became supergroups since, under their old id. */
  const moved = new LRUCache<string, string>({ max: 500 });

  async function dataOf(reply: Reply): Promise<DataOf> {
    const data = new Map<Command, string>();
    for (const command of commandsOf(reply)) {
      const carried = await host.encodeButton(command, maxDataBytes);
      if (Buffer.byteLength(carried) <= maxDataBytes && carried !== "") data.set(command, carried);
      else log.error({ intent: command.intent }, "a button carries more than it can and is left out");
    }
    return (command) => data.get(command);
  }

  /** The bytes of a picture that Telegram cannot fetch. */
  async function own(reply: Reply): Promise<Picture | undefined> {
    const image = reply.blocks.find((block) => block.type === "image");
    const picture = image ? await host.picture(image.url) : undefined;
    return picture && picture.bytes.length <= maxPhotoBytes && photoTypes.test(picture.mediaType) ? picture : undefined;
  }

  const key = (sent: Sent) => JSON.stringify([sent.place, sent.id]);
  const remember = (sent: Sent, look: Encoded) => {
    shown.set(key(sent), { look: lookOf(look), imageUrl: look.imageUrl });
    return sent;
  };

  function paced<T>(place: Place, task: () => Promise<T>, replaces?: string): Promise<T> {
    return pace.run({ chat: place.id, group: isGroup(place), task, ...(replaces === undefined ? {} : { replaces }) });
  }

  async function postTo(to: Place, reply: Reply, options: PostOptions): Promise<Sent> {
    const data = await dataOf(reply);
    const picture = await own(reply);
    const captioned = picture ? encode(reply, data, maxCaption, spell) : undefined;
    // A long reply is worth more than its picture.
    if (picture && captioned && !captioned.cut) {
      try {
        const sent = await paced(to, () => sendPhoto(to, captioned, picture, options));
        return remember(sent, captioned);
      } catch (error) {
        if (!refusedAs(error, "noPicture")) throw error;
        log.warn({ error }, "a picture was refused");
      }
    }
    const text = encode(reply, data, maxText, spell);
    const preview = picture ? undefined : text.imageUrl;
    const sent = await paced(to, () => sendText(to, text, preview, options));
    return remember(sent, text);
  }

  async function sendText(to: Place, text: Encoded, imageUrl: string | undefined, options: PostOptions): Promise<Sent> {
    const args = { ...common(to, text, options), text: text.html };
    const send = (preview: string | undefined) =>
      client.call((raw, signal) => raw.sendMessage({ ...args, link_preview_options: previewOf(preview) }, signal));
    return landed(to, await retryWithout(imageUrl, send), options, "text");
  }

  async function sendPhoto(to: Place, caption: Encoded, picture: Picture, options: PostOptions): Promise<Sent> {
    const args = { ...common(to, caption, options), caption: caption.html };
    const message = await client.call((raw, signal) =>
      raw.sendPhoto({ ...args, photo: new InputFile(picture.bytes, nameOf(picture)) }, signal),
    );
    return landed(to, message, options, "photo");
  }

  /** A message that should have been for one person alone and is not must be gone before anybody reads it. */
  async function landed(to: Place, message: Message, { only }: PostOptions, kind: "text" | "photo"): Promise<Sent> {
    if (!only) return sentOf(to, { kind, message: message.message_id });
    if (message.ephemeral_message_id !== undefined)
      return sentOf(to, { kind: `only-${kind}`, user: only.user, message: message.ephemeral_message_id });
    knowsAlone = false;
    log.error({}, "this Bot API server knows no messages for one person alone");
    await client.call((raw, signal) =>
      raw.deleteMessage({ chat_id: message.chat.id, message_id: message.message_id }, signal),
    );
    throw notAlone();
  }

  async function editText(sent: Sent, text: Encoded, preview: string | undefined): Promise<void> {
    const handle = handleOf(sent);
    const look = { text: text.html, parse_mode: "HTML" as const, reply_markup: markup(text) };
    await retryWithout(preview, (url) =>
      client.call<unknown>((raw, signal) => {
        const args = { ...look, link_preview_options: previewOf(url) };
        if (handle.kind === "inline")
          return raw.editMessageText({ ...args, inline_message_id: handle.message }, signal);
        if (handle.kind === "only-text")
          return raw.editEphemeralMessageText({ ...args, ...alone(sent.place, handle) }, signal);
        return raw.editMessageText({ ...args, chat_id: sent.place.id, message_id: handle.message }, signal);
      }),
    );
  }

  async function editPhoto(sent: Sent, caption: Encoded, picture: Picture | undefined): Promise<void> {
    const handle = handleOf(sent);
    if (handle.kind !== "photo" && handle.kind !== "only-photo") throw new SegueError("NotFound", { what: "message" });
    const reply_markup = markup(caption);
    const words = { caption: caption.html, parse_mode: "HTML" as const };
    await client.call<unknown>((raw, signal) => {
      const at = { chat_id: sent.place.id, message_id: handle.message };
      if (!picture) {
        return handle.kind === "photo"
          ? raw.editMessageCaption({ ...at, ...words, reply_markup }, signal)
          : raw.editEphemeralMessageCaption({ ...alone(sent.place, handle), ...words, reply_markup }, signal);
      }
      const media = { type: "photo" as const, media: new InputFile(picture.bytes, nameOf(picture)), ...words };
      return handle.kind === "photo"
        ? raw.editMessageMedia({ ...at, media, reply_markup }, signal)
        : raw.editEphemeralMessageMedia({ ...alone(sent.place, handle), media, reply_markup }, signal);
    });
  }

  return {
    async post(to, reply, options = {}) {
      if (isInline(to)) throw new SegueError("NotFound", { what: "chat" });
      if (options.only && !knowsAlone) throw notAlone();
      const id = moved.get(to.id);
      try {
        return await postTo(id === undefined ? to : { ...to, id }, reply, options);
      } catch (error) {
        if (!(error instanceof Refused) || error.movedTo === undefined) throw error;
        moved.set(to.id, String(error.movedTo));
        return await postTo({ ...to, id: String(error.movedTo) }, reply, options);
      }
    },
    async edit(sent, reply) {
      const { kind } = handleOf(sent);
      const photo = kind === "photo" || kind === "only-photo";
      const data = await dataOf(reply);
      const picture = await own(reply);
      const look = encode(reply, data, photo ? maxCaption : maxText, spell);
      const id = key(sent);
      if (!editing.has(id) && shown.get(id)?.look === lookOf(look)) return;
      editing.set(id, (editing.get(id) ?? 0) + 1);
      try {
        await paced(
          sent.place,
          async () => {
            const before = shown.get(id);
            if (before?.look === lookOf(look)) return;
            try {
              if (photo) await editPhoto(sent, look, before?.imageUrl === look.imageUrl ? undefined : picture);
              else await editText(sent, look, picture ? undefined : look.imageUrl);
            } catch (error) {
              if (!refusedAs(error, "unchanged")) throw error;
            }
            remember(sent, look);
          },
          sent.id,
        );
      } catch (error) {
        // Whoever threw us out sees our messages no more, and we cannot change them.
        throw shutOut(error) ? new SegueError("NotFound", { what: "message" }) : toSegueError(error, clock.now());
      } finally {
        const others = (editing.get(id) ?? 1) - 1;
        if (others > 0) editing.set(id, others);
        else editing.delete(id);
      }
    },
    encoded: async (reply) => encode(reply, await dataOf(reply), maxText, spell),
    spelled: spell,
  };
}

function notAlone(): Refused {
  return new Refused("sendMessage", 400, "ephemeral messages are not supported", {});
}

function lookOf(look: Encoded): string {
  return createHash("sha256").update(JSON.stringify(look)).digest("base64url");
}

function markup(look: Encoded): InlineKeyboardMarkup {
  return { inline_keyboard: look.keyboard };
}

function common(to: Place, look: Encoded, { silent, only, replyTo }: PostOptions) {
  return {
    chat_id: to.id,
    parse_mode: "HTML" as const,
    ...(to.thread === undefined ? {} : { message_thread_id: Number(to.thread) }),
    ...(look.keyboard.length > 0 ? { reply_markup: markup(look) } : {}),
    ...(silent ? { disable_notification: true } : {}),
    ...(replyTo ? { reply_parameters: replyTo } : {}),
    ...(only ? onlyFor(only) : {}),
  };
}

/** Bot API 10.2 named the person beside the other parameters; a server of that version would post to everybody without that. */
function onlyFor({ user, press }: Only) {
  const named = { receiver_user_id: user, ...(press === undefined ? {} : { callback_query_id: press }) };
  return { ...named, ephemeral_message_parameters: named };
}

function alone(place: Place, { user, message }: { user: number; message: number }) {
  return { chat_id: place.id, receiver_user_id: user, ephemeral_message_id: message };
}

/** Art is shown as the preview of its address: an upload would leave 1,024 characters, and could never become text again. */
export function previewOf(imageUrl: string | undefined) {
  const url = imageUrl === undefined ? undefined : reachable(imageUrl);
  return url === undefined ? { is_disabled: true } : { url, prefer_large_media: true, show_above_text: true };
}

const ourSide = /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|\[)/;

/** Addresses of this machine and its network mean nothing to Telegram. */
export function reachable(url: string): string | undefined {
  const link = linkable(url);
  return link?.startsWith("https:") && !ourSide.test(new URL(link).hostname) ? link : undefined;
}

async function retryWithout<T>(
  imageUrl: string | undefined,
  send: (url: string | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await send(imageUrl);
  } catch (error) {
    if (imageUrl === undefined || !refusedAs(error, "noPicture")) throw error;
    return send(undefined);
  }
}

function nameOf({ mediaType }: Picture): string {
  return `picture.${mediaType.slice("image/".length)}`;
}
