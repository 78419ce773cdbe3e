import type { ActionsBlockElement, KnownBlock } from "@slack/types";
import type { Block, Button, Reply } from "../../src/contracts/reply.ts";
import type { Command } from "../../src/contracts/vocabulary.ts";
import { cut } from "../shared/cut.ts";
import { kit, limits } from "./limits.ts";
import { clean, clockTime, escaped, pieces } from "./text.ts";
import { createTimes, type Times } from "./times.ts";
import { withoutRichText } from "./unfurl-blocks.ts";

export type Surface = keyof typeof kit.blocks;
export type Encoded = { text: string; blocks: KnownBlock[] };

export type EncodeWith = {
  surface: Surface;
  button(command: Command, maxBytes: number): Promise<string>;
  /** Whether the platform can fetch a picture at this address. */
  reachable(url: string): Promise<boolean>;
};

/** What an action of ours starts with: pressed, asks a form first, chosen from a menu, a link that opens by itself. */
export const actions = { press: "press", form: "form", choose: "choose", open: "open" } as const;

const signs: Record<NonNullable<Button["icon"]>, string> = {
  previous: "⏮",
  pause: "⏸",
  play: "▶",
  next: "⏭",
  quieter: "🔉",
  louder: "🔊",
  like: "🤍",
  unlike: "❤️",
  shuffle: "🔀",
  repeat: "🔁",
  queue: "➕",
};
const barWidth = 16;
/** Of all characters of a message, so that running text has some too. */
const mostBesideText = limits.text - kit.section;

type Plain = { type: "plain_text"; text: string; emoji: false };
const plain = (text: string, max: number): Plain => ({ type: "plain_text", text: cut(text, max), emoji: false });

const verbatim = (text: string) => ({ type: "mrkdwn", text, verbatim: true }) as const;

/**
 * A reply as Block Kit. Words stand in `plain_text` and `rich_text`, which hold no markup, so a title cannot become a mention,
 * a link or bold; beside a picture, where a moment needs `mrkdwn`, they are said so that nothing else acts. `text`, which
 * notifications and screen readers say, is escaped.
 */
export async function encode(reply: Reply, with_: EncodeWith): Promise<Encoded> {
  const shown: Block[] = reply.blocks.length > 0 ? reply.blocks : [{ type: "text", text: reply.text }];
  const drawing = createDrawing(with_, shown, createTimes(reply.times));
  for (let at = 0; at < shown.length; at++) {
    const block = shown[at];
    const next = shown[at + 1];
    if (!block) continue;
    const beside = block.type === "image" && !block.large && next?.type === "text";
    if (beside && (await drawing.illustrated(next.text, block))) at++;
    else await drawing.add(block);
  }
  const blocks = with_.surface === "unfurl" ? withoutRichText(drawing.blocks) : drawing.blocks;
  return { text: escaped(cut(reply.text, kit.fallback)), blocks: fitted(blocks, kit.blocks[with_.surface]) };
}

