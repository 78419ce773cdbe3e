import type { CommandOption, CommandSpec } from "../contracts/adapter.ts";
import type { Language } from "../contracts/language.ts";
import type { Command } from "../contracts/vocabulary.ts";
import { withReadings } from "./readings.ts";

const form = /^\/([\p{L}\p{M}\p{N}_-]{1,32})(?:@\S+)?(?:\s+(.*))?$/u;
const named = /([\p{Ll}\p{Lo}\p{N}_-]+)[:=]("[^"]*"|\S+)/gu;
const word = /"([^"]*)"|(\S+)/g;
const yes = new Set(["true", "yes", "on", "1"]);

/** What is looked for is taken as it was typed, whatever else it could be a wish for. */
const takesAll = "query";

export type SlashWords = {
  locales: readonly string[];
  specs(locale: string): readonly CommandSpec[];
  language: Pick<Language, "parse">;
};

/**
 * A typed command, "/volume 30", for places that have no commands of their own. Its name may be of any language, as platforms
 * show it in that of somebody's own client: the asker's comes first. What follows the name is read as the sentence it makes
 * with it ("play hello by adele"; `sentence` when that wants several things, of which the command is the first), as named
 * options (`name:"road trip"`), or as the options in their order. Undefined when the text is none, and the name alone when
 * nothing is called so.
 */
export function readSlash(
  text: string,
  locale: string,
  { locales, specs, language }: SlashWords,
): Command | { sentence: string; locale: string } | { unknown: string } | undefined {
  const [, name, rest = ""] = form.exec(text) ?? [];
  if (name === undefined) return undefined;
  const found = specIn([locale, ...locales.filter((each) => each !== locale)], specs, name);
  if (!found) return { unknown: name };
  const { spec } = found;
  const given = rest.trim();
  if (given === "") return { intent: spec.intent, slots: {} };
  const own = specs(locale).find(({ intent }) => intent === spec.intent);
  const options = namedOptions(given, spec.options) ?? namedOptions(given, own?.options ?? []);
  if (options) return { intent: spec.intent, slots: options };
  const sentence = `${spec.name.replaceAll("-", " ")} ${given}`;
  const said = language.parse(sentence, { locale: found.locale });
  const several = said.intent === "multi" && said.slots.commands?.[0]?.intent === spec.intent;
  if (several && spec.options[0]?.slot !== takesAll) return { sentence, locale: found.locale };
  if (said.intent === spec.intent) {
    const { commands: _, ...slots } = said.slots;
    return withReadings({ intent: spec.intent, slots }, said.readings);
  }
  return { intent: spec.intent, slots: inOrder(given, spec.options) };
}

function specIn(
  locales: readonly string[],
  specs: SlashWords["specs"],
  name: string,
): { spec: CommandSpec; locale: string } | undefined {
  const plain = folded(name);
  for (const locale of locales) {
    const all = specs(locale);
    const spec = all.find((each) => each.name === name) ?? all.find((each) => folded(each.name) === plain);
    if (spec) return { spec, locale };
  }
  return undefined;
}

/** Platforms and keyboards without accents or dashes type "/skip_to" and "/lautstarke"; phones begin with a capital. */
function folded(name: string): string {
  return name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("_", "-");
}

function namedOptions(given: string, options: readonly CommandOption[]): Record<string, unknown> | undefined {
  const found = [...given.matchAll(named)].flatMap(([, name, value = ""]) => {
    const option = options.find((each) => each.name === name);
    return option ? [[option.slot, typed(value.replace(/^"|"$/g, ""), option)] as const] : [];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

/** Numbers go to the next option that takes one, words to the next that takes words; the last of those takes all that is left. */
function inOrder(given: string, options: readonly CommandOption[]): Record<string, unknown> {
  const words = [...given.matchAll(word)].map((match) => match[1] ?? match[2] ?? "");
  const slots: Record<string, unknown> = {};
  const open = options.filter(
    (option) => option.required || option.type === "string" || option.type === "integer" || option.type === "number",
  );
  while (words.length > 0 && open.length > 0) {
    const number = /^-?\d+$/.test(words[0] ?? "");
    const at = open.findIndex((option) => (option.type === "integer" || option.type === "number") === number);
    const [option] = open.splice(Math.max(0, at), 1);
    if (!option) break;
    // One of few choices is a word, and what follows it is the next option's.
    const one = option.required || option.choices !== undefined;
    const more = open.some((each) => each.type === "string" && (each.required || one));
    const value = option.type === "string" && !more ? words.splice(0).join(" ") : (words.shift() ?? "");
    slots[option.slot] = typed(value, option);
  }
  return slots;
}

function typed(text: string, option: CommandOption): unknown {
  return option.type === "boolean" ? yes.has(text.toLowerCase()) : text;
}
