import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const text = z.string().min(1).max(24);

/** The adapter's own words, one file per language: locales/<language>/slack.json. A modal's buttons hold 24 characters. */
export const wordsSchema = z.object({
  working: z.string().min(1),
  too_old: z.string().min(1),
  submit: text,
  cancel: text,
});
export type Words = z.output<typeof wordsSchema>;

/** The words for a person's locale (BCP 47), in English where there are none. Raises at start when a file is not whole. */
export function loadWords(folder: string): (locale: string | undefined) => Words {
  const read = (name: string) => wordsSchema.parse(JSON.parse(readFileSync(join(folder, name, "slack.json"), "utf8")));
  const languages = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const words = new Map(languages.map(({ name }) => [name, read(name)]));
  const english = words.get("en") ?? read("en");
  return (locale) => words.get(localeAmong([...words.keys()], locale) ?? "en") ?? english;
}

/** The one of `locales` that is nearest to the person's own. */
function localeAmong(locales: readonly string[], locale: string | undefined): string | undefined {
  const wanted = (locale ?? "").toLowerCase();
  const [language] = wanted.split("-");
  return (
    locales.find((each) => each.toLowerCase() === wanted) ??
    locales.find((each) => each.toLowerCase().split("-")[0] === language)
  );
}
