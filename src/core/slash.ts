import type { CommandOption, CommandSpec } from "../contracts/adapter.ts";
import type { Language } from "../contracts/language.ts";
import type { Command } from "../contracts/vocabulary.ts";
import { withReadings } from "./readings.ts";

const form = /^\/([\p{Ll}\p{Lo}\p{N}-]{1,32})(?:@\S+)?(?:\s+(.*))?$/u;
const named = /([\p{Ll}\p{Lo}\p{N}_-]+)[:=]("[^"]*"|\S+)/gu;
const word = /"([^"]*)"|(\S+)/g;
const yes = new Set(["true", "yes", "on", "1"]);

/**
 * A typed command, "/volume 30", for places that have no commands of their own. What follows the name is read as the sentence
 * it makes ("play hello by adele"; `sentence` when that wants several things, of which the command is the first), as named options (`name:"road trip"`), or as the options in their order. Undefined
 * when the text is none, and the name alone when nothing is called so.
 */
export function readSlash(
  text: string,
  specs: () => readonly CommandSpec[],
  language: Language,
  locale: string,
): Command | { sentence: string } | { unknown: string } | undefined {
  const [, name, rest = ""] = form.exec(text) ?? [];
  if (name === undefined) return undefined;
  const spec = specs().find((each) => each.name === name);
  if (!spec) return { unknown: name };
  const given = rest.trim();
  if (given === "") return { intent: spec.intent, slots: {} };
  const options = namedOptions(given, spec.options);
  if (options) return { intent: spec.intent, slots: options };
  const sentence = `${spec.name.replaceAll("-", " ")} ${given}`;
  const said = language.parse(sentence, { locale });
  if (said.intent === "multi" && said.slots.commands?.[0]?.intent === spec.intent) return { sentence };
  if (said.intent === spec.intent) {
    const { commands: _, ...slots } = said.slots;
    return withReadings({ intent: spec.intent, slots }, said.readings);
  }
  return { intent: spec.intent, slots: inOrder(given, spec.options) };
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
    const more = open.some((each) => each.type === "string" && (each.required || option.required));
    const value = option.type === "string" && !more ? words.splice(0).join(" ") : (words.shift() ?? "");
    slots[option.slot] = typed(value, option);
  }
  return slots;
}

function typed(text: string, option: CommandOption): unknown {
  return option.type === "boolean" ? yes.has(text.toLowerCase()) : text;
}
