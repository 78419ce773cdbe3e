export { createTerminalChat } from "./adapter.ts";
