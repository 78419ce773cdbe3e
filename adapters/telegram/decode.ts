import type { CallbackQuery, ChatMember, ChatMemberUpdated, Message, Update, User, UserFromGetMe } from "grammy/types";
import type { Asker } from "../../src/contracts/adapter.ts";
import { type Incoming, type Place, placeIntents, type Sent } from "../../src/contracts/incoming.ts";
import { hear, wordsOf } from "./hear.ts";
import { type Handle, inlinePlace, platform, sentOf } from "./sent.ts";

/** What an answer must know of the update it answers. */
export type Origin = {
  /** The message to reply to, in places with others. */
  message?: number;
  /** The same for one that only its writer and the bot see; an answer must come within 15 s. */
  ephemeral?: number;
  /** The press to acknowledge. */
  press?: string;
  /** The bot was added just now. */
  joined?: boolean;
  /** Somebody came by the button of a line that hid an answer. */
  opens?: boolean;
  /** The bot is out: there is nowhere to answer. */
  left?: boolean;
};

type Envelope = Omit<Incoming, "type" | "text" | "intent" | "slots" | "file">;

export type Decoded =
  | { type: "event"; event: Incoming; origin: Origin }
  | { type: "press"; envelope: Envelope; data: string; origin: Origin & { press: string } }
  | { type: "inline"; id: string; text: string; asker: Asker };

/** What a typed command stands for; undefined when there is none of that name. */
export type CommandNames = (name: string, locale: string | undefined) => string | undefined;

export type Context = { me: Pick<UserFromGetMe, "id" | "username">; now: number; commands: CommandNames };

/** An update as neutral words; undefined for what is not for us. https://core.telegram.org/bots/api#update */
export function decode(update: Update, context: Context): Decoded | undefined {
  const key = String(update.update_id);
  if (update.message) return ofMove(key, update.message) ?? ofMessage(key, update.message, context);
  if (update.callback_query) return ofPress(key, update.callback_query, context);
  if (update.my_chat_member) return ofMembership(key, update.my_chat_member);
  if (update.inline_query) {
    const { id, from, query, chat_type } = update.inline_query;
    // Results are for the asker alone until one is sent, so they are asked for as in their private chat.
    const place: Place = { platform, tenant: "", id: String(from.id) };
    const asker: Asker = { place, user: userOf(from), userName: nameOf(from), direct: true, ...localeOf(from) };
    return from.is_bot || chat_type === "channel" ? undefined : { type: "inline", id, text: query, asker };
  }
  return undefined;
}

function ofMessage(key: string, message: Message, context: Context): Decoded | undefined {
  const { from, chat } = message;
  // Anonymous administrators, linked channels and other bots are nobody who could have an account.
  if (!from || from.is_bot || message.sender_chat || chat.type === "channel") return undefined;
  if (message.via_bot?.id === context.me.id) return undefined;
  const direct = chat.type === "private";
  const answered = answeredBy(message, context.me.id);
  const heard = hear(message, context.me, answered !== undefined);
  if (heard.forOtherBot) return undefined;
  const about = aboutOf(message, heard.file !== undefined);
  const envelope: Envelope = {
    key,
    place: placeOf(message),
    user: userOf(from),
    userName: nameOf(from),
    addressed: direct || heard.addressed,
    direct,
    local: false,
    at: message.date * 1000,
    ...localeOf(from),
    ...titleOf(chat),
    ...(answered ? { target: answered } : {}),
    ...(about === undefined ? {} : { about }),
  };
  const origin: Origin =
    message.ephemeral_message_id === undefined
      ? { message: message.message_id }
      : { ephemeral: message.ephemeral_message_id };
  if (heard.file) return { type: "event", event: { ...envelope, ...heard.file }, origin };
  if (heard.command) {
    const { name, rest, named } = heard.command;
    const event = commandOf(envelope, name, rest, context);
    const opens = direct && name === "start" && rest === "open" ? { opens: true } : {};
    if (event) return { type: "event", event, origin: { ...origin, ...opens } };
    // Another bot's command: with several in a group, Telegram gives it to all of them.
    if (!direct && !named) return undefined;
  }
  if (heard.text === "") return undefined;
  return { type: "event", event: { ...envelope, type: "text", text: heard.text }, origin };
}

function commandOf(envelope: Envelope, name: string, rest: string, { commands }: Context): Incoming | undefined {
  // What a t.me link carried: https://core.telegram.org/bots/features#deep-linking
  if (name === "start")
    return { ...envelope, type: "command", intent: rest === "link" ? "account.link" : placeIntents.hello, slots: {} };
  const intent = commands(name, envelope.locale);
  if (intent === undefined) return undefined;
  if (rest === "") return { ...envelope, type: "command", intent, slots: {} };
  return { ...envelope, type: "text", text: `/${name} ${rest}` };
}

