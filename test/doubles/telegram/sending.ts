import type { Args, Upload } from "./body.ts";
import { checkKeyboard } from "./keyboard.ts";
import { parseHtml } from "./markup.ts";
import { bad } from "./refusal.ts";
import { bot, type Message, type Room, shown, type World } from "./world.ts";

const ephemeralMs = 15_000;

export type Sending = {
  world: World;
  limits: { pass(chat: number): void };
  /** A server from before Bot API 10.2, which does not know what it should leave out. */
  old: () => boolean;
};

/** sendMessage, sendPhoto and the edits. */
export function createSending({ world, limits, old }: Sending) {
  function words(raw: unknown, mode: unknown, max: number, what: string) {
    if (typeof raw !== "string" || raw.trim() === "") throw bad(`${what} is empty`);
    const parsed = mode === "HTML" ? parseHtml(raw) : { text: raw, entities: [] };
    if (parsed.text.replace(/[\s\u2060]/g, "") === "") throw bad("text must be non-empty");
    if (parsed.text.length > max) throw bad(max === 4096 ? "message is too long" : "message caption is too long");
    return parsed;
  }

  function picture(value: unknown, files: Map<string, Upload>): Buffer {
    const upload = typeof value === "string" ? files.get(value.replace("attach://", "")) : undefined;
    if (!upload) throw bad("wrong type of the web page content");
    if (upload.bytes.length === 0 || upload.bytes.length > 10_000_000) throw bad("PHOTO_INVALID_DIMENSIONS");
    return upload.bytes;
  }

  /** https://core.telegram.org/bots/api#ephemeralmessageparameters: an administrator may, others within 15 s of a press or command. */
  function receiver(args: Args, room: Room): number | undefined {
    const wanted = args.ephemeral_message_parameters as
      | { receiver_user_id?: number; callback_query_id?: string }
      | undefined;
    if (!wanted || old()) return undefined;
    if (room.chat.type === "private") throw bad("ephemeral messages can be sent only in groups");
    const user = Number(wanted.receiver_user_id);
    const press = world.presses.get(wanted.callback_query_id ?? "");
    const pressed = press?.user === user && press.chat === room.chat.id && world.now() - press.at <= ephemeralMs;
    const reply = args.reply_parameters as { ephemeral_message_id?: number } | undefined;
    const asked = world.find(room.chat.id, reply?.ephemeral_message_id ?? -1, user);
    const answering = asked !== undefined && world.now() - asked.date * 1000 <= ephemeralMs + 1_000;
    if (wanted.callback_query_id !== undefined && !pressed)
      throw bad("query is too old and response timeout expired or query ID is invalid");
    if (!pressed && !answering && room.members.get(bot.id) !== "administrator")
      throw bad("EPHEMERAL_MESSAGE_FORBIDDEN");
    return user;
  }

  function checkReply(args: Args, room: Room, only: number | undefined): number | undefined {
    const reply = args.reply_parameters as { message_id?: number; allow_sending_without_reply?: boolean } | undefined;
    if (reply?.message_id === undefined) return undefined;
    if (only !== undefined) throw bad("ephemeral messages can't reply to others");
    const found = world.find(room.chat.id, reply.message_id);
    if (!found && !reply.allow_sending_without_reply) throw bad("message to be replied not found");
    return found?.id;
  }

  function send(args: Args, text: ReturnType<typeof words>, photo?: Buffer, document?: Upload): unknown {
    const room = world.roomFor(args.chat_id);
    const thread = args.message_thread_id === undefined ? undefined : Number(args.message_thread_id);
    if (thread !== undefined && !room.topics.has(thread)) throw bad("message thread not found");
    const keyboard = checkKeyboard(args.reply_markup);
    const only = receiver(args, room);
    const replyTo = checkReply(args, room, only);
    limits.pass(room.chat.id);
    const preview = (args.link_preview_options as { url?: string } | undefined)?.url;
    const message = world.add({
      chat: room.chat,
      from: bot,
      ...text,
      keyboard,
      silent: args.disable_notification === true,
      ...(photo ? { photo } : {}),
      ...(document ? { document } : {}),
      ...(preview ? { preview } : {}),
      ...(thread === undefined ? {} : { thread }),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(only === undefined ? {} : { only }),
    });
    return shown(message, world);
  }

  function change(message: Message | undefined, next: Partial<Message>): void {
    if (!message) throw bad("message to edit not found");
    if (message.from.id !== bot.id) throw bad("message can't be edited");
    const look = ({ text, entities, keyboard, photo, preview }: Message) =>
      JSON.stringify([text, entities, keyboard, photo, preview]);
    const before = look(message);
    const after = { ...message, ...next };
    if (before === look(after))
      throw bad("message is not modified: specified new message content and reply markup are exactly the same");
    limits.pass(message.chat.id);
    Object.assign(message, next);
  }

  /** By chat and message, by the person who alone sees it, or by the name of an inline message. */
  function target(args: Args): Message | undefined {
    if (args.inline_message_id !== undefined)
      return world.messages.find((each) => each.chat.title === args.inline_message_id);
    if (args.receiver_user_id !== undefined)
      return world.find(args.chat_id, args.ephemeral_message_id, args.receiver_user_id);
    world.roomFor(args.chat_id);
    return world.find(args.chat_id, args.message_id);
  }

  function edited(args: Args, next: (message: Message) => Partial<Message>): unknown {
    const message = target(args);
    if (message) change(message, { keyboard: checkKeyboard(args.reply_markup), ...next(message) });
    else change(undefined, {});
    return args.inline_message_id !== undefined || args.receiver_user_id !== undefined || !message
      ? true
      : shown(message, world);
  }

  return {
    sendMessage: (args: Args) => send(args, words(args.text, args.parse_mode, 4096, "message text")),
    sendPhoto: (args: Args, files: Map<string, Upload>) =>
      send(
        args,
        args.caption === undefined ? { text: "", entities: [] } : words(args.caption, args.parse_mode, 1024, "caption"),
        picture(args.photo, files),
      ),
    sendDocument(args: Args, files: Map<string, Upload>) {
      const document = files.get(String(args.document).replace("attach://", ""));
      if (!document || document.bytes.length === 0) throw bad("file must be non-empty");
      if (document.bytes.length > 50_000_000) throw bad("Request Entity Too Large");
      const caption =
        args.caption === undefined ? { text: "", entities: [] } : words(args.caption, args.parse_mode, 1024, "caption");
      return send(args, caption, undefined, document);
    },
    editText: (args: Args) =>
      edited(args, (message) => {
        if (message.photo) throw bad("there is no text in the message to edit");
        const preview = (args.link_preview_options as { url?: string } | undefined)?.url;
        const text = words(args.text, args.parse_mode, 4096, "message text");
        return { ...text, ...(preview === undefined ? {} : { preview }) };
      }),
    editCaption: (args: Args) =>
      edited(args, (message) => {
        if (!message.photo) throw bad("there is no caption in the message to edit");
        return words(args.caption, args.parse_mode, 1024, "caption");
      }),
    editMedia: (args: Args, files: Map<string, Upload>) =>
      edited(args, () => {
        const media = args.media as { type: string; media: string; caption?: string; parse_mode?: string };
        return { photo: picture(media.media, files), ...words(media.caption, media.parse_mode, 1024, "caption") };
      }),
    remove(args: Args): true {
      const message = target(args);
      if (!message)
        throw bad(args.receiver_user_id === undefined ? "message to delete not found" : "ephemeral message not found");
      message.deleted = true;
      return true;
    },
  };
}
