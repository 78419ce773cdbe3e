import { type Logger, LogLevel } from "@slack/bolt";
import type { Log } from "../../src/contracts/log.ts";

/**
 * The library's own words. What it says below a warning holds payloads and the address of the socket, which is a ticket: that is
 * dropped. Errors it raises are logged once, by whoever catches them.
 */
export function libraryLog(log: Log): Logger {
  const say = (...words: unknown[]) => {
    const text = words.map((word) => (word instanceof Error ? word.message : String(word))).join(" ");
    log.debug({ from: "slack library" }, text.replaceAll(/\b(?:wss?|https?):\/\/\S+/g, "(address)").slice(0, 300));
  };
  return {
    debug() {},
    info() {},
    warn: say,
    error: say,
    setLevel() {},
    getLevel: () => LogLevel.WARN,
    setName() {},
  };
}
