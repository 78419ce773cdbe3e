import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { CommandOption, CommandSpec } from "../contracts/adapter.ts";
import type { Need } from "../contracts/music.ts";
import type { Visibility } from "../contracts/reply.ts";
import type { CommandInfo, Permission, ShownTo, Skill } from "../contracts/skill.ts";
import { vocabulary } from "../contracts/vocabulary.ts";
import type { I18n } from "./i18n.ts";
import type { CommandWords, LocaleFile } from "./locale-file.ts";
import { folded } from "./slash.ts";
import { suggestible } from "./suggest.ts";

/** One intent with all that is known of it. */
export type Handler = {
  intent: string;
  skill: Skill;
  schema: z.ZodObject;
  needs: readonly Need[];
  permission: Permission | undefined;
  visibility: Visibility;
};

type View = { skill: Skill; render: NonNullable<Skill["views"]>[string] };

export interface Registry {
  readonly skills: readonly Skill[];
  handler(intent: string): Handler | undefined;
  view(kind: string): View | undefined;
  /** Commands that have words, in the order help shows them. */
  commands(locale: string): readonly CommandInfo[];
  specs(locale: string): readonly CommandSpec[];
}

/** Imports every `<folder>/<name>.ts`; each exports `skill`, whose name is the file's. */
export async function loadSkills(folder: string): Promise<Skill[]> {
  const names = (await readdir(folder)).filter((name) => /^[a-z][a-z-]*\.ts$/.test(name)).sort();
  return Promise.all(
    names.map(async (file) => {
      const module: { skill?: Skill } = await import(pathToFileURL(join(folder, file)).href);
      const name = basename(file, ".ts");
      if (!module.skill) throw new Error(`skills/${file} does not export "skill"`);
      if (module.skill.name !== name) throw new Error(`skills/${file} calls itself "${module.skill.name}"`);
      return module.skill;
    }),
  );
}

/** Throws with every fault at once: two skills for one intent or view, missing words, words for nothing. */
export function createRegistry(skills: readonly Skill[], i18n: I18n): Registry {
  const handlers = new Map<string, Handler>();
  const views = new Map<string, View>();
  const faults: string[] = [];
  for (const skill of skills) {
    for (const [intent, schema] of Object.entries(skill.intents)) {
      const taken = handlers.get(intent);
      if (taken) faults.push(`${intent} is claimed by ${taken.skill.name} and ${skill.name}`);
      handlers.set(intent, handlerOf(skill, intent, schema));
    }
    for (const [kind, render] of Object.entries(skill.views ?? {})) {
      if (views.has(kind)) faults.push(`view ${kind} is claimed twice`);
      views.set(kind, { skill, render });
    }
    faults.push(...i18n.locales.flatMap((locale) => wrongWords(skill, locale, i18n)));
  }
  if (faults.length > 0) throw new Error(faults.join("\n"));

  /** What a translation lacks is said in the language that has everything. */
  const filesOf = (skill: Skill, locale: string) =>
    [i18n.file(skill.name, locale), i18n.file(skill.name, i18n.fallback)].filter((file) => file !== undefined);
  const first = <T>(files: readonly LocaleFile[], pick: (file: LocaleFile) => T | undefined): T | undefined =>
    files.map(pick).find((found) => found !== undefined);
  const orderOf = (skill: Skill, locale: string) =>
    first(filesOf(skill, locale), (file) => file.help?.order) ?? Number.MAX_SAFE_INTEGER;
  const worded = (locale: string) =>
    [...skills]
      .sort((a, b) => orderOf(a, locale) - orderOf(b, locale) || a.name.localeCompare(b.name))
      .flatMap((skill) => {
        const files = filesOf(skill, locale);
        return Object.keys(skill.intents).flatMap((intent) => {
          const words = first(files, (file) => file.commands[intent]);
          return words ? [{ skill, intent, words, files }] : [];
        });
      });

  const commandsIn = (locale: string): CommandInfo[] =>
    worded(locale).map(({ skill, intent, words, files }) => ({
      intent,
      skill: skill.name,
      group: first(files, (file) => file.help?.title) ?? skill.name,
      name: words.name,
      description: words.description,
      examples: (first(files, (file) => file.examples[intent]) ?? []).map((each) =>
        typeof each === "string" ? each : each.say,
      ),
      ...(skill.section === undefined ? {} : { section: skill.section }),
      ...shownToOf(skill, intent),
    }));
  const choicesIn = (locale: string) => i18n.file("core", locale)?.choices ?? {};
  const specsIn = (locale: string): CommandSpec[] =>
    worded(locale).map(({ skill, intent, words }) => ({
      intent,
      name: words.name,
      description: words.description,
      managers: skill.managers?.includes(intent) ?? false,
      options: optionsOf(skill.intents[intent], words, choicesIn(locale)),
    }));

  return {
    skills,
    handler: (intent) => handlers.get(intent),
    view: (kind) => views.get(kind),
    commands: oncePerLocale(commandsIn),
    specs: oncePerLocale(specsIn),
  };
}