function createDrawing(with_: EncodeWith, shown: readonly Block[], times: Times) {
  const blocks: KnownBlock[] = [];
  // What can be pressed keeps its words, then lists and the like theirs; running text shares what they leave.
  const detailed = costOf(shown, choices(true)) <= limits.text / 2;
  const pressed = Math.min(mostBesideText, costOf(shown, choices(detailed)));
  const listed = Math.min(mostBesideText - pressed, costOf(shown, costOfListed));
  const left = { pressed, listed, text: limits.text - pressed - listed };
  let named = 0;
  /** The platform refuses a message whose blocks are too long in all ("msg_blocks_too_long"): what is over the budget goes. */
  const words = (text: string, max: number, from: keyof typeof left): string => {
    const kept = cut(clean(text), Math.max(0, Math.min(max, left[from])));
    left[from] -= kept.length;
    return kept.trim() === "" ? "" : kept;
  };
  const actionId = (kind: keyof typeof actions) => `${actions[kind]}:${named++}`;

  const paragraphs = (text: string) => {
    for (const piece of pieces(words(text, limits.text, "text"), kit.section))
      if (piece.trim() !== "")
        blocks.push({
          type: "rich_text",
          elements: [{ type: "rich_text_section", elements: times.rich(piece) }],
        });
  };
  const linked = (text: string, url: string | undefined) => {
    const label = words(text, kit.section, "text");
    if (label === "") return;
    const element = url && openable(url) ? ({ type: "link", url, text: label } as const) : undefined;
    blocks.push({
      type: "rich_text",
      elements: [{ type: "rich_text_section", elements: [element ?? { type: "text", text: label }] }],
    });
  };
  const act = (elements: ActionsBlockElement[]) => {
    for (const element of elements) {
      const last = blocks.at(-1);
      if (last?.type === "actions" && last.elements.length < kit.actions) last.elements.push(element);
      else blocks.push({ type: "actions", elements: [element] });
    }
  };
  const small = (text: string) => {
    const said = words(text, kit.context, "text");
    if (said !== "") blocks.push({ type: "context", elements: [plain(said, kit.context)] });
  };
  const showable = async (url: string) => openable(url) && (await with_.reachable(url));

  async function pressable(button: Button): Promise<ActionsBlockElement> {
    const sign = button.icon === undefined ? undefined : signs[button.icon];
    const spoken = button.description ?? (sign === undefined ? undefined : button.label);
    return {
      type: "button",
      action_id: actionId(button.form ? "form" : "press"),
      text: plain(sign ?? (clean(button.label).trim() || "·"), kit.buttonLabel),
      value: await with_.button(button.command, limits.buttonBytes),
      ...(button.style === "plain" ? {} : { style: button.style }),
      ...(spoken === undefined ? {} : { accessibility_label: cut(clean(spoken), kit.spoken) }),
    };
  }

  /** More menus than a message can hold words for: the last ones go. */
  const affordable = (block: Block): boolean => {
    left.pressed -= choices(detailed)(block);
    return left.pressed >= 0;
  };

  async function add(block: Block): Promise<void> {
    if (!affordable(block)) return;
    switch (block.type) {
      case "heading": {
        const text = words(block.text, kit.header, "listed").replaceAll("\n", " ");
        if (text !== "") blocks.push({ type: "header", text: plain(text, kit.header) });
        return;
      }
      case "text":
        return paragraphs(block.text);
      case "image": {
        const alt = cut(clean(block.alt), kit.listed);
        if (await showable(block.url)) blocks.push({ type: "image", image_url: block.url, alt_text: alt || "·" });
        else small(block.alt);
        return;
      }
      case "fields": {
        const lines = block.fields.flatMap(({ name, value }) => {
          const said = words(value, kit.listed, "listed");
          const label = words(name, kit.listed, "listed");
          return label === "" && said === ""
            ? []
            : [{ type: "text" as const, text: label || "·", style: { bold: true } }, ...times.rich(`  ${said}\n`)];
        });
        if (lines.length > 0)
          blocks.push({ type: "rich_text", elements: [{ type: "rich_text_section", elements: lines }] });
        return;
      }
      case "progress": {
        const share = block.durationMs > 0 ? Math.min(1, block.positionMs / block.durationMs) : 0;
        const filled = Math.round(share * barWidth);
        const bar = `${"━".repeat(filled)}●${"─".repeat(barWidth - filled)}`;
        return small(
          `${block.playing ? signs.play : signs.pause} ${clockTime(block.positionMs)} ${bar} ${clockTime(block.durationMs)}`,
        );
      }
      case "list": {
        const items = block.items.flatMap((item) => {
          const title = words(item.title, kit.listed, "listed");
          const detail = words(item.detail ?? "", kit.listed, "listed");
          if (title === "") return [];
          const head =
            item.url && openable(item.url)
              ? [{ type: "link" as const, url: item.url, text: title }]
              : times.rich(title);
          const tail = detail === "" ? [] : times.rich(` – ${detail}`);
          return [{ type: "rich_text_section" as const, elements: [...head, ...tail] }];
        });
        const style = block.ordered ? "ordered" : "bullet";
        if (items.length > 0)
          blocks.push({ type: "rich_text", elements: [{ type: "rich_text_list", style, elements: items }] });
        return;
      }
      case "buttons":
        return act(await Promise.all(block.buttons.slice(0, limits.buttons).map(pressable)));
      case "select": {
        const label = clean(block.label).trim() || "·";
        const options = await Promise.all(
          block.options.slice(0, limits.options).map(async (option) => ({
            text: plain(clean(option.label).trim() || "·", kit.optionLabel),
            value: await with_.button(option.command, kit.optionBytes),
            ...(!detailed || clean(option.detail ?? "").trim() === ""
              ? {}
              : { description: plain(clean(option.detail ?? ""), kit.optionLabel) }),
          })),
        );
        blocks.push({
          type: "section",
          text: plain(label, kit.placeholder),
          accessory: {
            type: "static_select",
            action_id: actionId("choose"),
            placeholder: plain(label, kit.placeholder),
            options,
          },
        });
        return;
      }
      case "link":
        if (!openable(block.url)) return;
        return act([
          {
            type: "button",
            action_id: actionId("open"),
            text: plain(clean(block.label).trim() || "·", kit.buttonLabel),
            url: block.url,
          },
        ]);
      case "attribution":
        return block.url === undefined ? small(block.text) : linked(block.text, block.url);
    }
  }

  return {
    blocks,
    add,
    /** A picture beside its words, as a cover belongs to a title: a picture of its own fills the width. */
    async illustrated(text: string, image: Extract<Block, { type: "image" }>): Promise<boolean> {
      if (text.length > kit.section || !(await showable(image.url))) return false;
      const said = words(text, kit.section, "text");
      if (said === "") return false;
      const marked = times.marked(said);
      const more = (marked?.length ?? 0) - said.length;
      const fits = marked !== undefined && marked.length <= kit.section && more <= left.text;
      if (fits) left.text -= more;
      blocks.push({
        type: "section",
        text: fits ? verbatim(marked) : plain(said, kit.section),
        accessory: { type: "image", image_url: image.url, alt_text: cut(clean(image.alt), kit.listed) || "·" },
      });
      return true;
    },
  };
}

