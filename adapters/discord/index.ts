export { createDiscordChat, type DiscordChatOptions } from "./adapter.ts";
