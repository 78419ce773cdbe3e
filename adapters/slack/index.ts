export { createSlackChat } from "./adapter.ts";