function shownToOf({ shownTo, managers }: Skill, intent: string): { shownTo?: ShownTo } {
  const told = shownTo?.[intent] ?? (managers?.includes(intent) ? "managers" : undefined);
  return told === undefined ? {} : { shownTo: told };
}

/** Words do not change while the program runs, and every message is read with them. */
function oncePerLocale<T extends object>(make: (locale: string) => T): (locale: string) => T {
  const made = new LRUCache<string, T>({ max: 50 });
  return (locale) => {
    const known = made.get(locale);
    if (known) return known;
    const fresh = make(locale);
    made.set(locale, fresh);
    return fresh;
  };
}

function handlerOf(skill: Skill, intent: string, schema: z.ZodObject): Handler {
  return {
    intent,
    skill,
    schema,
    needs: typeof skill.needs === "function" ? skill.needs(intent) : skill.needs,
    permission: typeof skill.permission === "function" ? skill.permission(intent) : skill.permission,
    visibility: typeof skill.visibility === "function" ? skill.visibility(intent) : skill.visibility,
  };
}

/** A translation may lack words, which a test sees to; the language they are all made from may not. */
function wrongWords(skill: Skill, locale: string, i18n: I18n): string[] {
  const file = i18n.file(skill.name, locale);
  const path = `locales/${locale}/${skill.name}.json`;
  const translation = locale !== i18n.fallback;
  if (!file) return translation ? [] : [`${path} is missing`];
  const strays = [...Object.keys(file.commands), ...Object.keys(file.examples)].filter(
    (key) => !(key in skill.intents),
  );
  const foreign = [...new Set(strays.map((key) => `${path} has words for ${key}, which the skill does not have`))];
  if (translation) return foreign;
  // What words can reach must be findable in help and carry sentences that prove it; buttons' own intents need neither.
  const spoken = Object.keys(skill.intents).filter((intent) => intent in vocabulary && intent !== "none");
  return [
    ...foreign,
    ...spoken.filter((intent) => !file.commands[intent]).map((intent) => `${path} lacks commands.${intent}`),
    ...spoken.filter((intent) => !file.examples[intent]?.length).map((intent) => `${path} lacks examples.${intent}`),
  ];
}

/** The part of JSON Schema that one slot can come to. */
const slotSchema = z.object({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  const: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

/** Only slots that the locale names become options; the rest is for buttons. */
function optionsOf(schema: z.ZodObject | undefined, words: CommandWords, said: LocaleFile["choices"]): CommandOption[] {
  if (!schema || !words.options) return [];
  const json = z.toJSONSchema(schema, { unrepresentable: "any", io: "input" });
  return Object.entries(words.options).flatMap(([slot, named]): CommandOption[] => {
    const property = slotSchema.safeParse(json.properties?.[slot]);
    if (!property.success) return [];
    const { type = "string", minimum, maximum } = property.data;
    const choices = property.data.enum ?? (property.data.const === undefined ? undefined : [property.data.const]);
    const bounded = (bound: number | undefined) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
    return [
      {
        slot,
        name: named.name,
        description: named.description,
        type: type === "integer" || type === "number" || type === "boolean" ? type : "string",
        required: json.required?.includes(slot) ?? false,
        ...(choices ? { choices } : {}),
        ...spokenOf(type === "boolean" ? ["on", "off"] : (choices ?? []), said),
        ...(bounded(minimum) ? { min: minimum } : {}),
        ...(bounded(maximum) ? { max: maximum } : {}),
        suggests: choices === undefined && suggestible(slot),
      },
    ];
  });
}

/** Each word for one of the choices: the one that it labels, as the first word of each does, or else the first that has it. */
function spokenOf(choices: readonly string[], said: LocaleFile["choices"]): Pick<CommandOption, "words" | "labels"> {
  const named = choices.toReversed().map((choice) => [choice, said[choice] ?? []] as const);
  const labels = named.flatMap(([choice, [label]]) => (label === undefined ? [] : [[choice, label] as const]));
  const words = [
    ...named.flatMap(([choice, all]) => all.slice(1).map((word) => [folded(word), choice] as const)),
    ...labels.map(([choice, label]) => [folded(label), choice] as const),
  ];
  return words.length > 0 ? { words: Object.fromEntries(words), labels: Object.fromEntries(labels) } : {};
}
