import { bad } from "./refusal.ts";

export type Entity = {
  type: string;
  offset: number;
  length: number;
  url?: string;
  unix_time?: number;
  date_time_format?: string;
};
export type Parsed = { text: string; entities: Entity[] };

const names: Record<string, string> = {
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  code: "code",
  a: "text_link",
  "tg-time": "date_time",
};
const characters: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };
const token = /<(\/?)([a-z]+(?:-[a-z]+)?)((?:\s+[a-z-]+="[^"]*")*)\s*>|&(#\d+|#x[\da-f]+|[a-z]+);|[<&]|[^<&]+/giu;

/** https://core.telegram.org/bots/api#html-style, with the refusals of the real parser. */
export function parseHtml(html: string): Parsed {
  let text = "";
  const entities: Entity[] = [];
  const open: { tag: string; offset: number; more: Partial<Entity> }[] = [];
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
      if (length > 0) entities.push({ type, offset: last.offset, length, ...last.more });
    } else {
      if (!(tag in names)) throw bad(`can't parse entities: Unsupported start tag "${tag}" at byte offset 0`);
      if (alone.has(tag) && open.some((each) => alone.has(each.tag)))
        throw bad(`can't parse entities: Tag "${tag}" can't be inside of another one`);
      open.push({ tag, offset: text.length, more: moreOf(tag, attributes ?? "") });
    }
  }
  if (open.length > 0) throw bad("can't parse entities: Can't find end tag");
  return { text: text.trim(), entities: [...entities, ...foundIn(text, entities)] };
}

/** These can't contain each other. */
const alone = new Set(["a", "code", "tg-time"]);

function moreOf(tag: string, attributes: string): Partial<Entity> {
  const value = (name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(attributes)?.[1];
  const url = value("href");
  if (tag !== "tg-time") return url === undefined ? {} : { url: parseHtml(url).text };
  const [unix = "", format = ""] = [value("unix"), value("format")];
  if (!/^\d{1,10}$/.test(unix) || Number(unix) >= 2 ** 31)
    throw bad("can't parse entities: Invalid Unix time specified");
  if (!/^(r|w?[dD]?[tT]?)$/.test(format)) throw bad("can't parse entities: Invalid date-time format specified");
  return { unix_time: Number(unix), date_time_format: format };
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
