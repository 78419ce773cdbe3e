import type { Language, ParseContext, Parsed } from "../contracts/language.ts";
import { createAgain } from "./again.ts";
import { cleanSurface, fold, longestMessage } from "./clean.ts";
import { createTrimmer } from "./courtesy.ts";
import { createGrammar, type Situation } from "./grammar.ts";
import { createJudge } from "./judge.ts";
import { createLinkReader, isLink, isUri, type LinkFinder, markLinks } from "./links.ts";
import { type LanguageFiles, languagesIn, loadLanguage, loadModel, loadSpeech, loadTagger } from "./load.ts";
import { freshBudget, type ValueReaders } from "./match.ts";
import { createNameJudge } from "./names.ts";
import { createPlaceFinder } from "./places.ts";
import { createServiceRemover } from "./services.ts";
import { createSingleReader, type Single, type SingleParts, type SingleReader, untrained } from "./single.ts";
import { createStepReader } from "./steps.ts";
import { createTagger } from "./tagger.ts";
import type { WordClass } from "./tags.ts";
import { type Tokens, tokenise } from "./tokens.ts";
import { createTypoFinder } from "./typos.ts";
import { createUnscriptedReader } from "./unscripted.ts";
import { createDurationReader, createNumberReader, createValueReaders } from "./values.ts";

export { parseLines } from "./jsonl.ts";
export type { LinkFinder } from "./links.ts";
export { loadDeviceWords } from "./load.ts";

export type LanguageOptions = {
  /** Languages that may be spoken; all that have files by default. */
  locales?: readonly string[];
  /** The language that people of every other one use too; English by default, or else the first. Loaded at once. */
  common?: string;
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
  duration(text: string): number | undefined;
  /** The share of words that belong to the language as far as it is known. 0..1. */
  familiarity(text: string): number;
  warm(): Generator<void>;
};

export type LoadedLanguage = Language & {
  /**
   * Does ahead of time a little of what first messages would wait for (patterns are compiled as far as messages need them).
   * True as long as there is more to do. One call takes about a millisecond; what it makes stays in memory.
   */
  warm(): boolean;
};

/** Words that say nothing of the language that they stand in: those that no list has, and what people are called. */
const unfamiliar: ReadonlySet<string> = new Set(["other", "given"]);

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
type Parts = SingleParts & {
  readers: ValueReaders;
  read: SingleReader;
  tokens(text: string): Tokens;
  classOf: WordClass;
};

export function createParts(files: LanguageFiles, options: Pick<LanguageOptions, "names" | "services">): Parts {
  const { model } = files;
  const kinds = { ...files.words.kinds, service: [...files.words.kinds.service, ...(options.services ?? [])] };
  const words = { ...files.words, kinds };
  const readers = new Map(createValueReaders(words));
  readers.set("url", createLinkReader(false)).set("uri", createLinkReader(true));
  const grammar = createGrammar(files.grammar, readers, createNameJudge(words, readers));
  const withoutServices = createServiceRemover(words, kinds.service);
  const known = Object.values(kinds).flatMap((list) => list.flatMap((entry) => entry.split(" ")));
  const typos = createTypoFinder(grammar.words, new Set([...files.common, ...known]));
  const usual = new Set(files.everyday);
  const { before, after } = words.joined;
  const spoken = new Set([...grammar.words, ...words.courtesy.before.flatMap((phrase) => phrase.split(" ").map(fold))]);
  const joined =
    before.length + after.length > 0
      ? {
          before: new Set(before.map(fold)),
          after: new Set(after.map(fold)),
          whole: (word: string) => spoken.has(word),
        }
      : undefined;
  const classes = new Map<string, string>();
  for (const word of files.common) classes.set(word, "common");
  for (const word of grammar.words) classes.set(word, "command");
  for (const [kind, list] of Object.entries(kinds))
    for (const entry of list) for (const word of entry.split(" ")) classes.set(fold(word), kind);
  const classOf: WordClass = (word) => classes.get(word) ?? "other";
  const judge = model && createJudge(model);
  const parts = {
    grammar,
    unscripted:
      files.speech && judge
        ? createUnscriptedReader({ speech: files.speech, judge, words, readers, classOf, commandWords: grammar.words })
        : undefined,
    trim: createTrimmer(words, options.names ?? []),
    places: createPlaceFinder(words, readers),
    judge,
    trust: model?.trust ?? untrained,
    tagger: files.tagger && createTagger(files.tagger, classOf),
    readers,
    owners: words.names.possessive,
    usual: (word: string) => usual.has(word),
  };
  return {
    ...parts,
    read: createSingleReader(parts),
    classOf,
    tokens: (text) => {
      const tokens = tokenise(text, joined);
      const left = withoutServices(tokens, { from: 0, to: tokens.list.length });
      for (const token of left.list) token.near = typos(token.word);
      return left;
    },
  };
}

