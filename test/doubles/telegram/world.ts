import { randomUUID } from "node:crypto";
import type { Upload } from "./body.ts";
import type { Button } from "./keyboard.ts";
import type { Entity } from "./markup.ts";
import { bad, forbidden, Refusal } from "./refusal.ts";

export type User = {
  id: number;
  is_bot: boolean;
  first_name: string;
  last_name?: string;
  username?: string;
  language_code?: string;
};
export type Chat = {
  id: number;
  type: "private" | "group" | "supergroup";
  title?: string;
  is_forum?: boolean;
  first_name?: string;
};
export type Status = "creator" | "administrator" | "member" | "left" | "kicked";

/** A message as the server keeps it. `only` saw it alone. */
export type Message = {
  id: number;
  chat: Chat;
  from: User;
  date: number;
  text: string;
  entities: Entity[];
  keyboard: Button[][];
  photo?: Buffer;
  document?: Upload;
  preview?: string;
  thread?: number;
  replyTo?: number;
  silent: boolean;
  only?: number;
  deleted: boolean;
};
export type Room = { chat: Chat; members: Map<number, Status>; topics: Set<number>; movedTo?: number };
export type Press = {
  id: string;
  user: number;
  chat?: number;
  at: number;
  answer?: { text?: string; show_alert?: boolean; url?: string };
};

export const bot: User & Record<string, unknown> = {
  id: 7_000_001,
  is_bot: true,
  first_name: "Segue",
  username: "segue_test_bot",
  can_join_groups: true,
  can_read_all_group_messages: false,
  supports_inline_queries: true,
};

export type World = ReturnType<typeof createWorld>;

/** People, chats and messages, as they would be on the server. */
export function createWorld(now: () => number) {
  const users = new Map<number, User & { started: boolean; blocked: boolean }>();
  const rooms = new Map<number, Room>();
  const messages: Message[] = [];
  const presses = new Map<string, Press>();
  const files = new Map<string, { path: string; bytes: Buffer }>();
  let lastMessage = 100;
  let lastAlone = 0;
  /** Hear of each new message of the bot's. */
  const listeners: ((message: Message) => void)[] = [];

  return {
    onWords: (listener: (message: Message) => void) => void listeners.push(listener),
    users,
    rooms,
    messages,
    presses,
    files,
    now,
    addUser(user: Partial<User> & { id: number }, more: { started?: boolean } = {}) {
      const full = { is_bot: false, first_name: "Anna", language_code: "en", ...user };
      users.set(user.id, { ...full, started: more.started ?? true, blocked: false });
      rooms.set(user.id, {
        chat: { id: user.id, type: "private", first_name: full.first_name },
        members: new Map(),
        topics: new Set(),
      });
      return full;
    },
    addGroup(
      id: number,
      members: Record<number, Status>,
      options: { bot?: Status; forum?: boolean; topics?: number[] } = {},
    ) {
      rooms.set(id, {
        chat: { id, type: "supergroup", title: "Friends", ...(options.forum ? { is_forum: true } : {}) },
        members: new Map([
          ...Object.entries(members).map(([user, status]) => [Number(user), status] as const),
          [bot.id, options.bot ?? "member"] as const,
        ]),
        topics: new Set(options.topics ?? []),
      });
    },
    /** The chat a bot may write to; refuses as the server does. */
    roomFor(chatId: unknown): Room {
      const room = rooms.get(Number(chatId));
      if (!room) throw bad("chat not found");
      if (room.movedTo !== undefined)
        throw new Refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", {
          migrate_to_chat_id: room.movedTo,
        });
      if (room.chat.type === "private") {
        const user = users.get(room.chat.id);
        if (!user?.started) throw forbidden("bot can't initiate conversation with a user");
        if (user.blocked) throw forbidden("bot was blocked by the user");
      } else if (!["member", "administrator", "creator"].includes(room.members.get(bot.id) ?? "left"))
        throw forbidden("bot was kicked from the supergroup chat");
      return room;
    },
    add(message: Omit<Message, "id" | "date" | "deleted">): Message {
      const id = message.only === undefined ? ++lastMessage : ++lastAlone;
      const made = { ...message, id, date: Math.floor(now() / 1000), deleted: false };
      messages.push(made);
      if (made.from.id === bot.id) for (const listener of listeners) listener(made);
      return made;
    },
    find(chat: unknown, id: unknown, only?: unknown): Message | undefined {
      return messages.findLast(
        (each) =>
          each.chat.id === Number(chat) &&
          each.id === Number(id) &&
          each.only === (only === undefined ? undefined : Number(only)) &&
          !each.deleted,
      );
    },
    addPress(user: number, chat: number | undefined): Press {
      const press: Press = { id: randomUUID(), user, at: now(), ...(chat === undefined ? {} : { chat }) };
      presses.set(press.id, press);
      return press;
    },
  };
}

/** A message as the API shows it: https://core.telegram.org/bots/api#message */
export function shown(message: Message, world: World): Record<string, unknown> {
  const replied = message.replyTo === undefined ? undefined : world.find(message.chat.id, message.replyTo);
  const words = message.photo
    ? {
        photo: [{ file_id: `photo-${message.id}`, width: 300, height: 300 }],
        caption: message.text,
        caption_entities: message.entities,
      }
    : { text: message.text, entities: message.entities };
  return {
    message_id: message.only === undefined ? message.id : 0,
    ...(message.only === undefined
      ? {}
      : { ephemeral_message_id: message.id, receiver_user: world.users.get(message.only) ?? bot }),
    chat: message.chat,
    from: message.from,
    date: message.date,
    ...words,
    ...(message.thread === undefined ? {} : { message_thread_id: message.thread, is_topic_message: true }),
    ...(replied ? { reply_to_message: shown(replied, world) } : {}),
    ...(message.keyboard.length > 0 ? { reply_markup: { inline_keyboard: message.keyboard } } : {}),
  };
}
