/**
 * What must never be shown again from a person's own words: control characters, marks that turn the direction of text
 * around them, invisible spaces and tag characters. Joiners stay: emoji and several scripts need them.
 */
const invisible =
  /[\p{Cc}\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;

/** One line of plain text, as long as it was. Half a surrogate pair becomes the replacement character. */
export function oneLine(text: string): string {
  return text.toWellFormed().replace(/\s+/gu, " ").replace(invisible, "").replace(/ {2,}/g, " ").trim();
}

/** A person's words fit to be echoed: one line, no more than `max` characters, the cut shown. */
export function echo(text: unknown, max = 80): string {
  const line = oneLine(String(text).slice(0, max * 8));
  const characters = [...line];
  return characters.length > max
    ? `${characters
        .slice(0, max - 1)
        .join("")
        .trimEnd()}…`
    : line;
}
