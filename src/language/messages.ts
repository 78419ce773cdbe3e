import { readFileSync } from "node:fs";
import { z } from "zod";
import { type VocabularyIntent, vocabulary } from "../contracts/vocabulary.ts";
import { cleanSurface } from "./clean.ts";
import { languageFolder, messagesFile } from "./load.ts";
import type { Tokens } from "./tokens.ts";

/** Words of a message that carry a slot: `value` where the slot holds no words of the person. */
export type Mark = { slot: string; value: string | undefined; from: number; to: number };
/** A message as somebody would type it, with what it means. */
export type Message = { intent: VocabularyIntent; text: string; tokens: Tokens; marks: Mark[] };

const isIntent = (name: string): name is VocabularyIntent => Object.hasOwn(vocabulary, name);
const rowSchema = z.tuple([z.string().refine(isIntent), z.string()]);
const marked = /\{(\w+)(?:=([^|}]*))?\|([^}]*)\}/g;

/** `put on {artist|adele}`, `skip {count|two} songs`, `queue it {position=next|after this}`, one message per line. */
function readMessage(line: string, cut: (text: string) => Tokens): Message {
  const [intent, raw] = rowSchema.parse(JSON.parse(line));
  const text = cleanSurface(raw);
  const places: { slot: string; value: string | undefined; start: number; end: number }[] = [];
  let plain = "";
  let last = 0;
  for (const match of text.matchAll(marked)) {
    const [all, slot = "", value, words = ""] = match;
    plain += text.slice(last, match.index);
    places.push({ slot, value, start: plain.length, end: plain.length + words.length });
    plain += words;
    last = match.index + all.length;
  }
  plain += text.slice(last);
  const tokens = cut(plain);
  const marks = places.flatMap(({ slot, value, start, end }) => {
    const inside = tokens.list.flatMap((token, at) => (token.end > start && token.start < end ? [at] : []));
    const [from] = inside;
    return from === undefined ? [] : [{ slot, value, from, to: (inside.at(-1) ?? from) + 1 }];
  });
  return { intent, text: plain, tokens, marks };
}

/** What people write in a language, with the slots marked; from its `messages.jsonl`. */
export function readMessages(locale: string, cut: (text: string) => Tokens): Message[] {
  return readFileSync(new URL(messagesFile, languageFolder(locale)), "utf8")
    .trim()
    .split("\n")
    .map((line) => readMessage(line, cut));
}
