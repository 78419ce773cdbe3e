/** Letters that Unicode does not take apart into a base and a mark. */
const LETTERS: Readonly<Record<string, string>> = {
  ø: "o",
  æ: "ae",
  œ: "oe",
  ß: "ss",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
  ς: "σ",
};

const TOKEN = /\p{Extended_Pictographic}|[\p{L}\p{N}]+/gu;

/** Most names are plain ASCII and need none of the costly steps. */
const PLAIN = /^[ -~]*$/;
const APOSTROPHES = /['’‘`´]/gu;
/** The dollar that stands for an s: Ke$ha, A$AP, Ty Dolla $ign. */
const DOLLAR_LETTER = /(?<=\p{L})\$|\$(?=\p{L})/gu;

/** Lower case without accents and apostrophes: "Sinéad O'Connor" and "sinead oconnor" are the same. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase().replace(APOSTROPHES, "").replace(DOLLAR_LETTER, "s");
  return text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .normalize("NFC")
    .toLowerCase()
    .replace(APOSTROPHES, "")
    .replace(/[øæœßłđðþıς]/gu, (letter) => LETTERS[letter] ?? letter)
    .replace(DOLLAR_LETTER, "s");
}

/** The words of a text, folded. An emoji is a word of its own. */
export function words(text: string): string[] {
  return fold(text).match(TOKEN) ?? [];
}

/** The words to index: also "acdc" for "AC/DC", "pnk" for "P!nk", "blink182" for "blink-182", which people type in one. */
export function indexWords(text: string): string[] {
  const all: string[] = [];
  for (const chunk of fold(text).split(/\s+/u)) {
    const parts = chunk.match(TOKEN) ?? [];
    all.push(...parts);
    if (parts.length > 1) all.push(parts.join(""));
  }
  return all;
}

/** A title without "(feat. X)", "[Karaoke Version]", " - Remastered 2011" and the like, as words. */
export function mainWords(title: string): string[] {
  const bare = words(title.replace(/[([][^)\]]*[)\]]/gu, " ").replace(/ - .*$/u, ""));
  return bare.length > 0 ? bare : words(title);
}
