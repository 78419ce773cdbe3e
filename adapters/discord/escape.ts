import { cut } from "../shared/cut.ts";

/**
 * Plain text as Discord's Markdown: shown letter by letter as it is. A backslash before any sign takes its meaning away, in
 * mentions and addresses too (https://support.discord.com/hc/en-us/articles/210298617). What would not show, or would turn the
 * text around it, goes.
 */
const invisible = /[\p{Cc}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E007F}]/gu;
const signs = /[\\*_~`|<>@[\]()]/g;
/** Lists, headings and small print begin a line; an ordered list is a number and a dot. */
const lineStart = /^([^\S\n]*)([#+-]|\d+(?=[.)]))/gm;

export function escapeText(text: string): string {
  return plain(text)
    .replace(signs, "\\$&")
    .replaceAll("://", "\\://")
    .replace(lineStart, (_all, space: string, sign: string) =>
      /\d/.test(sign) ? `${space}${sign}\\` : `${space}\\${sign}`,
    );
}

/** Text without what cannot be seen; lines stay. */
export function plain(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .split("\n")
    .map((line) => line.replaceAll("\t", " ").replace(invisible, ""))
    .join("\n");
}

export function oneLine(text: string): string {
  return plain(text).replace(/\s+/gu, " ").trim();
}

/** A moment of ours that lost its end; somebody's own "<" stands behind a backslash of ours. */
const halfMoment = /(?<!\\)(?:\\\\)*(<t:?[^>]*|<)$/;

/** The same for text that is escaped already: neither a backslash nor half a moment must be left alone at the end. */
export function cutEscaped(text: string, max: number): string {
  if (text.length <= max) return text;
  const cutOff = cut(text, max).slice(0, -1);
  const half = halfMoment.exec(cutOff)?.[1]?.length ?? 0;
  const short = cutOff.slice(0, cutOff.length - half);
  const tail = /\\+$/.exec(short)?.[0].length ?? 0;
  return `${tail % 2 === 1 ? short.slice(0, -1) : short}…`;
}

/** An address in angle brackets, which keep what is inside from ending it, and it from being unfolded. */
export function linkTarget(url: string): string {
  return `<${url.replace(/[<>\s]/g, encodeURIComponent)}>`;
}

/** Words, already escaped, that lead to an address of the web; others lead nowhere. */
export function linked(words: string, url: string): string {
  return /^https?:\/\//i.test(url) ? `[${words}](${linkTarget(url)})` : words;
}
