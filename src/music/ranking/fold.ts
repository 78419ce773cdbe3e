/** What a query is cut to. */
const LONGEST = 300;

export function tokens(folded: string): string[] {
  return folded.split(" ").filter(Boolean);
}

/** What a person typed, fit to be sent as a query: one line, no control or direction marks, bounded. */
export function surface(text: string): string {
  return text
    .slice(0, LONGEST)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
}
