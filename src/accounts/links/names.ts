const MAX_GRAPHEMES = 60;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** Controls, line breaks, and the marks that turn the direction of what follows: a name could rewrite the sentence around it. */
const harmful = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;
/** Joins emoji and letters of some scripts: the one format character that names need. */
const joiner = "\u200D";

/** A name that somebody chose for themselves, fit to stand in a page or a sentence: one line, bounded, no hidden characters. */
export function displayName(name: string, otherwise: string): string {
  const line = name
    .slice(0, 2_000)
    .replace(harmful, (character) => (character === joiner ? joiner : /\p{Cf}/u.test(character) ? "" : " "))
    .replace(/\s+/g, " ")
    .trim();
  const parts = [...graphemes.segment(line)].map(({ segment }) => [...segment].slice(0, 12).join(""));
  const cut = parts.length > MAX_GRAPHEMES ? `${parts.slice(0, MAX_GRAPHEMES - 1).join("")}…` : parts.join("");
  return cut === "" ? otherwise : cut;
}
