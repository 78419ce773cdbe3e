import { z } from "zod";
import { refusals } from "./refusal.ts";

/** https://docs.discord.com/developers/interactions/application-commands#application-command-object */
const locales = [
  "id",
  "da",
  "de",
  "en-GB",
  "en-US",
  "es-ES",
  "es-419",
  "fr",
  "hr",
  "it",
  "lt",
  "hu",
  "nl",
  "no",
  "pl",
  "pt-BR",
  "ro",
  "fi",
  "sv-SE",
  "vi",
  "tr",
  "cs",
  "el",
  "bg",
  "ru",
  "uk",
  "hi",
  "th",
  "zh-CN",
  "ja",
  "zh-TW",
  "ko",
] as const;
const name = z.string().regex(/^[-_'\p{Ll}\p{Lo}\p{Lm}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u);
const description = z.string().min(1).max(100);
const localized = <T extends z.ZodType>(text: T) => z.partialRecord(z.enum(locales), text).optional();
const words = {
  name,
  description,
  name_localizations: localized(name),
  description_localizations: localized(description),
};
const choiceName = z.string().min(1).max(100);
const choice = z.strictObject({
  name: choiceName,
  name_localizations: localized(choiceName),
  value: z.string().max(100),
});
const basic = z.discriminatedUnion("type", [
  z
    .strictObject({
      type: z.literal(3),
      ...words,
      required: z.boolean(),
      choices: z.array(choice).min(1).max(25).optional(),
      autocomplete: z.boolean().optional(),
    })
    .refine((option) => !(option.choices && option.autocomplete), "An option has choices or autocomplete"),
  z.strictObject({
    type: z.literal(4),
    ...words,
    required: z.boolean(),
    min_value: z.int().optional(),
    max_value: z.int().optional(),
  }),
  z.strictObject({ type: z.literal(5), ...words, required: z.boolean() }),
  z.strictObject({
    type: z.literal(10),
    ...words,
    required: z.boolean(),
    min_value: z.number().optional(),
    max_value: z.number().optional(),
  }),
]);
const unique = (all: readonly { name: string }[]) => new Set(all.map((each) => each.name)).size === all.length;
const basics = z
  .array(basic)
  .max(25)
  .refine(unique, "Option names must be unique")
  .refine(
    (all) => !all.some((option, at) => option.required && all.slice(0, at).some((before) => !before.required)),
    "Required options must be placed before non-required options",
  );
const subcommand = z.strictObject({ type: z.literal(1), ...words, options: basics });
const group = z.strictObject({
  type: z.literal(2),
  ...words,
  options: z.array(subcommand).min(1).max(25).refine(unique, "unique"),
});
const places = {
  integration_types: z.array(z.union([z.literal(0), z.literal(1)])),
  contexts: z.array(z.union([z.literal(0), z.literal(1), z.literal(2)])),
};
const slash = z.strictObject({
  type: z.literal(1),
  ...words,
  ...places,
  default_member_permissions: z.string().regex(/^\d+$/).optional(),
  options: z.union([
    basics,
    z
      .array(z.union([subcommand, group]))
      .max(25)
      .refine(unique, "unique"),
  ]),
});
const menu = z.strictObject({
  type: z.literal(3),
  name: z.string().min(1).max(32),
  name_localizations: localized(z.string().min(1).max(32)),
  ...places,
});
const commands = z.array(z.discriminatedUnion("type", [slash, menu]));
export type RegisteredCommand = z.output<typeof commands>[number];

export function checkCommands(given: unknown): RegisteredCommand[] {
  const parsed = commands.safeParse(given);
  if (!parsed.success) throw refusals.form(parsed.error);
  const slashes = parsed.data.filter((each) => each.type === 1);
  const menus = parsed.data.filter((each) => each.type === 3);
  if (slashes.length > 100 || menus.length > 15) throw refusals.form("Maximum number of application commands reached");
  if (!unique(slashes) || !unique(menus)) throw refusals.form("Application command names must be unique");
  for (const each of slashes) if (characters(each) > 8000) throw refusals.form("Command exceeds maximum size (8000)");
  return parsed.data;
}

/** Names, descriptions and values with those inside; the longest of the languages counts. */
function characters(each: unknown): number {
  if (typeof each !== "object" || each === null) return 0;
  const field = (key: string): unknown => Reflect.get(each, key);
  const own = ["name", "description"].map((key) => {
    const others = Object.values((field(`${key}_localizations`) ?? {}) as Record<string, string>);
    return Math.max(String(field(key) ?? "").length, ...others.map((text) => text.length));
  });
  const value = field("value");
  const inner = [field("options"), field("choices")].flatMap((list) => (Array.isArray(list) ? list : []));
  return (
    own.reduce((a, b) => a + b, String(value ?? "").length) + inner.reduce((sum, next) => sum + characters(next), 0)
  );
}
