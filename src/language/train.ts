// `npm run train [-- LOCALE…]`: makes the models of every language that has training data, or of those that are named.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { createParts } from "./index.ts";
import {
  hasMessages,
  languageFolder,
  languagesIn,
  loadLanguage,
  modelFile,
  namesFile,
  speechFile,
  taggerFile,
  trainingFile,
} from "./load.ts";
import { trainLanguage } from "./teach.ts";
import { trainSpeech } from "./teach-speech.ts";
import { trainTagger } from "./teach-tagger.ts";

const has = (locale: string, file: string): boolean => existsSync(new URL(file, languageFolder(locale)));

function write(file: URL, model: object, told: string): void {
  writeFileSync(file, `${JSON.stringify(model)}\n`);
  process.stdout.write(`${file.pathname}: ${told}\n`);
}

async function train(locale: string): Promise<void> {
  const model = await trainLanguage(locale);
  write(modelFile(locale), model, `${model.intents.length} intents, ${model.features.split(" ").length} features`);
  if (hasMessages(locale)) {
    const speech = trainSpeech(locale, model);
    write(speechFile(locale), speech, `${speech.tagger.slots.length} slots`);
  }
  if (has(locale, namesFile)) {
    const parts = createParts(loadLanguage(locale), {});
    const tagger = trainTagger(locale, parts.classOf, parts.tokens);
    write(taggerFile(locale), tagger, `${tagger.slots.length} slots`);
  }
}

/** Each language in a process of its own, as many at once as there are cores. */
async function trainBeside(locales: string[]): Promise<void> {
  const own = process.argv.slice(1, 3);
  const next = async (): Promise<void> => {
    for (let locale = locales.shift(); locale !== undefined; locale = locales.shift()) {
      const child = spawn(process.execPath, [...own, locale], { stdio: "inherit" });
      const [code] = await once(child, "exit");
      if (code !== 0) throw new Error(`${locale} could not be trained`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, next));
}

// Behind node, bin/run.js and the name of this file.
const named = process.argv.slice(3);
if (named.length > 0) for (const locale of named) await train(locale);
else await trainBeside(languagesIn().filter((locale) => has(locale, trainingFile)));
