import type { Args, Upload } from "./body.ts";
import { checkKeyboard } from "./keyboard.ts";
import { parseHtml } from "./markup.ts";
import { bad, Refusal } from "./refusal.ts";
import { createSending } from "./sending.ts";
import type { createUpdates } from "./updates.ts";
import { bot, type World } from "./world.ts";

const pressMs = 15_000;
const inlineMs = 10_000;

export type InlineQuery = {
  at: number;
  results?: Record<string, unknown>[];
  button?: { text: string; start_parameter: string };
};
export type Method = (args: Args, files: Map<string, Upload>, closed: AbortSignal) => unknown;

/** The methods a music bot needs; every other is "not found", as it would be if it did not exist. */
export function createMethods(parts: {
  world: World;
  updates: ReturnType<typeof createUpdates>;
  limits: { pass(chat: number): void };
  inlineQueries: Map<string, InlineQuery>;
  menus: Map<string, { command: string; description: string }[]>;
  actions: { chat: number; action: string }[];
  old: () => boolean;
}): Record<string, Method> {
  const { world, updates, inlineQueries, menus } = parts;
  const sending = createSending(parts);
  const alone: Record<string, Method> = {
    editEphemeralMessageText: sending.editText,
    editEphemeralMessageCaption: sending.editCaption,
    editEphemeralMessageMedia: sending.editMedia,
    deleteEphemeralMessage: sending.remove,
  };

  return {
    getMe: () => bot,
    getUpdates: (args, _files, closed) => updates.getUpdates(args, closed),
    setWebhook({ url, secret_token }) {
      if (typeof url !== "string" || !/^https?:/.test(url))
        throw bad("bad webhook: An HTTPS URL must be provided for webhook");
      if (!/^[A-Za-z0-9_-]{1,256}$/.test(String(secret_token))) throw bad("secret token contains unallowed characters");
      updates.setHook({ url, secret: String(secret_token) });
      return true;
    },
    deleteWebhook() {
      updates.setHook(undefined);
      return true;
    },
    getWebhookInfo: () => ({ url: updates.hook()?.url ?? "", pending_update_count: updates.pending().length }),
    sendMessage: sending.sendMessage,
    sendPhoto: sending.sendPhoto,
    sendDocument: sending.sendDocument,
    editMessageText: sending.editText,
    editMessageCaption: sending.editCaption,
    editMessageMedia: sending.editMedia,
    deleteMessage: sending.remove,
    ...Object.fromEntries(
      Object.entries(alone).map(([name, method]) => [
        name,
        (args: Args, files: Map<string, Upload>, closed: AbortSignal) => {
          if (parts.old()) throw new Refusal(404, "Not Found: method not found");
          return method(args, files, closed);
        },
      ]),
    ),
    sendChatAction({ chat_id, action }) {
      parts.actions.push({ chat: world.roomFor(chat_id).chat.id, action: String(action) });
      return true;
    },
    answerCallbackQuery({ callback_query_id, text, show_alert, url }) {
      const press = world.presses.get(String(callback_query_id));
      if (!press || press.answer || world.now() - press.at > pressMs)
        throw bad("query is too old and response timeout expired or query ID is invalid");
      if (typeof text === "string" && text.length > 200) throw bad("MESSAGE_TOO_LONG");
      if (url !== undefined && !String(url).startsWith(`https://t.me/${bot.username}?start=`)) throw bad("URL_INVALID");
      press.answer = {
        ...(text === undefined ? {} : { text: String(text) }),
        ...(show_alert === true ? { show_alert: true } : {}),
        ...(url === undefined ? {} : { url: String(url) }),
      };
      return true;
    },
    answerInlineQuery({ inline_query_id, results, is_personal, cache_time, button }) {
      const query = inlineQueries.get(String(inline_query_id));
      if (!query || query.results || world.now() - query.at > inlineMs)
        throw bad("query is too old and response timeout expired or query ID is invalid");
      if (is_personal !== true || cache_time !== 0) throw bad("this double lets nobody share one person's results");
      const list = results as Record<string, unknown>[];
      if (list.length > 50) throw bad("RESULTS_TOO_MUCH");
      const ids = list.map(({ id }) => String(id));
      if (new Set(ids).size !== ids.length || ids.some((id) => Buffer.byteLength(id) > 64 || id === ""))
        throw bad("RESULT_ID_INVALID");
      for (const { title, input_message_content, reply_markup } of list) {
        if (typeof title !== "string" || title === "") throw bad("can't parse inline query result: title is empty");
        const content = input_message_content as { message_text: string };
        if (parseHtml(content.message_text).text.length > 4096) throw bad("MESSAGE_TOO_LONG");
        checkKeyboard(reply_markup);
      }
      query.results = list;
      if (button) query.button = button as InlineQuery["button"] & object;
      return true;
    },
    getChatMember({ chat_id, user_id }) {
      const room = world.roomFor(chat_id);
      const user = world.users.get(Number(user_id));
      if (!user) throw bad("invalid user_id specified");
      return { user, status: room.members.get(user.id) ?? "left" };
    },
    getFile({ file_id }) {
      const file = world.files.get(String(file_id));
      if (!file) throw bad("invalid file_id");
      if (file.bytes.length > 20_000_000) throw bad("file is too big");
      return { file_id, file_unique_id: "u", file_size: file.bytes.length, file_path: file.path };
    },
    setMyCommands({ commands, scope, language_code }) {
      const list = commands as { command: string; description: string }[];
      if (list.length > 100) throw bad("BOT_COMMANDS_TOO_MUCH");
      if (language_code !== undefined && !/^[a-z]{2}$/.test(String(language_code))) throw bad("LANG_CODE_INVALID");
      for (const { command, description } of list) {
        if (!/^[a-z0-9_]{1,32}$/.test(command)) throw bad("BOT_COMMAND_INVALID");
        if (description.length < 1 || description.length > 256) throw bad("BOT_COMMAND_DESCRIPTION_INVALID");
      }
      menus.set(`${(scope as { type: string }).type} ${language_code ?? ""}`.trim(), list);
      return true;
    },
  };
}
