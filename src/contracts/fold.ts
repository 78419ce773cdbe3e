/** Letters that no decomposition takes apart. */
const plainLetters: Record<string, string> = {
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ı: "i",
  ħ: "h",
  ŧ: "t",
};

/** Artists who write letters as signs: P!nk, Ke$ha, A$AP Rocky. Only between letters or before one, so "Stop!" stays a word. */
const signLetters: Record<string, string> = { $: "s", "!": "i", "@": "a" };

const LONGEST = 300;
/** Most names, and a library has hundreds of thousands: they need no more than their case. */
const isPlain = /^[A-Za-z0-9 ]*$/;

/**
 * The form in which names are compared: no case, accents, punctuation or doubled spaces. Names of nothing but signs
 * ("!!!", "÷") keep them, so that they can be found at all.
 */
export function fold(text: string): string {
  if (isPlain.test(text)) return text.slice(0, LONGEST).toLowerCase().replace(/ {2,}/g, " ").trim();
  const plain = text
    .slice(0, LONGEST)
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .slice(0, LONGEST)
    .replace(/[øłđðþßæœıħŧ]/g, (letter) => plainLetters[letter] ?? letter)
    .replace(/(?<=\p{L})[$!@](?=\p{L})/gu, (sign) => signLetters[sign] ?? sign)
    .replace(/[$](?=\p{L})/gu, "s")
    .replace(/\s*&\s*|\s+\+\s+/g, " and ")
    .replace(/(?<=\p{L})['’`´ʼ](?=\p{L})/gu, "");
  const words = plain
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .normalize("NFC");
  return words || text.slice(0, LONGEST).trim().toLowerCase();
}
