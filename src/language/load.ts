import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { z } from "zod";
import { type DeviceWordsByLocale, deviceWordsSchema } from "../contracts/device-words.ts";
import { type GrammarFile, grammarSchema } from "./grammar.ts";
import { type Model, modelSchema } from "./model.ts";
import { type SpeechModel, speechSchema } from "./speech.ts";
import { type TaggerModel, taggerSchema } from "./tags.ts";
import { type Words, wordsSchema } from "./words.ts";

/** Everything that one language consists of. */
export type LanguageFiles = {
  locale: string;
  words: Words;
  grammar: GrammarFile[];
  /** Words in common use: no typos of anything. */
  common: string[];
  /** Those of them that say nothing of music: a name that consists of them alone is none without a verb before it. */
  everyday: string[];
  model?: Model;
  tagger?: TaggerModel;
  speech?: SpeechModel;
};

const localesFolder = new URL("../../locales/", import.meta.url);
const modelsFolder = new URL("./model/", import.meta.url);
const wordsFile = "words.json";
/** No part of what is understood: words for devices are compared with the names of devices. */
const devicesFile = "device-words.json";
const commonFile = "common.txt";
const everydayFile = "everyday.txt";
export const trainingFile = "training.jsonl";
/** Messages with the names in them marked. */
export const namesFile = "names.jsonl";
/** Messages of every intent, with their slots marked. */
export const messagesFile = "messages.jsonl";

function readJson<Schema extends z.ZodType>(file: URL, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new Error(`${file.pathname} cannot be read as what it should be`, { cause });
  }
}

/** Where a language keeps its files. */
export const languageFolder = (locale: string, locales: URL = localesFolder): URL =>
  new URL(`${locale}/language/`, locales);
export const modelFile = (locale: string): URL => new URL(`${locale}.model.json`, modelsFolder);
export const speechFile = (locale: string): URL => new URL(`${locale}.speech.model.json`, modelsFolder);
export const hasMessages = (locale: string): boolean => existsSync(new URL(messagesFile, languageFolder(locale)));
export const taggerFile = (locale: string): URL => new URL(`${locale}.tagger.model.json`, modelsFolder);

/** Languages that have a `language` folder, by name. */
export function languagesIn(locales: URL = localesFolder): string[] {
  return readdirSync(locales)
    .filter((name) => existsSync(new URL(wordsFile, languageFolder(name, locales))))
    .sort();
}

/** What people call devices, in each language that says so. */
export function loadDeviceWords(locales: URL = localesFolder): DeviceWordsByLocale {
  const files = languagesIn(locales).map((locale) => ({
    locale,
    file: new URL(devicesFile, languageFolder(locale, locales)),
  }));
  return Object.fromEntries(
    files.filter(({ file }) => existsSync(file)).map(({ locale, file }) => [locale, readJson(file, deviceWordsSchema)]),
  );
}

/** Reads what people wrote of a language: every other .json file of its folder is grammar. */
export function loadLanguage(locale: string, locales: URL = localesFolder): LanguageFiles {
  const folder = languageFolder(locale, locales);
  const list = (name: string): string[] => {
    const file = new URL(name, folder);
    return existsSync(file) ? readFileSync(file, "utf8").trim().split(/\s+/) : [];
  };
  const names = readdirSync(folder).filter(
    (name) => name.endsWith(".json") && ![wordsFile, devicesFile].includes(name),
  );
  return {
    locale,
    words: readJson(new URL(wordsFile, folder), wordsSchema),
    common: list(commonFile),
    everyday: list(everydayFile),
    grammar: names.sort().map((name) => readJson(new URL(name, folder), grammarSchema)),
  };
}

/** Reads what was trained for a language. A language works without, by its grammar alone. */
export function loadModel(locale: string): Model | undefined {
  const file = modelFile(locale);
  return existsSync(file) ? readJson(file, modelSchema) : undefined;
}

/** Reads the tagger that was trained for a language. Without, names are told apart by the grammar alone. */
export function loadTagger(locale: string): TaggerModel | undefined {
  const file = taggerFile(locale);
  return existsSync(file) ? readJson(file, taggerSchema) : undefined;
}

/** Reads what was learnt from messages. Without, a message that no pattern has is understood where the judge alone will do. */
export function loadSpeech(locale: string): SpeechModel | undefined {
  const file = speechFile(locale);
  return existsSync(file) ? readJson(file, speechSchema) : undefined;
}

/** Hash of all that a language's model is made from, so that a stale model is noticed. Layout does not count. */
export function inputsHash(locale: string, settings: unknown): string {
  const folder = languageFolder(locale);
  const hash = createHash("sha256").update(JSON.stringify(settings));
  for (const name of readdirSync(folder).sort()) {
    if (name === devicesFile) continue;
    const text = readFileSync(new URL(name, folder), "utf8");
    hash.update(name).update(name.endsWith(".json") ? JSON.stringify(JSON.parse(text)) : text);
  }
  return hash.digest("hex");
}
