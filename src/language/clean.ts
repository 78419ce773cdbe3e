/** Longest message that is read for commands. Nobody asks for music in more words; a paste is not a request. */
export const longestMessage = 500;

// Bidi marks and overrides, zero-width characters, variation selectors, soft hyphen, tags: they change how a text looks,
// never what was asked, and would travel into search queries and replies.
const invisible =
  /(?:\u00ad|\u034f|\u061c|\u115f|\u1160|[\u17b4\u17b5]|[\u180b-\u180e]|[\u200b-\u200f]|[\u202a-\u202e]|[\u2060-\u206f]|[\ufe00-\ufe0f]|\ufeff|[\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}])/gu;
const lineBreak = /\r\n?|[\u0085\u2028\u2029]/g;
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;
// A lone half of a surrogate pair is no character; JSON and databases choke on it later.
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * The message as a person would see it: invisible characters gone, control characters but line breaks made spaces. Slots are cut out
 * of this text, so they hold what was written and nothing that hides in it.
 */
export function cleanSurface(text: string): string {
  return text.replace(loneSurrogate, " ").replace(invisible, "").replace(lineBreak, "\n").replace(control, " ");
}

const specials: Record<string, string> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", þ: "th", ł: "l", ı: "i" };
const special = /[ßæœøđðþłı]/g;

/** One spelling for comparing: compatibility forms, case, accents and apostrophes folded ("Don’t" and "dont" are one). */
export function fold(word: string): string {
  const lower = word.normalize("NFKC").toLowerCase();
  // Plain ASCII is the common case by far; the rest costs ten times as much.
  if (/^[a-z0-9]*$/.test(lower)) return lower;
  return lower
    .normalize("NFD")
    .replace(/[\p{M}'’‘`´ʼ＇]/gu, "")
    .replace(special, (letter) => specials[letter] ?? letter);
}
