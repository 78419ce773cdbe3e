import type { InlineKeyboardButton } from "grammy/types";
import type { Block, Reply } from "../../src/contracts/reply.ts";
import { type Line, linkable, type Part, toHtml, visible } from "./html.ts";
import { type DataOf, keyboard, maxOptions, severalPickers } from "./keyboard.ts";
import { telegramName } from "./names.ts";
import { withMoments } from "./times.ts";

/** Characters after the entities are parsed: https://core.telegram.org/bots/api#sendmessage and #sendphoto. */
export const maxText = 4096;
export const maxCaption = 1024;

export type Encoded = {
  html: string;
  /** Something did not fit. */
  cut: boolean;
  keyboard: InlineKeyboardButton[][];
  /** The picture of the reply, wherever it is. */
  imageUrl?: string;
};

/** A reply in Telegram's HTML. Pure: `data` knows what each button carries, `spell` how sentences name commands. */
export function encode(
  reply: Reply,
  data: DataOf,
  max: number = maxText,
  spell: (text: string) => string = (text) => text,
): Encoded {
  const several = severalPickers(reply);
  const lines = reply.blocks.flatMap((block) => linesOf(block, several, spell));
  const tail = reply.blocks.filter((block) => block.type === "attribution").flatMap(attribution);
  const spoken: Line[] = spell(reply.text)
    .split("\n")
    .map((text) => [{ text }]);
  const said = visible(lines) ? lines : visible(spoken) ? spoken : [[{ text: "…" }]];
  const body = said.map((line) => withMoments(line, reply.times));
  const image = reply.blocks.find((block) => block.type === "image");
  return {
    ...toHtml(body, tail, max),
    keyboard: keyboard(reply, data),
    ...(image === undefined ? {} : { imageUrl: image.url }),
  };
}

function linesOf(block: Block, several: boolean, spell: (text: string) => string): Line[] {
  switch (block.type) {
    case "heading":
      return split(block.text).map((text) => [{ text, bold: true }]);
    case "text":
      return split(spell(block.text)).map((text) => [{ text }]);
    case "fields":
      return block.fields.map(({ name, value }) => [{ text: `${name}:`, bold: true }, { text: ` ${value}` }]);
    case "progress":
      return [[{ text: bar(block) }]];
    case "list":
      return block.items.map((item, index) => [
        { text: block.ordered ? `${index + 1}. ` : "• " },
        titleOf(item),
        ...(item.detail ? [{ text: ` · ${item.detail}` }] : []),
      ]);
    case "select": {
      const more = block.options.length - maxOptions;
      // The buttons of several name theirs each.
      if (several && more <= 0) return [];
      return [[{ text: block.label }, ...(more > 0 ? [{ text: ` (+${more})`, italic: true }] : [])]];
    }
    // Where it cannot be a button: shown so that a tap copies it.
    case "link":
      return linkable(block.url) === undefined ? [[{ text: `${block.label}: ` }, { text: block.url, code: true }]] : [];
    default:
      return [];
  }
}

/** A command is shown so that a tap sends it: https://core.telegram.org/bots/api#messageentity, bot_command. */
function titleOf({ title, url, command }: Extract<Block, { type: "list" }>["items"][number]): Part {
  const name = command ? telegramName(title) : undefined;
  if (name !== undefined) return { text: `/${name}`, command: true };
  return { text: title, ...(url === undefined ? {} : { url }) };
}

function attribution(block: Extract<Block, { type: "attribution" }>): Line[] {
  const text = block.text.slice(0, 200);
  return [[{ text, italic: true, ...(block.url === undefined ? {} : { url: block.url }) }]];
}

function split(text: string): string[] {
  return text.split("\n");
}

const barWidth = 10;

function bar({ positionMs, durationMs, playing }: Extract<Block, { type: "progress" }>): string {
  const share = durationMs > 0 ? Math.min(1, positionMs / durationMs) : 0;
  const at = Math.round(share * (barWidth - 1));
  const drawn = `${"▬".repeat(at)}●${"▬".repeat(barWidth - 1 - at)}`;
  return `${playing ? "▶️" : "⏸"} ${time(positionMs)} ${drawn} ${time(durationMs)}`;
}

function time(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
