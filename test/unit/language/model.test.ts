import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { vocabulary } from "../../../src/contracts/vocabulary.ts";
import { inputsHash, languagesIn, loadModel, modelFile } from "../../../src/language/load.ts";
import { packWeights, unpackWeights } from "../../../src/language/model.ts";
import { trainingSettings } from "../../../src/language/teach.ts";

describe.each(languagesIn())("the model of %s", (locale) => {
  it("is made from the files as they are (else: npm run train)", () => {
    expect(loadModel(locale)?.inputs).toBe(inputsHash(locale, trainingSettings));
  });

  it("knows only intents of the vocabulary, and is small", () => {
    const model = loadModel(locale);
    expect(Object.keys(vocabulary)).toEqual(expect.arrayContaining(model?.intents ?? ["no model"]));
    const { intents = [], features = "", weights = "" } = model ?? {};
    expect(unpackWeights(weights)).toHaveLength(intents.length * (features.split(" ").length + 1));
    expect(statSync(modelFile(locale)).size).toBeLessThan(2_000_000);
  });
});

it("all models together are small", () => {
  const folder = dirname(fileURLToPath(modelFile("en")));
  const sizes = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => statSync(join(folder, name)).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(10_000_000);
});

describe("packed weights", () => {
  it("come back feature by feature, within half a step", () => {
    const perceptrons = [
      [0, 1.5, -1.5],
      [0.123, -0.0004, 1],
    ];
    const scale = 1.5 / 32_767;
    const back = Array.from(unpackWeights(packWeights(perceptrons, scale)), (step) => step * scale);
    const meant = [0, 0.123, 1.5, -0.0004, -1.5, 1];
    expect(back).toHaveLength(meant.length);
    for (const [place, weight] of meant.entries())
      expect(Math.abs((back[place] ?? Number.NaN) - weight)).toBeLessThanOrEqual(scale / 2);
  });
});
