// `npm run train`: makes the model of every language that has training data.
import { existsSync, writeFileSync } from "node:fs";
import { createParts } from "./index.ts";
import { languageFolder, languagesIn, loadLanguage, modelFile, namesFile, taggerFile, trainingFile } from "./load.ts";
import { trainLanguage } from "./teach.ts";
import { trainTagger } from "./teach-tagger.ts";

for (const locale of languagesIn()) {
  if (!existsSync(new URL(trainingFile, languageFolder(locale)))) continue;
  const model = await trainLanguage(locale);
  const file = modelFile(locale);
  writeFileSync(file, `${JSON.stringify(model)}\n`);
  process.stdout.write(
    `${file.pathname}: ${model.intents.length} intents, ${model.features.split(" ").length} features\n`,
  );
}

for (const locale of languagesIn()) {
  if (!existsSync(new URL(namesFile, languageFolder(locale)))) continue;
  const parts = createParts(loadLanguage(locale), {});
  const tagger = trainTagger(locale, parts.classOf, parts.tokens);
  const file = taggerFile(locale);
  writeFileSync(file, `${JSON.stringify(tagger)}\n`);
  process.stdout.write(`${file.pathname}: ${tagger.features.length} characters of features\n`);
}
