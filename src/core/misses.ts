import type { Clock } from "../contracts/clock.ts";
import type { Incoming } from "../contracts/incoming.ts";
import type { Log } from "../contracts/log.ts";
import type { Store } from "../contracts/store.ts";
import type { Command } from "../contracts/vocabulary.ts";
import { echo, oneLine } from "./clean-text.ts";
import { isUnsure } from "./intake.ts";

/** What shows how somebody asked is in the first words. */
const longest = 120;

/** Keeps what was said to the bot and not understood, without a trace of who said it. */
export interface Misses {
  note(event: Incoming, commands: readonly Command[], locale: string): Promise<void>;
}

export function createMisses(parts: { store: Pick<Store, "misses" | "people">; clock: Clock; log: Log }): Misses {
  const { store, clock, log } = parts;
  return {
    async note(event, commands, locale) {
      if (event.type !== "text" || !commands.some(isUnsure)) return;
      try {
        const text = nameless(event.text, [event.userName, ...(await store.people.names())]);
        if (/\p{L}/u.test(text.replace(/<\w+>/g, ""))) await store.misses.add({ text, locale, at: clock.now() });
      } catch (error) {
        log.warn({ error }, "what was not understood was not noted");
      }
    },
  };
}

/**
 * In lower case, with whatever could tell of somebody taken out: the names that the bot knows, whom it mentions, addresses,
 * links, numbers longer than a year, and words that are too long to be any.
 */
export function nameless(given: string, names: readonly string[]): string {
  const known = new Set(names.flatMap((name) => wordsOf(name)).filter((word) => word.length > 1));
  const words = oneLine(given.slice(0, 1_000))
    .toLowerCase()
    .replace(/<[^<>]{1,200}>/g, " <name> ")
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => {
      if (word === "<name>") return word;
      if (/^\S+@\S+\.\S+$/.test(word)) return "<address>";
      if (word.startsWith("@")) return "<name>";
      if (/^[a-z][a-z\d+.-]*:\S|^www\./.test(word)) return "<link>";
      if (/\d{5}/.test(word.replace(/[-./() ]/g, ""))) return "<number>";
      if (word.length > 40) return "<word>";
      const bare = wordsOf(word);
      return bare.length > 0 && bare.every((part) => known.has(part)) ? "<name>" : word;
    });
  return echo(words.join(" "), longest);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}
