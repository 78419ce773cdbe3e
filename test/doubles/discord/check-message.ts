import { z } from "zod";
import { refusals } from "./refusal.ts";

/** https://docs.discord.com/developers/components/reference, as strict as it is written there. */
const customId = z.string().min(1).max(100);
const address = z.string().max(2048).refine(wellFormed, "Not a well formed URL.");
const media = z.strictObject({
  url: z.string().refine((url) => url.startsWith("attachment://") || wellFormed(url), "Not a well formed URL."),
});
const text = z.strictObject({ type: z.literal(10), content: z.string().trim().min(1).max(4000) });
const thumbnail = z.strictObject({ type: z.literal(11), media, description: z.string().min(1).max(1024).optional() });
const button = z.union([
  z.strictObject({
    type: z.literal(2),
    style: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
    label: z.string().trim().min(1).max(80),
    custom_id: customId,
  }),
  z.strictObject({
    type: z.literal(2),
    style: z.literal(5),
    label: z.string().trim().min(1).max(80),
    url: address.refine((url) => url.length <= 512, "Must be 512 or fewer in length."),
  }),
]);
const option = z.strictObject({
  label: z.string().trim().min(1).max(100),
  value: z.string().min(1).max(100),
  description: z.string().min(1).max(100).optional(),
  default: z.boolean().optional(),
});
const options = z
  .array(option)
  .min(1)
  .max(25)
  .refine(
    (all) => new Set(all.map(({ value }) => value)).size === all.length,
    "The specified option value is already used",
  );
const select = z.strictObject({
  type: z.literal(3),
  custom_id: customId,
  placeholder: z.string().max(150).optional(),
  options,
  required: z.boolean().optional(),
});
const row = z.strictObject({
  type: z.literal(1),
  components: z.union([z.array(button).min(1).max(5), z.tuple([select])]),
});
const section = z.strictObject({
  type: z.literal(9),
  components: z.array(text).min(1).max(3),
  accessory: z.union([thumbnail, button]),
});
const gallery = z.strictObject({
  type: z.literal(12),
  items: z
    .array(z.strictObject({ media, description: z.string().min(1).max(1024).optional() }))
    .min(1)
    .max(10),
});
const file = z.strictObject({ type: z.literal(13), file: media });
const separator = z.strictObject({ type: z.literal(14) });
const inner = z.union([row, section, text, gallery, file, separator]);
const container = z.strictObject({
  type: z.literal(17),
  components: z.array(inner).min(1),
  accent_color: z.number().int().min(0).max(0xffffff).optional(),
});
const components = z.array(z.union([inner, container])).min(1);
export type Component = z.output<typeof components>[number];

const modal = z.strictObject({
  custom_id: customId,
  title: z.string().min(1).max(45),
  components: z
    .array(
      z.strictObject({
        type: z.literal(18),
        label: z.string().trim().min(1).max(45),
        component: z.union([
          select,
          z
            .strictObject({
              type: z.literal(4),
              custom_id: customId,
              style: z.union([z.literal(1), z.literal(2)]),
              required: z.boolean(),
              max_length: z.number().int().min(1).max(4000),
              value: z.string().min(1).max(4000).optional(),
              placeholder: z.string().max(100).optional(),
            })
            .refine(
              (input) => (input.value?.length ?? 0) <= input.max_length,
              "Must be max_length or fewer in length.",
            ),
        ]),
      }),
    )
    .min(1)
    .max(5),
});
export type Modal = z.output<typeof modal>;

const body = z.object({
  flags: z.number().int().default(0),
  components: components.optional(),
  allowed_mentions: z.strictObject({ parse: z.array(z.string()) }).optional(),
  attachments: z
    .array(
      z.object({
        id: z.union([z.number().int(), z.string().regex(/^\d{17,20}$/)]),
        filename: z.string(),
        description: z.string().max(1024).optional(),
      }),
    )
    .default([]),
  message_reference: z.strictObject({ message_id: z.string(), fail_if_not_exists: z.boolean() }).optional(),
  nonce: z.string().max(25).optional(),
  enforce_nonce: z.boolean().optional(),
  content: z.never("The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2").optional(),
  embeds: z.never("The 'embeds' field cannot be used when using MessageFlags.IS_COMPONENTS_V2").optional(),
});
export type MessageBody = z.output<typeof body> & { components: Component[] };

const componentsV2 = 1 << 15;

/**
 * A message as it was sent, if Discord would take it; raises the vendor's refusal otherwise. `there` are the attachments by
 * name that the message to be changed has.
 */
export function checkMessage(
  given: unknown,
  files: readonly string[],
  there: ReadonlyMap<string, string> = new Map(),
): MessageBody {
  const parsed = body.safeParse(given);
  if (!parsed.success) throw refusals.form(parsed.error);
  const { data } = parsed;
  if (!data.components) throw refusals.empty();
  if ((data.flags & componentsV2) === 0)
    throw refusals.form("Components of this kind need MessageFlags.IS_COMPONENTS_V2");
  const all = flatten(data.components);
  if (all.length > 40) throw refusals.form(`The number of components ${all.length} exceeds the maximum 40`);
  const characters = all.reduce((sum, each) => sum + (each.type === 10 ? each.content.length : 0), 0);
  if (characters > 4000) throw refusals.form("The combined text of the components exceeds 4000 characters");
  const ids = all.flatMap((each) => ("custom_id" in each ? [each.custom_id] : []));
  if (new Set(ids).size !== ids.length) throw refusals.form("Component custom id cannot be duplicated");
  for (const { id, filename } of data.attachments)
    if (typeof id === "number" ? files[id] !== filename : there.get(filename) !== id)
      throw refusals.form(`The attachment ${id} does not exist`);
  const named = data.attachments.map(({ filename }) => filename);
  for (const url of all.flatMap(mediaOf))
    if (url.startsWith("attachment://") && !named.includes(url.slice(13)))
      throw refusals.form("The referenced attachment was not found");
  return { ...data, components: data.components };
}

export function checkModal(given: unknown): Modal {
  const parsed = modal.safeParse(given);
  if (!parsed.success) throw refusals.form(parsed.error);
  return parsed.data;
}

type Flat = Component | z.output<typeof button> | z.output<typeof select> | z.output<typeof thumbnail>;

/** Every component, the nested ones too. */
export function flatten(all: readonly Component[]): Flat[] {
  return all.flatMap((each): Flat[] => {
    if (each.type === 17) return [each, ...flatten(each.components)];
    if (each.type === 1) return [each, ...each.components];
    if (each.type === 9) return [each, ...each.components, each.accessory];
    return [each];
  });
}

function mediaOf(each: Flat): string[] {
  if (each.type === 11) return [each.media.url];
  if (each.type === 13) return [each.file.url];
  return each.type === 12 ? each.items.map((item) => item.media.url) : [];
}

function wellFormed(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && ["http:", "https:"].includes(url.protocol) && /\.[a-z]{2,}$/i.test(url.hostname);
}
