import { existsSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createParts } from "../../../src/language/index.ts";
import {
  inputsHash,
  languageFolder,
  languagesIn,
  loadLanguage,
  loadTagger,
  namesFile,
  taggerFile,
} from "../../../src/language/load.ts";
import { taggerSettings } from "../../../src/language/teach-tagger.ts";

const taught = languagesIn().filter((locale) => existsSync(new URL(namesFile, languageFolder(locale))));

describe.each(taught)("the tagger of %s", (locale) => {
  it("is made from the files as they are (else: npm run train), and is small", () => {
    expect(loadTagger(locale)?.inputs).toBe(inputsHash(locale, taggerSettings));
    expect(statSync(taggerFile(locale)).size).toBeLessThan(1_000_000);
  });
});

describe("what the tagger says of names", () => {
  const tagger = loadTagger("en");
  const parts = createParts({ ...loadLanguage("en"), ...(tagger ? { tagger } : {}) }, {});
  const likelihood = (text: string, slots: Record<string, [number, number]>): number | undefined => {
    const tokens = parts.tokens(text);
    return parts.tagger?.(tokens, { from: 0, to: tokens.list.length }).likelihood({
      slots: Object.fromEntries(Object.keys(slots).map((slot) => [slot, "x"])),
      spans: Object.entries(slots).map(([slot, [from, to]]) => ({ slot, from, to })),
    });
  };

  it("is a probability: no tagging is more than certain, and the alternatives add up to no more than one", () => {
    const kinds = ["track", "artist", "album", "playlist", "genre"];
    const shares = kinds.map((kind) => Math.exp(likelihood("play something unheard of", { [kind]: [1, 4] }) ?? 0));
    for (const share of shares) expect(share).toBeGreaterThan(0);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(1);
  });

  it("tells an artist from a title by what both are called", () => {
    expect(likelihood("play radiohead", { artist: [1, 2] })).toBeGreaterThan(
      likelihood("play radiohead", { track: [1, 2] }) ?? 0,
    );
    expect(likelihood("play stairway to heaven", { track: [1, 4] })).toBeGreaterThan(
      likelihood("play stairway to heaven", { artist: [1, 4] }) ?? 0,
    );
  });

  it("finds names by itself, in order", () => {
    const tokens = parts.tokens("please play some good nirvana on youtube");
    const best = parts.tagger?.(tokens, { from: 0, to: tokens.list.length }).best();
    expect(best).toEqual([{ slot: "artist", from: 4, to: 5 }]);
  });

  it("says nothing of kinds that it was not taught", () => {
    expect(likelihood("play the daily podcast", { show: [2, 3] })).toBeUndefined();
  });
});