function createReader(files: LanguageFiles, options: LanguageOptions): Reader {
  const parts = createParts(files, options);
  const read = createStepReader(parts.read, files.words, parts.tagger);
  const again = createAgain(files.words);
  const lengths = createDurationReader(files.words, createNumberReader(files.words));
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
    duration(text) {
      if (text.length > longestMessage) return undefined;
      const tokens = tokenise(cleanSurface(text));
      return lengths(tokens, 0).find(({ end }) => end === tokens.list.length)?.value;
    },
    familiarity(text) {
      const { list } = parts.tokens(cleanSurface(text.slice(0, longestMessage)));
      const known = list.filter(({ word }) => !unfamiliar.has(parts.classOf(word)));
      return known.length / Math.max(1, list.length);
    },
    *warm() {
      for (const sample of parts.grammar.samples()) {
        parse(sample, undefined);
        yield;
      }
    },
  };
}

/** How sure a reading in the common language must be where the person's own language sees nothing. */
const foreignGate = 0.75;

/**
 * The languages: the common one is loaded here, each other one with the first message in it (tens of milliseconds, once).
 * Parsing is synchronous, needs no network, and takes bounded time: a message longer than 500 characters is not read for
 * commands at all (a link in it is still found). A locale that is not there is read as its base language ("en-GB" as
 * "en"), or else as the common one. What means nothing in the person's own language may be said in the common one.
 * Mistakes in the files of a language throw when it is loaded.
 */
export function createLanguage(options: LanguageOptions = {}): LoadedLanguage {
  const locales = options.locales ?? languagesIn(options.folder);
  const [first] = locales;
  if (first === undefined) throw new Error("No language to load");
  const common = options.common ?? (locales.includes("en") ? "en" : first);
  const readers = new Map<string, Reader>();
  const warming: Generator<void>[] = [];
  const readerOf = (locale: string): Reader => {
    const known = readers.get(locale);
    if (known) return known;
    const model = loadModel(locale);
    const tagger = loadTagger(locale);
    const speech = loadSpeech(locale);
    const files = loadLanguage(locale, options.folder);
    const trained = { ...(model ? { model } : {}), ...(tagger ? { tagger } : {}), ...(speech ? { speech } : {}) };
    const reader = createReader({ ...files, ...trained }, options);
    readers.set(locale, reader);
    warming.push(reader.warm());
    return reader;
  };
  const shared = readerOf(common);
  const spoken = (locale: string): string =>
    [locale, locale.split(/[-_]/)[0]?.toLowerCase() ?? ""].find((one) => locales.includes(one)) ?? common;
  return {
    locales: [...locales],
    parse(text, { locale, context }) {
      const told = (parsed: Parsed, readIn: string): Parsed =>
        readIn === locale ? parsed : { ...parsed, locale: readIn };
      const own = readerOf(spoken(locale));
      const parsed = told(own.parse(text, context), spoken(locale));
      if (own === shared || parsed.intent !== "none") return parsed;
      const other = told(shared.parse(text, context), common);
      const meant = other.intent !== "none" && other.confidence >= foreignGate;
      // "¿Qué hora es?" begins like a queue to one who knows no Spanish.
      return meant && shared.familiarity(text) > own.familiarity(text) ? other : parsed;
    },
    duration: (text, { locale }) => readerOf(spoken(locale)).duration(text),
    warm() {
      while (warming[0]?.next().done) warming.shift();
      return warming.length > 0;
    },
  };
}
