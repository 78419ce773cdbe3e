import { z } from "zod";

/** Block Kit as https://docs.slack.dev/reference/block-kit documents its limits. Unknown fields are refused, as the platform does. */
const plain = (max: number) =>
  z.strictObject({ type: z.literal("plain_text"), text: z.string().min(1).max(max), emoji: z.boolean().optional() });
const text = (max: number) =>
  z.union([
    plain(max),
    z.strictObject({ type: z.literal("mrkdwn"), text: z.string().min(1).max(max), verbatim: z.boolean().optional() }),
  ]);
const web = z
  .string()
  .max(3_000)
  .regex(/^https?:\/\//);
const blockId = z.string().min(1).max(255).optional();
const actionId = z.string().min(1).max(255);

const option = z.strictObject({
  text: plain(75),
  value: z.string().min(1).max(150),
  description: plain(75).optional(),
});
const button = z.strictObject({
  type: z.literal("button"),
  action_id: actionId,
  text: plain(75),
  value: z.string().max(2_000).optional(),
  url: web.optional(),
  style: z.enum(["primary", "danger"]).optional(),
  accessibility_label: z.string().max(75).optional(),
});
const select = z.strictObject({
  type: z.literal("static_select"),
  action_id: actionId,
  placeholder: plain(150).optional(),
  options: z.array(option).min(1).max(100),
  initial_option: option.optional(),
});
const image = z.strictObject({ type: z.literal("image"), image_url: web, alt_text: z.string().min(1).max(2_000) });
const input = z.strictObject({
  type: z.literal("plain_text_input"),
  action_id: actionId,
  max_length: z.number().int().min(1).max(3_000).optional(),
  initial_value: z.string().optional(),
  placeholder: plain(150).optional(),
});

const style = z.strictObject({ bold: z.boolean().optional(), italic: z.boolean().optional() }).optional();
const richElement = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string().min(1), style }),
  z.strictObject({ type: z.literal("link"), url: web, text: z.string().optional(), style }),
  z.strictObject({
    type: z.literal("date"),
    timestamp: z.number().int().nonnegative(),
    format: z.string().regex(/^[^{}]*(\{(time|date_long_full)\}[^{}]*)+$/),
    fallback: z.string().min(1),
  }),
]);
const richSection = z.strictObject({ type: z.literal("rich_text_section"), elements: z.array(richElement).min(1) });
const richList = z.strictObject({
  type: z.literal("rich_text_list"),
  style: z.enum(["bullet", "ordered"]),
  elements: z.array(richSection).min(1),
});

const unique = (elements: { action_id: string }[]) =>
  new Set(elements.map(({ action_id }) => action_id)).size === elements.length;

const anywhere = [
  z.strictObject({ type: z.literal("header"), block_id: blockId, text: plain(150) }),
  z.strictObject({
    type: z.literal("section"),
    block_id: blockId,
    text: text(3_000),
    accessory: z.union([image, select, button]).optional(),
  }),
  z.strictObject({
    type: z.literal("image"),
    block_id: blockId,
    image_url: web,
    alt_text: z.string().min(1).max(2_000),
  }),
  z.strictObject({
    type: z.literal("context"),
    block_id: blockId,
    elements: z
      .array(z.union([text(2_000), image]))
      .min(1)
      .max(10),
  }),
  z.strictObject({
    type: z.literal("actions"),
    block_id: blockId,
    elements: z
      .array(z.union([button, select]))
      .min(1)
      .max(25)
      .refine(unique, "action_id must be unique in its block"),
  }),
] as const;
const common = [
  ...anywhere,
  z.strictObject({
    type: z.literal("rich_text"),
    block_id: blockId,
    elements: z.array(z.union([richSection, richList])).min(1),
  }),
] as const;
const inputBlock = z.strictObject({
  type: z.literal("input"),
  block_id: blockId,
  label: plain(2_000),
  optional: z.boolean().optional(),
  element: z.union([input, select]),
});

const named = (blocks: { block_id?: string | undefined }[]) => {
  const ids = blocks.flatMap(({ block_id }) => (block_id === undefined ? [] : [block_id]));
  return new Set(ids).size === ids.length;
};
const twice = "block_id must be unique";
export const messageBlocks = z
  .array(z.discriminatedUnion("type", [...common]))
  .max(50)
  .refine(named, twice);
/** Under a link rich_text is refused (https://github.com/slackapi/java-slack-sdk/issues/948). */
export const unfurlBlocks = z
  .array(z.discriminatedUnion("type", [...anywhere]))
  .max(50)
  .refine(named, twice);
export const homeBlocks = z
  .array(z.discriminatedUnion("type", [...common]))
  .max(100)
  .refine(named, twice);
export const modalView = z
  .strictObject({
    type: z.literal("modal"),
    callback_id: z.string().max(255).optional(),
    title: plain(24),
    submit: plain(24).optional(),
    close: plain(24).optional(),
    private_metadata: z.string().max(3_000).optional(),
    blocks: z
      .array(z.discriminatedUnion("type", [...common, inputBlock]))
      .min(1)
      .max(100),
  })
  .refine(
    (view) => view.submit !== undefined || !view.blocks.some((block) => block.type === "input"),
    "submit is required",
  );

/** All blocks of a message together ("msg_blocks_too_long"). */
export const maxBlockText = 13_200;

/** Every string a person reads in the blocks. */
export function readable(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(readable);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "string" && (key === "text" || key === "alt_text" || key === "fallback")
      ? [inner]
      : readable(inner),
  );
}

export function pictures(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(pictures);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "image_url" && typeof inner === "string" ? [inner] : pictures(inner),
  );
}
