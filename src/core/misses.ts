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

/** Endings that make another form of a name: "anna's", "annas", "benny". */
const longestEnding = 3;
const shortestStem = 4;

/**
 * In lower case, with whatever could tell of somebody taken out: the names that the bot knows, whom it mentions, addresses,
 * links, numbers longer than a year, and words that are too long to be any. What somebody tells of themself in words of their
 * own cannot be told apart from anything else they say.
 */
export function nameless(given: string, names: Iterable<string>): string {
  const known = new Set([...names].flatMap(wordsOf).filter((word) => word.length > 1));
  const text = oneLine(given.slice(0, 1_000))
    .toLowerCase()
    .replace(/<[^<>]{1,200}>/g, " <name> ")
    .replace(/\+?\d[\d ./()-]{3,}\d/g, " <number> ");
  const words = text
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => {
      if (/^<\w+>$/.test(word)) return word;
      if (/^\S+@\S+\.\S+$/.test(word)) return "<address>";
      if (word.startsWith("@")) return "<name>";
      if (/^[a-z][a-z\d+.-]*:\S|^www\.|^[^\s/]+\.[^\s/]+\//.test(word)) return "<link>";
      if (word.length > 40) return "<word>";
      return wordsOf(word).some((part) => isName(part, known)) ? "<name>" : word;
    });
  return echo(words.join(" "), longest);
}

function isName(word: string, known: ReadonlySet<string>): boolean {
  if (word.length < 2) return false;
  for (let end = word.length; end >= Math.max(1, word.length - longestEnding); end--) {
    if (end < word.length && end < shortestStem) return false;
    if (known.has(word.slice(0, end))) return true;
  }
  return false;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}
