import type { Blocks, KeptMessage, World } from "./world.ts";

/** What one person sees of a channel, as words, oldest first. A mention that would ring somebody shows as "(mention …)". */
export function seenBy(world: World, channel: string, user: string): string[] {
  if (!world.channels.get(channel)?.members.has(user)) return [];
  return world.messages
    .filter((message) => message.channel === channel && (message.onlyFor === undefined || message.onlyFor === user))
    .map(shown);
}

export function shown(message: KeptMessage): string {
  const unfurled = [...message.unfurled.values()].flat();
  const body = message.blocks.length > 0 ? words(message.blocks) : [mrkdwn(message.text)];
  return [...body, ...words(unfurled)].join("\n");
}

export function words(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(words);
  if (typeof value !== "object" || value === null) return [];
  const fields = value as Record<string, unknown>;
  const { type, text } = fields;
  if (type === "date") return [`(time ${fields.timestamp} ${fields.format})`];
  if (typeof text === "string") return [type === "mrkdwn" ? mrkdwn(text) : text];
  return Object.entries(fields).flatMap(([key, inner]) => (key === "alt_text" ? [String(inner)] : words(inner)));
}

/** https://docs.slack.dev/messaging/formatting-message-text: what stands between < and > acts. */
export function mrkdwn(text: string): string {
  return text
    .replace(/<!date\^(\d+)\^([^<>|^]*)\|([^<>|]*)>/g, (_all, at: string, format: string) => `(time ${at} ${format})`)
    .replace(/<([@#!])([^<>|]*)(?:\|([^<>]*))?>/g, (_all, sign: string, name: string) => `(mention ${sign}${name})`)
    .replace(
      /<([^<>|]*)(?:\|([^<>]*))?>/g,
      (_all, url: string, label: string | undefined) => `(link ${url}) ${label ?? ""}`,
    )
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

type Control = { action_id: string; block_id: string; label: string; type: "button" | "static_select"; value?: string };

/** What can be pressed in blocks: buttons by their words, options of menus by theirs. A block without a name is given one. */
export function controls(blocks: Blocks | undefined): Control[] {
  return (blocks ?? []).flatMap((block, at) =>
    inside(block).map((found) => ({ block_id: String(block.block_id ?? `b${at}`), ...found })),
  );
}

function inside(value: unknown): Omit<Control, "block_id">[] {
  if (Array.isArray(value)) return value.flatMap(inside);
  if (typeof value !== "object" || value === null) return [];
  const fields = value as Record<string, unknown> & {
    type?: string;
    action_id?: string;
    value?: string;
    text?: { text?: string };
    options?: { text: { text: string }; value: string }[];
  };
  const { action_id } = fields;
  if (fields.type === "button" && action_id)
    return [
      {
        action_id,
        label: fields.text?.text ?? "",
        type: "button",
        ...(fields.value === undefined ? {} : { value: fields.value }),
      },
    ];
  if (fields.type === "static_select" && action_id)
    return (fields.options ?? []).map((option) => ({
      action_id,
      label: option.text.text,
      type: "static_select" as const,
      value: option.value,
    }));
  return Object.values(fields).flatMap(inside);
}
