import { cut } from "../shared/cut.ts";
import { momentHtml, type Timed } from "./times.ts";

/** One run of text of one look. What is not said is plain. */
export type Part = {
  text: string;
  bold?: boolean;
  italic?: boolean;
  code?: boolean;
  url?: string;
  moment?: Timed["moment"];
  /** A command of ours, found by Telegram so that a tap sends it. */
  command?: boolean;
};
/** One line, or several when a part holds line breaks. */
export type Line = readonly Part[];

/** Control characters but line breaks and tabs, lone surrogates, and the marks that turn the direction of what follows. */
const acting = /[\p{Cc}\p{Cs}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;
/**
 * Telegram finds mentions, commands, hashtags and addresses in plain text by itself, whatever the parse mode, and offers no
 * way to say no (https://core.telegram.org/bots/api#formatting-options). A title must not ring anybody, nor hide a command
 * behind a tap: a word joiner, which nobody sees and which is part of no name and no address there
 * (github.com/tdlib/td, td/telegram/MessageEntity.cpp), keeps it from being found.
 */
const joiner = "\u2060";
const found = [
  /@(?=[A-Za-z0-9_])/g,
  /(?<![\p{L}\p{N}_/<>])\/(?=[A-Za-z0-9_])/gu,
  /[#$](?=[\p{L}\p{N}_])/gu,
  /(?<=[\p{L}\p{N}])[.:](?=\p{L}{2}|\/\/|xn--)/gu,
];

export function clean(text: string): string {
  return text.toWellFormed().replace(acting, (mark) => (mark === "\n" || mark === "\t" ? mark : ""));
}

/** Text that stays text: nothing in it acts on a screen, and Telegram finds nothing in it to tap. */
export function disarm(text: string): string {
  let disarmed = clean(text);
  for (const pattern of found) disarmed = disarmed.replace(pattern, `$&${joiner}`);
  return disarmed;
}

/** https://core.telegram.org/bots/api#html-style: these three, and the quote inside attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** An address that Telegram takes for a link or a button; it refuses a whole message for one whose host has no dot. */
export function linkable(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (!parsed || (parsed.protocol !== "https:" && parsed.protocol !== "http:") || url.length > 2_000) return undefined;
  return /\.[a-z0-9-]+$|^\[/i.test(parsed.hostname) ? parsed.href : undefined;
}

/** Whether anything can be seen: Telegram refuses a message of blanks alone. */
export function visible(lines: readonly Line[]): boolean {
  return lines.some((line) => line.some((part) => /[^\s\u2060\u200B-\u200D\uFEFF]/u.test(clean(part.text))));
}

/**
 * The lines as HTML of at most `max` characters as Telegram counts them: after the entities are parsed, in UTF-16 units. `tail`
 * stays whole; the lines before it are cut where there is no room.
 */
export function toHtml(lines: readonly Line[], tail: readonly Line[], max: number): { html: string; cut: boolean } {
  const ready = (line: Line) =>
    line.map((part) => ({ ...part, text: part.code || part.command ? clean(part.text) : disarm(part.text) }));
  const ends = tail.map(ready);
  let room = max - ends.reduce((sum, line) => sum + lengthOf(line) + 1, 0);
  const shown: Line[] = [];
  let cut = false;
  for (const line of lines.map(ready)) {
    const length = lengthOf(line) + (shown.length > 0 ? 1 : 0);
    if (length <= room) {
      shown.push(line);
      room -= length;
      continue;
    }
    cut = true;
    const left = cutLine(line, room - (shown.length > 0 ? 1 : 0));
    if (left.length > 0) shown.push(left);
    break;
  }
  return { html: [...shown, ...ends].map((line) => line.map(markup).join("")).join("\n"), cut };
}

function lengthOf(line: Line): number {
  return line.reduce((sum, part) => sum + part.text.length, 0);
}

function cutLine(line: Line, max: number): Line {
  const kept: Part[] = [];
  let room = max;
  for (const part of line) {
    if (room <= 0) break;
    const text = cut(part.text, room);
    const { moment: _, ...plain } = part;
    kept.push(text === part.text ? part : { ...plain, text });
    room -= text.length;
    if (text !== part.text) break;
  }
  return kept;
}

function markup(part: Part): string {
  let html = escapeHtml(part.text);
  if (html === "") return html;
  if (part.code) return `<code>${html}</code>`;
  if (part.moment) html = momentHtml(part.moment, html);
  if (part.italic) html = `<i>${html}</i>`;
  if (part.bold) html = `<b>${html}</b>`;
  const url = part.url === undefined ? undefined : linkable(part.url);
  return url === undefined ? html : `<a href="${escapeHtml(url)}">${html}</a>`;
}
