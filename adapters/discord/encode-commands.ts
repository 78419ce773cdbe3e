import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  Locale,
  type LocalizationMap,
  PermissionFlagsBits,
  type RESTPostAPIApplicationCommandsJSONBody,
} from "discord.js";
import type { CommandOption, CommandSpec } from "../../src/contracts/adapter.ts";
import { cut } from "../shared/cut.ts";
import { oneLine } from "./escape.ts";
import { type Words, wordsFor } from "./words.ts";

/** https://docs.discord.com/developers/interactions/application-commands */
const max = { commands: 100, options: 25, choices: 25, choice: 100, description: 100, characters: 8_000 };
const nameForm = /^[-_'\p{Ll}\p{Lo}\p{Lm}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;
export const groupedName = "segue";

export type CommandWords = {
  locales: readonly string[];
  commands(locale: string): readonly CommandSpec[];
  words: ReadonlyMap<string, Words>;
};

const everywhere = {
  integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
  contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
};

/** Everything that is registered, in one body for the bulk overwrite of global commands; names of those that had no room. */
export function encodeCommands(
  source: CommandWords,
  grouped: boolean,
): { body: RESTPostAPIApplicationCommandsJSONBody[]; leftOut: string[] } {
  const [first = "en"] = source.locales;
  const all = source.commands(first);
  const named = all.filter((spec) => nameForm.test(spec.name));
  const unnameable = all.filter((spec) => !nameForm.test(spec.name));
  const others = new Map(
    source.locales
      .slice(1)
      .map((locale) => [locale, new Map(source.commands(locale).map((each) => [each.intent, each]))]),
  );
  const translations = (spec: CommandSpec): Translations =>
    [...others].flatMap(([locale, specs]) => {
      const found = specs.get(spec.intent);
      return found ? [[locale, found] as const] : [];
    });
  const { body, leftOut } = grouped
    ? asOne(named, translations, source, first)
    : {
        body: named.slice(0, max.commands).map((spec) => flat(spec, translations(spec))),
        leftOut: names(named.slice(max.commands)),
      };
  return { body: [...body, ...menus(source, first)], leftOut: [...names(unnameable), ...leftOut] };
}

type Translations = (readonly [locale: string, spec: CommandSpec])[];

function flat(spec: CommandSpec, translated: Translations): RESTPostAPIApplicationCommandsJSONBody {
  return {
    type: ApplicationCommandType.ChatInput,
    ...described(spec, translated),
    ...everywhere,
    // Owners of a server may tune it under Server Settings > Integrations; a bot cannot.
    ...(spec.managers ? { default_member_permissions: String(PermissionFlagsBits.ManageGuild) } : {}),
    options: options(spec, translated),
  };
}

/** One command with a subcommand each; those of a family (`queue.show`, `queue.clear`) in a group where there are over 25. */
function asOne(
  specs: readonly CommandSpec[],
  translations: (spec: CommandSpec) => Translations,
  source: CommandWords,
  first: string,
): { body: RESTPostAPIApplicationCommandsJSONBody[]; leftOut: string[] } {
  const subcommand = (spec: CommandSpec): APIApplicationCommandSubcommandOption => ({
    type: ApplicationCommandOptionType.Subcommand,
    ...described(spec, translations(spec)),
    options: options(spec, translations(spec)),
  });
  const taken: APIApplicationCommandOption[] = [];
  const leftOut: string[] = [];
  const base = { name: groupedName, description: cut(oneLine(wordsFor(source.words, first).grouped), max.description) };
  let room = max.characters - groupedName.length - base.description.length;
  for (const family of families(specs)) {
    const made = family.specs.map(subcommand);
    const option: APIApplicationCommandOption | undefined =
      family.name === undefined
        ? made[0]
        : {
            type: ApplicationCommandOptionType.SubcommandGroup,
            name: family.name,
            description: cut(names(family.specs).join(", "), max.description),
            options: made.slice(0, max.options),
          };
    const size = option ? weight(option) : 0;
    if (!option || taken.length >= max.options || size > room) leftOut.push(...names(family.specs));
    else {
      taken.push(option);
      room -= size;
      leftOut.push(...names(family.specs.slice(max.options)));
    }
  }
  return { body: [{ type: ApplicationCommandType.ChatInput, ...base, ...everywhere, options: taken }], leftOut };
}

function families(specs: readonly CommandSpec[]): { name?: string; specs: CommandSpec[] }[] {
  if (specs.length <= max.options) return specs.map((spec) => ({ specs: [spec] }));
  const byFamily = Map.groupBy(specs, (spec) => spec.intent.split(".")[0] ?? spec.name);
  const taken = new Set(specs.map((spec) => spec.name));
  return [...byFamily].flatMap(([name, members]) => {
    if (members.length === 1) return [{ specs: members }];
    // A group must not be called as one of the commands beside it.
    const called =
      [...byFamily.values()].some((each) => each.length === 1 && each[0]?.name === name) && taken.has(name);
    return [{ name: called ? `${name}-all` : name, specs: members }];
  });
}

/** Characters that count against the 8,000 of a command: the longest language of each name and description. */
function weight(option: APIApplicationCommandOption): number {
  const longest = (text: string, map?: LocalizationMap | null) =>
    Math.max(text.length, ...Object.values(map ?? {}).map((each) => each?.length ?? 0));
  const own =
    longest(option.name, option.name_localizations) + longest(option.description, option.description_localizations);
  const choices =
    "choices" in option && option.choices
      ? option.choices.reduce(
          (sum, { name, name_localizations, value }) => sum + longest(name, name_localizations) + String(value).length,
          0,
        )
      : 0;
  const inner = "options" in option ? (option.options ?? []).reduce((sum, each) => sum + weight(each), 0) : 0;
  return own + choices + inner;
}

function described(
  spec: { name: string; description: string },
  translated: (readonly [string, { name: string; description: string }])[],
) {
  const description = (text: string) => cut(oneLine(text), max.description) || "…";
  return {
    name: spec.name,
    description: description(spec.description),
    name_localizations: localized(
      translated.filter(([, each]) => nameForm.test(each.name)).map(([locale, each]) => [locale, each.name]),
    ),
    description_localizations: localized(translated.map(([locale, each]) => [locale, description(each.description)])),
  };
}

function options(spec: CommandSpec, translated: Translations): APIApplicationCommandBasicOption[] {
  // Discord wants what must be given first.
  return spec.options
    .filter((option) => nameForm.test(option.name))
    .toSorted((a, b) => Number(b.required) - Number(a.required))
    .slice(0, max.options)
    .map((option) => optionOf(option, translated));
}

function optionOf(option: CommandOption, translated: Translations): APIApplicationCommandBasicOption {
  const same = translated.flatMap(([locale, spec]) => {
    const found = spec.options.find((each) => each.slot === option.slot);
    return found ? [[locale, found] as const] : [];
  });
  const base = { ...described(option, same), required: option.required };
  const choices = (option.choices ?? []).filter((choice) => choice.length > 0 && choice.length <= max.choice);
  if (option.type === "boolean") return { type: ApplicationCommandOptionType.Boolean, ...base };
  if (option.type === "string") {
    const type = ApplicationCommandOptionType.String;
    if (choices.length > 0) {
      const called = (labels: CommandOption["labels"], value: string) =>
        cut(oneLine(labels?.[value] ?? value), max.choice);
      const offered = choices.slice(0, max.choices).map((value) => ({
        name: called(option.labels, value),
        name_localizations: localized(same.map(([locale, { labels }]) => [locale, called(labels, value)])),
        value,
      }));
      return { type, ...base, choices: offered };
    }
    return option.suggests ? { type, ...base, autocomplete: true } : { type, ...base };
  }
  const numeric = {
    ...base,
    ...(option.min === undefined ? {} : { min_value: option.min }),
    ...(option.max === undefined ? {} : { max_value: option.max }),
  };
  return option.type === "integer"
    ? { type: ApplicationCommandOptionType.Integer, ...numeric }
    : { type: ApplicationCommandOptionType.Number, ...numeric };
}

function menus(source: CommandWords, first: string): RESTPostAPIApplicationCommandsJSONBody[] {
  const menu = (key: "play_message" | "queue_message"): RESTPostAPIApplicationCommandsJSONBody => ({
    type: ApplicationCommandType.Message,
    name: wordsFor(source.words, first)[key],
    name_localizations: localized(
      source.locales.slice(1).map((locale) => [locale, wordsFor(source.words, locale)[key]]),
    ),
    ...everywhere,
  });
  return [menu("play_message"), menu("queue_message")];
}

/** https://docs.discord.com/developers/reference#locales: some languages only with a country. */
const countries: Record<string, Locale[]> = {
  en: [Locale.EnglishUS, Locale.EnglishGB],
  es: [Locale.SpanishES, Locale.SpanishLATAM],
  pt: [Locale.PortugueseBR],
  sv: [Locale.Swedish],
  zh: [Locale.ChineseCN],
};
const known = new Set<string>(Object.values(Locale));

function localized(entries: (readonly [locale: string, text: string])[]): LocalizationMap {
  const map: Partial<Record<Locale, string>> = {};
  for (const [locale, text] of entries) {
    const plain = known.has(locale) ? [locale as Locale] : [];
    for (const each of countries[locale] ?? plain) map[each] = text;
  }
  return map;
}

function names(specs: readonly CommandSpec[]): string[] {
  return specs.map((spec) => spec.name);
}
