import { type APIMessageTopLevelComponent, ButtonStyle, ComponentType } from "discord.js";
import { type Moment, splitAtMoments } from "../../src/contracts/moments.ts";
import type { Block, Button, Reply } from "../../src/contracts/reply.ts";
import type { Command } from "../../src/contracts/vocabulary.ts";
import { cut } from "../shared/cut.ts";
import { cutEscaped, escapeText, linked, linkTarget, oneLine, plain } from "./escape.ts";
import { arrange, type Part } from "./layout.ts";
import type { Words } from "./words.ts";

/** https://docs.discord.com/developers/components/reference */
export const max = {
  customId: 100,
  buttonsPerRow: 5,
  buttons: 25,
  selects: 3,
  options: 25,
  label: 80,
  optionLabel: 100,
  placeholder: 150,
  url: 512,
  alt: 1024,
} as const;

/** Of a custom id's 100 characters ten are ours: the kind of component, and its place, for ids must differ within a message. */
export const buttonBytes = 90;

/** What must be known before a reply can be put into Discord's shape. */
export type Encoding = {
  words: Words;
  now: number;
  /** What each command of the reply travels as. */
  data: ReadonlyMap<Command, string>;
  /** Addresses that Discord can fetch, or the names of files that go along; an image without one is left out. */
  images: ReadonlyMap<string, string>;
};

const errorColour = 0xed4245;
const barWidth = 16;
/** https://docs.discord.com/developers/reference#message-formatting-timestamp-styles: the time, the date in words, or both. */
const momentStyles = { time: "t", date: "D", both: "f" } as const;
const styles = { primary: ButtonStyle.Primary, danger: ButtonStyle.Danger, plain: ButtonStyle.Secondary } as const;

/** A reply as components (https://docs.discord.com/developers/components/reference): at most 40, 4,000 characters in all. */
export function encode(reply: Reply, encoding: Encoding): APIMessageTopLevelComponent[] {
  const used = { buttons: 0, selects: 0, ids: 0 };
  const write = writerOf(reply.times);
  const parts = reply.blocks.flatMap((block) => partsOf(block, encoding, used, write));
  if (parts.length === 0) parts.push(...textParts(write(reply.text).trim() || "…"));
  return arrange(parts, reply.kind === "error" ? errorColour : undefined);
}

/** Plain text as Markdown. */
type Write = (text: string) => string;

/**
 * Discord shows `<t:UNIX:STYLE>` in the zone and language of whoever reads it. Only what lies between the moments is somebody's
 * words, and is escaped.
 */
function writerOf(times: readonly Moment[] = []): Write {
  // Text comes here as it is or on one line, and what is looked for must look alike.
  const moments = times.flatMap((time) => [plain(time.text), oneLine(time.text)].map((text) => ({ ...time, text })));
  return (text) =>
    splitAtMoments(plain(text), moments)
      .map((piece) =>
        typeof piece === "string"
          ? escapeText(piece)
          : `<t:${Math.floor(piece.at / 1000)}:${momentStyles[piece.style]}>`,
      )
      .join("");
}

type Used = { buttons: number; selects: number; ids: number };

function partsOf(block: Block, encoding: Encoding, used: Used, write: Write): Part[] {
  switch (block.type) {
    case "heading": {
      const text = write(oneLine(block.text));
      return text ? textParts(`### ${text}`) : [];
    }
    case "text":
      return textParts(write(block.text));
    case "image": {
      const url = encoding.images.get(block.url);
      return url ? [{ kind: "image", url, alt: cut(oneLine(block.alt), max.alt), large: block.large ?? false }] : [];
    }
    case "fields":
      return textParts(
        block.fields.map(({ name, value }) => `**${escapeText(oneLine(name))}:** ${write(oneLine(value))}`).join("\n"),
      );
    case "progress":
      return textParts(progress(block, encoding.now));
    case "list":
      return block.items.length > 0 ? [listPart(block, encoding.words, write)] : [];
    case "buttons":
      return rows(block.buttons.flatMap((button) => buttonOf(button, encoding, used)));
    case "select":
      return selectPart(block, encoding, used);
    case "link":
      return linkParts(block.label, block.url, used);
    case "attribution": {
      const text = escapeText(oneLine(block.text));
      return text ? textParts(`-# ${block.url ? linked(text, block.url) : text}`) : [];
    }
  }
}

