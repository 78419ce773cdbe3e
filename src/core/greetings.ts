import type { I18n } from "./i18n.ts";

/** Whether words, alone and in lower case, greet somebody: in that language, or in the one that everybody knows some of. */
export function createGreets(i18n: I18n): (words: string, locale: string) => boolean {
  const greetings = new Map(
    i18n.locales.map((locale) => [locale, new Set(i18n.translator("core", locale)("greetings").split("|"))]),
  );
  return (words, locale) =>
    [i18n.negotiate(locale), i18n.fallback].some((each) => greetings.get(each)?.has(words) === true);
}
