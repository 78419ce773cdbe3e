import { createRequire } from "node:module";
import { containerBootstrap } from "@nlpjs/core";
import { Nlp } from "@nlpjs/nlp";
import { z } from "zod";
import type { Range } from "./courtesy.ts";
import type { Frame } from "./grammar.ts";
import { type Model, unpackRow } from "./model.ts";
import type { Token, Tokens } from "./tokens.ts";

/** How much the words alone speak for each intent: `share` adds up to 1 over all, `force` is near 1 where well known. */
export type Verdict = ReadonlyMap<string, { share: number; force: number }>;
export type Judge = (words: readonly string[]) => Verdict;

const domain = "master_domain";
/** Parses between two emptyings of nlp.js's caches, which are keyed by word and by whole message and never shrink. */
const cacheLife = 500;

/**
 * Loads nlp.js's pack for a language (its stemmer and tokeniser). A language without a pack works with plain words.
 * The pack is found by its name, so that a new language needs a package and no code.
 */
function languagePack(locale: string): (new () => unknown) | undefined {
  const require = createRequire(import.meta.url);
  const name = `Lang${locale.charAt(0).toUpperCase()}${locale.slice(1)}`;
  try {
    const pack: unknown = require(`@nlpjs/lang-${locale}`);
    return z.object({ [name]: z.custom<new () => unknown>((part) => typeof part === "function") }).parse(pack)[name];
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "MODULE_NOT_FOUND") return undefined;
    throw cause;
  }
}

/**
 * An nlp.js that neither saves, loads nor logs. Conversation memory stays outside: nlp.js keeps one entry per
 * conversation id for ever.
 */
export function createNlp(locale: string): Nlp {
  const container = containerBootstrap();
  const nlp = new Nlp({ container, autoSave: false, autoLoad: false, nlu: { log: false } }, container);
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

const meant = (token: Token | undefined): string => token?.near[0] ?? token?.word ?? "";

/** Stands for a name: whether it is a title or a player is for the grammar to tell. */
const anyName = "anyname";

/** The words of a range, each run in `names` as one: what is left is how a command is worded ("play X by X"). */
export function masked(tokens: Tokens, range: Range, names: Frame["names"]): string[] {
  const words: string[] = [];
  for (let index = range.from; index < range.to; index++) {
    const name = names.find(({ from, to }) => index >= from && index < to);
    if (!name) words.push(meant(tokens.list[index]));
    else if (name.from === index) words.push(anyName);
  }
  return words;
}

/** Words, neighbouring pairs and the opening: "turn up" and "turn down" share a verb, and order tells them apart. */
export function judgedText(words: readonly string[]): string {
  const plain = words.map((word) => word.replace(/[^\p{L}\p{N}]+/gu, "")).filter((word) => word !== "");
  const pairs = plain.slice(0, 6).map((word, index) => `${word}_${plain[index + 1] ?? "0"}`);
  return [...plain, `0_${plain[0] ?? "0"}`, ...pairs].join(" ");
}

/** The judge of intents. It is given no time of day and no memory: the same words get the same verdict. */
export function createJudge(model: Model): Judge {
  const { locale } = model;
  const nlp = createNlp(locale);
  const nlu = nluOf(nlp, locale);
  const features = model.features.split(" ");
  nlu.fromJSON({
    settings: {},
    features: {},
    intents: {},
    neuralNetwork: {
      settings: {},
      features,
      intents: model.intents,
      perceptrons: model.rows.map((row) => unpackRow(row, model.scale)),
    },
  });
  const stems = stemmer(nlp, locale);
  return (words) => {
    const found = stems(judgedText(words));
    const raw = nlu.neuralNetwork?.run(Object.fromEntries(found.map((stem) => [stem, 1]))) ?? {};
    const total = Object.values(raw).reduce((sum, score) => sum + score ** 2, 0);
    return new Map(
      Object.entries(raw).map(([intent, force]) => [
        intent,
        { share: total > 0 ? force ** 2 / total : 0, force: Math.min(force, 1.5) },
      ]),
    );
  };
}

/** The stemmer of nlp.js with its caches emptied now and then: 60,000 unseen words would otherwise cost 47 MB. */
function stemmer(nlp: Nlp, locale: string): (text: string) => readonly string[] {
  const stem = nlp.container.get(`stemmer-${locale}`);
  if (!stem) return (text) => text.split(" ");
  const tokenizer = nlp.container.get(`tokenizer-${locale}`);
  let calls = 0;
  return (text) => {
    if (++calls % cacheLife === 0) {
      stem.cache = {};
      if (tokenizer) tokenizer.cache = undefined;
    }
    return stem.tokenizeAndStem(text);
  };
}
