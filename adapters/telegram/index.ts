export { createTelegramChat, type TelegramChatOptions } from "./adapter.ts";