/** Addresses of other kinds, and longer ones, make the platform refuse the whole message. */
function openable(url: string): boolean {
  return /^https?:\/\//.test(url) && url.length <= kit.address;
}

type Cost = (block: Block) => number;
const atMost = (max: number, text: string | undefined) => Math.min(max, text?.length ?? 0);
const costOf = (blocks: readonly Block[], cost: Cost) => blocks.reduce((sum, block) => sum + cost(block), 0);

/** How many characters the words of buttons and menus take, with or without the small print of options. */
function choices(detailed: boolean): Cost {
  const label = (text: string | undefined) => atMost(kit.optionLabel, text);
  return (block) => {
    if (block.type === "buttons") return block.buttons.reduce((sum, each) => sum + label(each.label), 0);
    if (block.type === "link") return label(block.label);
    if (block.type !== "select") return 0;
    const options = block.options.slice(0, limits.options);
    const words = options.reduce((sum, each) => sum + label(each.label) + (detailed ? label(each.detail) : 0), 0);
    return words + 2 * atMost(kit.placeholder, block.label);
  };
}

function costOfListed(block: Block): number {
  const pair = (a: string, b: string | undefined) => atMost(kit.listed, a) + atMost(kit.listed, b);
  if (block.type === "heading") return atMost(kit.header, block.text);
  if (block.type === "list") return block.items.reduce((sum, item) => sum + pair(item.title, item.detail), 0);
  if (block.type === "fields") return block.fields.reduce((sum, each) => sum + pair(each.name, each.value), 0);
  return 0;
}

/** What can be pressed stays when there are too many blocks; of the rest, what stands last goes first. */
function fitted(blocks: KnownBlock[], max: number): KnownBlock[] {
  const spare = blocks.length - max;
  if (spare <= 0) return blocks;
  const mute = blocks.flatMap((block, at) => (block.type === "actions" || "accessory" in block ? [] : [at]));
  const dropped = new Set(mute.slice(-spare));
  return blocks.filter((_block, at) => !dropped.has(at)).slice(0, max);
}

/** The same message without a picture in it: the platform refuses the whole message when it cannot fetch one. */
export function withoutPictures(encoded: Encoded): Encoded {
  const blocks = encoded.blocks.flatMap((block): KnownBlock[] => {
    if (block.type === "image") return [{ type: "context", elements: [plain(block.alt_text, kit.context)] }];
    if (block.type !== "section" || block.accessory?.type !== "image") return [block];
    const { accessory: _, ...rest } = block;
    return [rest];
  });
  return { ...encoded, blocks };
}

export function hasPictures({ blocks }: Encoded): boolean {
  return blocks.some(
    (block) => block.type === "image" || (block.type === "section" && block.accessory?.type === "image"),
  );
}
