// `npm run train`: makes the model of every language that has training data.
import { existsSync, writeFileSync } from "node:fs";
import { languageFolder, languagesIn, modelFile, trainingFile } from "./load.ts";
import { trainLanguage } from "./teach.ts";

for (const locale of languagesIn()) {
  if (!existsSync(new URL(trainingFile, languageFolder(locale)))) continue;
  const model = await trainLanguage(locale);
  const file = modelFile(locale);
  writeFileSync(file, `${JSON.stringify(model)}\n`);
  process.stdout.write(
    `${file.pathname}: ${model.intents.length} intents, ${model.features.split(" ").length} features\n`,
  );
}
