import type { InlineKeyboardButton } from "grammy/types";
import type { Block, Button, Reply } from "../../src/contracts/reply.ts";
import type { Command } from "../../src/contracts/vocabulary.ts";
import { cut } from "../shared/cut.ts";
import { clean, linkable } from "./html.ts";

/** Clients show eight buttons side by side and a hundred in all; more is refused (https://limits.tginfo.me/en). */
export const maxPerRow = 8;
export const maxButtons = 100;
/** More rows than a phone can show help nobody. */
export const maxOptions = 25;
/** https://core.telegram.org/bots/api#inlinekeyboardbutton */
export const maxDataBytes = 64;
/** Characters side by side that a phone can show. */
const rowWidth = 34;
const maxLabel = 60;

const icons: Record<NonNullable<Button["icon"]>, string> = {
  previous: "⏮",
  pause: "⏸",
  play: "▶️",
  next: "⏭",
  quieter: "🔉",
  louder: "🔊",
  like: "🤍",
  unlike: "❤️",
  shuffle: "🔀",
  repeat: "🔁",
  queue: "📃",
};

/** What is sent back when a button is pressed: at most 64 bytes. Undefined leaves the button out. */
export type DataOf = (command: Command) => string | undefined;

/** The commands of all buttons that fit, so that their data can be made before the keyboard is. */
export function commandsOf(reply: Reply): Command[] {
  return reply.blocks
    .flatMap((block) => {
      if (block.type === "buttons") return block.buttons.map(({ command }) => command);
      return block.type === "select" ? block.options.slice(0, maxOptions).map(({ command }) => command) : [];
    })
    .slice(0, maxButtons);
}

export function keyboard(reply: Reply, data: DataOf): InlineKeyboardButton[][] {
  // Several pickers run into one column of buttons: each of them says which one it is of.
  const several = severalPickers(reply);
  const rows = reply.blocks.flatMap((block) => rowsOf(block, data, several));
  const kept: InlineKeyboardButton[][] = [];
  let left = maxButtons;
  for (const row of rows) {
    if (left <= 0) break;
    kept.push(row.slice(0, left));
    left -= row.length;
  }
  return kept;
}

export function severalPickers({ blocks }: Pick<Reply, "blocks">): boolean {
  return blocks.filter(({ type }) => type === "select").length > 1;
}

function rowsOf(block: Block, data: DataOf, several: boolean): InlineKeyboardButton[][] {
  switch (block.type) {
    case "buttons":
      return inRows(
        block.buttons.flatMap((each) => {
          const label = each.icon ? icons[each.icon] : labelOf(each.label);
          return press(label, data(each.command), each.style);
        }),
      );
    case "select":
      return block.options.slice(0, maxOptions).flatMap((option) => {
        const detailed = option.detail ? `${option.label} · ${option.detail}` : option.label;
        const label = labelOf(several ? `${block.label}: ${detailed}` : detailed);
        const made = press(label, data(option.command), "plain");
        return made.length > 0 ? [made] : [];
      });
    case "link": {
      const url = linkable(block.url);
      return url === undefined ? [] : [[{ text: labelOf(block.label), url }]];
    }
    default:
      return [];
  }
}

function press(text: string, data: string | undefined, style: Button["style"]): InlineKeyboardButton[] {
  if (data === undefined) return [];
  return [{ text, callback_data: data, ...(style === "plain" ? {} : { style }) }];
}

function labelOf(label: string): string {
  const text = clean(label).replace(/\s+/g, " ").trim();
  return text === "" ? "…" : cut(text, maxLabel);
}

function inRows(buttons: InlineKeyboardButton[]): InlineKeyboardButton[][] {
  const rows: InlineKeyboardButton[][] = [];
  let width = 0;
  for (const button of buttons) {
    const row = rows.at(-1);
    width += button.text.length + 2;
    if (row && row.length < maxPerRow && width <= rowWidth) row.push(button);
    else {
      rows.push([button]);
      width = button.text.length + 2;
    }
  }
  return rows;
}
