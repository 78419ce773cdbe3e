import type { Language, ParseContext, Parsed } from "../contracts/language.ts";
import { createAgain } from "./again.ts";
import { cleanSurface, longestMessage } from "./clean.ts";
import { createTrimmer } from "./courtesy.ts";
import { createGrammar, type Situation } from "./grammar.ts";
import { createJudge } from "./judge.ts";
import { createLinkReader, isLink, isUri, type LinkFinder, markLinks } from "./links.ts";
import { type LanguageFiles, languagesIn, loadLanguage, loadModel } from "./load.ts";
import { freshBudget } from "./match.ts";
import { createNameJudge } from "./names.ts";
import { createSingleReader, type Single, type SingleParts, type SingleReader, untrained } from "./single.ts";
import { createStepReader } from "./steps.ts";
import { type Tokens, tokenise } from "./tokens.ts";
import { createTypoFinder } from "./typos.ts";
import { createValueReaders } from "./values.ts";

export { parseLines } from "./jsonl.ts";
export type { LinkFinder } from "./links.ts";

export type LanguageOptions = {
  /** Languages to load; all that have files by default. */
  locales?: readonly string[];
  /** Where the languages' files are; the project's own by default. */
  folder?: URL;
  /** Recognises links of the services that are set up. */
  links?: LinkFinder;
  /** Names that the bot is called by. */
  names?: readonly string[];
  /** Names of the services that are set up: "on <service>" asks for nothing that is not done anyway. */
  services?: readonly string[];
};

type Reader = {
  parse(text: string, context: ParseContext | undefined): Parsed;
  warm(): Generator<void>;
};

export type LoadedLanguage = Language & {
  /**
   * Does ahead of time a little of what first messages would wait for (patterns are compiled when first needed). True as
   * long as there is more to do. One call takes about a millisecond, now and then ten; what it makes stays in memory.
   */
  warm(): boolean;
};

/** How far into a text that is too long for a command a link is looked for. */
const linkHorizon = 4_096;

function situationsOf(context: ParseContext | undefined): Set<Situation> {
  const situations = new Set<Situation>();
  if (context?.previous || context?.state?.last || context?.state?.choices) situations.add("conversation");
  if ((context?.state?.choices ?? 0) > 0) situations.add("choices");
  return situations;
}

function asParsed(text: string, steps: readonly Single[]): Parsed {
  const [only] = steps;
  if (steps.length === 1 && only) {
    const { intent, slots, confidence, readings } = only;
    return { text, intent, slots, confidence, readings };
  }
  return {
    text,
    intent: "multi",
    slots: { commands: steps.map(({ intent, slots }) => ({ intent, slots })) },
    confidence: Math.min(...steps.map((step) => step.confidence)),
    readings: [],
    commandReadings: steps.map((step) => step.readings),
  };
}

/** Everything of one language that is needed to read single commands, for parsing and for training alike. */
type Parts = SingleParts & { read: SingleReader; tokens(text: string): Tokens };

export function createParts(files: LanguageFiles, options: Pick<LanguageOptions, "names" | "services">): Parts {
  const { model } = files;
  const kinds = { ...files.words.kinds, service: [...files.words.kinds.service, ...(options.services ?? [])] };
  const words = { ...files.words, kinds };
  const readers = new Map(createValueReaders(words));
  readers.set("url", createLinkReader(false)).set("uri", createLinkReader(true));
  const grammar = createGrammar(files.grammar, readers, createNameJudge(words, readers));
  const known = Object.values(kinds).flatMap((list) => list.flatMap((entry) => entry.split(" ")));
  const real = new Set([...files.common, ...known]);
  const typos = createTypoFinder(grammar.words, real);
  const parts = {
    grammar,
    trim: createTrimmer(words, options.names ?? []),
    judge: model && createJudge(model),
    trust: model?.trust ?? untrained,
  };
  return {
    ...parts,
    read: createSingleReader(parts),
    tokens: (text) => {
      const tokens = tokenise(text);
      for (const token of tokens.list) token.near = typos(token.word);
      return tokens;
    },
  };
}

function createReader(files: LanguageFiles, options: LanguageOptions): Reader {
  const parts = createParts(files, options);
  const read = createStepReader(parts.read, files.words);
  const again = createAgain(files.words);
  const none = (text: string, slots: Parsed["slots"]): Parsed => ({
    text,
    intent: "none",
    slots,
    confidence: 1,
    readings: [],
  });

  const parse: Reader["parse"] = (text, context) => {
    const clean = cleanSurface(text.length > linkHorizon ? text.slice(0, linkHorizon) : text);
    const linked = markLinks(
      clean.length > longestMessage ? { text: clean, list: [] } : parts.tokens(clean),
      options.links,
    );
    const [first] = linked.urls;
    const slots: Parsed["slots"] = first === undefined ? {} : isUri(first) ? { uri: first } : { url: first };
    const { tokens } = linked;
    if (clean.length > longestMessage || tokens.list.every(isLink)) return none(text, slots);
    const range = { from: 0, to: tokens.list.length };
    const [polite] = parts.trim(tokens, range);
    const repeated = polite && again(tokens, polite.range, context);
    if (repeated) return { text, ...repeated, confidence: 0.95, readings: [{ slots: repeated.slots, score: 1 }] };
    const parsed = asParsed(text, read(tokens, range, situationsOf(context), freshBudget()));
    return parsed.intent === "none" ? { ...parsed, slots } : parsed;
  };
  return {
    parse,
    *warm() {
      for (const sample of parts.grammar.warm()) {
        if (sample !== undefined) parse(sample, undefined);
        yield;
      }
    },
  };
}

/**
 * Loads the languages. Parsing is synchronous, needs no network, and takes bounded time: a message longer than 500
 * characters is not read for commands at all (a link in it is still found). A locale that is not loaded is read as its
 * base language ("en-GB" as "en"), or else as the first one.
 */
export function createLanguage(options: LanguageOptions = {}): LoadedLanguage {
  const locales = options.locales ?? languagesIn(options.folder);
  const readers = new Map<string, Reader>();
  for (const locale of locales) {
    const model = loadModel(locale);
    const files = loadLanguage(locale, options.folder);
    readers.set(locale, createReader(model ? { ...files, model } : files, options));
  }
  const [fallback] = readers.values();
  if (!fallback) throw new Error("No language to load");
  const warming = [...readers.values()].map((reader) => reader.warm());
  return {
    locales: [...locales],
    parse(text, { locale, context }) {
      const reader = readers.get(locale) ?? readers.get(locale.split(/[-_]/)[0]?.toLowerCase() ?? "") ?? fallback;
      return reader.parse(text, context);
    },
    warm() {
      while (warming[0]?.next().done) warming.shift();
      return warming.length > 0;
    },
  };
}
