import { randomUUID } from "node:crypto";
import { foundIn, parseHtml } from "./markup.ts";
import type { InlineQuery } from "./methods.ts";
import type { createUpdates } from "./updates.ts";
import { bot, type Message, type Room, type Status, shown, type World } from "./world.ts";

export type Said = { thread?: number; replyTo?: number; alone?: boolean; more?: Record<string, unknown> };

/** What people do in their apps, and what they see there. */
export function createPeople(parts: {
  world: World;
  updates: ReturnType<typeof createUpdates>;
  inlineQueries: Map<string, InlineQuery>;
}) {
  const { world, updates, inlineQueries } = parts;

  function roomOf(chat: number): Room {
    const room = world.rooms.get(chat);
    if (!room) throw new Error(`There is no chat ${chat}`);
    return room;
  }

  function userOf(id: number) {
    const user = world.users.get(id);
    if (!user) throw new Error(`There is no user ${id}`);
    const { started: _started, blocked: _blocked, ...shown } = user;
    return shown;
  }

  const visibleTo = (user: number) => (message: Message) =>
    !message.deleted &&
    (message.only === undefined || message.only === user) &&
    (message.chat.id === user || roomOf(message.chat.id).members.has(user));

  function says(user: number, chat: number, text: string, said: Said = {}): number {
    const message = world.add({
      chat: roomOf(chat).chat,
      from: userOf(user),
      text,
      entities: foundIn(text, []).filter(({ type }) => type !== "hashtag"),
      keyboard: [],
      silent: false,
      ...(said.thread === undefined ? {} : { thread: said.thread }),
      ...(said.replyTo === undefined ? {} : { replyTo: said.replyTo }),
      ...(said.alone ? { only: user } : {}),
    });
    return updates.push({ message: { ...shown(message, world), ...said.more } });
  }

  function pressUpdate(user: number, message: Message, data: string) {
    const inline = message.chat.type === "group" ? message.chat.title : undefined;
    const press = world.addPress(user, inline === undefined ? message.chat.id : undefined);
    const id = updates.push({
      callback_query: {
        id: press.id,
        from: userOf(user),
        chat_instance: String(message.chat.id),
        data,
        ...(inline === undefined ? { message: shown(message, world) } : { inline_message_id: inline }),
      },
    });
    return { id, press };
  }

  return {
    says,
    /** Presses the newest button of that label that the person can see. */
    presses(user: number, label: string) {
      for (const message of [...world.messages].reverse().filter(visibleTo(user))) {
        const button = message.keyboard.flat().find(({ text }) => text === label);
        if (button?.callback_data !== undefined) return pressUpdate(user, message, button.callback_data);
      }
      throw new Error(`${user} sees no button "${label}"`);
    },
    pressUpdate,
    asksInline(user: number, query: string): { id: string; update: number } {
      const id = randomUUID();
      inlineQueries.set(id, { at: world.now() });
      return {
        id,
        update: updates.push({ inline_query: { id, from: userOf(user), query, offset: "", chat_type: "private" } }),
      };
    },
    /** Posts a result of an inline query somewhere the bot is not. */
    choosesInline(user: number, query: string, at: number): Message {
      const result = inlineQueries.get(query)?.results?.[at];
      const content = result?.input_message_content as { message_text: string };
      const markup = result?.reply_markup as { inline_keyboard: Message["keyboard"] } | undefined;
      const name = `inline${at}${randomUUID().replaceAll("-", "")}`;
      const chat = { id: -900 - world.rooms.size, type: "group" as const, title: name };
      world.rooms.set(chat.id, { chat, members: new Map([[user, "member"]]), topics: new Set() });
      return world.add({
        chat,
        from: bot,
        ...parseHtml(content.message_text),
        keyboard: markup?.inline_keyboard ?? [],
        silent: false,
      });
    },
    membership(user: number, chat: number, from: Status, to: Status): number {
      const room = roomOf(chat);
      room.members.set(bot.id, to);
      const date = Math.floor(world.now() / 1000);
      const member = (status: Status) => ({ status, user: bot });
      return updates.push({
        my_chat_member: {
          chat: room.chat,
          from: userOf(user),
          date,
          old_chat_member: member(from),
          new_chat_member: member(to),
        },
      });
    },
    /** All that a person can see, oldest first: words, buttons, toasts. */
    sees(user: number): string[] {
      const messages = world.messages
        .filter(visibleTo(user))
        .map((message) =>
          [message.text, ...message.keyboard.flat().map(({ text, url }) => `[${text}${url ? ` ${url}` : ""}]`)].join(
            "\n",
          ),
        );
      const toasts = [...world.presses.values()].flatMap((press) =>
        press.user === user && press.answer?.text ? [press.answer.text] : [],
      );
      return [...messages, ...toasts];
    },
    /** The bot's messages in a chat that are not deleted. */
    botMessages: (chat: number) =>
      world.messages.filter(({ from, chat: { id }, deleted }) => from.id === bot.id && id === chat && !deleted),
  };
}
