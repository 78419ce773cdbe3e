export { createWebChat, type WebChatOptions } from "./adapter.ts";
export type { Origin } from "./entrance.ts";
