import { bad } from "./refusal.ts";

export type Entity = { type: string; offset: number; length: number; url?: string };
export type Parsed = { text: string; entities: Entity[] };

const names: Record<string, string> = {
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  code: "code",
  a: "text_link",
};
const characters: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };
const token = /<(\/?)([a-z]+)((?:\s+[a-z-]+="[^"]*")*)\s*>|&(#\d+|#x[\da-f]+|[a-z]+);|[<&]|[^<&]+/giu;

/** https://core.telegram.org/bots/api#html-style, with the refusals of the real parser. */
export function parseHtml(html: string): Parsed {
  let text = "";
  const entities: Entity[] = [];
  const open: { tag: string; offset: number; url?: string }[] = [];
  for (const [whole, slash, tag, attributes, reference] of html.matchAll(token)) {
    if (reference !== undefined) text += characterOf(reference, whole);
    else if (tag === undefined) {
      if (whole === "<" || whole === "&") throw bad(`can't parse entities: Unexpected "${whole}" in the text`);
      text += whole;
    } else if (slash === "/") {
      const last = open.pop();
      if (last?.tag !== tag) throw bad(`can't parse entities: Unmatched end tag "${tag}"`);
      const type = names[tag] ?? tag;
      const length = text.length - last.offset;
      if (length > 0) entities.push({ type, offset: last.offset, length, ...(last.url ? { url: last.url } : {}) });
    } else {
      if (!(tag in names)) throw bad(`can't parse entities: Unsupported start tag "${tag}" at byte offset 0`);
      const url = /href="([^"]*)"/.exec(attributes ?? "")?.[1];
      open.push({ tag, offset: text.length, ...(url === undefined ? {} : { url: parseHtml(url).text }) });
    }
  }
  if (open.length > 0) throw bad("can't parse entities: Can't find end tag");
  return { text: text.trim(), entities: [...entities, ...foundIn(text, entities)] };
}

function characterOf(reference: string, whole: string): string {
  if (reference.startsWith("#x")) return String.fromCodePoint(Number.parseInt(reference.slice(2), 16));
  if (reference.startsWith("#")) return String.fromCodePoint(Number(reference.slice(1)));
  return characters[reference] ?? whole;
}

const patterns = [
  ["mention", /(?<![\w])@[A-Za-z0-9_]{3,32}/g],
  ["bot_command", /(?<![\w/<>])\/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?/g],
  ["hashtag", /(?<!\w)#[\p{L}\p{N}_]+/gu],
  ["url", /(?:https?:\/\/|www\.)[^\s\u2060]+|\b[a-z0-9-]+\.(?:com|org|net|me|io|am)\b/gi],
] as const;

/** What Telegram finds in plain text by itself; nothing is looked for inside code and links. */
export function foundIn(text: string, entities: readonly Entity[]): Entity[] {
  const closed = entities.filter(({ type }) => type === "code" || type === "text_link");
  return patterns.flatMap(([type, pattern]) =>
    [...text.matchAll(pattern)]
      .filter(({ index }) => !closed.some(({ offset, length }) => index >= offset && index < offset + length))
      .map(({ index, 0: whole }) => ({ type, offset: index, length: whole.length })),
  );
}