/** Nothing for words of which nothing is seen: Discord refuses a text without any. */
function textParts(text: string): Part[] {
  return text.trim() === "" ? [] : [{ kind: "text", text, fit: (room) => cutEscaped(text, room) }];
}

/** A list that does not fit ends between two items and says how many more there are. */
function listPart(block: Extract<Block, { type: "list" }>, words: Words, write: Write): Part {
  const lines = block.items.map((item, index) => {
    const title = cut(oneLine(item.title), 300);
    const detail = item.detail ? ` — ${write(cut(oneLine(item.detail), 300))}` : "";
    const shown = item.url && item.url.length <= max.url ? linked(escapeText(title), item.url) : write(title);
    return `${block.ordered ? `${index + 1}.` : "-"} ${shown}${detail}`;
  });
  const text = lines.join("\n");
  const fit = (room: number) => {
    for (let count = lines.length - 1; count > 0; count--) {
      const more = escapeText(words.more.replace("{count}", String(lines.length - count)));
      const short = `${lines.slice(0, count).join("\n")}\n${more}`;
      if (short.length <= room) return short;
    }
    return cutEscaped(escapeText(oneLine(block.items[0]?.title ?? "")), room);
  };
  return { kind: "text", text, fit };
}

function progress(block: Extract<Block, { type: "progress" }>, now: number): string {
  const run = block.playing ? Math.max(0, now - block.at) : 0;
  const at = Math.min(block.durationMs, block.positionMs + run);
  const filled = block.durationMs > 0 ? Math.min(barWidth - 1, Math.floor((at / block.durationMs) * barWidth)) : 0;
  const bar = `${"━".repeat(filled)}●${"─".repeat(barWidth - 1 - filled)}`;
  return `${block.playing ? "▶" : "⏸"} ${bar} ${clockTime(at)} / ${clockTime(block.durationMs)}`;
}

function clockTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

type ButtonComponent = Extract<Part, { kind: "row" }>["buttons"][number];

function buttonOf(button: Button, encoding: Encoding, used: Used): ButtonComponent[] {
  const data = encoding.data.get(button.command);
  if (data === undefined || used.buttons >= max.buttons) return [];
  used.buttons += 1;
  const label = cut(oneLine(button.label), max.label) || "…";
  const custom_id = `${button.form ? "f" : "b"}${used.ids++}.${data}`;
  return [{ type: ComponentType.Button, style: styles[button.style], label, custom_id }];
}

function rows(buttons: ButtonComponent[]): Part[] {
  return buttons.length > 0 ? [{ kind: "row", buttons }] : [];
}

function selectPart(block: Extract<Block, { type: "select" }>, encoding: Encoding, used: Used): Part[] {
  const options = block.options.slice(0, max.options).flatMap((option, index) => {
    const data = encoding.data.get(option.command);
    if (data === undefined) return [];
    const detail = option.detail ? cut(oneLine(option.detail), max.optionLabel) : "";
    return [
      {
        label: cut(oneLine(option.label), max.optionLabel) || "…",
        // Two options may carry the same command; their values must differ all the same.
        value: `${index}.${data}`,
        ...(detail ? { description: detail } : {}),
      },
    ];
  });
  if (options.length === 0 || used.selects >= max.selects) return [];
  used.selects += 1;
  return [
    {
      kind: "select",
      select: {
        type: ComponentType.StringSelect,
        custom_id: `s${used.ids++}`,
        placeholder: cut(oneLine(block.label), max.placeholder),
        options,
      },
    },
  ];
}

/** Discord takes addresses of the open web on buttons; one of this machine or network is shown as words to be copied. */
function linkParts(label: string, url: string, used: Used): Part[] {
  if (isOpenWeb(url) && url.length <= max.url && used.buttons < max.buttons) {
    used.buttons += 1;
    const shown = cut(oneLine(label), max.label) || "…";
    return rows([{ type: ComponentType.Button, style: ButtonStyle.Link, label: shown, url }]);
  }
  // A target of more than two thousand characters is none that a person could follow from here.
  if (!/^https?:\/\//i.test(url) || url.length > 2_000) return textParts(escapeText(oneLine(label)));
  return textParts(`${escapeText(oneLine(label))}: ${linkTarget(url)}`);
}

/** True for http addresses with a name that others can look up. */
export function isOpenWeb(address: string): boolean {
  const url = URL.parse(address);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) return false;
  const host = url.hostname;
  return (
    host.includes(".") && !/^[\d.]+$/.test(host) && !host.startsWith("[") && !/\.(local|internal|lan|home)$/.test(host)
  );
}