function ofPress(key: string, query: CallbackQuery, { now }: Context): Decoded | undefined {
  const { from, message, data, inline_message_id } = query;
  if (data === undefined) return undefined;
  const seen = message && message.date !== 0 ? message : undefined;
  const place = seen ? placeOf(seen) : message ? placeOfChat(message) : inlinePlace(query.chat_instance);
  const handle = seen ? handleOfMessage(seen, from.id) : undefined;
  const target =
    handle ?? (inline_message_id === undefined ? undefined : ({ kind: "inline", message: inline_message_id } as const));
  const envelope: Envelope = {
    key,
    place,
    user: userOf(from),
    userName: nameOf(from),
    addressed: true,
    direct: message?.chat.type === "private",
    local: false,
    at: now,
    ...localeOf(from),
    ...(message ? titleOf(message.chat) : {}),
    ...(target ? { target: sentOf(place, target) } : {}),
  };
  return { type: "press", envelope, data, origin: { press: query.id } };
}

function ofMembership(key: string, change: ChatMemberUpdated): Decoded | undefined {
  const { chat, from, date } = change;
  const [before, after] = [inside(change.old_chat_member), inside(change.new_chat_member)];
  if (before === after || chat.type === "channel") return undefined;
  const direct = chat.type === "private";
  // Unblocking comes with a "/start" of its own.
  if (direct && after) return undefined;
  const event: Incoming = {
    type: "command",
    intent: after ? placeIntents.joined : placeIntents.left,
    slots: {},
    key,
    place: { platform, tenant: "", id: String(chat.id) },
    user: userOf(from),
    userName: nameOf(from),
    addressed: true,
    direct,
    local: false,
    at: date * 1000,
    ...localeOf(from),
  };
  return { type: "event", event, origin: after ? { joined: true } : { left: true } };
}

/** A group became a supergroup, with another id: both tell of it (https://core.telegram.org/bots/api#message). */
function ofMove(key: string, message: Message): Decoded | undefined {
  const { chat, from, migrate_to_chat_id, migrate_from_chat_id } = message;
  const before = migrate_to_chat_id === undefined ? migrate_from_chat_id : chat.id;
  if (before === undefined) return undefined;
  const user = from && !from.is_bot ? { user: userOf(from), userName: nameOf(from) } : undefined;
  const event: Incoming = {
    type: "command",
    intent: placeIntents.moved,
    slots: { to: String(migrate_to_chat_id ?? chat.id) },
    key,
    place: { platform, tenant: "", id: String(before) },
    ...(user ?? { user: { platform, tenant: "", id: String(before) }, userName: "" }),
    addressed: false,
    direct: false,
    local: false,
    at: message.date * 1000,
  };
  return { type: "event", event, origin: { left: true } };
}

function inside(member: ChatMember): boolean {
  return member.status === "restricted" ? member.is_member : member.status !== "left" && member.status !== "kicked";
}

/** The message of ours that this one replies to. */
function answeredBy(message: Message, me: number): Sent | undefined {
  const replied = message.reply_to_message;
  if (!replied || replied.from?.id !== me || replied.forum_topic_created) return undefined;
  const handle = handleOfMessage(replied, message.from?.id ?? 0);
  return handle && sentOf(placeOf(message), handle);
}

function handleOfMessage(message: Message, user: number): Handle | undefined {
  const photo = message.photo !== undefined;
  if (message.ephemeral_message_id !== undefined)
    return { kind: photo ? "only-photo" : "only-text", user, message: message.ephemeral_message_id };
  return message.message_id === 0 ? undefined : { kind: photo ? "photo" : "text", message: message.message_id };
}

const maxAbout = 4_000;

/** Every message of a topic "replies" to the one that opened it; that one says nothing. */
function aboutOf(message: Message, file: boolean): string | undefined {
  const replied = message.reply_to_message;
  const said = [
    ...(file && message.caption ? [wordsOf(message)] : []),
    ...(message.quote ? [message.quote.text] : []),
    ...(replied && !replied.forum_topic_created ? [wordsOf(replied)] : []),
  ].filter((words) => words !== "");
  return said.length === 0 ? undefined : said.join("\n").slice(0, maxAbout);
}

function placeOfChat({ chat }: { chat: { id: number } }): Place {
  return { platform, tenant: "", id: String(chat.id) };
}

/** Outside of topics, `message_thread_id` only counts replies, and posting to it is refused. */
function placeOf(message: Message): Place {
  const thread = message.is_topic_message ? message.message_thread_id : undefined;
  return { ...placeOfChat(message), ...(thread === undefined ? {} : { thread: String(thread) }) };
}

function userOf(from: User): Incoming["user"] {
  return { platform, tenant: "", id: String(from.id) };
}

function nameOf(from: User): string {
  return [from.first_name, from.last_name].filter(Boolean).join(" ") || from.username || String(from.id);
}

function titleOf({ title }: { title?: string }): { placeName?: string } {
  return title === undefined ? {} : { placeName: title };
}

function localeOf(from: User): { locale?: string } {
  return from.language_code ? { locale: from.language_code } : {};
}
