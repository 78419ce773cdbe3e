import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Language, ParseContext, Parsed } from "../../../src/contracts/language.ts";
import { createLanguage, type LinkFinder } from "../../../src/language/index.ts";

/** One line of a table: what is said, in which conversation, and what it means. */
export type Case = { text: string; intent: string; slots?: Record<string, unknown>; context?: ParseContext };

export const readTable = (name: string): Case[] =>
  readFileSync(join(import.meta.dirname, "en", `${name}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

const address =
  /(?:https?:\/\/)?open\.spotify\.com\/(?:intl-\w+\/)?(?:track|album|playlist|artist|show|episode)\/\w+(?:\?\S*)?/;
const uri = /spotify:(?:track|album|playlist|artist|show|episode):\w+/;

/** Links of one service, found as a provider would. */
export const links: LinkFinder = {
  find(text) {
    const found = address.exec(text) ?? uri.exec(text);
    return found ? { url: found[0], start: found.index, end: found.index + found[0].length } : undefined;
  },
};

export const language: Language = createLanguage({ links, names: ["segue"], services: ["spotify"] });

export const parse = (text: string, context?: ParseContext): Parsed =>
  language.parse(text, context ? { locale: "en", context } : { locale: "en" });
