import { readFileSync } from "node:fs";
import { z } from "zod";
import { cleanSurface } from "./clean.ts";
import { fitSettings, fitTagger, type Lesson } from "./fit-tagger.ts";
import { inputsHash, languageFolder, namesFile } from "./load.ts";
import { featuresOf, labelsOf, ownFeatures, type TaggerModel, taggedSlots, type WordClass } from "./tags.ts";
import type { Tokens } from "./tokens.ts";

/** Whatever changes here changes the taggers, and so their hash. */
export const taggerSettings = fitSettings;

const rowSchema = z.tuple([z.string(), z.enum(["own", "snips"])]);
const marked = /\{(\w+)\|([^}]*)\}/g;
const labels = labelsOf(taggedSlots);

/** How the language cuts a message into words. */
type Cut = (text: string) => Tokens;

/** `play {track|hello} by {artist|adele}`, one message per line. */
function lessonOf(line: string, cut: Cut, classOf: WordClass): Lesson {
  const [text] = rowSchema.parse(JSON.parse(line));
  const names: { slot: string; start: number; end: number }[] = [];
  let plain = "";
  let last = 0;
  for (const match of text.matchAll(marked)) {
    plain += text.slice(last, match.index);
    const name = match[2] ?? "";
    names.push({ slot: match[1] ?? "", start: plain.length, end: plain.length + name.length });
    plain += name;
    last = match.index + match[0].length;
  }
  const words: string[] = [];
  const tags: number[] = [];
  let open = -1;
  for (const token of cut(cleanSurface(plain + text.slice(last))).list) {
    const at = names.findIndex(({ start, end }) => token.start >= start && token.start < end);
    const name = names[at];
    words.push(token.word);
    tags.push(name ? labels.beginOf(name.slot) + (at === open ? 1 : 0) : 0);
    open = at;
  }
  const looks = featuresOf(words, classOf).map((all) => ({
    own: all.slice(0, ownFeatures),
    around: all.slice(ownFeatures),
  }));
  return { looks, labels: tags };
}

/** Trains the tagger of one language from its marked messages. */
export function trainTagger(locale: string, classOf: WordClass, cut: Cut): TaggerModel {
  const lines = readFileSync(new URL(namesFile, languageFolder(locale)), "utf8")
    .trim()
    .split("\n");
  const lessons = lines.map((line) => lessonOf(line, cut, classOf)).filter(({ looks }) => looks.length > 0);
  return { locale, inputs: inputsHash(locale, taggerSettings), ...fitTagger(lessons, labels, taggerSettings) };
}
