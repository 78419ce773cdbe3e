import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { vocabulary } from "../../../src/contracts/vocabulary.ts";
import { inputsHash, languagesIn, loadModel, modelFile } from "../../../src/language/load.ts";
import { packRow, unpackRow } from "../../../src/language/model.ts";
import { trainingSettings } from "../../../src/language/teach.ts";

describe.each(languagesIn())("the model of %s", (locale) => {
  it("is made from the files as they are (else: npm run train)", () => {
    expect(loadModel(locale)?.inputs).toBe(inputsHash(locale, trainingSettings));
  });

  it("knows only intents of the vocabulary, and is small", () => {
    const model = loadModel(locale);
    expect(Object.keys(vocabulary)).toEqual(expect.arrayContaining(model?.intents ?? ["no model"]));
    expect(model?.rows).toHaveLength(model?.intents.length ?? -1);
    expect(statSync(modelFile(locale)).size).toBeLessThan(1_500_000);
  });
});

describe("packed weights", () => {
  it("come back within half a step", () => {
    const row = [0, 1.5, -1.5, 0.123, -0.0004];
    const scale = 1.5 / 32_767;
    const back = unpackRow(packRow(row, scale), scale);
    expect(back).toHaveLength(row.length);
    for (const [index, weight] of row.entries())
      expect(Math.abs((back[index] ?? Number.NaN) - weight)).toBeLessThanOrEqual(scale);
  });
});
