// `npm run train`: makes the model of every language that has training data.
import { existsSync, writeFileSync } from "node:fs";
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

const asked = process.argv.slice(3);
/** All, or those named. */
const locales = languagesIn().filter((locale) => asked.length === 0 || asked.includes(locale));

for (const locale of locales) {
  if (!existsSync(new URL(trainingFile, languageFolder(locale)))) continue;
  const model = await trainLanguage(locale);
  const file = modelFile(locale);
  writeFileSync(file, `${JSON.stringify(model)}\n`);
  process.stdout.write(
    `${file.pathname}: ${model.intents.length} intents, ${model.features.split(" ").length} features\n`,
  );
  if (!hasMessages(locale)) continue;
  const speech = trainSpeech(locale, model);
  writeFileSync(speechFile(locale), `${JSON.stringify(speech)}\n`);
  process.stdout.write(`${speechFile(locale).pathname}: trust ${speech.trust.join(" ")}\n`);
}

for (const locale of locales) {
  if (!existsSync(new URL(namesFile, languageFolder(locale)))) continue;
  const parts = createParts(loadLanguage(locale), {});
  const tagger = trainTagger(locale, parts.classOf, parts.tokens);
  const file = taggerFile(locale);
  writeFileSync(file, `${JSON.stringify(tagger)}\n`);
  process.stdout.write(`${file.pathname}: ${tagger.features.length} characters of features\n`);
}
