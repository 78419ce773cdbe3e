export { createTerminalChat, type TerminalOptions } from "./adapter.ts";
