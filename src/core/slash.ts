import type { CommandOption, CommandSpec } from "../contracts/adapter.ts";
import type { Language } from "../contracts/language.ts";
import type { Command } from "../contracts/vocabulary.ts";
import { withReadings } from "./readings.ts";

const form = /^\/([\p{L}\p{M}\p{N}_-]{1,32})(?:@\S+)?(?:\s+(.*))?$/u;
const named = /([\p{Ll}\p{Lo}\p{N}_-]+)[:=]("[^"]*"|\S+)/gu;
const word = /"([^"]*)"|(\S+)/g;
const yes = new Set(["true", "yes", "on", "1"]);
const plainNumber = /^[-+]?\d+(?:[.,]\d+)?%?$/;
/** "two hours and twenty-five minutes", and some. */
const longestLength = 8;
/** Told in minutes, and said in any unit of time. */
const length = "minutes";

/** What is looked for is taken as it was typed, whatever else it could be a wish for. */
const takesAll = "query";

export type SlashWords = {
  locales: readonly string[];
  specs(locale: string): readonly CommandSpec[];
  language: Pick<Language, "parse" | "duration">;
};

/** One option as it is read: what may be said for its choices in any language, and how long a text says it takes. */
type Open = CommandOption & { words: Readonly<Record<string, string>>; minutes(text: string): number | undefined };

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
  const spoken = [...new Set([found.locale, locale, ...locales])];
  const opened = (options: readonly CommandOption[]) =>
    options.map((each) => open(each, spec, spoken, { specs, language }));
  const options = namedOptions(given, opened(spec.options)) ?? namedOptions(given, opened(own?.options ?? []));
  if (options) return { intent: spec.intent, slots: options };
  const single = singleValue(given, opened(spec.options));
  if (single) return { intent: spec.intent, slots: single };
  const sentence = `${spec.name.replaceAll("-", " ")} ${given}`;
  const said = language.parse(sentence, { locale: found.locale });
  const several = said.intent === "multi" && said.slots.commands?.[0]?.intent === spec.intent;
  if (several && spec.options[0]?.slot !== takesAll) return { sentence, locale: found.locale };
  if (said.intent === spec.intent) {
    const { commands: _, ...slots } = said.slots;
    return withReadings({ intent: spec.intent, slots }, said.readings);
  }
  return { intent: spec.intent, slots: inOrder(given, opened(spec.options)) };
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
export function folded(name: string): string {
  return name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("_", "-");
}

/** The option with the words of every language for it, the likeliest language's first. */
function open(
  option: CommandOption,
  { intent }: CommandSpec,
  spoken: readonly string[],
  { specs, language }: Pick<SlashWords, "specs" | "language">,
): Open {
  const same = spoken.map((locale) => {
    const spec = specs(locale).find((each) => each.intent === intent);
    return spec?.options.find(({ slot }) => slot === option.slot)?.words ?? {};
  });
  return {
    ...option,
    words: Object.assign({}, ...same.toReversed()),
    minutes(text) {
      if (option.slot !== length) return undefined;
      for (const locale of spoken) {
        const seconds = language.duration(text, { locale });
        // Some seconds are a minute; none at all is for the skill to refuse.
        if (seconds !== undefined) return seconds === 0 ? 0 : Math.max(1, Math.round(seconds / 60));
      }
      return undefined;
    },
  };
}

/** All of it is one choice, or one length of time: no sentence could say it better. */
function singleValue(given: string, options: readonly Open[]): Record<string, unknown> | undefined {
  for (const option of sureOf(options)) {
    const value = choiceIn(given, option) ?? option.minutes(given);
    if (value !== undefined && option.type !== "boolean") return { [option.slot]: value };
  }
  return undefined;
}

/** What may be a name is one, as a song can be called "Next"; but nothing that is switched is called "off". */
function sureOf(options: readonly Open[]): readonly Open[] {
  const at = options.findIndex((option) => option.type === "string" && !option.choices);
  return at < 0 ? options : options.filter(({ slot }, index) => index < at || slot === "state");
}

function choiceIn(text: string, { words, choices }: Open): string | undefined {
  if (!choices) return undefined;
  const plain = folded(text);
  return choices.includes(plain) ? plain : Object.hasOwn(words, plain) ? words[plain] : undefined;
}

function namedOptions(given: string, options: readonly Open[]): Record<string, unknown> | undefined {
  const found = [...given.matchAll(named)].flatMap(([, name, value = ""]) => {
    const option = options.find((each) => each.name === name);
    return option ? [[option.slot, typed(value.replace(/^"|"$/g, ""), option)] as const] : [];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

/**
 * Choices go to the option that has them, numbers and lengths of time to the next option that takes one, words to the next that
 * takes words; the last of those takes all that is left. A number with words behind it that nothing takes is no number.
 */
function inOrder(given: string, options: readonly Open[]): Record<string, unknown> {
  const words = [...given.matchAll(word)].map((match) => match[1] ?? match[2] ?? "");
  const slots: Record<string, unknown> = {};
  const open = options.filter(
    (option) => option.required || option.type === "string" || option.type === "integer" || option.type === "number",
  );
  let last: Open | undefined;
  while (words.length > 0 && open.length > 0) {
    const [first = ""] = words;
    const sure = sureOf(open).find((option) => choiceIn(first, option) !== undefined);
    const chosen = sure ? open.indexOf(sure) : -1;
    const timed = open.findIndex((option) => option.slot === length);
    const long = timed < 0 ? undefined : leadingMinutes(words, open[timed]);
    const number = /^-?\d+$/.test(first) || (timed >= 0 && /^\d/.test(first));
    const kind = open.findIndex((option) => isNumber(option) === number);
    const [option] = open.splice(Math.max(0, chosen >= 0 ? chosen : long ? timed : kind), 1);
    if (!option) break;
    last = option;
    if (long && option.slot === length) {
      slots[option.slot] = long.minutes;
      words.splice(0, long.count);
      continue;
    }
    // One of few choices is a word, and what follows it is the next option's.
    const one = option.required || option.choices !== undefined;
    const more = open.some((each) => each.type === "string" && (each.required || one));
    const end = sureOf(open).find((each) => each.slot === "state");
    const switched = end && words.length > 1 ? choiceIn(words.at(-1) ?? "", end) : undefined;
    if (end && switched !== undefined) {
      slots[end.slot] = switched;
      open.splice(open.indexOf(end), 1);
      words.pop();
    }
    const value = option.type === "string" && !more ? words.splice(0).join(" ") : (words.shift() ?? "");
    slots[option.slot] = typed(value, option);
  }
  if (last && isNumber(last) && words.length > 0) slots[last.slot] = [slots[last.slot], ...words].join(" ");
  return slots;
}

const isNumber = ({ type }: CommandOption): boolean => type === "integer" || type === "number";

/** The longest beginning that is a length of time. */
function leadingMinutes(
  words: readonly string[],
  option: Open | undefined,
): { minutes: number; count: number } | undefined {
  for (let count = Math.min(words.length, longestLength); count > 0; count--) {
    const minutes = option?.minutes(words.slice(0, count).join(" "));
    if (minutes !== undefined) return { minutes, count };
  }
  return undefined;
}

function typed(text: string, option: Open): unknown {
  if (option.type === "boolean") return yes.has(option.words[folded(text)] ?? text.toLowerCase());
  if (!isNumber(option)) return choiceIn(text, option) ?? text;
  // "1e3" and "0x10" would be numbers to JavaScript alone.
  return option.minutes(text) ?? (plainNumber.test(text) ? text.replace(/%$/, "") : Number.NaN);
}
