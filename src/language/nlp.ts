import { createRequire } from "node:module";
import { Container, containerBootstrap } from "@nlpjs/core";
import type { Nlp } from "@nlpjs/nlp";
import { z } from "zod";

const domain = "master_domain";
const require = createRequire(import.meta.url);

/**
 * Loads nlp.js's pack for a language (its stemmer and tokeniser). A language without a pack works with plain words.
 * The pack is found by its name, so that a new language needs a package and no code.
 */
function languagePack(locale: string): (new () => unknown) | undefined {
  const name = `Lang${locale.charAt(0).toUpperCase()}${locale.slice(1)}`;
  try {
    const pack: unknown = require(`@nlpjs/lang-${locale}`);
    return z.object({ [name]: z.custom<new () => unknown>((part) => typeof part === "function") }).parse(pack)[name];
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "MODULE_NOT_FOUND") return undefined;
    throw cause;
  }
}

/** The stem of a word, or the stems of what it is short for ("gonna"). Parsing needs no more of nlp.js than this. */
export function createStemmer(locale: string): (word: string) => readonly string[] {
  const container = new Container();
  const pack = languagePack(locale);
  if (pack) container.use(pack);
  const stemmer = container.get(`stemmer-${locale}`);
  const tokenizer = container.get(`tokenizer-${locale}`);
  if (!stemmer) return (word) => [word];
  return (word) => {
    const stems = stemmer.tokenizeAndStem(word);
    // Keyed by word and never emptied, they would grow for as long as the program runs; who asks keeps what is worth it.
    stemmer.cache = {};
    if (tokenizer) tokenizer.cache = undefined;
    return stems;
  };
}

/**
 * A whole nlp.js that neither saves, loads nor logs, for training and comparing. Loaded by those who need it alone: it takes
 * as much memory as a language. Conversation memory stays outside: nlp.js keeps one entry per conversation id for ever.
 */
export function createNlp(locale: string): Nlp {
  const { Nlp: create } = z
    .object({ Nlp: z.custom<typeof Nlp>((part) => typeof part === "function") })
    .parse(require("@nlpjs/nlp"));
  const container = containerBootstrap();
  const nlp = new create({ container, autoSave: false, autoLoad: false, nlu: { log: false } }, container);
  const pack = languagePack(locale);
  if (pack) nlp.container.use(pack);
  nlp.addLanguage(locale);
  return nlp;
}

export function nluOf(nlp: Nlp, locale: string): ReturnType<Nlp["nluManager"]["domainManagers"][string]["addDomain"]> {
  const manager = nlp.nluManager.domainManagers[locale];
  if (!manager) throw new Error(`nlp.js knows no language "${locale}"`);
  return manager.addDomain(domain);
}
